"""A report as a world signs it, so that whoever is shown it later knows that it was not changed.

    sign(report, world.keys)            ->  "eyJ..."
    verify("eyJ...", keys.verify)       ->  the report

Source: RFC 7515 (JWS, compact serialisation), RFC 8037 (EdDSA).
"""

import orjson

from openroots.identity.keys import Keys
from openroots.jws import ALGORITHM, compact, is_signed, opened
from openroots.problem import Json
from openroots.register.signed import Check

TYPE = "openroots-client-report+jws"
NONE = "this is no signed report on a client"


def sign(report: Json, keys: Keys) -> str:
    """The report as a JWS, by the key that the world signs with now."""
    kid = keys.kid
    header = {"alg": ALGORITHM, "kid": kid, "typ": TYPE}
    return compact(orjson.dumps(header), orjson.dumps(report), lambda data: keys.sign(data, kid))


def verify(text: str, check: Check) -> Json:
    """The report that was signed. Raises ValueError, saying why, for what is none, was changed, or
    was signed by a key that is not trusted."""
    try:
        said = opened(text.strip())
    except ValueError as error:
        raise ValueError(NONE) from error
    if not said.is_a(TYPE) or not isinstance(said.payload, dict):
        raise ValueError(NONE)
    if not is_signed(said, check):
        raise ValueError("the signature is none of the keys that are trusted")
    return said.payload
