"""Nothing is delivered to who may not be told any more."""

import asyncio
from collections.abc import Callable

import orjson
import pytest

from openroots.problem import Json
from openroots.register.relationship import BREAK_GLASS, ORGANISATION
from openroots.services.events.agreed import Agreed
from openroots.storage import Change, Query
from openroots.testing import Nation
from tests.gateway.governed import agree, move, object_to_research, relate
from tests.services.events.asking import (
    JANE,
    JANET,
    JAYNE,
    application,
    ask,
    patch,
    publish,
    subscribe,
)
from tests.waiting import until

HUB = "larkfield-events-hub"
MAN = {"op": "replace", "path": "/gender", "value": "male"}


def revoked(nation: Nation, is_active: bool) -> None:
    """Have the application revoked, or approved again."""
    key = ("Application", HUB)
    row = nation.house.world.store.snapshot().read([key])[key]
    status = "approved" if is_active else "revoked"
    nation.holds(Change(*key, row.body | {"status": status}, row.version))


def not_agreed(nation: Nation, is_active: bool) -> None:
    """Have the agreement suspended on which all of events rests, or resumed."""
    move(nation, "resume" if is_active else "suspend", "national-events")


def purposeless(nation: Nation, is_active: bool) -> None:
    """Have the application registered for a purpose that is none, or for the usual ones again."""
    key = ("Application", HUB)
    row = nation.house.world.store.snapshot().read([key])[key]
    own = {name: value for name, value in row.body["attributes"].items() if name != "purposes"}
    attributes = own if is_active else own | {"purposes": 5}
    nation.holds(Change(*key, row.body | {"attributes": attributes}, row.version))


@pytest.mark.parametrize("suspend", [revoked, not_agreed, purposeless])
def test_who_is_suspended_is_told_nothing_from_then_on(
    openroots: Nation, suspend: Callable[[Nation, bool], None]
) -> None:
    """Application, agreement or purpose: it stops at once, and goes on with what came meanwhile."""
    subscribe(openroots, "eventType=pds-record-change-2", application("larkfield-events-hub"))

    def messages() -> int:
        return len(openroots.house.world.store.snapshot().search(Query("QueueMessage")).rows)

    suspend(openroots, False)
    openroots.run(asyncio.sleep(0.15))
    patch(openroots, JANE, {"op": "replace", "path": "/gender", "value": "male"})
    openroots.run(asyncio.sleep(0.25))
    assert messages() == 0
    suspend(openroots, True)
    assert until(messages) == 1


def registered_for_research(nation: Nation, **parts: str) -> Json:
    """The application that subscribed, as registered for research and nothing else."""
    key = ("Application", HUB)
    row = nation.house.world.store.snapshot().read([key])[key]
    body = row.body | {"attributes": {**row.body["attributes"], "purposes": "HRESCH"}} | parts
    nation.holds(Change(*key, body, row.version))
    return body


def bodies(nation: Nation, least: int) -> list[str]:
    """What is in its queue, once there is so much and nothing more is under way."""
    queue = Query("QueueMessage")
    until(lambda: len(nation.house.world.store.snapshot().search(queue).rows) >= least)
    nation.run(nation.house.delivery.settled())
    return [row.body["body"] for row in nation.house.world.store.snapshot().search(queue).rows]


@pytest.mark.parametrize(
    ("conditions", "left_out"),
    [
        ({"opt_out": True}, JANE),
        ({"opt_out": False, "hides": ["R"]}, JANET),
        ({"opt_out": False, "relationship": True}, JANE),
    ],
    ids=["opted out", "hidden", "no relationship"],
)
def test_of_whom_an_agreement_leaves_out_nobody_is_told(
    openroots: Nation, conditions: Json, left_out: str
) -> None:
    """Neither an event nor an entry in the log tells of them; of others one is told as before, and
    of who opted out where the agreement says that it does not honour that."""
    agree(openroots, categories=["events"], purposes=["HRESCH"], conditions=conditions)
    organisation = registered_for_research(openroots)["ods_code"]
    relate(openroots, JAYNE, f"{ORGANISATION}{organisation}")
    object_to_research(openroots, JANE if conditions["opt_out"] else JAYNE)
    id = subscribe(openroots, "eventType=example-event-1", application(HUB))
    publish(openroots, id="one", subject=left_out)
    publish(openroots, id="other", subject=JAYNE)
    [message] = bodies(openroots, 1)
    openroots.run(openroots.house.delivery.keep())
    assert JAYNE in message
    told = ask(openroots, "GET", f"/subscriptions/{id}/deliveries", caller=application(HUB)).body
    assert (told["delivered"], told["failedAttempts"], len(told["log"])) == (1, 0, 1)


def bounds(nation: Nation, registration: Json) -> Callable[[str], bool]:
    """Whether an organisation registered so is told of the person of a number."""
    world = nation.house.world
    db = world.store.snapshot()
    agreed = Agreed(world.time.now)
    agreed.look(db)
    tells = (found := agreed.bounds(registration)) and found.tells
    return lambda number: tells is None or tells({"source": "urn:example", "subject": number}, db)


def test_who_opted_out_is_told_of_to_those_who_care_for_them(openroots: Nation) -> None:
    """An agreement that is for care and for research honours an opt-out from research alone."""
    move(openroots, "end", "national-events")
    purposes = ["TREAT", "HRESCH"]
    agree(openroots, categories=["events"], purposes=purposes, conditions={"opt_out": True})
    object_to_research(openroots, JANE)
    assert bounds(openroots, {"setting": "general-practice"})(JANE)
    research = {"setting": "general-practice", "attributes": {"purposes": "HRESCH"}}
    assert not bounds(openroots, research)(JANE)


def test_broken_glass_lets_nobody_be_told_of_events(openroots: Nation) -> None:
    """It opens the record of one person who is asked for, and each such look is told as one."""
    body = registered_for_research(openroots)
    asked = {"opt_out": False, "relationship": True}
    agree(openroots, categories=["events"], purposes=["HRESCH"], conditions=asked)
    relate(openroots, JANE, f"{ORGANISATION}{body['ods_code']}", source=BREAK_GLASS)
    relate(openroots, JAYNE, f"{ORGANISATION}{body['ods_code']}")
    assert [bounds(openroots, body)(each) for each in (JANE, JAYNE)] == [False, True]


def test_a_practice_is_told_of_its_patients_and_of_what_is_about_nobody(openroots: Nation) -> None:
    """To be registered there is a relationship; with somebody who has no record there is none."""
    conditions = {"opt_out": True, "relationship": True}
    agree(openroots, categories=["events"], purposes=["HRESCH"], conditions=conditions)
    registered_for_research(openroots, ods_code="Y12345")
    subscribe(openroots, "eventType=example-event-1", application(HUB))
    for id, subject in (("none", None), ("stranger", "9111231130"), ("patient", JANE)):
        publish(openroots, id=id, subject=subject)
    told = sorted(orjson.loads(body)["id"] for body in bodies(openroots, 2))
    assert told == ["none", "patient"]


def test_who_has_no_record_here_has_not_opted_out(openroots: Nation) -> None:
    """Nor do they bear a label: they are told of as anybody is."""
    conditions = {"opt_out": True, "hides": ["R"]}
    agree(openroots, categories=["events"], purposes=["HRESCH"], conditions=conditions)
    registered_for_research(openroots)
    subscribe(openroots, "eventType=example-event-1", application(HUB))
    publish(openroots, subject="9111231130")
    [message] = bodies(openroots, 1)
    assert "9111231130" in message
