"""A mailbox: is it there, what waits in it, and taking that out.

Source: MESH API, the endpoints under /messageexchange/{mailbox}/inbox, and the handshake.
"""

import re
from urllib.parse import urlencode

from openroots.problem import Json, Problem
from openroots.service import OPENLY, Reply, Request
from openroots.services.mesh import service
from openroots.services.mesh.mailboxes import MAILBOX, PROOF, known
from openroots.services.mesh.mailboxes import terms as mailbox_terms
from openroots.services.mesh.messages import (
    ACCEPTED,
    ACKNOWLEDGED,
    ANY_BYTES,
    CHUNK,
    MESSAGE,
    chunk_id,
    content_of,
    received_headers,
    waiting,
)
from openroots.services.mesh.reports import due, is_overdue
from openroots.services.mesh.shown import as_asked, is_version_2
from openroots.storage import Change, Row, Snapshot

PAGE, LEAST_PAGE, LARGEST_PAGE = 500, 10, 5000
MOST_COUNTED = 5000
FILTER = re.compile(r"[\x20-\x7e]{2,255}")
ID = re.compile(r"[0-9]{15,60}_[0-9A-F]{6,8}")
FOUND = (*PROOF, "accept-wrong", "message-unknown", "not-recipient")

service.indexes(MAILBOX)(mailbox_terms)


@service.endpoint(
    "POST", "/{mailbox}", access=OPENLY, raw=True, reads=1, fails=(*PROOF, "accept-wrong")
)
def handshake(request: Request, db: Snapshot) -> Reply:
    """See whether the mailbox is there and the password is right."""
    who = known(request, db)
    told = as_asked(request, None, {"mailboxId": who.mailbox["id"]})
    return Reply(told, caller=who.caller)


@service.endpoint("GET", "/{mailbox}", access=OPENLY, reads=1, fails=(*PROOF, "accept-wrong"))
def validate_mailbox(request: Request, db: Snapshot) -> Reply:
    """The same, for clients that ask with GET."""
    return handshake(request, db)


@service.endpoint(
    "GET",
    "/{mailbox}/inbox",
    access=OPENLY,
    query={
        "max_results": f"How many at most, {LEAST_PAGE} to {LARGEST_PAGE}",
        "workflow_filter": "A workflow; ! before it leaves it out, * after it stands for any "
        "ending, and * around it for any beginning too",
        "continue_from": "Where the page before said to go on",
    },
    reads=6,
    fails=(*PROOF, "accept-wrong", "parameter-wrong"),
)
def list_inbox(request: Request, db: Snapshot) -> Reply:
    """The ids of the messages that wait: events first, and of each kind the oldest first."""
    who = known(request, db)
    size, filter, after = _paging(request)
    bodies, next_one = _page(request, who.mailbox["id"], size, after, db)
    count = len(bodies)
    if next_one or after:
        count = len(waiting(who.mailbox["id"], MOST_COUNTED, "", db)[0])
    ids = [body["id"] for body in bodies if _fits(body["headers"].get("workflow_id", ""), filter)]
    made = list(due(who.mailbox, request.wall, request.chance, db))
    changes = tuple(change for report in made for change in report.changes)
    if not next_one:
        ids += [report.id for report in made if _fits(report.workflow, filter)]
    links = _links(f"{service.base}/{who.mailbox['id']}/inbox", size, filter, next_one)
    two = {"messages": ids, "links": links, "approx_inbox_count": count + len(made)}
    told = as_asked(request, two, {"messages": ids})
    return Reply(told, changes=changes, about=(), caller=who.caller)


@service.endpoint("GET", "/{mailbox}/count", access=OPENLY, reads=2, fails=(*PROOF, "accept-wrong"))
def count_messages(request: Request, db: Snapshot) -> Reply:
    """How many messages wait."""
    who = known(request, db)
    rows, more = waiting(who.mailbox["id"], MOST_COUNTED, "", db)
    count = sum(not is_overdue(row.body, request.wall) for row in rows)
    internal = request.chance(16).hex()
    one = {"count": count, "internalID": internal, "allResultsIncluded": not more}
    told = as_asked(request, {"count": count}, one)
    return Reply(told, about=(), caller=who.caller)


@service.endpoint(
    "GET",
    "/{mailbox}/inbox/{id}",
    access=OPENLY,
    offers=("application/octet-stream",),
    reads=3,
    fails=(*FOUND, "message-gone"),
)
def read_message(request: Request, db: Snapshot) -> Reply:
    """A message, or the first chunk of one that has several."""
    return _chunk(request, 1, db)


@service.endpoint(
    "GET",
    "/{mailbox}/inbox/{id}/{chunk}",
    access=OPENLY,
    offers=("application/octet-stream",),
    reads=3,
    fails=(*FOUND, "message-gone"),
)
def read_chunk(request: Request, db: Snapshot) -> Reply:
    """One chunk of a message."""
    text = request.params["chunk"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return _chunk(request, number, db)


@service.endpoint(
    "PUT",
    "/{mailbox}/inbox/{id}/status/acknowledged",
    access=OPENLY,
    raw=True,
    reads=3,
    fails=FOUND,
)
def acknowledge_message(request: Request, db: Snapshot) -> Reply:
    """Take a message out of the mailbox. To do so again changes nothing."""
    who = known(request, db)
    row = _found(request, who.mailbox, db)
    body = row.body
    changes: tuple[Change, ...] = ()
    if body["status"] == ACCEPTED:
        done = {**body, "status": ACKNOWLEDGED, "changed": request.wall.isoformat()}
        ids = [chunk_id(body["id"], number + 1) for number in range(body["chunks"])]
        chunks = db.read([(CHUNK, id) for id in ids]).values()
        changes = (
            Change(MESSAGE, row.id, done, row.version),
            *(Change(CHUNK, each.id, None, each.version) for each in chunks),
        )
    told = as_asked(request, None, {"messageId": row.id})
    return Reply(told, changes=changes, about=(), caller=who.caller)


def _chunk(request: Request, number: int, db: Snapshot) -> Reply:
    who = known(request, db)
    body = _found(request, who.mailbox, db).body
    if body["status"] != ACCEPTED or is_overdue(body, request.wall):
        raise Problem("message-gone")
    if (row := db.get(CHUNK, chunk_id(body["id"], number))) is None:
        raise Problem("message-unknown")
    accepted = request.headers.get("accept-encoding", "").lower()
    content, encoding = content_of(row.body, accepted)
    headers = received_headers(body, number) | {"content-type": _media_type(request, body)}
    if encoding:
        headers |= {"content-encoding": encoding, "mex-content-compressed": "Y"}
    about = (body["about"],) if body["about"] else ()
    status = 200 if number == body["chunks"] else 206
    told = tuple(headers.items())
    return Reply(content, status=status, headers=told, about=about, caller=who.caller)


def _media_type(request: Request, body: Json) -> str:
    """Of what is in one chunk, for who asks for version 2, the type that its sender told of."""
    is_whole = body["chunks"] == 1 and is_version_2(request)
    return (body["media_type"] if is_whole else "") or ANY_BYTES


def _found(request: Request, mailbox: Json, db: Snapshot) -> Row:
    """The message of which the path tells. Raises Problem where it is not in this mailbox."""
    row = db.get(MESSAGE, request.params["id"].upper())
    if row is None:
        raise Problem("message-unknown")
    if row.body["recipient"] != mailbox["id"]:
        raise Problem("not-recipient")
    return row


def _page(
    request: Request, mailbox: str, size: int, after: str, db: Snapshot
) -> tuple[list[Json], str]:
    """So many messages that wait, and where to go on. Those that waited for too long take no place
    of a page: a client that reads the first one alone would never see what came after them."""
    for most in (size, LARGEST_PAGE):
        rows, next_one = waiting(mailbox, most, after, db)
        bodies = [body for row in rows if not is_overdue(body := row.body, request.wall)]
        if not next_one or len(bodies) == len(rows):
            break
    if len(bodies) > size:
        return bodies[:size], bodies[size - 1]["id"]
    return bodies, next_one


def _links(path: str, size: int, filter: str, after: str) -> dict[str, str]:
    """Where this page is, and the next one if there is one."""
    asked = {"max_results": "" if size == PAGE else str(size), "workflow_filter": filter}

    def link(**more: str) -> str:
        given = {name: value for name, value in (asked | more).items() if value}
        return f"{path}?{urlencode(given)}" if given else path

    return {"self": link()} | ({"next": link(continue_from=after)} if after else {})


def _paging(request: Request) -> tuple[int, str, str]:
    """How many, of which workflow, and from where on."""
    text = request.query.get("max_results", (str(PAGE),))[-1]
    if not (text.isascii() and text.isdigit()) or not LEAST_PAGE <= int(text[:9]) <= LARGEST_PAGE:
        wanted = f"a whole number from {LEAST_PAGE} to {LARGEST_PAGE}"
        raise Problem("parameter-wrong", name="max_results", wanted=wanted)
    filter = request.query.get("workflow_filter", ("",))[-1].strip()
    if "workflow_filter" in request.query and not FILTER.fullmatch(filter):
        raise Problem("parameter-wrong", name="workflow_filter", wanted="2 to 255 characters")
    after = request.query.get("continue_from", ("",))[-1].upper()
    if "continue_from" in request.query and not ID.fullmatch(after):
        wanted = "where the page before said to go on"
        raise Problem("parameter-wrong", name="continue_from", wanted=wanted)
    return int(text), filter, after


def _fits(workflow: str, filter: str) -> bool:
    wanted = filter.removeprefix("!")
    if wanted.startswith("*"):
        fits = wanted[1:].removesuffix("*") in workflow
    elif wanted.endswith("*"):
        fits = workflow.startswith(wanted[:-1])
    else:
        fits = not wanted or workflow == wanted
    return fits != filter.startswith("!")
