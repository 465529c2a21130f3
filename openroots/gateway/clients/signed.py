"""A report as a world signs it, so that whoever is shown it later knows that it was not changed.

    sign(report, world.keys)            ->  "eyJ..."
    verify("eyJ...", checker(jwks))     ->  the report

Source: RFC 7515 (JWS, compact serialisation), RFC 8037 (EdDSA).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import orjson
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from openroots.identity.keys import Keys
from openroots.problem import Json
from openroots.register.signed import Check

TYPE = "openroots-client-report+jws"
ALGORITHM = "EdDSA"
NONE = "this is no signed report on a client"


def sign(report: Json, keys: Keys) -> str:
    """The report as a JWS, by the key that the world signs with now."""
    kid = keys.kid
    header = {"alg": ALGORITHM, "kid": kid, "typ": TYPE}
    said = f"{_text(orjson.dumps(header))}.{_text(orjson.dumps(report))}"
    return f"{said}.{_text(keys.sign(said.encode(), kid))}"


def verify(text: str, check: Check) -> Json:
    """The report that was signed. Raises ValueError, saying why, for what is none, was changed, or
    was signed by a key that is not trusted."""
    try:
        found = extract_compact(text.strip().encode("ascii"))
        header, report = found.headers(), orjson.loads(found.payload)
        said, _, signature = text.strip().rpartition(".")
        proof = urlsafe_b64decode(f"{signature}==")
    except (JoseError, ValueError, TypeError) as error:
        raise ValueError(NONE) from error
    if header.get("typ") != TYPE or header.get("alg") != ALGORITHM or not isinstance(report, dict):
        raise ValueError(NONE)
    if not check(said.encode(), proof, str(header.get("kid", ""))):
        raise ValueError("the signature is none of the keys that are trusted")
    return report


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
