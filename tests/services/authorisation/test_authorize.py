"""With what a person is sent on to where they log in."""

import pytest

from openroots.testing import Nation
from tests.services.authorisation.desk import authorize, query_of


@pytest.mark.parametrize(
    ("scope", "wanted", "level"),
    [
        ("nhs-cis2", "openid nationalrbacaccess", "AAL3_ANY"),
        ("nhs-login", "openid profile", None),
    ],
)
def test_each_login_service_is_asked_for_what_is_published(
    shared: Nation, scope: str, wanted: str, level: str | None
) -> None:
    """CIS2 for the roles of staff at the usual level; NHS login takes no level so."""
    sent = query_of(authorize(shared, scope=scope))
    assert (sent["scope"], sent.get("acr_values")) == (wanted, level)
    assert (sent["response_type"], sent["max_age"]) == ("code", "300")
