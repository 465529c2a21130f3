"""The threats of SECURITY.md and the hazard log: each line names the tests that hold it, and each
risk is the one that the matrix gives. That these tests are there is held for all docs.

Source: DCB0129 and DCB0160, as to what a hazard log has.
"""

import re
from itertools import chain

from tests.source import ROOT
from tests.test_docs import TEST

HAZARDS = ROOT / "docs" / "safety" / "hazards.md"
THREATS = "## What must stay true, and the test that holds it"
PARTS = ["Harm", "Causes", "Before", "Controls", "Tests", "After", "Left to you"]
HAZARD = re.compile(r"^### H(\d+)\. (.+)$", re.MULTILINE)


def rows(text: str) -> list[list[str]]:
    """The cells of the rows of a text's tables, but for those that draw a line or say nothing."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if any(cell.strip("-") for cell in row)]


def hazards() -> dict[str, list[list[str]]]:
    """The rows of each hazard, by its number."""
    _, *parts = HAZARD.split(HAZARDS.read_text("utf-8"))
    return {number: rows(text) for number, text in zip(parts[::3], parts[2::3], strict=True)}


def matrix() -> dict[tuple[str, str], int]:
    """The risk of each severity and likelihood."""
    text = HAZARDS.read_text("utf-8").split("## How risk is told")[1].partition("\n##")[0]
    [_, *severities], *lines = rows(text)
    return {
        (severity, likelihood): int(risk)
        for likelihood, *risks in lines
        for severity, risk in zip(severities, risks, strict=False)
        if risk.isdigit()
    }


def risk(told: str) -> int:
    """The risk that a row tells, which must be the one of its words."""
    said = re.fullmatch(r"(\w+), ([\w ]+): (\d)", told)
    assert said is not None, told
    assert matrix()[said[1], said[2]] == int(said[3]), told
    return int(said[3])


def test_each_line_about_safety_names_the_tests_that_hold_it() -> None:
    """Threats and hazards alike: a promise that nothing tries is none."""
    threats = (ROOT / "SECURITY.md").read_text("utf-8").split(THREATS)[1].partition("\n## ")[0]
    tried = [said for part, said in chain(*hazards().values()) if part == "Tests"]
    lines = [*tried, *(row[-1] for row in rows(threats)[1:])]
    assert len(lines) > 50
    assert [line for line in lines if not any(name for _, name in TEST.findall(line))] == []


def test_each_hazard_has_all_its_parts() -> None:
    """Under a number of its own, which goes on counting."""
    assert list(hazards()) == [str(number) for number in range(1, len(hazards()) + 1)]
    for number, parts in hazards().items():
        assert [part for part, _ in parts] == PARTS, number
        assert all(said for _, said in parts), number


def test_each_risk_follows_from_the_matrix_and_controls_lower_it() -> None:
    """No hazard is left at a risk that is not acceptable, nor higher than it was."""
    assert len(matrix()) == 25
    for number, parts in hazards().items():
        told = dict(parts)
        before, after = risk(told["Before"]), risk(told["After"])
        assert after <= min(before, 3), number


def test_the_log_says_that_nobody_has_approved_it() -> None:
    """Before its first hazard: who has not reviewed it, and that it is for nobody real."""
    head = HAZARDS.read_text("utf-8").partition("### H1.")[0]
    assert "No clinical safety officer has reviewed this log" in head
    assert "Do not put real people's data in it" in head
    assert "not the NHS" in head
