"""Requests kept whole: looked at, told as they are made, done again, exported."""

import http.client
import json
import re
from urllib.parse import urlsplit

import pytest

from openroots.gateway import recorder as keeping
from openroots.gateway.tooling.differing import differing
from openroots.testing import open_nation
from tests.gateway.door import Door

PDS = "/personal-demographics/FHIR/R4"
JANE = f"{PDS}/Patient/9000000009"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
FEMALE = {"patches": [{"op": "replace", "path": "/gender", "value": "female"}]}
IF_MATCH = {"If-Match": 'W/"2"'}


@pytest.fixture
def door(openroots):
    return Door(openroots)


def test_a_request_is_kept_whole_with_its_trail(openroots, door):
    """What was sent, what was answered and why can be read of the newest requests, by trail."""
    told = openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH)
    [listed] = door.get("/requests")["requests"]
    assert (listed["endpoint"], listed["status"]) == ("demographics.patch-patient", 200)
    assert listed["id"] == told.headers["x-openroots-trail"]
    whole = door.get(f"/requests/{listed['id']}")
    assert whole["request"]["body"] == MALE
    assert whole["response"]["body"] == told.body
    assert whole["trail"]["trail"] == listed["id"]
    assert door.get("/requests/last") == whole


def test_a_request_that_was_refused_at_the_door_is_kept_too(openroots, door):
    """One that lacks a header, and so never came to be known, is there to be looked at."""
    openroots.ask("GET", JANE, headers={"X-Request-ID": ""})
    assert door.get("/requests/last")["response"]["body"]["resourceType"] == "OperationOutcome"


def test_requests_are_found_by_endpoint_and_status(openroots, door):
    """A list can be of one endpoint, of one status, or of the newest few."""
    openroots.ask("GET", JANE)
    openroots.ask("GET", f"{PDS}/Patient/9111231130")
    openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH)

    def found(query):
        return [one["status"] for one in door.get(f"/requests?{query}")["requests"]]

    assert found("") == [200, 404, 200]
    assert found("endpoint=demographics.read-patient") == [404, 200]
    assert found("status=404") == [404]
    assert found("limit=1") == [200]
    assert door.ask("GET", "/requests?status=many")[0] == 400


def test_a_request_is_done_again_and_the_difference_told(openroots, door):
    """A replay is a new request of its own, and says at which places its answer is another."""
    openroots.ask("GET", JANE)
    first = door.get("/requests/last")
    openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH)
    told = door.post(f"/requests/{first['id']}/replay")
    assert told["again"]["id"] != first["id"] == told["first"]
    different = {one["at"]: one for one in told["different"]}
    gender = {"at": "/body/gender", "first": "female", "again": "male"}
    assert different["/body/gender"] == gender
    etag = {"at": "/headers/etag", "first": 'W/"2"', "again": 'W/"3"'}
    assert different["/headers/etag"] == etag
    again = door.post(f"/requests/{told['again']['id']}/replay")
    assert again["different"] == []


def test_a_write_done_again_is_another_write(openroots, door):
    """A replay has a new X-Request-ID, so a write is decided afresh: here it comes too late."""
    openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH)
    told = door.post("/requests/last/replay")
    assert told["again"]["status"] == 409


def test_a_request_with_a_key_is_done_again_with_it(openroots, door):
    """What proved who asked is used again, though it is not shown."""
    openroots.ask("GET", JANE, headers=openroots.token())
    assert door.post("/requests/last/replay")["different"] == []


def test_exported_tests_pass(openroots, door):
    """The test made of requests that were just made holds when it is run in a new world: in their
    order, and as little in form as they were."""
    openroots.ask("GET", f"{PDS}/Patient/9111231130")
    openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH)
    openroots.ask("PATCH", JANE, FEMALE, headers={"If-Match": 'W/"3"'})
    openroots.ask("GET", JANE, headers={"X-Request-ID": ""})
    openroots.ask("GET", JANE, headers={"X-Request-ID": "one"})
    openroots.ask("GET", f"{PDS}/Patient?family=Smith&gender=female&birthdate=eq2010-10-22")
    openroots.ask("PATCH", JANE, b"[]", headers=IF_MATCH)
    openroots.ask("PATCH", JANE, b"\xff\x00", headers=IF_MATCH)
    openroots.ask("PATCH", JANE, b" " * (keeping.LARGEST + 1), headers=IF_MATCH)
    [(name, text)] = door.get("/requests/export?as=pytest")["files"].items()
    assert name == "test_requests.py"
    made = {}
    exec(compile(text, name, "exec"), made)
    [test] = [value for name, value in made.items() if name.startswith("test_")]
    door.post("/reset")
    test(openroots)
    with pytest.raises(AssertionError):
        test(openroots)  # where the changes have been made before


def test_a_test_of_one_request_has_its_name(openroots, door):
    """A file of one request says which it is; one of none is a module without a test."""
    openroots.ask("GET", JANE)
    id = door.get("/requests/last")["id"]
    [text] = door.get(f"/requests/export?as=pytest&id={id}")["files"].values()
    assert "def test_read_patient(openroots):" in text


def test_a_har_holds_what_the_format_asks_for(openroots, door):
    """Each entry of the export has every member that HAR 1.2 asks of one."""
    openroots.ask("PATCH", f"{JANE}?x=1", MALE, headers=IF_MATCH)
    log = json.loads(door.get("/requests/export")["files"]["requests.har"])["log"]
    [entry] = log["entries"]
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
    both = {"httpVersion", "cookies", "headers", "headersSize", "bodySize"}
    assert {"method", "url", "queryString", "postData", *both} <= entry["request"].keys()
    assert {"status", "statusText", "content", "redirectURL", *both} <= entry["response"].keys()
    assert entry["request"]["queryString"] == [{"name": "x", "value": "1"}]
    assert json.loads(entry["request"]["postData"]["text"]) == MALE


def test_a_bruno_collection_has_a_file_for_each_request(openroots, door):
    """Each file begins with the address that the environment names, and wants the same status."""
    openroots.ask("GET", JANE)
    openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH)
    files = door.get("/requests/export?as=bruno")["files"]
    assert json.loads(files["bruno.json"])["type"] == "collection"
    patch = files["002-patch_patient.bru"]
    assert f"  url: {{{{base_url}}}}{JANE}\n  body: json\n" in patch
    assert "  x-request-id: {{$guid}}\n" in patch
    assert "assert {\n  res.status: eq 200\n}\n" in patch
    assert all(text.endswith("\n}\n") for text in list(files.values())[1:])
    openroots.ask("GET", JANE, headers={"X-Request-ID": "one"})
    files = door.get("/requests/export?as=bruno")["files"]
    assert "  x-request-id: one\n" in files["003-read_patient.bru"]


def test_a_body_that_is_no_text_is_exported_as_what_it_is(openroots, door):
    """In base64 where the format has a way to say so; else the file says that it has none."""
    openroots.ask("PATCH", f"{PDS}/Patient/a b", b"\xff\x00", headers=IF_MATCH)
    openroots.ask("PATCH", JANE, b" " * (keeping.LARGEST + 1), headers=IF_MATCH)
    log = json.loads(door.get("/requests/export")["files"]["requests.har"])["log"]
    sent = log["entries"][0]["request"]
    assert (sent["postData"]["text"], sent["postData"]["encoding"]) == ("/wA=", "base64")
    assert sent["url"].endswith("/Patient/a%20b")
    _, _, *bru = door.get("/requests/export?as=bruno")["files"].values()
    assert [text.rpartition("docs ")[2] for text in bru] == [
        "{\n  its body is no text\n}\n",
        "{\n  its body was too large to keep\n}\n",
    ]


@pytest.mark.parametrize("path", ["a%2Fb", "a%252Fb", "a%20b"])
def test_an_exported_request_is_for_the_path_that_was_sent(openroots, door, path):
    """A slash in a name stays encoded, and so does the percent sign of what only looks like one."""
    openroots.ask("GET", f"{PDS}/Patient/{path}")
    log = json.loads(door.get("/requests/export")["files"]["requests.har"])["log"]
    assert log["entries"][0]["request"]["url"].endswith(f"/Patient/{path}")


def test_only_some_are_exported_where_they_are_named(openroots, door):
    """An export of one id holds one; of a strange id or kind, it is refused."""
    for _ in range(2):
        openroots.ask("GET", JANE)
    id = door.get("/requests/last")["id"]
    log = json.loads(door.get(f"/requests/export?id={id}")["files"]["requests.har"])["log"]
    assert len(log["entries"]) == 1
    assert door.ask("GET", "/requests/export?id=nobody")[0] == 404
    assert door.ask("GET", "/requests/export?as=postman")[0] == 400
    assert door.ask("GET", "/requests/nobody")[0] == 404
    assert door.ask("POST", "/requests/nobody/replay")[0] == 404


def test_what_is_kept_is_bounded(openroots, door, monkeypatch):
    """The oldest go when there are too many, or when their bodies take too much; a body that is too
    large is not kept, and such a request is not done again."""
    monkeypatch.setattr(keeping, "MOST", 3)
    monkeypatch.setattr(keeping, "LARGEST", 40_000)
    for _ in range(5):
        openroots.ask("GET", JANE)
    assert len(door.get("/requests")["requests"]) == 3
    openroots.ask("PATCH", JANE, b" " * 40_001, headers=IF_MATCH)
    assert door.get("/requests/last")["request"]["body"] is None
    assert door.ask("POST", "/requests/last/replay")[0] == 409
    monkeypatch.setattr(keeping, "MOST_BYTES", 3000)
    openroots.ask("GET", JANE)
    assert len(door.get("/requests")["requests"]) <= 1


def test_a_reset_forgets_what_was_kept(openroots, door):
    """The bodies of a world are gone with it."""
    openroots.ask("GET", JANE)
    door.post("/reset")
    assert door.get("/requests")["requests"] == []


def test_nothing_is_kept_whole_in_a_live_world(tmp_path):
    """Where people are real, no body is kept, and this is said."""
    nation = open_nation(tmp_path, mode="live", people=0)
    nation.ask("GET", JANE)
    status, told = Door(nation).ask("GET", "/requests")
    assert (status, told["error"]) == (403, "requests are not kept whole here")
    assert nation.house.gateway.recorder is None
    nation.close()


def test_requests_are_told_as_they_are_made(openroots, door):
    """Who listens hears of each request, and of those it missed when it names the last it heard."""
    openroots.ask("GET", JANE)
    first = door.get("/requests/last")["id"]
    openroots.ask("GET", f"{PDS}/Patient/9111231130")
    connection = http.client.HTTPConnection(urlsplit(openroots.url).netloc, timeout=60)
    headers = {"X-OpenRoots-Token": door.token, "Last-Event-ID": first}
    connection.request("GET", "/_openroots/requests/live", headers=headers)
    response = connection.getresponse()
    assert response.getheader("content-type") == "text/event-stream"
    assert heard(response)["status"] == 404
    openroots.ask("PATCH", JANE, MALE, headers=IF_MATCH)
    assert heard(response)["endpoint"] == "demographics.patch-patient"
    response.close()
    connection.close()


def test_who_heard_of_what_is_kept_no_more_hears_of_all_there_is(openroots, door):
    """As after a restart, or many requests: all that is kept came later."""
    recorder = openroots.house.gateway.recorder
    openroots.ask("GET", JANE)
    openroots.ask("GET", JANE)
    assert len(recorder.after("gone")) == 2
    assert recorder.after("") == []


def test_strangers_hear_nothing(openroots):
    """Without the token nobody listens."""
    connection = http.client.HTTPConnection(urlsplit(openroots.url).netloc, timeout=60)
    connection.request("GET", "/_openroots/requests/live")
    response = connection.getresponse()
    assert (response.status, response.read()[:8]) == (403, b'{"error"')
    connection.close()


def heard(response):
    """The data of the next event."""
    for line in response:
        if found := re.match(rb"data: (.*)", line):
            return json.loads(found[1])
    raise AssertionError("the stream ended")


@pytest.mark.parametrize(
    ("first", "again", "told"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [{"at": "/a", "first": 1, "again": True}]),
        ([1, 2], [1], [{"at": "/1", "first": 2}]),
        ({}, {"a/b": None}, [{"at": "/a~1b", "again": None}]),
        ("x", {"a": 1}, [{"at": "/", "first": "x", "again": {"a": 1}}]),
    ],
)
def test_what_differs_is_told_by_its_place(first, again, told):
    """Each difference has its place; a side without anything is left out."""
    assert differing(first, again) == told
