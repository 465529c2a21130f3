"""Applications behind the tooling door: registered, shown, changed, given other keys.

A key and a secret are shown once, when they are made: the store keeps their hashes. What is changed
here holds from the next request on.

Source: NHS England API platform: applications, API products, "Add public key".
"""

import asyncio
import re
from typing import Any

from openroots.gateway.products import AUTO
from openroots.gateway.quota import RATE_LIMITING, agreed_limits
from openroots.gateway.registration import registration
from openroots.gateway.tooling.desk import Asked, Desk, Routes, commit, wrong_value
from openroots.identity import key_sets
from openroots.identity.applications import (
    API_KEY,
    APPLICATION,
    APPROVED,
    PRODUCT,
    REVOKED,
    attributes_of,
    changed,
    fingerprint,
)
from openroots.identity.keypairs import key_file
from openroots.identity.tokens import new_text
from openroots.problem import Json, Problem
from openroots.register.kept import every
from openroots.register.purposes import PURPOSES, PURPOSES_OF, purposes_of
from openroots.register.standard import SETTINGS
from openroots.storage import Change, Row, Snapshot

LONGEST_ID = 63
ID = re.compile(rf"[a-z0-9][a-z0-9-]{{2,{LONGEST_ID - 1}}}", re.ASCII)
ODS_CODE = re.compile(r"[A-Z0-9]{3,12}", re.ASCII)
REST = r"[A-Za-z0-9\-._~!$&'()+,;=:@%/?\[\]]*"  # of a URL: what RFC 3986 has, but for *
REDIRECT = re.compile(
    rf"https://[A-Za-z0-9\-._:\[\]]+([/?]{REST})?|"
    rf"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/{REST}",
    re.ASCII,
)
ADDRESSES = {
    "redirect_uris": "https://example.com/callback",
    "jwks_url": "https://example.com/jwks.json",
}
STATES = (APPROVED, REVOKED)
HIDDEN = ("secrets",)
NO_KEYS = {"keys": list[Json]()}  # to change to these ends all; nobody begins with them
CHANGED = (
    *("status", "products", "jwks", "jwks_url"),
    *("redirect_uris", "linked_clients", "attributes"),
)
REGISTERED = ("id", "name", "supplier", "ods_code", "setting", *CHANGED)

route = Routes()


@route("GET", "/products")
def show_products(desk: Desk, asked: Asked) -> Json:
    """Every product that an application can be subscribed to."""
    return {"products": [row.body for row in _all(desk, PRODUCT)]}


@route("GET", "/applications")
def show_applications(desk: Desk, asked: Asked) -> Json:
    """Every application, without secrets."""
    return {"applications": [_shown(desk, row.body) for row in _all(desk, APPLICATION)]}


@route("GET", "/applications/{id}")
def show_application(desk: Desk, asked: Asked) -> Json:
    """One application, without secrets."""
    return _shown(desk, _row(desk, asked).body)


@route("POST", "/applications", kept=True, takes=REGISTERED)
async def register_application(desk: Desk, asked: Asked) -> Json:
    """Register an application; its key and secret are in the answer, and nowhere after."""
    body = await asyncio.to_thread(_registered, desk, asked)
    key, secret = (new_text(desk.world.chance.bytes) for _ in range(2))
    body["secrets"] = [fingerprint(secret)]
    await commit(desk, asked, registration(body, key))
    return {**_shown(desk, body), "key": key, "secret": secret}


def _registered(desk: Desk, asked: Asked) -> Json:
    """The application that is asked for, without its key and secret. Raises Problem."""
    db = desk.world.store.snapshot()
    name = _required(asked, "name")
    id = _id(asked, name)
    if db.get(APPLICATION, id):
        raise Problem("application-there", id=id)
    body = {
        "id": id,
        "name": name,
        "supplier": asked.text("supplier"),
        "ods_code": _fitting(asked, "ods_code", ODS_CODE, "an ODS code", "Y90001"),
        "setting": _required(asked, "setting"),
        "status": APPROVED,
        "products": _products(asked, db) or _given_to_all(desk),
        **_changes(asked, db),
    }
    if body.get("jwks") == NO_KEYS:
        raise Problem("key-set-empty")
    if body["setting"] not in SETTINGS:
        raise wrong_value("setting", body["setting"], "a care setting", " or ".join(SETTINGS))
    return body


def _id(asked: Asked, name: str) -> str:
    """The id that is asked for, else one made from the name: as much of it as an id may have.
    Raises Problem."""
    given = asked.text("id")
    id = given or re.sub(r"[^a-z0-9]+", "-", name.lower())[:LONGEST_ID].strip("-")
    if not ID.fullmatch(id):
        mend = "my-practice-system" if given else "an id too, such as my-practice-system"
        raise wrong_value("id", id, f"3 to {LONGEST_ID} of a-z, 0-9 and -", mend)
    return id


@route("POST", "/applications/{id}", kept=True, takes=CHANGED)
async def change_application(desk: Desk, asked: Asked) -> Json:
    """Change what is named of an application: status, products, keys, addresses, attributes."""
    row, changes = await asyncio.to_thread(_to_change, desk, asked)
    body = changed(row.body, changes)
    await commit(desk, asked, [_changed(row, body)])
    return _shown(desk, body)


def _to_change(desk: Desk, asked: Asked) -> tuple[Row, Json]:
    return _row(desk, asked), _changes(asked, desk.world.store.snapshot())


@route("POST", "/applications/{id}/rotate-key", kept=True, takes=("jwk", "end", "finish"))
async def rotate_key(desk: Desk, asked: Asked) -> Json:
    """Add a public key to those of an application, or give it a new API key and secret; with `end`,
    the old ones end at once. With `finish` there is no new one: all but the newest end."""
    changes, given = await asyncio.to_thread(_rotated, desk, asked)
    await commit(desk, asked, changes)
    return {**await asyncio.to_thread(show_application, desk, asked), **given}


def _rotated(desk: Desk, asked: Asked) -> tuple[list[Change], Json]:
    """What changes an application's keys as is asked, and the secrets that are told once."""
    row, db, end = _row(desk, asked), desk.world.store.snapshot(), asked.flag("end")
    if finish := asked.text("finish"):
        return _finished(row, finish, db), {}
    if "jwk" in asked.body:
        kept = [] if end else row.body.get("jwks", {}).get("keys", [])
        jwks = _checked_keys({"keys": [*kept, asked.body["jwk"]]})
        return [_changed(row, {**row.body, "jwks": jwks})], {}
    key, secret = (new_text(desk.world.chance.bytes) for _ in range(2))
    old = [] if end else row.body.get("secrets", [])
    body = {**row.body, "secrets": [fingerprint(secret), *old]}
    changes = [_changed(row, body), Change(API_KEY, fingerprint(key), {"application": row.id}, 0)]
    if end:
        changes += [_ended(each) for each in every(db, API_KEY) if _is_of(each, row)]
    return changes, {"key": key, "secret": secret}


def _changes(asked: Asked, db: Snapshot) -> Json:
    """What the body names of what may be changed, checked."""
    given: Json = {}
    if "status" in asked.body:
        given["status"] = asked.text("status")
        if given["status"] not in STATES:
            raise wrong_value("status", given["status"], "a status", " or ".join(STATES))
    if "products" in asked.body:
        given["products"] = _products(asked, db)
    if "jwks" in asked.body:
        given["jwks"] = _checked_keys(asked.body["jwks"])
    if "redirect_uris" in asked.body:
        given["redirect_uris"] = _addresses(asked.texts("redirect_uris"), "redirect_uris")
    if "jwks_url" in asked.body:
        given["jwks_url"] = asked.text("jwks_url")
        _addresses([given["jwks_url"]] if given["jwks_url"] else [], "jwks_url")
    if "linked_clients" in asked.body:
        given["linked_clients"] = asked.texts("linked_clients")
    if "attributes" in asked.body:
        given["attributes"] = _attributes(asked.body["attributes"])
    return given


def _products(asked: Asked, db: Snapshot) -> list[str]:
    named = asked.texts("products")
    there = db.read([(PRODUCT, id) for id in named]) if named else {}
    for id in named:
        if (PRODUCT, id) not in there:
            raise wrong_value(
                "products", id, "a product", "one that GET /_openroots/products lists"
            )
    return named


def _given_to_all(desk: Desk) -> list[str]:
    return [row.id for row in _all(desk, PRODUCT) if row.body["approval"] == AUTO]


def _checked_keys(document: Any) -> Json:
    try:
        return key_sets.checked(document)
    except ValueError as error:
        raise Problem("key-set-wrong", wrong=str(error)) from error


def _attributes(given: Any) -> Json:
    try:
        if not isinstance(given, dict):
            raise ValueError("no object")
        agreed = attributes_of({"attributes": given}).get(RATE_LIMITING)
        for product in agreed or ():
            agreed_limits(agreed, product)
    except ValueError:
        example = '{"apim-app-flow-vars": {"pds": {"app-restricted": {"update": true}}}}'
        raise wrong_value(
            "attributes", str(given)[:80], "an object of attributes", example
        ) from None
    _refuse_purposes(given)
    return given


def _refuse_purposes(attributes: Json) -> None:
    """Raises Problem where an application would be registered for a purpose that is none: then
    nothing that it asks would be permitted."""
    told, known = attributes.get(PURPOSES_OF, ""), purposes_of(attributes)
    is_told = isinstance(told, str) or list(known) == told
    if not is_told or not PURPOSES.keys() >= set(known):
        wanted = f"purposes of use: {', '.join(PURPOSES)}"
        raise wrong_value(f"attributes.{PURPOSES_OF}", str(told)[:80], wanted, "TREAT HRESCH")


def _addresses(given: list[str], name: str) -> list[str]:
    for address in given:
        if not REDIRECT.fullmatch(address):
            wanted = "an https address, or one of this machine, in ASCII without *, # or a user"
            raise wrong_value(name, address, wanted, ADDRESSES[name])
    return given


def _required(asked: Asked, name: str) -> str:
    text = asked.text(name).strip()
    if not text or len(text) > 200 or not text.isprintable():
        raise wrong_value(name, text[:80], "text of 1 to 200 characters", "some")
    return text


def _fitting(asked: Asked, name: str, pattern: re.Pattern[str], wanted: str, example: str) -> str:
    if not pattern.fullmatch(text := asked.text(name)):
        raise wrong_value(name, text[:80], wanted, example)
    return text


def _shown(desk: Desk, body: Json) -> Json:
    """An application as it may be shown; with where its private key is, if it is kept here."""
    keys = body.get("jwks", {}).get("keys", ())
    files = [key_file(desk.settings.state, key["kid"]) for key in keys if ID.fullmatch(key["kid"])]
    there = [str(path.resolve()) for path in files if path.exists()]
    where = {"private_key": there[-1]} if there else {}
    return {**{name: value for name, value in body.items() if name not in HIDDEN}, **where}


def _row(desk: Desk, asked: Asked) -> Row:
    row = desk.world.store.snapshot().get(APPLICATION, asked.params["id"])
    if row is None:
        raise Problem("application-unknown", application=asked.params["id"])
    return row


def _all(desk: Desk, type: str) -> list[Row]:
    return sorted(every(desk.world.store.snapshot(), type), key=lambda row: row.id)


def _changed(row: Row, body: Json) -> Change:
    return Change(row.type, row.id, body, expect=row.version)


def _finished(row: Row, what: str, db: Snapshot) -> list[Change]:
    """What ends all but the newest signing key, or all but the newest API key and secret."""
    if what == "jwk":
        keys = row.body.get("jwks", {}).get("keys", [])
        return [_changed(row, {**row.body, "jwks": {"keys": keys[-1:]}})]
    if what != "secret":
        raise wrong_value("finish", what[:80], "what is rotated", "jwk or secret")
    old = sorted((each for each in every(db, API_KEY) if _is_of(each, row)), key=lambda key: key.t)
    body = {**row.body, "secrets": row.body.get("secrets", [])[:1]}
    return [_changed(row, body), *map(_ended, old[:-1])]


def _ended(row: Row) -> Change:
    return Change(row.type, row.id, None, expect=row.version)


def _is_of(key: Row, application: Row) -> bool:
    return bool(key.body["application"] == application.id)
