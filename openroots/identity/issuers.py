"""Who may vouch for people: the login services whose ID tokens a world takes.

For the authorisation server, which sends people there to log in and takes what they sign. A
made-up world has two, its own: see the page on which a made-up person is picked. They sign with an
RSA key of that world, which is in no store: one that is copied or restored vouches by the keys of
where it is.

    Issuer  id, kind (worker, patient), issuer (a URL, or the path of one below any address of
            ours), login (where people are sent), algorithm

Source: OpenID Connect Core 1.0 section 3.1.3.7; NHS login and CIS2, the claims of their ID tokens.
"""

from urllib.parse import urlsplit

from openroots.identity import scopes
from openroots.identity.jose import RS512
from openroots.identity.keypairs import KeyPair
from openroots.identity.keys import Keys
from openroots.storage import Json, Query, Snapshot

ISSUER = "Issuer"
KEY, KID = "login", "made-up-people"
BASE = "/oauth2-mock/simulated_auth"
REALMS = {"cis2": scopes.WORKER, "nhs-login": scopes.PATIENT}


def made_up() -> list[Json]:
    """The login services of a made-up world."""
    return [
        {
            "id": realm,
            "kind": kind,
            "issuer": f"{BASE}/{realm}",
            "login": f"{BASE}/{realm}/authorize",
            "algorithm": RS512,
        }
        for realm, kind in REALMS.items()
    ]


def login_pair(keys: Keys) -> KeyPair:
    """What the login services of the world with these keys sign with."""
    return keys.pair(KEY, KID)


def public_keys(keys: Keys | None) -> Json:
    """The public half, as a JSON Web Key Set; of a world without keys there is none."""
    return {"keys": [login_pair(keys).public] if keys else []}


def all_of(db: Snapshot) -> list[Json]:
    """Every login service whose ID tokens are taken. One search."""
    return [row.body for row in db.search(Query(ISSUER)).rows]


def of_kind(kind: str, db: Snapshot) -> Json | None:
    """The login service for people of this kind, or None. One search."""
    return next((one for one in all_of(db) if one["kind"] == kind), None)


def named(issuer: str, db: Snapshot) -> Json | None:
    """The login service that an ID token says it is from, or None. One search."""
    try:
        path = urlsplit(issuer).path
    except ValueError:
        return None
    return next((one for one in all_of(db) if _is_meant(one["issuer"], issuer, path)), None)


def _is_meant(ours: str, issuer: str, path: str) -> bool:
    """A sandbox has its login services beneath its own path; whose they are, the signature says."""
    return ours == issuer or path.endswith(ours)
