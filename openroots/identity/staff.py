"""Members of staff as the store keeps them: who they are and the roles in which they may act.

For the gateway and the authorisation server. A role that was taken away is gone from the next
request on, whatever a token said when it was given.

    StaffUser  id (12 digits), name, given_name, family_name, status: active or left,
               roles: [{id, organisation, code, name, activities, teams}]
               ended: the roles that were taken away, each with `until`

Source: NHS CIS2 Authentication, user information: `nhsid_useruid`, `nhsid_nrbac_roles`.
"""

from datetime import datetime

from openroots.identity.scopes import WORKER
from openroots.storage import Json, Snapshot

STAFF = "StaffUser"
ACTIVE, LEFT = "active", "left"
TEAM = "team:"
# Privacy officers: their role, and the activities of getting alerts of emergency views and claims.
PRIVACY_OFFICERS = frozenset({"R8016", "B0015", "B0016"})


def staff_of(id: str, db: Snapshot) -> Json | None:
    """The member of staff of this id who works still, or None. One read."""
    row = db.get(STAFF, id)
    if row is None or (body := row.body).get("status", ACTIVE) != ACTIVE:
        return None
    return body


def is_still_there(kind: str, user: str, db: Snapshot) -> bool:
    """Whether who logged in may go on: staff for as long as they work here. One read."""
    return kind != WORKER or staff_of(user, db) is not None


def role_named(staff: Json, role: str | None) -> Json | None:
    """The role of this id, or the only one where none is named; None where it cannot be told."""
    roles: list[Json] = staff.get("roles", [])
    if role is None:
        return roles[0] if len(roles) == 1 else None
    return next((one for one in roles if one["id"] == role), None)


def given_by(role: Json) -> frozenset[str]:
    """What a role gives whoever acts in it: its code, its activities, its teams as "team:ID"."""
    teams = (f"{TEAM}{team}" for team in role.get("teams", ()))
    return frozenset((role["code"], *role.get("activities", ()), *teams))


def with_role(staff: Json, role: Json) -> Json:
    """The same person with a further role."""
    return {**staff, "roles": [*staff.get("roles", ()), role]}


def without_role(staff: Json, id: str, until: datetime) -> Json:
    """The same person without this role, which is kept among those that ended."""
    roles = staff.get("roles", ())
    over = [{**one, "until": until.isoformat()} for one in roles if one["id"] == id]
    ended = [*staff.get("ended", ()), *over]
    return {**staff, "roles": [one for one in roles if one["id"] != id], "ended": ended}
