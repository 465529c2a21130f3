"""What leads to an access token and lasts a while itself: logins, codes, refresh tokens, sessions.

For the authorisation server and the gateway. Each is a text that nobody can guess, kept as a mark
under the SHA-256 of it, with what it stands for. What may be used once is spent by another mark,
of which there can be only one: of two who use it at the same time, one is told that it is spent.

A session is what came of one login: all its tokens end with it, at once.

Source: RFC 6749 sections 1.3 to 1.5 and 10.5; RFC 9700 section 4.14 (refresh token rotation).
"""

from datetime import datetime, timedelta

import orjson

from openroots.identity.applications import fingerprint, revocations_of
from openroots.storage import Json, Mark, Snapshot

LOGIN = "login"  # an application waits for somebody to log in
PERSON = "person"  # somebody has logged in: the code of a login page
CODE = "code"  # the code of the authorisation server
REFRESH = "refresh"

OVER = b""
GOES_ON = b"1"
SESSION_KEPT = timedelta(hours=48)  # longer than anything that came of it


def held_by(application: Json) -> Json:
    """What to keep of whom something is given to."""
    return {"application": application["id"], "revocations": revocations_of(application)}


def is_held_by(body: Json, application: Json) -> bool:
    """Whether this was given to the application, which has not been revoked since."""
    return {"revocations": 0, **body}.items() >= held_by(application).items()


def mark_of(kind: str, text: str, body: Json, expires: datetime) -> Mark:
    """What to commit so that the text stands for this, until then."""
    return Mark(_key(kind, text), orjson.dumps(body), expires=expires)


def body_of(kind: str, text: str, db: Snapshot, wall: datetime) -> Json | None:
    """What the text stands for, or None: never given, or over. One read."""
    key = _key(kind, text)
    mark = db.marks([key]).get(key)
    if mark is None or (mark.expires is not None and mark.expires <= wall):
        return None
    body: Json = orjson.loads(mark.value)
    return body


def spent(kind: str, text: str, expires: datetime) -> Mark:
    """What to commit so that the text cannot be used again; it cannot be committed twice."""
    return Mark(_key(f"spent-{kind}", text), GOES_ON, expires=expires, once=True)


def is_spent(kind: str, text: str, db: Snapshot) -> bool:
    """Whether the text was used before. One read."""
    key = _key(f"spent-{kind}", text)
    return key in db.marks([key])


def session_of(issuer: str, login: str) -> str:
    """The name of the session that came of a login, by who vouches for it and its id there."""
    return fingerprint(f"{issuer}\n{login}")


def session_begun(session: str, wall: datetime) -> Mark:
    """What to commit so that the session is known; it cannot be begun twice."""
    return Mark(session_key(session), GOES_ON, expires=wall + SESSION_KEPT, once=True)


def session_ended(session: str, wall: datetime) -> Mark:
    """What to commit so that everything ends that came of the session."""
    return Mark(session_key(session), OVER, expires=wall + SESSION_KEPT)


def session_goes_on(session: str, db: Snapshot) -> bool | None:
    """Whether the session goes on; None where there is none of that name. One read."""
    key = session_key(session)
    mark = db.marks([key]).get(key)
    return None if mark is None else mark.value != OVER


def session_key(session: str) -> str:
    """The key of the mark by which a session is known."""
    return f"session/{session}"


def _key(kind: str, text: str) -> str:
    return f"{kind}/{fingerprint(text)}"
