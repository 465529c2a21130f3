"""Members of staff behind the tooling door: who they are, their roles given and ended, leavers.

Each change is one commit. A token goes on, but from the next request on, on every worker, it lets
its user do what follows from the roles that they have then; of who left, none is good.

Source: NHS CIS2 Authentication, `nhsid_nrbac_roles`; National RBAC Database, for the codes.
"""

import asyncio
import re
from collections.abc import Callable

from openroots.gateway.tooling.applications import ODS_CODE
from openroots.gateway.tooling.desk import Asked, Desk, Routes, commit, wrong_value
from openroots.identity.staff import ACTIVE, LEFT, STAFF, with_role, without_role
from openroots.problem import Json, Problem
from openroots.register.kept import every
from openroots.storage import Change, Row

CODE = re.compile(r"R[0-9]{4}", re.ASCII)
ACTIVITY = re.compile(r"B[0-9]{4}", re.ASCII)
TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
NAME = re.compile(r"[^\x00-\x1f\x7f<>]{1,200}")

route = Routes()


@route("GET", "/staff")
def list_staff(desk: Desk, asked: Asked) -> Json:
    """Everybody who works here or did, as a token can name them."""
    rows = sorted(every(desk.world.store.snapshot(), STAFF), key=lambda row: row.id)
    return {"staff": [row.body for row in rows]}


@route("GET", "/staff/{id}")
def show_staff(desk: Desk, asked: Asked) -> Json:
    """One member of staff, with the roles that they have and those that ended."""
    return _row(desk, asked).body


@route(
    "POST",
    "/staff/{id}/roles",
    kept=True,
    takes=("organisation", "code", "name", "activities", "teams"),
)
async def give_role(desk: Desk, asked: Asked) -> Json:
    """Give a member of staff a role; its id is made here and is the last of their roles."""
    return await _changed(desk, asked, lambda staff: with_role(_working(staff), _role(desk, asked)))


@route("POST", "/staff/{id}/roles/{role}/end", kept=True)
async def end_role(desk: Desk, asked: Asked) -> Json:
    """Take a role away from a member of staff."""
    role, now = asked.params["role"], desk.world.time.now()

    def without(staff: Json) -> Json:
        if any(one["id"] == role for one in staff.get("ended", ())):
            raise Problem("role-ended", id=staff["id"], role=role)
        if not any(one["id"] == role for one in staff.get("roles", ())):
            raise Problem("role-unknown", id=staff["id"], role=role)
        return without_role(staff, role, now)

    return await _changed(desk, asked, without)


@route("POST", "/staff/{id}/end", kept=True)
async def end_staff(desk: Desk, asked: Asked) -> Json:
    """Note that a member of staff works here no more."""
    return await _changed(desk, asked, lambda staff: {**_working(staff), "status": LEFT})


def _role(desk: Desk, asked: Asked) -> Json:
    """The role that is asked for. Raises Problem where it can be none."""
    code = _fitting("code", asked.text("code"), CODE, "the code of a role", "R8000")
    return {
        "id": f"91{int.from_bytes(desk.world.chance.bytes(8)) % 10**10:010}",
        "organisation": _fitting(
            "organisation", asked.text("organisation"), ODS_CODE, "an ODS code", "Y90001"
        ),
        "code": code,
        "name": _fitting("name", asked.text("name", code), NAME, "text of one line", "Nurse"),
        "activities": [
            _fitting("activities", one, ACTIVITY, "the code of an activity", "B0015")
            for one in asked.texts("activities")
        ],
        "teams": [
            _fitting("teams", one, TEAM, "the id of a team", "ward-7")
            for one in asked.texts("teams")
        ],
    }


def _working(staff: Json) -> Json:
    if staff.get("status", ACTIVE) != ACTIVE:
        raise Problem("staff-left", id=staff["id"])
    return staff


def _row(desk: Desk, asked: Asked) -> Row:
    row = desk.world.store.snapshot().get(STAFF, asked.params["id"])
    if row is None:
        raise Problem("staff-unknown", id=asked.params["id"])
    return row


async def _changed(desk: Desk, asked: Asked, change: Callable[[Json], Json]) -> Json:
    """Commit somebody as `change` makes them of how they were."""
    row = await asyncio.to_thread(_row, desk, asked)
    body = change(row.body)
    await commit(desk, asked, [Change(STAFF, row.id, body, row.version)])
    return body


def _fitting(name: str, given: str, pattern: re.Pattern[str], wanted: str, example: str) -> str:
    if not pattern.fullmatch(given):
        raise wrong_value(name, given[:80], wanted, example)
    return given
