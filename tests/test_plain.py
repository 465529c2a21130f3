"""Failures in plain JSON: whichever API tells them, they say how to mend what can be mended."""

import pytest

from openroots.plain import own_body
from openroots.problem import Failure
from openroots.testing import Nation


@pytest.mark.parametrize(
    ("method", "path", "mend"),
    [
        ("GET", "/nothing", "See the API's page in the catalogue for the paths that it has."),
        ("DELETE", "/standards", "/standards answers "),
        ("GET", "/standards?on=%ff", "Percent-encode the UTF-8 bytes of the path and parameters."),
    ],
)
def test_what_the_gateway_finds_is_told_with_how_to_mend_it(
    openroots: Nation, method: str, path: str, mend: str
) -> None:
    """An API whose errors have a field for that never leaves it empty, and `why` says the same."""
    told = openroots.ask(method, f"/standards-register{path}")
    assert told.status >= 400
    assert told.body["mend"].startswith(mend), told.body


def test_what_nobody_can_mend_is_told_without_a_way_to() -> None:
    told = {"error": "gone", "description": "It is gone", "trail": "1f"}
    assert own_body(Failure(410, "gone", words="It is gone"), "1f") == told
    assert own_body(Failure(410, "gone", words="It is gone", mend="Wait."), "1f") == {
        **told,
        "mend": "Wait.",
    }
