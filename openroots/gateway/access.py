"""Who asks: from what a request carries to a Caller.

A token wins over a key. It is held to what it was given for: the application must still be active
and subscribed, the key by which it was got still the application's, the member of staff still
employed. Where there is neither token nor key, `app.py` has put one of two ways in place:
`KnownOrAnyone` answers as the public sandboxes do, with no check of the access mode; `KnownOnly`
refuses, and says what is missing.

Source: NHS England API platform, access modes; RFC 6750 section 2.1.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol

from openroots.identity import applications, scopes
from openroots.identity.applications import attributes_of
from openroots.identity.staff import given_by, role_named, staff_of
from openroots.identity.tokens import Token, stands, token_of
from openroots.problem import (
    APPLICATION_REVOKED,
    NO_TOKEN,
    NOT_BEARER,
    STAFF_GONE,
    TOKEN_OVER,
    Json,
    Problem,
)
from openroots.service import ANYBODY, Access, Caller, Endpoint, Service
from openroots.storage import Snapshot

KEY_HEADER = "apikey"
ROLE_HEADER = "nhsd-session-urid"
MOST_KNOWN = 10_000

# Where nobody is asked who they are, a patient is whichever patient they ask about.
UNASKED = {Access.PATIENT: ANYBODY}
ANYONE = {access: Caller("open-access", "", access, UNASKED.get(access, "")) for access in Access}
BY_KEY = "by its key"
BY_TOKEN = "by the token that it was given"
UNPROVED = "open access, no token or key given"

# The most that a token can be used for comes first.
MODES = {
    (scopes.WORKER, False): Access.HEALTHCARE_WORKER,
    (scopes.PATIENT, False): Access.PATIENT,
    (scopes.APPLICATION, True): Access.PRIVILEGED,
    (scopes.APPLICATION, False): Access.APPLICATION,
}


class Known(NamedTuple):
    """A caller, how they were known in words for the trail, and until when by wall time they may be
    taken to be so."""

    caller: Caller
    words: str
    expires: datetime | None = None


OPENLY = Known(ANYONE[Access.OPEN], "open access: nobody is asked who they are here")


class Identify(Protocol):
    """A way to tell who asks."""

    def __call__(
        self, headers: dict[str, str], endpoint: Endpoint, db: Snapshot, wall: datetime
    ) -> Known:
        """The caller. Raises Problem where they cannot be known."""
        ...

    def forget(self) -> None:
        """Look everybody up again."""
        ...


class KnownOrAnyone:
    """Whose token or key is given; where none is, anyone, in an access mode that the endpoint
    permits: a healthcare worker's wherever it can be. A key stands for that mode too."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._anyone = {access: _known(caller, UNPROVED) for access, caller in ANYONE.items()}

    def __call__(
        self, headers: dict[str, str], endpoint: Endpoint, db: Snapshot, wall: datetime
    ) -> Known:
        if Access.OPEN in endpoint.access:
            return OPENLY
        if "authorization" in headers:
            return self._seen.by_token(headers, endpoint, db, wall)
        access, key = endpoint.usual_access, headers.get(KEY_HEADER)
        return self._anyone[access] if key is None else self._seen.by_key(key, access, db)

    def forget(self) -> None:
        self._seen = Seen()


class KnownOnly:
    """Whose token is given; or whose key, where the API asks for no more. Raises Problem where
    neither is."""

    def __init__(self) -> None:
        self._seen = Seen()

    def __call__(
        self, headers: dict[str, str], endpoint: Endpoint, db: Snapshot, wall: datetime
    ) -> Known:
        if Access.OPEN in endpoint.access:
            return OPENLY
        key = headers.get(KEY_HEADER)
        if "authorization" not in headers and key is not None and endpoint.service.by_key:
            return self._seen.by_key(key, Access.APPLICATION, db, endpoint.service)
        return self._seen.by_token(headers, endpoint, db, wall)

    def forget(self) -> None:
        self._seen = Seen()


class Seen:
    """Who was known by which token or key, remembered for as long as nothing was committed.

    So what was taken back is refused from the next request on, and a run of reads looks each one
    up once.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, ...], Known] = {}
        self._as_at = -1

    def by_key(
        self, key: str, access: Access, db: Snapshot, service: Service | None = None
    ) -> Known:
        """The application with this key; subscribed to this service, where one is named. Raises
        Problem where there is none."""
        by, seen = (key, access, service.name if service else ""), self._as_at_now(db)
        if (known := seen.get(by)) is None:
            known = seen[by] = _of_key(key, access, db, service)
        return known

    def by_token(
        self, headers: dict[str, str], endpoint: Endpoint, db: Snapshot, wall: datetime
    ) -> Known:
        """For whom the token was given. Raises Problem where there is none that is good here."""
        given, role = headers.get("authorization"), headers.get(ROLE_HEADER)
        service = endpoint.service
        by, seen = (given, service.name, role), self._as_at_now(db)  # no role is not an empty one
        if (known := seen.get(by)) is None:
            known = seen[by] = _of_token(_bearer(given), service, role, db, wall)
        if known.expires and known.expires <= wall:
            raise Problem("token-expired")
        return known

    def _as_at_now(self, db: Snapshot) -> dict[tuple[str | None, ...], Known]:
        if self._as_at != db.t or len(self._known) > MOST_KNOWN:
            self._known, self._as_at = {}, db.t
        return self._known


def _known(caller: Caller, how: str, expires: datetime | None = None) -> Known:
    return Known(caller, f"{caller.application} ({caller.access}): {how}", expires)


def _bearer(authorization: str | None) -> str:
    """The token of an Authorization header. Raises Problem where there is none in it."""
    if authorization is None:
        raise Problem("key-missing")
    if not authorization.strip():
        raise Problem("authorization-empty")
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        raise Problem("token-unknown", cause=NOT_BEARER)
    if not token.strip():
        raise Problem("token-missing")
    return token.strip()


def _of_key(key: str, access: Access, db: Snapshot, service: Service | None) -> Known:
    application = applications.by_key(key, db)
    if application is None or not applications.is_active(application):
        raise Problem("key-unknown")
    if service is not None and not _opens(application, service, db):
        raise Problem("product-refused", api=service.title, product=service.product)
    return _known(caller_of(application, access, UNASKED.get(access, "")), BY_KEY)


def _opens(application: Json, service: Service, db: Snapshot) -> bool:
    """Whether the application is subscribed to a product by which its key opens this service."""
    granted = applications.granted(applications.products_of(application, db))
    grants = filter(None, map(scopes.grant_of, granted))
    wanted = scopes.KEY_LEVEL, service.product
    return any((grant.level, grant.product) == wanted for grant in grants)


def _of_token(text: str, service: Service, role: str | None, db: Snapshot, wall: datetime) -> Known:
    token = token_of(text, db)
    application = applications.by_id(token.application, db) if token else None
    if token is None or application is None:
        raise Problem("token-unknown", cause=NO_TOKEN)
    if not stands(token, application, db):
        is_active = applications.is_active(application)
        raise Problem("token-unknown", cause=TOKEN_OVER if is_active else APPLICATION_REVOKED)
    if token.expires <= wall:  # before it is said that it would not do here
        raise Problem("token-expired")
    access = _access_of(token, application, service, db)
    caller = caller_of(application, access, token.user, token.assurance, token.actor)
    if access is Access.HEALTHCARE_WORKER:
        caller = _in_role(caller, role, db)
    return _known(caller, _told_of(token, caller, service) or BY_TOKEN, token.expires)


def _told_of(token: Token, caller: Caller, service: Service) -> str:
    """What the trail says of a token and of who stands behind it; nothing that would open a door,
    and no person's number."""
    parts = [
        f"by a token good until {token.expires:%Y-%m-%d %H:%M:%S} UTC",
        _got_with(token),
        f"product {service.product}",
        f"level {caller.assurance}" if caller.assurance else "",
        f"role {', '.join(sorted(caller.acting))} at {caller.ods_code}" if caller.acting else "",
        "a proxy acts for the patient" if caller.actor else "",
    ]
    return "; ".join(part for part in parts if part)


def _got_with(token: Token) -> str:
    if token.key.startswith(applications.SECRET):
        return "got with its secret"
    return f"got with {token.key}" if token.key else ""


def _access_of(token: Token, application: Json, service: Service, db: Snapshot) -> Access:
    """In which mode the token may be used with this service, by what its application is subscribed
    to now. Raises Problem where in none."""
    granted = applications.granted(applications.products_of(application, db))
    grants = [scopes.grant_of(scope) for scope in token.scopes if scope in granted]
    wanted = {
        (grant.kind, grant.privileged)
        for grant in grants
        if grant and grant.product == service.product
    }
    for way, access in MODES.items():
        if way in wanted:
            return access
    raise Problem("product-refused", api=service.title, product=_lacking(token, service))


def _lacking(token: Token, service: Service) -> str:
    """The product by which the token once opened this service, else the usual one."""
    privileged = scopes.PRIVILEGED + service.product
    was_privileged = any(scope.endswith(f":{privileged}") for scope in token.scopes)
    return privileged if was_privileged else service.product


def caller_of(
    application: Json, access: Access, subject: str = "", assurance: str = "", actor: str = ""
) -> Caller:
    """The caller that an application is, or that the person is who uses it."""
    return Caller(
        application["id"],
        application["ods_code"],
        access,
        subject,
        assurance=assurance,
        setting=application["setting"],
        name=application["name"],
        attributes=attributes_of(application),
        actor=actor,
    )


def _in_role(caller: Caller, role: str | None, db: Snapshot) -> Caller:
    """The member of staff with the roles that they have today, for the organisation of the one in
    which they act. Raises Problem where they work no more."""
    staff = staff_of(caller.subject, db)
    if staff is None:
        raise Problem("token-unknown", cause=STAFF_GONE)
    acting = role_named(staff, role)
    return replace(
        caller,
        roles=frozenset(one["id"] for one in staff.get("roles", ())),
        acting=given_by(acting) if acting else frozenset(),
        ods_code=acting["organisation"] if acting else caller.ods_code,
        has_no_role=not staff.get("roles"),
        role_untold=acting is None and bool(staff.get("roles")),
    )
