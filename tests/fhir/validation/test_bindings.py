"""Bindings: which codes are of a set that follows a grammar."""

import pytest

from tests.fhir.validation.test_validator import GOOD, errors


@pytest.mark.parametrize(
    "language", ["en", "en-GB", "de-CH-1996", "zh-Hant-CN-x-private", "x-own", "i-klingon"]
)
def test_a_language_may_have_any_name_that_the_rules_for_them_give(language: str) -> None:
    assert errors({**GOOD, "language": language}) == []
