"""Roles of staff by the tooling: given and taken away, from the next request on."""

import pytest

from tests.gateway.door import Door
from tests.services.authorisation.desk import (
    APP,
    DOCTOR,
    JANE,
    bearer,
    code_for,
    exchange,
    id_token,
    post,
    reads,
    redeem,
    renew,
    words,
)

ONLY_ROLE = "910000001011"
NURSE, FIRST, SECOND = "910000000023", "910000001022", "910000001033"
READ = f"/personal-demographics/FHIR/R4/Patient/{JANE}"
NEW = {"organisation": "Y90002", "code": "R8001"}


@pytest.fixture
def door(openroots):
    """The tooling door of the world of this test."""
    return Door(openroots)


def end(door, role, person=DOCTOR):
    """Take a role away; how the person stands then."""
    return door.post(f"/staff/{person}/roles/{role}/end")


def active(nation, told):
    """Whether introspection says of the access and the refresh token that they are good."""
    mine = {"client_id": APP.key, "client_secret": APP.secret}
    texts = [told.body[name] for name in ("access_token", "refresh_token")]
    asked = [post(nation, "/oauth2/introspect", mine | {"token": text}) for text in texts]
    return [one.body["active"] for one in asked]


def test_a_role_that_is_ended_opens_nothing_by_whichever_grant(openroots, door):
    """Neither a token that was given before, nor one that is renewed or exchanged after, lets its
    user see anybody; the refusal says which rule it was and how to mend it."""
    got = redeem(openroots, code_for(openroots))
    assert reads(openroots, got) == 200
    end(door, ONLY_ROLE)
    assert reads(openroots, got) == 403
    later = renew(openroots, got.body["refresh_token"])
    other = exchange(openroots, id_token(openroots, DOCTOR))
    assert (reads(openroots, later), reads(openroots, other)) == (403, 403)
    told = openroots.ask("GET", READ, headers=bearer(later))
    assert "has no role in any organisation now" in told.body["issue"][0]["diagnostics"]
    assert openroots.audit()[-1]["rules"] == ["no-role"]
    why = door.get(f"/why/{told.headers['x-openroots-trail']}")
    assert "openroots staff add-role" in str(why["steps"])


def test_the_end_of_one_role_leaves_the_other(openroots, door):
    """Whoever names the one that ended is refused in the published words; whoever names the other,
    or none now that there is a single one, is answered."""
    token = openroots.token("ashby-practice-system", f"staff:{NURSE}")

    def named(role):
        headers = {**token, **({"NHSD-Session-URID": role} if role else {})}
        return openroots.ask("GET", READ, headers=headers)

    assert [named(role).status for role in (FIRST, SECOND, "")] == [200, 200, 400]
    end(door, FIRST, NURSE)
    assert [named(role).status for role in (FIRST, SECOND, "")] == [400, 200, 200]
    assert f"'{FIRST}'" in named(FIRST).body["issue"][0]["diagnostics"]


def test_a_role_that_is_given_is_had_from_the_next_request_on(openroots, door):
    """Its code, activities and teams are those of whoever acts in it, for its organisation."""
    token = openroots.token("ashby-practice-system", f"staff:{DOCTOR}")
    told = door.post(f"/staff/{DOCTOR}/roles", NEW | {"activities": ["B0015"], "teams": ["ward-7"]})
    role = told["roles"][-1]
    assert (role["name"], role["activities"], role["teams"]) == ("R8001", ["B0015"], ["ward-7"])
    headers = {**token, "NHSD-Session-URID": role["id"]}
    assert openroots.ask("GET", READ, headers=headers).status == 200
    assert openroots.audit()[-1]["organisation"] == "Y90002"
    assert door.get(f"/staff/{DOCTOR}") == told


def test_who_left_has_no_token_that_is_good(openroots, door):
    """From the next request on: nothing of them is renewed, the code of a login before is worth
    nothing, and whoever asks about their tokens is told what the gateway would do."""
    got, code = redeem(openroots, code_for(openroots)), code_for(openroots)
    assert active(openroots, got) == [True, True]
    assert door.post(f"/staff/{DOCTOR}/end")["status"] == "left"
    assert reads(openroots, got) == 401
    assert active(openroots, got) == [False, False]
    assert openroots.ask("GET", "/oauth2/userinfo", headers=bearer(got)).status == 401
    assert renew(openroots, got.body["refresh_token"]).status == 401
    assert words(redeem(openroots, code)) == (400, "invalid_grant", "authorization_code is invalid")
    assert {one["id"]: one["status"] for one in door.get("/staff")["staff"]}[DOCTOR] == "left"


def test_what_was_done_is_kept_and_audited(openroots, door):
    """The role that ended is shown with when; each change has an entry that names its commit."""
    ended = end(door, ONLY_ROLE)
    assert ended["roles"] == []
    assert ended["ended"][0]["until"].startswith("2026-11-21")
    entry = openroots.audit()[-1]
    assert (entry["endpoint"], entry["application"]) == ("tooling.staff", "local operator")
    assert entry["t"] == openroots.house.world.store.snapshot().t


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("none/end", {}, 404, "no member of staff is called 'none'"),
        ("none/roles", NEW, 404, "no member of staff is called 'none'"),
        (f"{DOCTOR}/roles/none/end", {}, 404, f"{DOCTOR} has no role 'none'"),
        (f"{DOCTOR}/roles/{FIRST}/end", {}, 404, f"{DOCTOR} has no role '{FIRST}'"),
        (f"{NURSE}/roles/{FIRST}/end", {}, 409, f"the role '{FIRST}' of {NURSE} has ended already"),
        ("910000000056/end", {}, 409, "910000000056 works here no more"),
        ("910000000056/roles", NEW, 409, "910000000056 works here no more"),
        (f"{DOCTOR}/roles", {}, 400, "code: '' is not the code of a role"),
        (f"{DOCTOR}/roles", NEW | {"code": "r1"}, 400, "code: 'r1' is not the code of a role"),
        (f"{DOCTOR}/roles", NEW | {"organisation": "y"}, 400, "organisation: 'y' is not an ODS"),
        (f"{DOCTOR}/roles", NEW | {"name": "a\nb"}, 400, "is not text of one line"),
        (f"{DOCTOR}/roles", NEW | {"activities": "B0015"}, 400, "activities: 'B0015' is not a li"),
        (f"{DOCTOR}/roles", NEW | {"activities": ["x"]}, 400, "the code of an activity"),
        (f"{DOCTOR}/roles", NEW | {"teams": ["a b"]}, 400, "teams: 'a b' is not the id of a team"),
        (f"{DOCTOR}/roles", NEW | {"until": "2027"}, 400, "until is no part of"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nobody(door, path, body, status, words):
    """Who is nobody, a role that is not theirs or has ended, and what is no role."""
    end(door, FIRST, NURSE)
    door.post("/staff/910000000056/end")
    before = door.get("/staff")
    found, told = door.refused("POST", f"/staff/{path}", body)
    assert (found, told[: len(words)] == words or words in told) == (status, True), told
    assert door.get("/staff") == before
