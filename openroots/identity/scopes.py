"""What the scopes of a token say: on whose behalf it asks, how surely known, and of which API.

For the gateway, which goes by them, and the authorisation server, which grants them.

    urn:nhsd:apim:user-nhs-login:P9:personal-demographics-service
        -> Grant("patient", "P9", "personal-demographics-service")

Source: NHS England API platform, the scopes of its products.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from openroots.storage import Json

PREFIX = "urn:nhsd:apim:"
APPLICATION, WORKER, PATIENT = "application", "worker", "patient"
KEY_LEVEL, SIGNED_LEVEL = "level0", "level3"
PRIVILEGED = "privileged-"

# How each kind is written; staff are named in an older and a newer way.
KINDS = {
    "app": APPLICATION,
    "user-nhs-cis2": WORKER,
    "user-nhs-id": WORKER,
    "user-nhs-login": PATIENT,
}
SCOPE = re.compile(
    r"urn:nhsd:apim:(?:(app):(level[03])|(user-nhs-cis2|user-nhs-id):(aal[123])"
    r"|(user-nhs-login):(P[059])):([a-z0-9-]*)",
    re.ASCII,
)


class Grant(NamedTuple):
    """What one scope says. `product` is the name of an API, or "" where it is for any."""

    kind: str
    level: str
    product: str
    privileged: bool = False


def grant_of(scope: str) -> Grant | None:
    """What a scope says, or None where it is not one of the platform's."""
    found = SCOPE.fullmatch(scope)
    if found is None:
        return None
    *parts, product = found.groups()
    way, level = (part for part in parts if part)
    bare = product.removeprefix(PRIVILEGED)
    return Grant(KINDS[way], level, bare, bare != product)


def kind_of(given: Iterable[str]) -> str:
    """On whose behalf these scopes of one token ask; "" where none is one of the platform's."""
    return next((grant.kind for grant in map(grant_of, given) if grant), "")


def beginnings(kind: str, level: str) -> tuple[str, ...]:
    """How the scopes of this kind and level begin, whatever they are of."""
    return tuple(f"{PREFIX}{way}:{level}:" for way, of in KINDS.items() if of == kind)


def scopes_of(api: str, kinds: frozenset[str], levels: Json) -> list[str]:
    """The scopes by which an API can be used: by applications alone, staff, patients, as `kinds`
    says; `levels` names the levels of each kind."""
    ways = {APPLICATION: ("app",), WORKER: ("user-nhs-cis2", "user-nhs-id")}
    return [
        f"{PREFIX}{way}:{level}:{api}"
        for kind in (APPLICATION, WORKER, PATIENT)
        if kind in kinds
        for way in ways.get(kind, ("user-nhs-login",))
        for level in levels[kind]
    ]
