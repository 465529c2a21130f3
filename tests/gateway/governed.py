"""A world that is governed otherwise: its agreements changed, somebody related, somebody's proxy.

For tests of the policy. Everything is committed as the tooling would commit it.

Source: none.
"""

from typing import Any

from openroots.problem import Json
from openroots.register.agreement import moved
from openroots.register.kept_agreements import agreement_in, changes_to
from openroots.register.opt_out import opt_out
from openroots.register.proxy_role import ACTIVE, Pair, change_to
from openroots.register.relationship import RELATIONSHIP, person_of
from openroots.storage import Change
from openroots.testing import Nation

FOUNDING = "national-demographics"
NOON = "2026-11-21T12:00:00+00:00"

AGREEMENT: Json = {
    "id": "pilot",
    "title": "A pilot",
    "parties": ["*"],
    "controllers": ["*"],
    "recipients": ["*"],
    "categories": ["demographics"],
    "actions": ["*"],
    "purposes": ["TREAT", "PATRQT"],
    "basis": "invented",
    "conditions": {},
    "from": "2026-01-01",
    "to": None,
    "state": "in force",
    "summary": "",
}


def agree(nation: Nation, **parts: Any) -> None:
    """Put an agreement in force that is as usual but for these parts."""
    db = nation.house.world.store.snapshot()
    nation.holds(*changes_to([{**AGREEMENT, **parts}], db))


def move(nation: Nation, act: str, id: str = FOUNDING) -> None:
    """Have an agreement suspended, resumed or ended."""
    world = nation.house.world
    db = world.store.snapshot()
    found = agreement_in(db, id)
    assert found is not None
    nation.holds(*changes_to([moved(found[0], act, world.time.now())], db))


def agree_instead(nation: Nation, **parts: Any) -> None:
    """End the agreement on which all of demographics rests, and put another in its place."""
    move(nation, "end")
    agree(nation, **parts)


def subject_of(nation: Nation, number: str) -> str:
    """The subject key of the person of this number."""
    subject, _ = person_of(number, nation.house.world.store.snapshot())
    return subject


def relate(
    nation: Nation, number: str, party: str, *, to: str | None = None, source: str = "referral"
) -> Change:
    """Have a relationship stand between a person and "user:...", "organisation:..."."""
    subject = subject_of(nation, number)
    body = {
        "id": f"{party}-{number[-2:]}",
        "patient": number,
        "subject": subject,
        "with": party,
        "source": source,
        "from": "2026-01-01T00:00:00+00:00",
        "to": to,
        "reason": "",
        "by": "",
    }
    change = Change(RELATIONSHIP, str(body["id"]), body, 0, subject=subject)
    nation.holds(change)
    return change


def make_proxy(nation: Nation, patient: str, proxy: str, *permissions: str, **parts: Any) -> None:
    """Let somebody act for a patient."""
    db = nation.house.world.store.snapshot()
    pair = Pair(subject_of(nation, patient), subject_of(nation, proxy))
    body = {
        **pair._asdict(),
        "permissions": list(permissions),
        "status": ACTIVE,
        "from": "2026-01-01T00:00:00+00:00",
        "to": None,
        **parts,
    }
    nation.holds(change_to(pair, body, db))


def object_to_research(nation: Nation, number: str) -> None:
    """Have a person opt out of the use of their data beyond their care."""
    world = nation.house.world
    db = world.store.snapshot()
    nation.holds(*opt_out(subject_of(nation, number), world.time.now(), db))
