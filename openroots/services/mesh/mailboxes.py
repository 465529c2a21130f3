"""A mailbox: whose it is, and how a request proves that it comes from its owner.

    Authorization: NHSMESH mailbox:nonce:nonce_count:YYYYMMDDHHMM:hash

The hash is an HMAC, by the key that all share, of what stands before it with the password in it.

Source: MESH API, "Authentication".
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import NamedTuple

from openroots.problem import Json, Problem
from openroots.service import Access, Caller, Request
from openroots.storage import Change, Mark, Snapshot

MAILBOX = "Mailbox"
OF_ORGANISATION, OF_WORKFLOW, OF_BOTH = "organisation", "workflow", "both"  # the terms of one
HEADER = re.compile(
    r"NHSMESH\s+([^:\s]{1,100}):([^:\s]{1,100}):(\d{1,10}):(\d{12}):([0-9a-fA-F]{64})", re.ASCII
)
HOURS = 2  # that clocks may differ
PROOF = ("unsigned", "mailbox-differs", "mailbox-unknown", "not-authenticated")


class Known(NamedTuple):
    """Whose mailbox it is that asks, and what to commit with what they do."""

    mailbox: Json
    caller: Caller
    marks: tuple[Mark, ...]


def mailbox(
    id: str, ods_code: str, password: str, shared_key: str, workflows: Iterable[str], name: str = ""
) -> Json:
    """A mailbox as it is stored. What it proves itself by must be there in clear: an HMAC is
    worked out from it."""
    return {
        "id": id.upper(),
        "name": name or id,
        "ods_code": ods_code,
        "password": password,
        "shared_key": shared_key,
        "workflows": list(workflows),
    }


# As in the published sandbox, for worlds of made-up people alone.
READY_MADE = tuple(
    mailbox(id, "X26", "password", "TestKey", ("TESTWORKFLOW",), f"TESTMB{number}")
    for number, id in enumerate(("X26ABC1", "X26ABC2", "X26ABC3"), 1)
)


def ready_made() -> list[Change]:
    """What to commit so that a new world has the mailboxes of the published sandbox."""
    return [Change(MAILBOX, each["id"], each, 0) for each in READY_MADE]


def terms(body: Json) -> Iterable[tuple[str, str]]:
    """What a mailbox is found by."""
    yield OF_ORGANISATION, body["ods_code"]
    for workflow in body["workflows"]:
        yield OF_WORKFLOW, workflow
        yield OF_BOTH, f"{body['ods_code']}/{workflow}"


def known(request: Request, db: Snapshot, *, once: bool = False) -> Known:
    """Who asks. Raises Problem where that is not proved, or the mailbox of the path is another's;
    with `once` also where it was proved by this before. One read of a mailbox; one of a mark."""
    found = HEADER.fullmatch(request.headers.get("authorization", "").strip())
    if found is None:
        raise Problem("unsigned")
    id, nonce, count, stamp, given = found.groups()
    if request.params["mailbox"].upper() != id:
        raise Problem("mailbox-differs")
    row = db.get(MAILBOX, id)
    if row is None:
        raise Problem("mailbox-unknown")
    body = row.body
    proved = compare_digest(_token(body, nonce, count, stamp), given.lower())
    if not proved or not _is_recent(stamp, request.wall):
        raise Problem("not-authenticated", hours=HOURS)
    caller = Caller(f"mesh:{id}", body["ods_code"], Access.APPLICATION, name=body["name"])
    return Known(body, caller, _used(request, given, db) if once else ())


def _token(body: Json, nonce: str, count: str, stamp: str) -> str:
    private = f"{body['id']}:{nonce}:{count}:{body['password']}:{stamp}"
    return hmac_digest(body["shared_key"].encode(), private.encode(), sha256).hex()


def _is_recent(stamp: str, wall: datetime) -> bool:
    try:
        said = datetime.strptime(stamp, "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(wall - said) <= timedelta(hours=HOURS)


def _used(request: Request, token: str, db: Snapshot) -> tuple[Mark, ...]:
    """The mark of a nonce. Raises Problem where it was used before."""
    key = f"mesh/{token.lower()}"
    mark = db.marks([key]).get(key)
    if mark and mark.expires and mark.expires > request.wall:
        raise Problem("nonce-used")
    return (Mark(key, b"", request.wall + timedelta(hours=2 * HOURS + 1), once=True),)
