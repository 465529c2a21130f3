"""What proves who asks is covered wherever a request is shown or exported."""

import json
import re

import pytest

from openroots.gateway.recorder import Recorded
from openroots.gateway.tooling.covering import covered, is_covered
from openroots.testing import KEY
from tests.gateway.door import Door
from tests.services.authorisation.desk import (
    APP,
    TOKEN,
    code_for,
    exchange,
    id_token,
    redeem,
    renew,
)

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def door(openroots):
    return Door(openroots)


def everywhere(door):
    """The newest request, wherever it can be seen."""
    exported = (door.get(f"/requests/export?as={kind}") for kind in ("har", "pytest", "bruno"))
    again = door.post("/requests/last/replay")
    return json.dumps([door.get("/requests"), door.get("/requests/last"), *exported, again])


def test_what_proves_who_asks_is_never_shown(openroots, door):
    """Keys and tokens are covered wherever a request is shown or exported."""
    token = openroots.token()
    openroots.ask("GET", JANE, headers={**token, "apikey": KEY})
    shown = everywhere(door)
    assert KEY not in shown
    assert token["authorization"].partition(" ")[2] not in shown
    assert "[covered]" in shown


@pytest.mark.parametrize("kind", [FORM, "", "application/json"])
def test_what_a_form_holds_to_prove_who_asks_is_covered(openroots, door, kind):
    """A secret, an assertion or a code, whatever the form is called; the rest is shown."""
    secrets = ("client_secret", "client_assertion", "code", "refresh_token", "subject_token")
    form = "&".join(f"{name}=its-{name}" for name in (*secrets, "code%5Fverifier", "grant_type"))
    openroots.ask("POST", TOKEN, form.encode(), headers={"Content-Type": kind})
    shown = everywhere(door)
    assert re.findall(r"its-\w+", shown) == ["its-grant_type"] * shown.count("its-grant_type")
    assert "grant_type=its-grant_type" in shown


def test_what_a_login_leads_to_is_covered(openroots, door):
    """The code in the address, the tokens that it gave and gave again: none is shown anywhere."""
    code = code_for(openroots)
    first = redeem(openroots, code).body
    second = renew(openroots, first["refresh_token"]).body
    exchanged = exchange(openroots, login := id_token(openroots)).body
    given = [
        told[name]
        for told in (first, second, exchanged)
        for name in told
        if name.endswith("_token")
    ]
    ids = [one["id"] for one in door.get("/requests")["requests"]]
    shown = everywhere(door) + json.dumps([door.get(f"/requests/{id}") for id in ids])
    assert [one for one in (code, login, APP.secret, *given) if one in shown] == []
    assert len(given) >= 5


def test_covering_leaves_the_rest_of_an_exchange_as_it_was():
    """A record full of codes is no secret, nor is a member of another name."""
    answered = [(b"location", b"https://a.example/back?code=abc&state=x#id_token=def&b=1")]
    record = b'{"code": "a", "coding": [{"code": "b", "token": "c"}]}'
    one = recording(body=record, answered=answered, answer=b'{"access_token": "abc", "scope": "x"}')
    shown = covered(one)
    assert shown.body == record
    assert dict(shown.answered)[b"location"] == (
        b"https://a.example/back?code=[covered]&state=x#id_token=[covered]&b=1"
    )
    assert json.loads(shown.answer) == {"access_token": "[covered]", "scope": "x"}
    assert (is_covered(covered(recording())), is_covered(shown)) == (False, False)
    assert is_covered(covered(recording(body=b"code=abc&a=b")))


def test_a_code_is_a_secret_of_the_authorisation_server_alone():
    """An API may be asked for a concept by its code: that is shown, and what is a token is not."""
    asked = {"query": b"system=x&code=73211009&token=t", "body": b"code=a&client_secret=b"}
    looked_up = covered(recording(endpoint="terminology.lookup", **asked))
    assert looked_up.query == b"system=x&code=73211009&token=[covered]"
    assert looked_up.body == b"code=a&client_secret=[covered]"
    for endpoint in ("authorisation.authorize", "authorisation-mock.unknown"):
        assert b"code=[covered]" in covered(recording(endpoint=endpoint, **asked)).query


def recording(**given):
    """An exchange, of which so much is given."""
    usual = dict.fromkeys(Recorded._fields, "")
    usual |= {"endpoint": "authorisation.get-token"}
    usual |= {"headers": {}, "query": b"", "body": b"", "answered": [], "answer": b""}
    return Recorded(**{**usual, **given})
