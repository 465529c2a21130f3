"""A signed rulebook: so that another node can carry what was decided, and trust it.

A rulebook is published as a JWS over its whole content, with its hash, its date and a number that
grows. Whoever takes it over checks the signature, that the content has that hash, and that it is
no older than what it has: a forged or an outdated one is refused.

    publish(rulebook, at, keys.sign, keys.kid)  ->  "eyJ...", with `key` for who has no copy of it
    verify("eyJ...", keys.verify)               ->  Published(hash, at, number, content)

Source: RFC 7515 (JWS, compact serialisation), RFC 8037 (EdDSA).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from openroots.jws import ALGORITHM, Opened, compact, is_signed, opened
from openroots.register.content import canonical, hash_of
from openroots.register.decision import Decision
from openroots.register.definition import Table
from openroots.register.draft import DECIDED, standard_of
from openroots.register.exemption import Exemption
from openroots.register.rulebook import Rulebook, compile_rulebook
from openroots.register.standard import Standard, parse_stages
from openroots.storage import Json

Sign = Callable[[bytes], bytes]
Check = Callable[[bytes, bytes, str], bool]  # data, signature, id of the key

TYPE = "openroots-rulebook+jws"
NONE = "this is no signed rulebook"


class Published(NamedTuple):
    """A rulebook as it was published. `number` is how many acts it was made from: it only grows."""

    hash: str
    at: datetime
    number: int
    content: Json


def publish(rulebook: Rulebook, at: datetime, sign: Sign, kid: str, key: Json | None = None) -> str:
    """The rulebook, dated and signed; `key` is the public half, for whoever knows its id alone."""
    content = rulebook.content()
    number = len(rulebook.decisions) + len(rulebook.exemptions)
    payload = {
        "hash": rulebook.hash,
        "at": at.isoformat(),
        "number": number,
        "content": content,
    }
    header = {"alg": ALGORITHM, "kid": kid, "typ": TYPE, **({"jwk": key} if key else {})}
    return compact(canonical(header), canonical(payload), sign)


def verify(text: str, check: Check, known: Published | None = None) -> Published:
    """What a signed rulebook holds. Raises ValueError, saying why, for one that was forged or torn,
    whose hash is not that of its content, or that is older than the one already known."""
    if not is_signed(_opened(text), check):
        raise ValueError("the signature is none of the keys that are trusted")
    found = read(text)
    if hash_of(found.content) != found.hash:
        raise ValueError("its hash is not that of its content")
    if known and (found.number, found.at) < (known.number, known.at):
        raise ValueError(f"it is older than the one in force, of {known.at.isoformat()}")
    return found


def header_of(text: str) -> Json:
    """What a signed rulebook says of its signature. Raises ValueError where it is none."""
    return _opened(text).header


def read(text: str) -> Published:
    """What a signed rulebook holds, whoever signed it. Raises ValueError where it is none."""
    payload = _opened(text).payload
    try:
        found = Published(
            payload["hash"],
            datetime.fromisoformat(payload["at"]),
            payload["number"],
            payload["content"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("something is missing in this rulebook") from error
    is_whole = isinstance(found.number, int) and isinstance(found.content, dict)
    if not is_whole or found.at.tzinfo is None:
        raise ValueError("something is missing in this rulebook")
    return found


def standards_of(content: Json) -> list[Standard]:
    """The standards that such content holds. Raises ValueError where one cannot be read."""
    return [_standard(one) for one in content["standards"]]


def rulebook_from(content: Json) -> Rulebook:
    """The rulebook that such content makes. Raises ValueError where it makes none."""
    try:
        return compile_rulebook(
            standards_of(content),
            [Decision.from_json(one) for one in content["decisions"]],
            [Exemption.from_json(one) for one in content["exemptions"]],
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not the content of a rulebook: {error!r}") from error


def difference(before: Json, after: Json) -> Json:
    """What changed from one content to another: what was added, changed and is no more, by id."""
    return {
        kind: _changes(before.get(kind, ()), after.get(kind, ()))
        for kind in ("standards", "decisions", "exemptions")
    }


def _changes(before: Iterable[Json], after: Iterable[Json]) -> Json:
    old, new = ({one["id"]: one for one in each} for each in (before, after))
    return {
        "added": sorted(new.keys() - old.keys()),
        "changed": sorted(id for id in new.keys() & old.keys() if new[id] != old[id]),
        "removed": sorted(old.keys() - new.keys()),
    }


def _standard(written: Json) -> Standard:
    """A standard as content tells of it, at its stages, with its data as it was written."""
    definition = {key: value for key, value in written.items() if key not in DECIDED}
    stages = [{**one, "from": date.fromisoformat(one["from"])} for one in written["stage"]]
    data = {key: value for key, value in written.items() if key != "stage"}
    found = parse_stages(Table({"stage": stages}, str(written.get("id"))))
    return replace(standard_of(definition), stages=found, data=data)


def _opened(text: str) -> Opened:
    try:
        found = opened(text.strip())
    except ValueError as error:
        raise ValueError(NONE) from error
    if not found.is_a(TYPE) or not isinstance(found.payload, dict):
        raise ValueError(NONE)
    return found
