"""What the gateway promises of every request, whichever service answers it."""

import gzip

import pytest

from openroots.gateway.repeats import key_of
from openroots.service import Access, Caller
from openroots.services.demographics.coverage import EXAMPLE as CARD
from openroots.storage import Change
from openroots.testing import KEY
from tests.services.events import asking

PDS = "/personal-demographics/FHIR/R4"
JANE = f"{PDS}/Patient/9000000009"
MNS = "/multicast-notification-service/subscriptions"
FEMALE = {"patches": [{"op": "replace", "path": "/gender", "value": "female"}]}
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
NUMBERS = "https://fhir.nhs.uk/Id/nhs-number"
REQUEST_ID = "60e0b220-8136-4ca5-ae46-1d97ef59d068"


def test_a_read_goes_out_as_it_is_stored(openroots):
    """A record is answered with the very bytes that the store keeps, and its version as ETag."""
    told = openroots.ask("GET", JANE)
    stored = openroots.house.world.store.snapshot().read([("Patient", "9000000009")])
    assert (told.status, told.headers["etag"]) == (200, 'W/"2"')
    assert told.raw == stored["Patient", "9000000009"].raw


@pytest.mark.parametrize("path", [JANE, f"{PDS}/Patient?family=Smith", f"{PDS}/Patient/9111231130"])
def test_no_cache_keeps_what_is_told_of_a_person(openroots, path):
    """Neither a record nor that there is none: asked again, it is answered as it is then."""
    assert openroots.ask("GET", path).headers["cache-control"] == "no-store"


def test_ids_are_mirrored(openroots):
    """The two ids that a client sends come back, and every answer names its trail."""
    told = openroots.ask(
        "GET", JANE, headers={"X-Request-ID": REQUEST_ID, "X-Correlation-ID": "my thread"}
    )
    assert told.headers["x-request-id"] == REQUEST_ID
    assert told.headers["x-correlation-id"] == "my thread"
    assert len(told.headers["x-openroots-trail"]) == 24


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{PDS}/HelloWorld", 400, "UNSUPPORTED_REQUEST"),
        ("GET", f"{PDS}/Patient/../Patient/9000000009", 400, "UNSUPPORTED_REQUEST"),
        ("GET", f"{PDS}//Patient/9000000009", 400, "UNSUPPORTED_REQUEST"),
        ("GET", f"{PDS}/Patient/9000000009/", 400, "UNSUPPORTED_REQUEST"),
        ("GET", f"{PDS}/Patient/", 400, "UNSUPPORTED_SERVICE"),
        ("GET", f"{PDS}/Patient/9000000009\x00", 400, "INVALID_RESOURCE_ID"),
        ("PUT", JANE, 400, "UNSUPPORTED_SERVICE"),
        ("DELETE", JANE, 400, "UNSUPPORTED_SERVICE"),
    ],
)
def test_what_is_not_there_is_told_in_the_dialect(openroots, method, path, status, code):
    """A path or method that PDS does not have is refused as PDS refuses it."""
    told = openroots.ask(method, path)
    assert (told.status, told.code) == (status, code)


def test_the_path_is_named(openroots):
    """An unknown path is named in the refusal."""
    told = openroots.ask("GET", f"{PDS}/HelloWorld")
    assert told.body["issue"][0]["diagnostics"] == "Unsupported path - '/HelloWorld'"


def test_a_header_that_contradicts_itself_is_refused(openroots):
    """Two values where one is meant are refused by name; neither is chosen."""
    gateway = openroots.house.gateway
    twice = [(b"x-request-id", REQUEST_ID.encode()), (b"x-request-id", b"another")]
    exchange = gateway.begin(gateway.service(JANE), "GET", JANE, b"", twice)
    answer = openroots.run(gateway.answer(exchange))
    assert answer.status == 400
    assert b"X-Request-ID header must be supplied once only" in answer.body


@pytest.mark.parametrize(
    "body",
    [b"{", b"[1,", b'{"patches": [}', b"\xff\xfe", b'{"a": "\xff"}', b"[" * 5000 + b"]" * 5000],
)
def test_a_body_that_is_not_json_is_refused(openroots, body):
    """Broken JSON, bad UTF-8 and endless nesting are the client's error, and told as one."""
    told = openroots.ask("PATCH", JANE, body, headers={"If-Match": 'W/"2"'})
    assert (told.status, told.code) == (400, "INVALID_VALUE")


def test_json_that_is_nested_too_deep_is_told_so(openroots):
    """Who sent JSON is not told that it is none, and learns how deep it may be, in any dialect."""
    deep = b"[" * 101 + b"]" * 101
    pds = openroots.ask("PATCH", JANE, deep, headers={"If-Match": 'W/"2"'})
    words = "Invalid request with error - the body is nested deeper than 100 levels"
    assert (pds.status, pds.code) == (400, "INVALID_VALUE")
    assert pds.body["issue"][0]["diagnostics"] == words
    events = asking.ask(openroots, "POST", "/events", deep)
    assert events.status == 400
    assert b"The body is nested deeper than 100 levels" in events.raw


def test_a_packed_body_is_told_to_be_packed(openroots):
    """Nobody is left to look for a fault in their JSON."""
    headers = {"If-Match": 'W/"2"', "Content-Encoding": "gzip"}
    body = gzip.compress(b'{"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}')
    told = openroots.ask("PATCH", JANE, body, headers=headers)
    assert told.status == 415
    assert "the body is packed by gzip" in told.body["issue"][0]["diagnostics"]
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"2"'


@pytest.mark.parametrize("body", [b"1", b'"text"', b"[]", b"null", b"{}", b'{"patches": 7}'])
def test_json_of_the_wrong_shape_is_refused(openroots, body):
    """JSON that is not what the endpoint takes is refused, and nothing is changed."""
    told = openroots.ask("PATCH", JANE, body, headers={"If-Match": 'W/"2"'})
    assert told.status == 400
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"2"'


def test_plain_apis_have_dialects_of_their_own(openroots):
    """OAuth and MNS, which are not FHIR, tell their failures in their published shapes."""
    wrong_type = openroots.ask("POST", "/oauth2/token", {})
    assert wrong_type.status == 415
    assert wrong_type.body["error"] == "invalid_request"
    assert wrong_type.body["message_id"] == wrong_type.headers["x-openroots-trail"]
    not_one = openroots.ask("POST", MNS, {}, headers={"X-Correlation-ID": "1"})
    assert not_one.body == {
        "validationErrors": {
            "resourceType": "Please provide the correct resource type for this endpoint"
        }
    }


def test_a_token_is_looked_up_and_said_to_be(openroots):
    """Whose token was given is in the trail; the token is not."""
    given = openroots.token()
    told = openroots.ask("GET", JANE, headers=given)
    assert told.status == 200
    (trail,) = openroots.trails()
    steps = {step[0]: step[1] for step in trail["steps"]}
    assert "(application-restricted): by a token good until 2026-11-21" in steps["caller"]
    assert given["authorization"].partition(" ")[2] not in str(trail)


def test_an_unknown_key_is_refused(openroots):
    """A key that is given must be known: it is not taken for open access."""
    told = openroots.ask("GET", JANE, headers={"apikey": "nobody's"})
    assert (told.status, told.code) == (401, "ACCESS_DENIED")


def test_a_key_taken_back_is_refused_at_once(openroots):
    """An application whose key was removed is refused from the next request on."""
    known = {"apikey": KEY}
    assert openroots.ask("GET", JANE, headers=known).status == 200
    from openroots.identity.applications import API_KEY, fingerprint

    openroots.holds(Change(API_KEY, fingerprint(KEY), None, expect=1))
    assert openroots.ask("GET", JANE, headers=known).status == 401


def test_a_patient_sees_one_person(openroots):
    """A patient reads their own record, and of anyone else's is told that it is not theirs."""
    jane = Caller("app", "", Access.PATIENT, subject="9000000009")
    assert openroots.ask("GET", JANE, caller=jane).status == 200
    other = openroots.ask("GET", f"{PDS}/Patient/9000000017", caller=jane)
    assert (other.status, other.code) == (403, "ACCESS_DENIED")


def test_a_write_repeated_gets_the_first_answer(openroots):
    """The same X-Request-ID with the same request is answered again as it was, and done once."""
    headers = {"X-Request-ID": REQUEST_ID, "If-Match": 'W/"2"'}
    first = openroots.ask("PATCH", JANE, MALE, headers=headers)
    again = openroots.ask("PATCH", JANE, MALE, headers=headers)
    assert first.status == again.status == 200
    assert (again.raw, again.headers["etag"]) == (first.raw, 'W/"3"')
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"3"'


def test_a_write_repeated_differently_is_refused(openroots):
    """The same X-Request-ID with another body is a named error, and changes nothing."""
    headers = {"X-Request-ID": REQUEST_ID, "If-Match": 'W/"2"'}
    openroots.ask("PATCH", JANE, MALE, headers=headers)
    other = openroots.ask("PATCH", JANE, FEMALE, headers=headers)
    assert other.status == 400
    assert REQUEST_ID in other.body["issue"][0]["diagnostics"]
    assert openroots.ask("GET", JANE).body["gender"] == "male"


def test_a_write_repeated_with_another_query_is_refused(openroots):
    """What is asked for stands in the query too: the first answer would tell of something that was
    not asked, and what was asked would never be done."""
    asked = {"body": b"9000000009", "type": "text/plain", "x_request_id": REQUEST_ID}
    first = asking.ask(openroots, "POST", "/lists?name=Rosewood", **asked)
    other = asking.ask(openroots, "POST", "/lists?name=Oakfield", **asked)
    assert (first.status, other.status) == (201, 400)
    assert REQUEST_ID in other.raw.decode()
    assert asking.ask(openroots, "POST", "/lists?name=Rosewood", **asked).raw == first.raw


def test_an_answer_is_given_again_to_the_same_patient_alone(openroots):
    """Who sends what another patient of the same application sent, id and all, is told that it is
    not theirs; and no mark holds the number of either."""
    jane, jayne = (
        Caller("app", "", Access.PATIENT, subject=number) for number in ("9000000009", "9000000017")
    )
    body = {**CARD, "subscriber": {"identifier": {"system": NUMBERS, "value": jane.subject}}}
    headers = {"X-Request-ID": REQUEST_ID, "If-Match": 'W/"2"'}
    first, again, other = (
        openroots.ask("POST", f"{PDS}/Coverage", body, caller=caller, headers=headers)
        for caller in (jane, jane, jayne)
    )
    assert (first.status, again.status, again.raw) == (201, 201, first.raw)
    assert (other.status, other.code) == (403, "ACCESS_DENIED")
    assert jane.subject not in key_of(asked_by(openroots, jane))
    assert key_of(asked_by(openroots, jane)) != key_of(asked_by(openroots, jayne))


def asked_by(nation, caller):
    """A write with the same id by this caller."""
    headers = [(b"x-request-id", REQUEST_ID.encode())]
    service = nation.house.gateway.service(f"{PDS}/Coverage")
    exchange = nation.house.gateway.begin(service, "POST", f"{PDS}/Coverage", b"", headers)
    exchange.caller = caller
    return exchange


def test_every_access_is_audited_before_its_answer(openroots):
    """A read, a write and a refusal each leave an entry: by whom, of whom, with what end."""
    openroots.ask("GET", JANE, headers={"apikey": KEY})
    openroots.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'})
    openroots.ask("GET", f"{PDS}/Patient/9111231130")
    read, write, missed = openroots.audit()
    assert (read["application"], read["organisation"]) == ("ashby-practice-system", "Y90001")
    assert read["subjects"] == write["subjects"] != []
    assert (read["t"], write["t"]) == (None, openroots.house.world.store.snapshot().t)
    assert (missed["status"], missed["subjects"]) == (404, [])


def test_nothing_kept_beside_the_store_holds_an_nhs_number(openroots, tmp_path):
    """Neither trail nor audit holds an NHS number, a name or a value, even one sent as an id."""
    openroots.ask("GET", JANE, headers={"X-Correlation-ID": "about 9000000009"})
    openroots.ask("GET", f"{PDS}/Patient/9000000009/Smith")
    wrong = {"patches": [{"op": "test", "path": "/name/0/family", "value": "Zebedee"}]}
    openroots.ask("PATCH", JANE, wrong, headers={"If-Match": 'W/"2"'})
    openroots.trails()
    kept = b"".join(
        path.read_bytes()
        for folder in ("trails", "audit")
        for path in (openroots.house.settings.state / folder).glob("*")
    )
    assert kept
    for personal in (b"9000000009", b"Zebedee", b"Smith", b"Jane"):
        assert personal not in kept


def test_a_defect_is_a_500_with_a_trail_and_no_trace(openroots, monkeypatch, caplog):
    """What goes wrong in us is told as that, in the dialect, naming the trail and nothing else."""
    endpoint = next(
        e
        for s in openroots.house.gateway.services
        for e in s.endpoints
        if e.id == "demographics.read-patient"
    )
    handler = endpoint.handler
    object.__setattr__(endpoint, "handler", lambda request, db: 1 / 0)
    told = openroots.ask("GET", JANE)
    object.__setattr__(endpoint, "handler", handler)
    assert (told.status, told.code) == (500, "INTERNAL_SERVER_ERROR")
    assert told.headers["x-openroots-trail"] in told.body["issue"][0]["diagnostics"]
    assert b"ZeroDivision" not in told.raw
