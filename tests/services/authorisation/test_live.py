"""Where people are real nobody is picked on a page, and nobody's word is taken for who they are."""

from pathlib import Path
from urllib.parse import urlencode

from openroots.identity import jose
from openroots.identity.issuers import KID, login_pair
from openroots.identity.keypairs import new_pair
from openroots.testing import open_nation
from tests.gateway.door import Door
from tests.services.authorisation.desk import (
    ADDRESS,
    CALLBACK,
    CIS2,
    EXCHANGE,
    ID_TOKEN,
    JWT_BEARER,
    TOKEN,
    post,
    query_of,
    words,
)


def test_nobody_logs_in_to_a_live_installation_yet(tmp_path: Path) -> None:
    """There is no login service to be sent to, nor one whose ID tokens are taken: not even those
    that the installation could sign for people who are made up."""
    live, pair = open_nation(tmp_path, mode="live"), new_pair("mine-1")
    mine = {"name": "Mine", "ods_code": "Y12345", "setting": "hospital"}
    jwks = {"keys": [pair.public]}
    made = Door(live).post("/applications", mine | {"redirect_uris": [CALLBACK], "jwks": jwks})
    asked = {"response_type": "code", "client_id": made["key"], "redirect_uri": CALLBACK}
    told = live.ask("GET", f"/oauth2/authorize?{urlencode(asked | {'state': 's'})}")
    assert query_of(told)["error"] == "temporarily_unavailable"
    assert live.house.gateway.service(f"{CIS2}/authorize") is None
    ends = int(live.wall.now().timestamp()) + 300
    usual = {"aud": ADDRESS, "exp": ends, "jti": "1"}
    own = jose.signed(usual | {"iss": made["key"], "sub": made["key"]}, pair.private, "mine-1")
    login = login_pair(live.house.world.keys).private
    person = {"iss": f"http://localhost{CIS2}", "sub": "910000000012", "aud": made["key"]}
    level = {"authentication_assurance_level": "3"}
    form = {
        "grant_type": EXCHANGE,
        "client_assertion_type": JWT_BEARER,
        "client_assertion": own,
        "subject_token_type": ID_TOKEN,
        "subject_token": jose.signed(usual | person | level, login, KID),
    }
    refused = words(post(live, TOKEN, form))
    assert refused == (401, "invalid_request", "Invalid 'iss'/'sub' claims in subject_token JWT")
    live.close()
