"""Nothing is delivered to who may not be told any more."""

import asyncio
from collections.abc import Callable

import pytest

from openroots.storage import Change, Query
from openroots.testing import Nation
from tests.gateway.governed import move
from tests.services.events.asking import JANE, application, patch, subscribe
from tests.waiting import until


def revoked(nation: Nation, is_active: bool) -> None:
    """Have the application revoked, or approved again."""
    key = ("Application", "larkfield-events-hub")
    row = nation.house.world.store.snapshot().read([key])[key]
    status = "approved" if is_active else "revoked"
    nation.holds(Change(*key, row.body | {"status": status}, row.version))


def not_agreed(nation: Nation, is_active: bool) -> None:
    """Have the agreement suspended on which all of events rests, or resumed."""
    move(nation, "resume" if is_active else "suspend", "national-events")


def purposeless(nation: Nation, is_active: bool) -> None:
    """Have the application registered for a purpose that is none, or for the usual ones again."""
    key = ("Application", "larkfield-events-hub")
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
