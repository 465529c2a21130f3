"""The page about tracing says what the program does."""

import re

from openroots.tracing import addressing, judging, naming, scoring
from tests.source import ROOT

PAGE = (ROOT / "docs" / "tracing.md").read_text("utf-8")
ROW = re.compile(r"^\| ([^:|,]+).*\| ([0-9.]+) \|$", re.MULTILINE)


def told() -> dict[str, float]:
    """The factors of the page, by the beginning of their row."""
    return {words.strip(): float(factor) for words, factor in ROW.findall(PAGE)}


def test_the_factors_of_names_are_those_of_the_page() -> None:
    """Each way in which a name fits is in the table, with its factor."""
    rows = told()
    other = {"": None, naming.PARTICLE: "the same but for a particle", naming.SHORT: "a short name"}
    other |= {naming.ENDING: "the same with the other ending", naming.INITIAL: "an initial"}
    for word, factor in naming.FACTORS.items():
        if (row := other.get(word, word)) is not None:
            assert rows[row] == factor, word
    assert rows["family and given name stand in each other's place"] == naming.TRANSPOSED
    assert rows["each further given name that is not held"] == naming.FURTHER_NAME_DIFFERS
    assert rows["the name is no longer used"] == naming.NO_LONGER_SO


def test_the_factors_of_all_else_are_those_of_the_page() -> None:
    """The figures of each field are in its row, in the order of the program."""
    for field, factors in {
        "birth date": scoring.BORN,
        "gender": scoring.GENDER,
        "address": {word: one for word, one in addressing.ADDRESS.items() if "former" not in word},
        "telephone": scoring.CONTACT,
    }.items():
        [row] = re.findall(rf"^\| {field}[:,].*$", PAGE, re.MULTILINE)
        figures = [float(one) for one in re.findall(r"(?<= )(?:0\.\d+|0)(?=[;| ])", row)]
        assert figures == [one for one in factors.values() if one != 1.0], field


def test_the_bounds_of_a_verdict_are_those_of_the_page() -> None:
    """From what score on somebody is a doubt, and who comes near."""
    assert f"scores {judging.LEAST} or more: the best first, {judging.MOST} at most" in PAGE
    assert judging.NEAR == 0.5
    assert "Nobody else scores half as much" in PAGE
