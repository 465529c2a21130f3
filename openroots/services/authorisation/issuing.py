"""Giving tokens: which scopes, for how long, and what the answer says.

For the grants. Scopes are those of the application's products at the very level at which the person
behind it is known; asking for less gives less, asking for others is refused.

Source: NHS England identity service API, answers of `/token`; RFC 6749 section 5.1.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from openroots.identity import applications, grants, scopes
from openroots.identity.grants import REFRESH
from openroots.identity.staff import is_still_there
from openroots.identity.tokens import Token, mark_of, new_text
from openroots.problem import Json, Problem
from openroots.service import Access, Caller, Reply, Request
from openroots.services.authorisation.clients import Client, caller_of
from openroots.services.authorisation.form import field
from openroots.storage import Mark, Snapshot

ACCESS_LIFE = timedelta(seconds=599)
REFRESH_LIVES = {scopes.WORKER: timedelta(seconds=43_199), scopes.PATIENT: timedelta(seconds=3_599)}
TOLD_FOR = timedelta(days=1)  # how long it is said of a refresh token that its time is over
MOST_DIGITS = 15
NOT_STORED = (("cache-control", "no-store"), ("pragma", "no-cache"))
ACCESS_OF = {
    scopes.WORKER: Access.HEALTHCARE_WORKER,
    scopes.PATIENT: Access.PATIENT,
}


@dataclass(frozen=True, slots=True)
class Person:
    """Who has logged in: staff by their id, a patient by NHS number; how surely they are known;
    who acts for them, if somebody does; and the session that came of the login."""

    kind: str
    user: str
    level: str
    assurance: str
    session: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """All tokens that follow from one consent to these scopes: `first` is when the first was
    given, `count` how often they were renewed, `life` how long a refresh token lasts at most;
    `combined` says that the person logged in on the way to a code of ours."""

    person: Person
    scopes: tuple[str, ...]
    combined: bool
    first: datetime
    life: timedelta
    count: int = 0

    @property
    def over(self) -> datetime:
        """When the last of them ends at the latest."""
        return self.first + REFRESH_LIVES[self.person.kind]


def goes_on(person: Person, db: Snapshot) -> bool:
    """Whether the session of who logged in does, and they are still there."""
    session = grants.session_goes_on(person.session, db)
    return bool(session) and is_still_there(person.kind, person.user, db)


def scopes_for(client: Client, kind: str, level: str, wanted: str, db: Snapshot) -> tuple[str, ...]:
    """The scopes to give. Raises Problem where there are none, or others are wanted."""
    products = applications.products_of(client.application, db)
    if not products:
        raise Problem("not-subscribed")
    begins = scopes.beginnings(kind, level)
    fitting = {one for one in applications.granted(products) if one.startswith(begins)}
    if not fitting:
        raise Problem("level-refused")
    asked = {word for word in wanted.split() if word.startswith("urn:")}
    if not asked <= fitting:
        raise Problem("scope-refused")
    return tuple(sorted(asked or fitting))


def give(request: Request, client: Client, given: tuple[str, ...]) -> Reply:
    """An access token for an application on its own behalf."""
    wall, life = request.wall, access_life(request)
    token = Token(**_held(client), scopes=given, issued=wall, expires=wall + life)
    text = new_text(request.chance)
    marks = (*client.marks, mark_of(text, token))
    return _reply(_body(text, token), marks, client, None)


def give_family(
    request: Request,
    client: Client,
    family: Family,
    marks: tuple[Mark, ...],
    given: tuple[str, ...] = (),
    **more: str,
) -> Reply:
    """An access token for who has logged in, for all scopes of the family or those given, and a
    refresh token that renews it."""
    wall, person = request.wall, family.person
    access = Token(
        **_held(client),
        scopes=given or family.scopes,
        issued=wall,
        expires=wall + access_life(request),
        user=person.user,
        assurance=person.assurance,
        actor=person.actor,
        session=person.session,
        combined=family.combined,
    )
    text, refresh = new_text(request.chance), new_text(request.chance)
    ends = min(wall + family.life, family.over)
    kept = refresh_mark(refresh, client.application, family, ends)
    body = {
        **_body(text, access),
        "refresh_token": refresh,
        "refresh_token_expires_in": _seconds(ends - wall),
        "refresh_count": str(family.count),
        **more,
    }
    marks = (*client.marks, *marks, mark_of(text, access), kept)
    return _reply(body, marks, client, person)


def _held(client: Client) -> Json:
    """What an access token says of whom it is given to, and by which proof."""
    return {**grants.held_by(client.application), "key": client.key}


def begun(request: Request, person: Person, given: tuple[str, ...], *, combined: bool) -> Family:
    """A family at its beginning."""
    life = min(_wanted(request, "_refresh_token_expiry_ms"), REFRESH_LIVES[person.kind])
    return Family(person, given, combined, request.wall, life)


def refresh_mark(text: str, application: Json, family: Family, ends: datetime) -> Mark:
    """What to commit so that the text renews the family until then."""
    person = family.person
    body = {
        **grants.held_by(application),
        "person": {name: getattr(person, name) for name in Person.__slots__},
        "scopes": family.scopes,
        "combined": family.combined,
        "first": family.first.isoformat(),
        "life": family.life.total_seconds(),
        "count": family.count,
        "ends": ends.isoformat(),
    }
    return grants.mark_of(REFRESH, text, body, family.over + TOLD_FOR)


def family_of(kept: Json) -> Family:
    """The family of a refresh token, as it was kept."""
    first, life = datetime.fromisoformat(kept["first"]), timedelta(seconds=kept["life"])
    person, given = Person(**kept["person"]), tuple(kept["scopes"])
    # One of before that was said had the name of a key instead, and none for a code.
    combined = kept.get("combined", not kept.get("key"))
    return Family(person, given, combined, first, life, kept["count"])


def renewed(family: Family) -> Family:
    """The family with its next tokens."""
    return replace(family, count=family.count + 1)


def access_life(request: Request) -> timedelta:
    """How long an access token lasts: as usual, or shorter where that is wanted."""
    return min(_wanted(request, "_access_token_expiry_ms"), ACCESS_LIFE)


def _wanted(request: Request, parameter: str) -> timedelta:
    given = field(request, parameter)
    if not given:
        return timedelta.max
    is_number = given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS
    if not is_number or int(given) == 0:
        raise Problem("life-wrong", parameter=parameter)
    return timedelta(milliseconds=int(given))


def _body(text: str, token: Token) -> Json:
    return {
        "access_token": text,
        "expires_in": _seconds(token.expires - token.issued),
        "token_type": "Bearer",
        "issued_at": str(int(token.issued.timestamp() * 1000)),
    }


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))


def _reply(body: Json, marks: tuple[Mark, ...], client: Client, person: Person | None) -> Reply:
    """The answer, of the application, or of who uses it: so it is audited."""
    caller = turned_out(client.application, person)
    return Reply(body, headers=NOT_STORED, marks=marks, about=(), caller=caller)


def turned_out(application: Json, person: Person | None = None) -> Caller:
    """Who it turned out to be that asked: the application, or who uses it."""
    alone = caller_of(application)
    if person is None:
        return alone
    return replace(
        alone,
        access=ACCESS_OF[person.kind],
        subject=person.user,
        assurance=person.assurance,
        actor=person.actor,
    )
