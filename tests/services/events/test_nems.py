"""NEMS: the same subscriptions as of MNS, in the words of the service before it."""

import pytest

from openroots.problem import Json
from openroots.services.events.nems_subscribing import EXAMPLE
from openroots.services.events.stu3_xml import written
from openroots.storage import Query
from openroots.testing import Nation
from tests.services.events.asking import (
    HUB,
    JANE,
    JAYNE,
    OTHER,
    application,
    ask,
    move,
    patch,
)
from tests.services.events.nems import MAN, PERSON, PRACTICE, criteria, matched, nems, post, send
from tests.waiting import until


def test_a_subscription_is_made_read_and_removed(openroots: Nation) -> None:
    """Its place is in the header Location; it is read as it was sent, active; then it is gone."""
    told = post(openroots)
    assert (told.status, told.code) == (201, "DEPRECATED")
    path = told.headers["location"].partition("/STU3")[2]
    assert len(path.rpartition("/")[2]) == 32
    get, delete = (f"clinicals-sync:SubscriptionsApi{verb}" for verb in ("Get", "Delete"))
    read = nems(openroots, "GET", path, get)
    assert read.body == EXAMPLE | {"id": read.body["id"], "status": "active"}
    assert nems(openroots, "GET", path, get, caller=OTHER).code == "NO_RECORD_FOUND"
    assert nems(openroots, "DELETE", path, delete).status == 200
    assert nems(openroots, "GET", path, get).status == 404
    assert ask(openroots, "GET", "/subscriptions").body["entry"] == []


def test_it_is_a_subscription_of_ours(openroots: Nation) -> None:
    """Each event that it names is one, to the mailbox that it names, by the workflow of NEMS."""
    made = post(openroots, criteria=criteria("pds-change-of-gp-1,pds-change-of-address-1"))
    id = made.headers["location"].rpartition("/")[2]
    found = ask(openroots, "GET", "/subscriptions").body["entry"]
    assert {each["criteria"]: each["channel"]["endpoint"] for each in found} == {
        f"eventType='pds-change-of-gp-2' AND subject='{JANE}'": (
            f"mesh://Y12345OT001?workflow_id=CHANGEOFGP_1&partner_id={id}%7C"
        ),
        f"eventType='pds-record-change-2' AND changed_address='true' AND subject='{JANE}'": (
            f"mesh://Y12345OT001?workflow_id=CHANGEOFADDRESS_1&partner_id={id}%7C"
        ),
    }


@pytest.mark.parametrize(
    ("about", "matches"),
    [
        (PERSON, [1, 0]),
        (PRACTICE, [1, 1]),
        (PRACTICE + "&Patient.age=lt14", [0, 0]),
        (PRACTICE + "&Patient.age=gt14&Patient.age=lt30", [1, 1]),
        (PRACTICE + "&GPRegistration=RegisteredOnly", [1, 1]),
        (PRACTICE + "&GPRegistration=UnregisteredOnly", [0, 0]),
        (PERSON + "&tag=MINE", [1, 0]),
    ],
)
def test_whom_a_subscription_is_about(openroots: Nation, about: str, matches: list[int]) -> None:
    """One person, or those of a practice, of some ages, registered or not: of Jane and Jayne."""
    ages = [16, 16]
    assert post(openroots, criteria=criteria("pds-record-change-1", about)).status == 201
    for number in (JANE, JAYNE):
        patch(openroots, number, MAN)
    found = matched(openroots)
    assert [event["filtering"]["subjectage"] for event, _ in found] == ages
    assert [count for _, count in found] == matches


WRONG_CRITERIA = [
    "eventType=pds-change-of-gp-2",
    criteria("no-such-event-1"),
    criteria().replace("type=message", "type=batch"),
    criteria().replace("=GP&", "=XX&"),
    criteria(about=""),
    criteria(about=PERSON + PRACTICE),
    criteria(about=PERSON.replace(JANE, "9000000000")),
    criteria(about=PERSON.replace("fhir.nhs.net", "example.com")),
    criteria(about=PRACTICE.replace("Y12345", "?")),
    criteria("pds-change-of-gp-1,pds-record-change-1", PRACTICE),
    criteria(about=PERSON + "&Patient.age=14"),
    criteria(about=PERSON + "&Patient.age=lt14&Patient.age=lt15"),
    criteria(about=PERSON + "&GPRegistration=Perhaps"),
    criteria(about=PERSON + PERSON),
    criteria(about=PERSON + "&colour=red"),
    criteria(about=PERSON + "&tag=a|b~~~c"),
]


@pytest.mark.parametrize("text", WRONG_CRITERIA)
def test_criteria_that_say_nothing(shared: Nation, text: str) -> None:
    """What cannot be understood is refused, in the dialect of STU3, and not left out."""
    told = post(shared, criteria=text)
    coding = told.body["issue"][0]["details"]["coding"][0]
    assert (told.status, coding["code"]) == (400, "INVALID_RESOURCE")
    assert coding["system"] == "https://fhir.nhs.uk/STU3/CodeSystem/Spine-ErrorOrWarningCode-1"


@pytest.mark.parametrize(
    "parts",
    [
        {"resourceType": "Patient"},
        {"status": "active"},
        {"reason": 1},
        {"channel": None},
        {"channel": {"type": "email", "endpoint": "Y12345OT001"}},
        {"channel": {"type": "message", "endpoint": "mesh://x"}},
        {"contact": []},
        {"contact": 7},
    ],
)
def test_a_subscription_that_is_none(shared: Nation, parts: Json) -> None:
    """What is not as it must be is named."""
    told = post(shared, **parts)
    assert (told.status, told.code) == (400, "INVALID_RESOURCE")
    assert next(iter(parts)) in told.body["issue"][0]["diagnostics"]


@pytest.mark.parametrize("header", ["fromasid", "toasid", "interactionid"])
@pytest.mark.parametrize("value", ["", "x"])
def test_headers_of_spine_are_required(shared: Nation, header: str, value: str) -> None:
    """Who asks whom for what is said in headers."""
    path, interaction = "/Subscription", "clinicals-sync:SubscriptionsApiPost"
    told = nems(shared, "POST", path, interaction, EXAMPLE, HUB, "", **{header: value})
    assert (told.status, told.code) == (400, "MISSING_OR_INVALID_HEADER")


@pytest.mark.parametrize("part", sorted(EXAMPLE))
def test_what_a_subscription_is_without_is_told(shared: Nation, part: str) -> None:
    """Whatever is left out, it is never a defect of ours."""
    rest = {name: value for name, value in EXAMPLE.items() if name != part}
    told = nems(shared, "POST", "/Subscription", "clinicals-sync:SubscriptionsApiPost", rest)
    assert (told.status, told.code) == (400, "INVALID_RESOURCE")


def test_permissions_are_those_of_mns(openroots: Nation) -> None:
    """An application publishes and subscribes here to what it may there."""
    mine = application(permissions="events:subscribe:pds-change-of-gp-2,events:create:x-1")
    assert post(openroots, mine).status == 201
    told = post(openroots, mine, criteria=criteria("pds-record-change-1"))
    assert (told.status, told.code) == (403, "ACCESS_DENIED")
    assert send(openroots, caller=mine).status == 403
    assert send(openroots, caller=application(permissions="")).status == 403
    assert send(openroots, caller=application(product="")).status == 502


def test_a_subscription_in_xml(openroots: Nation) -> None:
    """It may be sent in XML too."""
    path, interaction = "/Subscription", "clinicals-sync:SubscriptionsApiPost"
    told = nems(openroots, "POST", path, interaction, written(EXAMPLE), HUB, "application/xml")
    assert told.status == 201


def test_a_mailbox_is_given_one_copy_for_all_its_subscriptions(openroots: Nation) -> None:
    """It names each of them with its tag; those to another event have a copy of their own."""
    channel = {"type": "message", "endpoint": "X26ABC3"}
    where = "https://directory.spineservices.nhs.uk/STU3/Organization"
    asked = {"contact": [{"value": f"{where}/X26"}]}
    ids = []
    for tag in ("ONE", "TWO", ""):
        event = "pds-record-change-1" if tag else "pds-change-of-address-1"
        more = {"channel": channel, "criteria": criteria(event, f"{PERSON}&tag={tag}")}
        told = post(openroots, application("larkfield-events-hub"), **asked, **more)
        ids.append(told.headers["location"].rpartition("/")[2])
    move(openroots, JANE, ["12 Harbour Rise", "", "", "Whitby", ""], "YO21 3PA")

    def headers() -> list[dict[str, str]]:
        rows = openroots.house.world.store.snapshot().search(Query("MeshMessage")).rows
        return [row.body["headers"] for row in rows]

    until(lambda: len(headers()) == 2 and any("~~~" in one["partner_id"] for one in headers()))
    found = {each["workflow_id"]: each["partner_id"] for each in headers()}
    partners = sorted(found["PDSRECORDCHANGE_1"].split("~~~"))
    assert partners == sorted([f"{ids[0]}|ONE", f"{ids[1]}|TWO"])
    assert found["CHANGEOFADDRESS_1"] == f"{ids[2]}|"


def test_a_mailbox_of_another_organisation_is_refused(shared: Nation) -> None:
    """Messages go to who is named as the contact."""
    told = post(shared, channel={"type": "message", "endpoint": "X26ABC3"})
    assert (told.status, told.code) == (400, "INVALID_RESOURCE")
