"""Troubles made on purpose."""

import http.client
import json
from collections import Counter
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from openroots.gateway.faults.fault import KINDS, OF_SIGNALS, Fault
from openroots.ready_made import APPLICATIONS
from openroots.testing import open_nation
from tests.gateway.door import Door

PDS = "/personal-demographics/FHIR/R4"
JANE = f"{PDS}/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
IF_MATCH = {"If-Match": 'W/"2"'}


@pytest.fixture
def door(openroots):
    return Door(openroots)


def asking_for(fault, **others):
    return {"X-OpenRoots-Fault": fault, **others}


def test_a_fault_fails_every_nth_request(openroots):
    """A client can be tried against a service that is unavailable each second time, in the words
    and with the Retry-After that are published."""
    openroots.trouble("demographics.*", every=2)
    statuses = [openroots.ask("GET", JANE).status for _ in range(4)]
    assert statuses == [200, 503, 200, 503]
    openroots.ask("GET", JANE)
    told = openroots.ask("GET", JANE)
    assert (told.code, told.headers["retry-after"]) == ("SERVICE_UNAVAILABLE", "5")
    assert told.headers["x-openroots-fault"] == "unavailable"
    assert told.body["issue"][0]["diagnostics"] == (
        "The downstream domain processing has not completed within the configured timeout period. "
        "Using the same 'X-Request-ID' header, retry your request after the time specified by the "
        "'Retry-After' response header."
    )
    assert any("on purpose" in str(step) for step in openroots.trails()[-1]["steps"])


def test_a_retry_after_a_fault_is_done_once(openroots):
    """A write that met trouble is done when it is sent again with the same X-Request-ID."""
    openroots.trouble("demographics.patch-patient", every=1)
    headers = {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068", **IF_MATCH}
    assert openroots.ask("PATCH", JANE, MALE, headers=headers).status == 503
    openroots.faults.clear()
    again = openroots.ask("PATCH", JANE, MALE, headers=headers)
    assert (again.status, again.headers["etag"]) == (200, 'W/"3"')


def test_a_fault_strikes_only_where_it_was_put(openroots):
    """A fault of one endpoint leaves all others alone, whether it is named by id or by path."""
    openroots.trouble("demographics.patch-patient")
    assert openroots.ask("GET", JANE).status == 200
    assert openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH).status == 503
    openroots.faults.clear()
    openroots.trouble("GET */Patient/{id}")
    assert openroots.ask("GET", JANE).status == 503
    assert openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH).status == 200


def test_a_fault_may_be_any_row(openroots):
    """Any failure that a service lists can be provoked, with the fields that its words need."""
    openroots.trouble("demographics.read-patient", "spike-arrested", application="Mine", seconds=7)
    told = openroots.ask("GET", JANE)
    assert (told.status, told.headers["retry-after"]) == (429, "7")
    assert "Your application, Mine," in told.body["issue"][0]["diagnostics"]


def test_a_token_can_be_not_taken_on_purpose(openroots, door):
    """Without a word of what is wrong with it: the trail says that it was made so."""
    door.post("/faults", {"endpoint": "demographics.*", "row": "token-unknown"})
    assert openroots.ask("GET", JANE).status == 401
    [told] = [step[3] for step in openroots.trails()[-1]["steps"] if step[0] == "refused"]
    assert told.startswith("This is a trouble that was made on purpose.")


@pytest.mark.parametrize(
    ("endpoint", "row", "every"),
    [
        ("nobody.*", "unavailable", 1),
        ("demographics.*", "no-such-row", 1),
        ("demographics.*", "value-invalid", 1),
        ("demographics.*", "unavailable", 0),
    ],
)
def test_a_fault_that_cannot_be_is_refused(openroots, endpoint, row, every):
    """What fits no endpoint, names no failure, lacks a field or never strikes is refused."""
    with pytest.raises(ValueError, match=r"."):
        openroots.trouble(endpoint, row, every=every)


def test_a_test_can_have_any_kind_of_trouble(openroots):
    """The fixture takes what the command takes, and refuses what it refuses."""
    openroots.trouble("demographics.*", do="slow", ms=80, times=1)
    openroots.trouble("demographics.*", do="drop", share=1)
    assert [openroots.ask("GET", JANE).status for _ in range(2)] == [0, 0]
    assert [trail["ms"] >= 80 for trail in openroots.trails()[-2:]] == [True, False]
    for wrong in ({"do": "explode"}, {"every": 1.5}, {"share": 2}, {"ms": 5}, {"nobody": 5}):
        with pytest.raises(ValueError, match="give"):
            openroots.trouble("demographics.*", **wrong)


def test_no_trouble_is_made_in_a_live_world(tmp_path):
    """A live installation has no faults, whoever asks for them and however."""
    nation = open_nation(tmp_path, mode="live", people=0)
    with pytest.raises(ValueError, match="live"):
        nation.trouble("demographics.*")
    assert nation.faults not in nation.house.gateway.steps
    status, told = Door(nation).ask("POST", "/faults", {"endpoint": "*"})
    assert (status, told["error"]) == (403, "in this mode no trouble is made on purpose")
    asked = nation.ask("GET", JANE, headers=asking_for("unavailable"))
    assert (asked.status, asked.headers.get("x-openroots-fault")) == (401, None)
    nation.close()


def test_a_share_of_requests_is_struck_and_the_same_ones_for_a_seed():
    """Of a thousand requests about as many are struck as the share says; the seed says which."""

    def struck(seed):
        fault = Fault("*", share=0.2, seed=seed)
        return [fault.strikes() for _ in range(1000)]

    assert 150 < sum(struck(7)) < 250
    assert struck(7) == struck(7) != struck(8)


def test_a_fault_can_strike_so_often_and_no_more(openroots, door):
    """A fault that strikes twice lets the third request through."""
    door.post("/faults", {"endpoint": "demographics.*", "times": 2})
    assert [openroots.ask("GET", JANE).status for _ in range(3)] == [503, 503, 200]


def test_a_fault_may_be_of_one_application(openroots, door):
    """The requests of others are left alone."""
    mine = openroots.token()
    door.post("/faults", {"endpoint": "*", "application": APPLICATIONS[1].id})
    assert openroots.ask("GET", JANE, headers=mine).status == 200
    door.post("/faults", {"endpoint": "*", "application": APPLICATIONS[0].id})
    assert openroots.ask("GET", JANE, headers=mine).status == 503
    assert openroots.ask("GET", JANE).status == 200


def test_a_fault_for_an_application_that_there_is_not_is_refused(door):
    """It would never strike. Who asks without a key is called open-access."""
    status, told = door.ask("POST", "/faults", {"endpoint": "*", "application": "nobody"})
    assert (status, told["error"]) == (404, "no application is called 'nobody'")
    assert door.post("/faults", {"endpoint": "*", "application": "open-access"})["fault"]


def test_faults_are_kept_until_they_are_cleared(tmp_path):
    """A fault outlasts a restart; cleared, it is gone, and was listed with its counts meanwhile."""
    first = open_nation(tmp_path, people=0)
    told = Door(first).post("/faults", {"endpoint": "demographics.*", "every": 2})
    first.close()
    again = open_nation(tmp_path, people=0)
    door = Door(again)
    assert [again.ask("GET", JANE).status for _ in range(2)] == [200, 503]
    [listed] = door.get("/faults")["faults"]
    assert (listed["id"], listed["met"], listed["struck"]) == (told["fault"]["id"], 2, 1)
    assert door.post("/faults/clear", {"id": listed["id"]}) == {"cleared": 1}
    assert door.ask("POST", "/faults/clear", {"id": listed["id"]})[0] == 404
    assert [again.ask("GET", JANE).status for _ in range(2)] == [200, 200]
    assert door.get("/faults")["faults"] == []
    again.close()


def test_a_restart_counts_anew(tmp_path):
    """What a fault has struck is not kept: one that was to strike once strikes once each run."""
    for run in range(2):
        nation = open_nation(tmp_path, people=0)
        if run == 0:
            Door(nation).post("/faults", {"endpoint": "demographics.*", "times": 1})
        assert [nation.ask("GET", JANE).status for _ in range(3)] == [503, 200, 200]
        nation.close()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "endpoint"),
        ({"endpoint": "nobody.*"}, "endpoint"),
        ({"endpoint": 7}, "endpoint"),
        ({"endpoint": "*", "do": "explode"}, "do"),
        ({"endpoint": "demographics.*", "row": "nonsense"}, "row"),
        ({"endpoint": "demographics.*", "row": "value-invalid"}, "fields"),
        ({"endpoint": "*", "every": 0}, "every"),
        ({"endpoint": "*", "every": True}, "every"),
        ({"endpoint": "*", "share": 1.5}, "share"),
        ({"endpoint": "*", "share": "half"}, "share"),
        ({"endpoint": "*", "do": "slow", "ms": 60_001}, "ms"),
        ({"endpoint": "*", "fields": ["a"]}, "fields"),
        ({"endpoint": "*", "every": 2, "share": 0.5}, "share"),
        ({"endpoint": "*", "do": "limited", "row": "not-found"}, "row"),
        ({"endpoint": "*", "do": "drop", "ms": 5}, "ms"),
        ({"endpoint": "*", "seed": 7}, "seed"),
        ({"endpoint": "*", "share": None}, "share"),
        ({"endpoint": "*", "fields": {"seconds": 9}}, "fields"),
        ({"endpoint": "*", "do": "slow", "fields": {"most": 9}}, "fields"),
        ({"endpoint": "pds-*", "do": "reorder", "application": APPLICATIONS[0].id}, "application"),
        ({"endpoint": "pds-*", "do": "duplicate", "fields": {"most": 9}}, "fields"),
        *(
            ({"endpoint": "*", "row": "quota-exceeded", "fields": {name: value}}, "fields")
            for name, value in (
                *(("seconds", "soon"), ("seconds", -5), ("seconds", "7\r\nX-Odd: 1")),
                *(("application", "a\nb"), ("application", "a" * 201), ("application", 1.5)),
            )
        ),
    ],
)
def test_what_cannot_be_asked_for_is_told_by_its_name(door, body, name):
    """A wrong fault is refused with the member that is wrong, and what it may be."""
    status, told = door.ask("POST", "/faults", body)
    assert status == 400
    assert told["error"].startswith(f"{name}: ")
    assert told["mend"].startswith("Give ")


def test_there_is_a_limit_to_faults(door):
    """A hundred faults are in place at most."""
    for _ in range(100):
        door.post("/faults", {"endpoint": "*"})
    status, told = door.ask("POST", "/faults", {"endpoint": "*"})
    assert (status, told["error"]) == (409, "there are 100 faults already")
    assert door.post("/faults/clear") == {"cleared": 100}


def test_everything_at_once_still_ends_in_an_answer(openroots, door):
    """With a fault of each kind on each endpoint, every request is refused in its API's words."""
    for kind in sorted(set(KINDS) - {"drop", "lose"}):
        door.post("/faults", {"endpoint": "*", "do": kind} | ({"ms": 1} if kind == "slow" else {}))
    told = openroots.ask("GET", JANE, headers=openroots.token())
    assert (told.status, told.code) == (401, "ACCESS_DENIED")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("unavailable", 503, "SERVICE_UNAVAILABLE"),
        ("limited", 429, "TOO_MANY_REQUESTS"),
        ("quota-exceeded; most=7; application=Mine", 429, "TOO_MANY_REQUESTS"),
        ("stale", 409, "RESOURCE_VERSION_MISMATCH"),
        ("expired", 401, "ACCESS_DENIED"),
        ("not-found", 404, "RESOURCE_NOT_FOUND"),
        ("fail; row=not-found", 404, "RESOURCE_NOT_FOUND"),
    ],
)
def test_a_request_can_ask_for_its_own_fault(openroots, fault, status, code):
    """The header X-OpenRoots-Fault makes one request fail, in the words of its API; without it
    the next is answered."""
    told = openroots.ask("GET", JANE, headers=asking_for(fault))
    assert (told.status, told.code) == (status, code)
    assert openroots.ask("GET", JANE).status == 200


@pytest.mark.parametrize(
    "fault",
    [
        *("nonsense", "duplicate", "value-invalid", "\xe9", ";"),
        *("slow; ms=-1", "slow; ms", "slow; mss=5", "slow; ms=1; ms=2", "drop; ms=5"),
        *("fail; row=none", "unavailable; row=not-found", "stale; row=not-found"),
        *("unavailable; seconds=9", "unavailable; every=2", "not-found; self=me"),
        *("limited; seconds=soon", "limited; seconds=-5", "limited; seconds=7; seconds=8"),
    ],
)
def test_a_fault_that_is_none_is_refused_and_told(openroots, fault):
    """What X-OpenRoots-Fault cannot mean is not ignored: the answer says what it takes."""
    told = openroots.ask("GET", JANE, headers=asking_for(fault))
    assert told.status == 501
    assert "one of drop, expired, limited" in told.headers["x-openroots-fault"]


def test_stale_and_expired_strike_only_what_was_sent(openroots, door):
    """A request without If-Match cannot be stale, and one without a token has none to expire."""
    door.post("/faults", {"endpoint": "*", "do": "stale"})
    door.post("/faults", {"endpoint": "*", "do": "expired"})
    assert openroots.ask("GET", JANE).status == 200
    assert openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH).status == 409
    assert openroots.ask("GET", JANE, headers=openroots.token()).status == 401


def test_a_slow_fault_waits(openroots):
    """A request can be made to wait, and is answered then."""
    told = openroots.ask("GET", JANE, headers=asking_for("slow; ms=80"))
    assert told.status == 200
    assert openroots.trails()[-1]["ms"] >= 80


def over_http(openroots, method, body=None, **headers):
    """The status of an answer over a real connection."""
    connection = http.client.HTTPConnection(urlsplit(openroots.url).netloc, timeout=60)
    usual = {"X-Request-ID": str(uuid4()), "Content-Type": "application/json-patch+json"}
    try:
        connection.request(method, JANE, body and json.dumps(body), {**usual, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_dropped_connection_has_no_answer_and_nothing_is_done(openroots):
    """The client sees its connection end; the record is as it was."""
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        over_http(openroots, "PATCH", MALE, **asking_for("drop", **IF_MATCH))
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"2"'
    assert over_http(openroots, "GET") == 200


def test_a_lost_answer_is_given_when_the_request_is_repeated(openroots):
    """The write was done though its answer never came: the same X-Request-ID gets it now."""
    headers = {"X-Request-ID": str(uuid4()), **IF_MATCH}
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        over_http(openroots, "PATCH", MALE, **asking_for("lose", **headers))
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"3"'
    assert over_http(openroots, "PATCH", MALE, **headers) == 200
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"3"'


def test_faults_of_signals_are_for_deliveries(openroots, door):
    """A fault of signals strikes the events whose type it names, and no request."""
    for kind in sorted(OF_SIGNALS):
        door.post("/faults", {"endpoint": f"pds-{kind}*", "do": kind})
    told = Counter(openroots.faults.of_signal(f"pds-{kind}-1") for kind in ("duplicate", "other"))
    assert told == {"duplicate": 1, "": 1}
    assert openroots.ask("GET", JANE).status == 200
