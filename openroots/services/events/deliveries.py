"""What became of the events for a subscription, and what its owner can do about them.

An extension of ours: the published API does not tell. The log shows the latest attempts; what was
given up is kept until it is sent again. What is asked for takes its place among all that happens,
and is done some moments after the answer.

Source: none; the secret is as in Standard Webhooks 1.0.
"""

from datetime import datetime
from typing import Any

from openroots.delivery import kept
from openroots.delivery.kept import Wish
from openroots.delivery.lane import lane_of
from openroots.delivery.signing import ROOT_BYTES, key_of, new_root, root_of, secret_of
from openroots.problem import Json
from openroots.service import Access, Problem, Reply, Request
from openroots.services.events import service
from openroots.services.events.asked import parameter
from openroots.services.events.subscribing import own_subscription
from openroots.storage import Change, Mark, Snapshot

HOOKS = ("https://", "http://")
SHOWN = ("id", "type", "at", "attempt", "outcome", "told")
MOST_LETTERS = 100
APPLICATIONS = frozenset({Access.APPLICATION})
FOUND = ("no-product-id", "id-malformed", "not-found")
ASKED: dict[str, Any] = {"access": APPLICATIONS, "success": 202, "fails": FOUND}
BASE = "/subscriptions/{id}/deliveries"

service.indexes(kept.DEAD_LETTER)(kept.dead_letter_terms)


@service.endpoint("GET", BASE, access=APPLICATIONS, reads=4, fails=FOUND)
def read_deliveries(request: Request, db: Snapshot) -> Reply:
    """What became of the events for a subscription (an extension of ours)."""
    row = own_subscription(request, db)
    told = summary(row.id, db)
    endpoint = str(row.body["channel"]["endpoint"])
    if not endpoint.startswith(HOOKS):
        return Reply(told)
    secret, marks = _secret(request, row.id, db)
    return Reply({**told, "secret": secret}, marks=marks)


@service.endpoint("POST", f"{BASE}/pause", **ASKED)
def pause_deliveries(request: Request, db: Snapshot) -> Reply:
    """Hold the events for a subscription back (an extension of ours)."""
    return _granted(request, kept.PAUSE, db)


@service.endpoint("POST", f"{BASE}/resume", **ASKED)
def resume_deliveries(request: Request, db: Snapshot) -> Reply:
    """Deliver again what was held back, and at once what waits (an extension of ours)."""
    return _granted(request, kept.RESUME, db)


@service.endpoint("POST", f"{BASE}/test", **ASKED)
def send_test_event(request: Request, db: Snapshot) -> Reply:
    """Be sent an event that tells of nothing (an extension of ours)."""
    return _granted(request, kept.TRIAL, db)


@service.endpoint(
    "POST",
    f"{BASE}/replay",
    access=APPLICATIONS,
    success=202,
    query={"since": "From when on, as 2026-11-21T12:00:00Z; left out: from the beginning."},
    fails=(*FOUND, "moment-invalid"),
)
def replay_deliveries(request: Request, db: Snapshot) -> Reply:
    """Be sent again all that was told since some moment (an extension of ours).

    What was not delivered yet comes too, however old it is. Asked while one is under way, it
    begins anew: what came meanwhile may be what was lost. The answer says so; a request that is
    sent again, with its X-Request-ID, asks for nothing new.
    """
    since = _moment(parameter(request, "since"), request.time)
    id = own_subscription(request, db).id
    told = {"id": id, "since": since or None, "beginsAnew": _is_replaying(id, db)}
    return Reply(told, status=202, signals=(Wish(kept.REPLAY, id, since=since).signal(),))


@service.endpoint(
    "POST", BASE + "/{delivery}/resend", access=APPLICATIONS, success=202, reads=4, fails=FOUND
)
def resend_delivery(request: Request, db: Snapshot) -> Reply:
    """Be sent one event again, of the log or of those given up (an extension of ours)."""
    row = own_subscription(request, db)
    letter_key = (kept.DEAD_LETTER, f"{row.id}-{request.params['delivery']}")
    letter = db.get(*letter_key)
    found = letter.body if letter else _logged(row.id, request.params["delivery"], db)
    if found is None:
        raise Problem("not-found")
    wish = Wish(kept.RESEND, row.id, found["after"], found["cursor"])
    buried = (Change(*letter_key, None, letter.version),) if letter else ()
    return Reply({"id": row.id}, status=202, changes=buried, signals=(wish.signal(),))


def summary(id: str, db: Snapshot) -> Json:
    """How a subscription stands: its state, its figures, its log, and what was given up."""
    state = kept.states(db, [id]).get(id, {})
    letters = kept.dead_letters(db, id, MOST_LETTERS)
    return {
        "id": id,
        "state": state_of(state),
        "reason": state.get("paused", ""),
        "restsUntil": state.get("rests_until"),
        "delivered": state.get("delivered", 0),
        "failedAttempts": state.get("failed", 0),
        "givenUp": state.get("dead", 0),
        "waitingToBeTriedAgain": len(state.get("aside", ())),
        "log": [{name: each[name] for name in SHOWN} for each in reversed(_log(id, db))],
        "deadLetters": [
            {
                "id": each["delivery"],
                "type": each["type"],
                "attempts": each["attempts"],
                "first": each["first"],
                "last": each["last"],
                "told": each["told"],
            }
            for each in letters
        ],
    }


def state_of(state: Json) -> str:
    """In a word how a subscription stands of which this is kept."""
    return lane_of("", state).state if state else "following"


def _granted(request: Request, do: str, db: Snapshot) -> Reply:
    row = own_subscription(request, db)
    return Reply({"id": row.id}, status=202, signals=(Wish(do, row.id).signal(),))


def _is_replaying(id: str, db: Snapshot) -> bool:
    return bool(kept.states(db, [id]).get(id, {}).get("repeats"))


def _secret(request: Request, id: str, db: Snapshot) -> tuple[str, tuple[Mark, ...]]:
    """The secret that signs what is sent, and what to commit where it is the first of all."""
    root = root_of(db)
    marks: tuple[Mark, ...] = ()
    if root is None:
        root = request.chance(ROOT_BYTES)
        marks = (new_root(root),)
    return secret_of(key_of(root, id)), marks


def _logged(id: str, delivery: str, db: Snapshot) -> Json | None:
    return next((each for each in _log(id, db) if each["id"] == delivery), None)


def _log(id: str, db: Snapshot) -> list[Json]:
    return kept.logs(db, [id]).get(id, [])


def _moment(text: str | None, now: datetime) -> str:
    """The moment with its zone; "" where it is left out. Raises Problem for what is none: an empty
    one too, which would have everything sent again; and for one to come, of which nothing is told
    yet: whoever mistyped a year would wait for what was lost."""
    if text is None:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem("moment-invalid") from None
    if moment.tzinfo is None or moment > now:
        raise Problem("moment-invalid")
    return moment.isoformat()
