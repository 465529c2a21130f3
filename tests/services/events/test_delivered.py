"""The shapes in which subscribers are told, as they are published."""

import orjson
import pytest

from openroots.fhir.validation import validate
from openroots.problem import Json
from openroots.services.events.delivered import delivered_as
from tests.services.events.asking import EVENT, MNS, subscription
from tests.services.events.test_publishing import LEGACY

ORIGIN = "http://localhost:1948"
FULL = EVENT | {
    "dataref": "https://api.service.nhs.uk/personal-demographics/FHIR/R4/Patient/9000000009",
    "versionid": 'W/"16"',
}


def told(event: Json, payload: str = "application/fhir+json", hydrated: Json | None = None) -> Json:
    """What a subscriber with this payload gets."""
    body, media_type = delivered_as(event, subscription(payload=payload), ORIGIN, hydrated)
    assert media_type == payload
    parsed: Json = orjson.loads(body)
    return parsed


def test_json_is_the_event() -> None:
    """As application/json, the event is told as it was published, in either shape."""
    assert told(FULL, "application/json") == FULL
    assert told(LEGACY, "application/json") == LEGACY


def test_a_cloud_event_is_one_by_its_media_type() -> None:
    """As clients of CloudEvents look for it, whatever shape it was published in."""
    assert told(FULL, "application/cloudevents+json") == FULL
    legacy = told(LEGACY, "application/cloudevents+json")
    assert (legacy["specversion"], legacy["id"]) == ("1.0", LEGACY["id"])
    hidden = told(FULL | {"filtering": {"residence": ["x"]}}, "application/cloudevents+json")
    assert hidden["filtering"] == {}


def test_residences_are_not_told() -> None:
    """What an event can be chosen by because of where somebody lives does not leave."""
    event = FULL | {"filtering": {"residence": ["x"], "subjectage": 1}}
    assert told(event, "application/json")["filtering"] == {"subjectage": 1}
    assert "residence" not in str(told(event))


def test_fhir_is_a_history_bundle() -> None:
    """Its id and timestamp are the event's; its one entry holds Parameters, asked for by GET."""
    bundle = told(FULL)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "history")
    assert (bundle["id"], bundle["timestamp"]) == (FULL["id"], FULL["time"])
    [entry] = bundle["entry"]
    assert entry["request"] == {"method": "GET", "url": f"{ORIGIN}{MNS}/subscriptions"}
    assert entry["response"] == {"status": "200"}
    [profile] = entry["resource"]["meta"]["profile"]
    assert profile.endswith("/backport-subscription-status-r4")


def test_fhir_tells_a_moment_as_fhir_writes_it() -> None:
    """Whichever letters of RFC 3339 it was published in."""
    small = FULL | {"time": "2026-11-22t06:00:00.5z"}
    assert told(small)["timestamp"] == "2026-11-22T06:00:00.5Z"
    assert [each.place for each in validate(told(small)) if each.fails] == []
    assert told(small, "application/json") == small


def test_five_parameters_in_their_order() -> None:
    """What happened, when, to whom, and where to read more."""
    parameters = told(FULL)["entry"][0]["resource"]["parameter"]
    assert parameters == [
        {
            "name": "subscription",
            "valueReference": {"reference": f"{ORIGIN}{MNS}/subscriptions"},
        },
        {"name": "status", "valueCode": "active"},
        {"name": "type", "valueCode": "event-notification"},
        {
            "name": "notification-event",
            "part": [
                {"name": "event-number", "valueString": "1"},
                {"name": "timestamp", "valueInstant": FULL["time"]},
                {"name": "focus", "valueReference": {"reference": FULL["dataref"]}},
            ],
        },
        {
            "name": "additional-context",
            "part": [
                {"name": "event-type", "valueCode": FULL["type"]},
                {"name": "source", "valueUri": FULL["source"]},
                {
                    "name": "subject",
                    "valueReference": {
                        "identifier": {
                            "system": "https://fhir.nhs.uk/Id/nhs-number",
                            "value": "9000000009",
                        }
                    },
                },
                {"name": "version-id", "valueString": 'W/"16"'},
            ],
        },
    ]


@pytest.mark.parametrize("event", [FULL, LEGACY], ids=["cloud", "legacy"])
def test_a_stock_client_can_read_it(event: Json) -> None:
    """A FHIR client's own model of a Bundle accepts it."""
    from fhir.resources.R4B.bundle import Bundle

    assert Bundle.model_validate(told(event)).id == event["id"]


def test_a_legacy_event_in_fhir_says_the_same() -> None:
    """Its subject, source, pointer and version are where those of a CloudEvent are."""
    parameters = told(LEGACY)["entry"][0]["resource"]["parameter"]
    context = {part["name"]: part for part in parameters[4]["part"]}
    assert context["source"]["valueUri"] == "https://fhir.nhs.uk/Id/nhsSpineASID/477121000324"
    assert context["subject"]["valueReference"]["identifier"]["value"] == "9000000009"
    assert context["version-id"]["valueString"] == 'W/"2"'
    focus = parameters[3]["part"][2]["valueReference"]["reference"]
    assert focus == LEGACY["data"]["fullUrl"]


def test_what_an_event_does_not_say_is_left_out() -> None:
    """Without pointer, subject and version there is nothing of them."""
    event = {name: EVENT[name] for name in ("id", "source", "specversion", "type", "time")}
    parameters = told(event)["entry"][0]["resource"]["parameter"]
    assert [part["name"] for part in parameters[3]["part"]] == ["event-number", "timestamp"]
    assert [part["name"] for part in parameters[4]["part"]] == ["event-type", "source"]


def test_what_was_fetched_is_a_second_entry() -> None:
    """A subscriber who asks for hydration gets the record that the event points to."""
    patient = {"resourceType": "Patient", "id": "9000000009"}
    first, second = told(FULL, hydrated=patient)["entry"]
    assert second["resource"] == patient
    assert (first["resource"]["resourceType"], second["fullUrl"]) == ("Parameters", FULL["dataref"])
