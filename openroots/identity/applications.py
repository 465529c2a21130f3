"""Registered applications, their products, keys and secrets, as the store keeps them.

For the gateway, the authorisation server and whoever registers applications. No key or secret
that could be used is kept, only its SHA-256: they are random and long, so nothing slower is
needed.

    Application  id, name, supplier, ods_code, setting, status, revocations, products,
                 redirect_uris, jwks, jwks_url, secrets, attributes
    ApiKey       id: the SHA-256 of the key, which is also the client's id; application
    Product      id, name, environment, approval, api, scopes

Source: NHS England API platform: applications, API products, custom attributes.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import orjson

from openroots.storage import Json, Snapshot

APPLICATION = "Application"
API_KEY = "ApiKey"
PRODUCT = "Product"
APPROVED, REVOKED = "approved", "revoked"
KEY, SECRET = "key ", "secret "  # begin the name of one
FLOW_VARIABLES = "apim-app-flow-vars"  # an attribute that is JSON: what an API's own rules go by


def fingerprint(key: str) -> str:
    """What the store knows a key, secret or token by."""
    return sha256(key.encode()).hexdigest()


def by_key(key: str, db: Snapshot) -> Json | None:
    """The application whose key, or client id, this is; None where there is none, or the key was
    taken back. Two reads. Revoked applications are given too: see `is_active`."""
    found = db.get(API_KEY, fingerprint(key))
    return by_id(found.body["application"], db) if found else None


def by_id(id: str, db: Snapshot) -> Json | None:
    """The application of this id, or None."""
    row = db.get(APPLICATION, id)
    return row.body if row else None


def is_active(application: Json) -> bool:
    """Whether it may ask anything at all."""
    return bool(application.get("status", APPROVED) == APPROVED)


def revocations_of(application: Json) -> int:
    """How often it was revoked. What it was given before the last time stays dead when it is
    approved again; its own keys and secrets do not."""
    return int(application.get("revocations", 0))


def changed(application: Json, changes: Json) -> Json:
    """The application with these changes; where they revoke it, that is counted."""
    after = {**application, **changes}
    if is_active(application) and not is_active(after):
        after["revocations"] = revocations_of(application) + 1
    return after


def key_named(key: Json) -> str:
    """What one of its public keys is called: another under the same `kid` is another key."""
    numbers = orjson.dumps({name: key.get(name) for name in ("e", "kty", "n")})
    return f"{KEY}{key.get('kid')} {sha256(numbers).hexdigest()[:16]}"


def secret_named(secret: str) -> str:
    """What the secret of this fingerprint is called."""
    return f"{SECRET}{secret[:16]}"


def proofs_of(application: Json) -> set[str]:
    """The names of the keys and secrets by which an application can prove now who it is."""
    keys = set(map(key_named, application.get("jwks", {}).get("keys", ())))
    return keys | {secret_named(secret) for secret in application.get("secrets", ())}


def products_of(application: Json, db: Snapshot) -> list[Json]:
    """The products that an application is subscribed to. One read."""
    keys = [(PRODUCT, id) for id in application.get("products", ())]
    found = db.read(keys) if keys else {}
    return [found[key].body for key in keys if key in found]


def granted(products: Iterable[Json]) -> frozenset[str]:
    """The scopes of these products."""
    return frozenset(scope for product in products for scope in product["scopes"])


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
