"""Bindings: which codes are of a set that follows a grammar."""

import pytest

from openroots.fhir.validation import validate
from openroots.problem import Json
from tests.fhir.validation.test_validator import GOOD, errors

BCP_47 = "urn:ietf:bcp:47"


@pytest.mark.parametrize(
    "language", ["en", "en-GB", "de-CH-1996", "zh-Hant-CN-x-private", "x-own", "i-klingon"]
)
def test_a_language_may_have_any_name_that_the_rules_for_them_give(language: str) -> None:
    assert errors({**GOOD, "language": language}) == []


@pytest.mark.parametrize(
    ("more", "words", "expected"),
    [
        ({"language": "en GB"}, "'en GB' is not in", "a language such as en-GB"),
        ({"photo": [{"contentType": "pdf"}]}, "'pdf' is not in", "a type such as text/plain"),
        (
            {"communication": [{"language": {"coding": [{"code": "en"}]}}]},
            "'no system#en' is not in",
            "a language such as en-GB, of urn:ietf:bcp:47",
        ),
        (
            {"communication": [{"language": {"coding": [{"system": BCP_47, "code": "en!"}]}}]},
            f"'{BCP_47}#en!' is not in",
            "a language such as en-GB, of urn:ietf:bcp:47",
        ),
        (
            {"communication": [{"language": {"text": "English"}}]},
            "There is no code",
            "a language such as en-GB, of urn:ietf:bcp:47",
        ),
    ],
)
def test_what_would_be_a_code_of_a_set_without_end_is_told(
    more: Json, words: str, expected: str
) -> None:
    """By an example: its codes cannot be listed."""
    [finding] = [each for each in validate({**GOOD, **more}) if each.fails]
    assert finding.words.startswith(words)
    assert finding.expected == expected


def test_a_system_that_is_no_text_is_not_repeated() -> None:
    """That it is none, another finding tells."""
    odd = {"coding": [{"system": {"a": 1}, "code": "en"}]}
    told = validate({**GOOD, "communication": [{"language": odd}]})
    assert [each.words[:15] for each in told if each.rule == "code-unknown"] == ["'no system#en' "]
