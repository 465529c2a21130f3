"""Publishing: who may send which event, in which shape, and that it is kept."""

from typing import Any

import pytest

from openroots.problem import Json
from openroots.testing import Nation
from tests.services.events.asking import (
    EVENT,
    HUB,
    JANE,
    application,
    ask,
    errors,
    feed,
    publish,
)

LEGACY: Json = {
    "id": "236a1d4a-5d69-4fa9-9c7f-e72bf505aa5b",
    "type": "pds-change-of-gp-1",
    "subject": {"nhsNumber": JANE, "familyName": "SMITH", "dob": "2010-10-22"},
    "source": {
        "name": "NHS Digital",
        "identifier": {"system": "https://fhir.nhs.uk/Id/nhsSpineASID", "value": "477121000324"},
    },
    "time": "2022-04-05T17:31:00.000Z",
    "data": {
        "versionId": 'W/"2"',
        "fullUrl": "https://int.api.service.nhs.uk/personal-demographics/FHIR/R4/Patient/9000000009",
        "registrationEncounterCode": "3",
        "provenance": {
            "name": "The GP Practice",
            "identifier": {"system": "https://fhir.nhs.uk/Id/nhsSpineASID", "value": "1"},
        },
    },
}


def _kept(nation: Nation) -> Json:
    """The event that was published last, as it is in the store."""
    type, _, id = feed(nation)[-1].signal.dataref.partition("/")
    body = nation.house.world.store.snapshot().read([(type, id)])[type, id].body
    return dict(body)


def test_a_published_event_is_kept_and_told(openroots: Nation) -> None:
    """The answer is the publisher's own id; the event is in the store as it was sent, and a signal
    of its type names it, about the person whose number it bears."""
    told = publish(openroots)
    assert (told.status, told.body) == (200, {"id": EVENT["id"]})
    assert told.headers["content-type"] == "application/json"
    assert _kept(openroots) == EVENT
    signal = feed(openroots)[-1].signal
    db = openroots.house.world.store.snapshot()
    assert signal.type == "example-event-1"
    assert signal.subject == db.read([("Patient", JANE)])["Patient", JANE].subject


def test_the_correlation_id_is_mirrored_and_required(openroots: Nation) -> None:
    """Without X-Correlation-ID nothing is answered; with it, it comes back."""
    assert publish(openroots).headers["x-correlation-id"] == "a-transaction"
    told = ask(openroots, "POST", "/events", EVENT, x_correlation_id="")
    assert (told.status, told.body) == (400, {"errors": "X-Correlation-ID header is required"})


def test_an_event_without_a_key_is_published_where_that_is_allowed(openroots: Nation) -> None:
    """Open access is answered as the public sandbox answers it."""
    assert publish(openroots, caller=None).status == 200


def test_a_legacy_event_is_published_as_plain_json(openroots: Nation) -> None:
    """The legacy shape is that of application/json; a CloudEvent in it is refused."""
    told = ask(openroots, "POST", "/events", LEGACY, type="application/json")
    assert (told.status, told.body) == (200, {"id": LEGACY["id"]})
    assert "subject" in errors(ask(openroots, "POST", "/events", EVENT, type="application/json"))


WRONG: list[tuple[Json, Json]] = [
    ({"time": "yesterday"}, {"time": "Please provide a valid time"}),
    ({"time": "2020-13-01T13:00:00Z"}, {"time": "Please provide a valid time"}),
    ({"time": "2020-06-01T24:00:00Z"}, {"time": "Please provide a valid time"}),
    ({"time": "2020-06-01T13:00:00"}, {"time": "Please provide a valid time"}),
    ({"time": "2016-12-31T22:59:60Z"}, {"time": "Please provide a valid time"}),
    ({"time": "2016-12-30T23:59:60Z"}, {"time": "Please provide a valid time"}),
    ({"time": "2016-12-31T23:59:61Z"}, {"time": "Please provide a valid time"}),
    ({"time": "9999-12-31T23:59:60Z"}, {"time": "Please provide a valid time"}),
    ({"time": None}, {"time": "Please provide a valid time"}),
    ({"type": 7}, {"type": "Please provide a valid event type"}),
    ({"type": "no-such-event-1"}, {"type": "Please provide a valid event type"}),
    ({"type": "openroots-subscription-changed-1"}, {"type": "Please provide a valid event type"}),
    ({"id": ""}, {"id": "Please provide a valid id"}),
    ({"source": "a b"}, {"source": "Please provide a valid source"}),
    ({"source": "a\x00b"}, {"source": "Please provide a valid source"}),
    ({"dataref": "urn:a\x01b"}, {"dataref": "Please provide a valid dataref"}),
    ({"specversion": "0.3"}, {"specversion": "Please provide a valid specversion"}),
    ({"subject": ""}, {"subject": "Please provide a valid subject"}),
    ({"dataref": "Patient/1"}, {"dataref": "Please provide a valid dataref"}),
    ({"versionid": 16}, {"versionid": "Please provide a valid versionid"}),
    (
        {"time": "x", "type": "y"},
        {
            "time": "Please provide a valid time",
            "type": "Please provide a valid event type",
        },
    ),
    ({"data": {"x": 1}}, {"data": "Please provide an event without this attribute"}),
]


@pytest.mark.parametrize(("parts", "told"), WRONG)
def test_what_is_wrong_is_told_by_part(shared: Nation, parts: Json, told: Json) -> None:
    """Each part that is not in form is named, with the words that are published, and nothing of
    the event is kept."""
    assert errors(publish(shared, **parts)) == told
    assert EVENT["type"] not in shared.signals()


@pytest.mark.parametrize("filtering", [[], "x", {"a": {"b": 1}}, {"a": [True]}, {"a": [1.5]}])
def test_filtering_is_scalars_and_arrays(shared: Nation, filtering: Any) -> None:
    """What subscribers choose by holds no objects, and arrays of texts and integers only."""
    assert list(errors(publish(shared, filtering=filtering))) == ["filtering"]


@pytest.mark.parametrize(
    "time", ["2016-12-31T23:59:60Z", "1990-12-31T15:59:60.5-08:00", "2015-07-01t00:59:60+01:00"]
)
def test_an_event_may_happen_in_a_leap_second(openroots: Nation, time: str) -> None:
    """Its time is one of RFC 3339, which has the second after the last of a month in UTC; it is
    kept as it was sent."""
    assert publish(openroots, time=time).status == 200
    assert _kept(openroots)["time"] == time


def test_null_is_not_given(openroots: Nation) -> None:
    """In the JSON of CloudEvents null stands for what is left out."""
    body = EVENT | {"subject": None, "dataref": None, "filtering": {"generalpractitioner": None}}
    assert ask(openroots, "POST", "/events", body).status == 200


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"7", b"null"])
def test_a_body_that_is_no_object_is_refused(shared: Nation, body: bytes) -> None:
    """An event is an object."""
    assert "body" in errors(ask(shared, "POST", "/events", body))


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("subject", {"nhsNumber": "9000000000", "familyName": "SMITH", "dob": "2010"}),
        ("subject", {"nhsNumber": JANE, "familyName": "SMITH", "dob": "22/10/2010"}),
        ("subject", JANE),
        ("source", {"name": "NHS Digital"}),
        ("data", [1]),
        ("data", {"fullUrl": {"a": 1}}),
        ("data", {"fullUrl": "urn:a\x01b"}),
        ("more", 1),
    ],
)
def test_a_legacy_event_is_checked_too(shared: Nation, part: str, value: Any) -> None:
    """Its subject is a person with a true NHS number, its source an organisation with an ASID."""
    body = LEGACY | {part: value}
    assert part in errors(ask(shared, "POST", "/events", body, type="application/json"))


def test_an_application_publishes_what_it_may(openroots: Nation) -> None:
    """Permissions name types of event; without any, and for another type, it is refused."""
    mine = application(permissions="events:create:example-event-1, events:create:my-own-1")
    assert publish(openroots, mine).status == 200
    assert publish(openroots, mine, type="my-own-1").status == 200
    told = publish(openroots, mine, type="pds-change-of-gp-2")
    words = "User is not authorized to handle the requested event type"
    assert (told.status, told.body) == (403, {"errors": words})
    told = publish(openroots, application(permissions="events:subscribe:example-event-1"))
    assert (told.status, told.body) == (403, {"errors": "Unauthorised"})


def test_an_application_without_a_product_meets_a_bad_gateway(openroots: Nation) -> None:
    """As with the live API, an application of no product cannot be served: 502."""
    for method, path in (("POST", "/events"), ("GET", "/subscriptions")):
        body = EVENT if method == "POST" else None
        told = ask(openroots, method, path, body, application(product=""))
        assert (told.status, told.body) == (502, {"message": "Internal server error"})


def test_no_number_of_a_person_is_in_a_trail(openroots: Nation) -> None:
    """Neither a refused event nor an accepted one leaves its subject in a trail."""
    publish(openroots)
    publish(openroots, type=JANE, **{f"x{JANE}": 1})
    assert JANE not in str(openroots.trails())


def test_a_retried_request_is_told_once(openroots: Nation) -> None:
    """The same X-Request-ID with the same event is the same request: one signal."""
    again = {"x_request_id": "60e0b220-8136-4ca5-ae46-1d97ef59d068"}
    for _ in range(2):
        assert ask(openroots, "POST", "/events", EVENT, HUB, **again).status == 200
    assert openroots.signals() == ["example-event-1"]
