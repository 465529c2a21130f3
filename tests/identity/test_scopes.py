"""What scopes say, and what is no scope at all."""

import pytest

from openroots.identity.scopes import Grant, grant_of, scopes_of


@pytest.mark.parametrize(
    ("scope", "grant"),
    [
        ("app:level3:pds", Grant("application", "level3", "pds")),
        ("app:level3:privileged-pds", Grant("application", "level3", "pds", True)),
        ("app:level0:", Grant("application", "level0", "")),
        ("user-nhs-cis2:aal2:pds", Grant("worker", "aal2", "pds")),
        ("user-nhs-id:aal3:pds", Grant("worker", "aal3", "pds")),
        ("user-nhs-login:P9:pds", Grant("patient", "P9", "pds")),
    ],
)
def test_a_scope_says_for_whom_how_surely_and_of_what(scope, grant):
    """Each published form of scope is read as what it grants."""
    assert grant_of(f"urn:nhsd:apim:{scope}") == grant


@pytest.mark.parametrize(
    "scope",
    [
        "urn:nhsd:apim:user-nhs-login:P9",
        "urn:nhsd:apim:user-nhs-login:P90:pds",
        "urn:nhsd:apim:user-nhs-login:P9:pds ",
        "x urn:nhsd:apim:user-nhs-login:P9:pds",
        "urn:nhsd:apim:user-nhs-cis2:P9:pds",
        "urn:nhsd:apim:app:level9:pds",
        "openid",
        "",
    ],
)
def test_what_only_looks_like_a_scope_grants_nothing(scope):
    """A scope is read whole: one that merely contains another is none."""
    assert grant_of(scope) is None


def test_an_api_is_used_by_the_scopes_of_its_access_modes():
    """Staff are named in the newer and the older way, patients by the levels that are enough."""
    levels = {"application": ["level3"], "worker": ["aal3"], "patient": ["P9"]}
    assert scopes_of("pds", frozenset({"worker", "patient"}), levels) == [
        "urn:nhsd:apim:user-nhs-cis2:aal3:pds",
        "urn:nhsd:apim:user-nhs-id:aal3:pds",
        "urn:nhsd:apim:user-nhs-login:P9:pds",
    ]
