"""Explanations: an application is told why its own requests were answered so, and no other is."""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from openroots.problem import Problem
from openroots.service import Access, Caller, Later, Request
from openroots.services.explanations import explain, service
from openroots.testing import KEY, open_nation, openroots_nation

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
APP, OTHER = "ashby-practice-system", "ferndale-records-service"
WORKER = "staff:910000000012"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def explained(nation, id, headers):
    return nation.ask("GET", f"/explanations/{id}", headers=headers)


def test_an_application_is_told_all_about_its_own_request(openroots):
    """By any of its three ids, the application that asked is told how it was known and until when,
    its product, level and role, the purpose and agreement, the rulebook, and what was answered."""
    token = openroots.token(APP, WORKER)
    ids = {"X-Request-ID": "7a8a1a3c-6c0b-4a6e-9d52-0d4d5d9b2f10", "X-Correlation-ID": "round-7"}
    trail = openroots.ask("GET", JANE, headers=token | ids).headers["x-openroots-trail"]
    told = [explained(openroots, id, token).body for id in (trail, *ids.values())]
    assert told[0] == told[1] == told[2]
    steps = {step: f"{outcome}: {words}" for step, outcome, words, _ in told[0]["steps"]}
    known = "by a token good until 2026-11-21 12:09:59 UTC; product personal-demographics-service"
    assert f"{known}; level aal3; role R8000 at Y90001" in steps["caller"]
    assert "for TREAT (to treat the person); agreement: national-demographics" in steps["policy"]
    assert "general-practice" in steps["rulebook"]
    assert {"route", "form", "handle", "audit"} <= steps.keys()
    assert token["authorization"].partition(" ")[2] not in str(told)


@pytest.mark.parametrize("id", ["order/7", "order%2F7", "order%252f7", "a b?c#d"])
def test_a_request_is_found_whatever_its_application_has_called_it(openroots, id):
    """A slash in the id of a request is sent encoded, and is told from the letters "%2F"."""
    token = openroots.token(APP)
    openroots.ask("GET", JANE, headers=token | {"X-Correlation-ID": id})
    told = explained(openroots, quote(id, safe=""), token)
    assert (told.status, told.body["status"]) == (200, 200)
    assert explained(openroots, quote(quote(id, safe=""), safe=""), token).status == 404


def test_a_write_is_explained_with_its_commit(openroots):
    """The trail of a write names its commit, its guards and its signals."""
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    token = openroots.token(APP, WORKER)
    openroots.ask("PATCH", JANE, patch, headers=token | {"If-Match": 'W/"2"'})
    trail = openroots.trails()[-1]["trail"]
    steps = {step: (outcome, words) for step, outcome, words, _ in told_steps(trail, openroots)}
    assert "signals: " in steps["commit"][0]
    assert "guards" in steps["commit"][1]


def told_steps(trail, nation):
    return explained(nation, trail, nation.token(APP)).body["steps"]


def test_a_refusal_is_explained_with_its_mend(openroots):
    """What was refused is told with how to mend it."""
    token = openroots.token(APP, "citizen:9000000017")
    trail = openroots.ask("GET", JANE, headers=token).headers["x-openroots-trail"]
    [mend] = [mend for step, *_, mend in told_steps(trail, openroots) if step == "refused"]
    assert mend == "A patient may ask for their own record only."


def test_others_do_not_even_learn_that_there_was_a_request(openroots):
    """Another application, a request of nobody's, an id that is none, "last" and no id at all are
    told in the same words that there is nothing; whoever is not known is told to say who they
    are."""
    token = openroots.token(APP)
    trail = openroots.ask("GET", JANE, headers=token).headers["x-openroots-trail"]
    of_nobody = openroots.ask("GET", JANE).headers["x-openroots-trail"]
    asked = [(trail, openroots.token(OTHER)), (of_nobody, token)]
    asked += [(id, token) for id in ("none", "last", "")]
    answers = [explained(openroots, id, headers) for id, headers in asked]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body["description"] for answer in answers}) == 1
    assert explained(openroots, trail, {}).status == 401
    assert explained(openroots, trail, {"apikey": KEY}).status == 200


def test_an_application_finds_its_own_request_though_others_sent_the_same_id(openroots):
    """Two applications that send the same X-Request-ID, as from one example, and one that sends
    another's trail as its X-Correlation-ID: each is told about its own, whoever came later."""
    ids = {"X-Request-ID": "7a8a1a3c-6c0b-4a6e-9d52-0d4d5d9b2f10"}
    own, other = openroots.token(APP), openroots.token(OTHER)
    trail = openroots.ask("GET", JANE, headers=own | ids).headers["x-openroots-trail"]
    openroots.ask("GET", JANE, headers=other | ids)
    openroots.ask("GET", JANE, headers=other | {"X-Correlation-ID": trail})
    asked = (*ids.values(), trail)
    assert [explained(openroots, id, own).body["trail"] for id in asked] == [trail, trail]


def test_what_another_worker_was_just_asked_is_waited_for(openroots):
    """It writes its trails soon, and not before it answers: the first look may come too early."""
    endpoint = next(one for one in service.endpoints if one.name == "explain")
    caller, db = Caller(APP, "Y90001", Access.APPLICATION, name=APP), openroots.house.world.store
    found = iter([None, {"trail": "it"}])
    request = Request(
        *(endpoint, {"id": "it"}, {}, caller, NOON, bytes),
        trail_of=lambda id, application: next(found, None),
    )
    with pytest.raises(Later):
        explain(request, db.snapshot())
    assert explain(request, db.snapshot()).body == {"trail": "it"}
    with pytest.raises(Problem):
        explain(request._replace(patient=False), db.snapshot())


@pytest.fixture
def live(tmp_path):
    """A live world, without people."""
    nation = open_nation(tmp_path / "live", mode="live")
    yield nation
    nation.close()


def test_a_live_world_explains_refusals_only(live):
    """In live mode the trail of a refusal is kept whole; what was answered is kept as a line that
    counts it, and explains nothing."""
    live.ask("GET", JANE)
    assert live.trails()[-1]["steps"]
    caller = Caller("app", "Y12345", Access.HEALTHCARE_WORKER, "910000000012", name="App")
    told = live.ask("GET", "/legitimate-relationships/relationships", caller=caller)
    line = live.trails()[-1]
    assert (told.status, "steps" in line, line["application"]) == (200, False, "app")
    again = live.ask("GET", f"/explanations/{told.headers['x-openroots-trail']}", caller=caller)
    assert again.status == 404


def test_the_key_opens_explanations_where_tokens_are_compulsory(openroots_seeded):
    """An application that cannot get a token yet can be told why, by its key."""
    with openroots_nation(openroots_seeded, auth="real") as nation:
        trail = nation.ask("GET", JANE, headers=nation.token(APP)).headers["x-openroots-trail"]
        assert explained(nation, trail, {"apikey": KEY}).status == 200
        assert explained(nation, trail, {}).status == 401
