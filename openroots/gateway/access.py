"""Who asks: from what a request carries to a Caller.

Two ways, of which `app.py` puts one in place: `known_or_anyone` answers a request without a key
as the public sandboxes do, with no check of its access mode; `known_only` wants the key of a
registered application, and says what is wrong with an Authorization header in its place. A key
that is not known is refused by both.

An application is a resource of type "Application"; its keys are resources of type "ApiKey", whose
id is the SHA-256 of the key, so that the store holds no key that could be used. An application
may hold `attributes`: what its registration grants it beyond others, by name.

Source: NHS England API platform, access modes "open access" and "application-restricted (API
key)", and the custom attributes of applications.
"""

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import orjson

from openroots.problem import Json, Problem
from openroots.register.standard import SETTINGS
from openroots.service import ANYBODY, Access, Caller, Endpoint
from openroots.storage import Change, Snapshot

APPLICATION = "Application"
API_KEY = "ApiKey"
KEY_HEADER = "apikey"
FLOW_VARIABLES = "apim-app-flow-vars"  # an attribute that is JSON: what an API's own rules go by
MOST_KNOWN = 10_000

# Where nobody is asked who they are, a patient is whichever patient they ask about.
UNASKED = {Access.PATIENT: ANYBODY}
ANYONE = {access: Caller("open-access", "", access, UNASKED.get(access, "")) for access in Access}


class KnownOrAnyone:
    """The application whose key is given, or anyone where none is, in an access mode that the
    endpoint permits: a healthcare worker's wherever it can be."""

    def __init__(self) -> None:
        self._applications = Applications()

    def __call__(self, headers: dict[str, str], endpoint: Endpoint, db: Snapshot) -> Caller:
        access = endpoint.usual_access
        key = headers.get(KEY_HEADER)
        return ANYONE[access] if key is None else self._applications.caller(key, access, db)


class KnownOnly:
    """The application whose key is given, on its own behalf. Raises Problem where none is."""

    def __init__(self) -> None:
        self._applications = Applications()

    def __call__(self, headers: dict[str, str], endpoint: Endpoint, db: Snapshot) -> Caller:
        key = headers.get(KEY_HEADER)
        if key is None:
            raise Problem(_without_key(headers.get("authorization")))
        return self._applications.caller(key, Access.APPLICATION, db)


class Applications:
    """Applications by their keys, remembered for as long as nothing was committed.

    So a key that was taken back is refused from the next request on, and a run of reads looks
    each one up once.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, Access], Caller] = {}
        self._as_at = -1

    def caller(self, key: str, access: Access, db: Snapshot) -> Caller:
        """The application with this key. Raises Problem where there is none."""
        if self._as_at != db.t or len(self._known) > MOST_KNOWN:
            self._known, self._as_at = {}, db.t
        known = self._known.get((key, access))
        if known is None:
            known = self._known[key, access] = _look_up(key, access, db)
        return known


def how_known(headers: dict[str, str], caller: Caller) -> str:
    """How the caller was known, in words for the trail."""
    known = "by its key" if KEY_HEADER in headers else "open access, no key given"
    if "authorization" in headers:
        known += "; the Authorization header was ignored: tokens are not issued yet"
    return f"{caller.application} ({caller.access}): {known}"


def registration(application: Json, key: str) -> list[Change]:
    """What to commit so that an application (id, name, ods_code, setting) is known by this key.

    Raises ValueError for a care setting that is none, since standards would never reach it, and
    for attributes that cannot be read.
    """
    if application["setting"] not in SETTINGS:
        raise ValueError(f"care settings are {', '.join(sorted(SETTINGS))}")
    attributes_of(application)
    id = application["id"]
    return [
        Change(APPLICATION, id, application, expect=0),
        Change(API_KEY, fingerprint(key), {"application": id}, expect=0),
    ]


def fingerprint(key: str) -> str:
    """What the store knows a key by."""
    return sha256(key.encode()).hexdigest()


def attributes_of(application: Json) -> Mapping[str, Any]:
    """What an application's registration grants it, by name; nobody can change it.

    Flow variables may be a JSON object or, as the platform keeps them, the text of one. Raises
    ValueError where they are neither.
    """
    attributes = dict(application.get("attributes", {}))
    if isinstance(variables := attributes.get(FLOW_VARIABLES, {}), str):
        attributes[FLOW_VARIABLES] = variables = orjson.loads(variables)
    if not isinstance(variables, dict):
        raise ValueError(f"{FLOW_VARIABLES} is a JSON object, or the text of one")
    frozen: Mapping[str, Any] = _frozen(attributes)
    return frozen


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(part) for name, part in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _without_key(authorization: str | None) -> str:
    """What is wrong where there is no key: no token is known, as none has been issued."""
    if authorization is None:
        return "key-missing"
    if not authorization.strip():
        return "authorization-empty"
    scheme, _, token = authorization.strip().partition(" ")
    is_bare = scheme.lower() == "bearer" and not token
    return "token-missing" if is_bare else "token-unknown"


def _look_up(key: str, access: Access, db: Snapshot) -> Caller:
    key_id = (API_KEY, fingerprint(key))
    if (found := db.read([key_id]).get(key_id)) is None:
        raise Problem("key-unknown")
    id = (APPLICATION, found.body["application"])
    if (row := db.read([id]).get(id)) is None:
        raise Problem("key-unknown")
    application = row.body
    return Caller(
        application["id"],
        application["ods_code"],
        access,
        UNASKED.get(access, ""),
        setting=application["setting"],
        name=application["name"],
        attributes=attributes_of(application),
    )
