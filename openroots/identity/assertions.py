"""What a signed token must say of itself, in the order in which the platform checks it.

For the authorisation server, of the assertion by which an application proves who it is and of the
ID token by which it says who uses it. Each check raises Problem with a row that the server words;
its field `jwt` names which of the two it is about.

Source: NHS England identity service API, errors of `/token`; RFC 7519 section 4.1, RFC 7523;
OpenID Connect Back-Channel Logout 1.0 section 2.4.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from openroots.identity import jose
from openroots.identity.jose import RS512, Opened
from openroots.problem import Problem

CLIENT, SUBJECT, ACTOR = "client_assertion", "subject_token", "act.sub"
LOGOUT = "logout_token"
LOGOUT_TYPES = ("JWT", "logout+jwt")
LONGEST_LIFE = timedelta(minutes=5)
SKEW = timedelta(seconds=60)  # by which a client's clock may be fast, where that gains it nothing
TOO_MANY = 2.0**63  # whole numbers from here on are read as floats, and have no fraction
LONGEST_ID = 256  # characters of a jti


def opened(text: str, jwt: str) -> Opened:
    """The token, unproved. Raises Problem where there is none or it is none."""
    if not text:
        raise Problem("jwt-missing", jwt=jwt)
    try:
        return jose.opened(text)
    except jose.Malformed:
        raise Problem("jwt-malformed", jwt=jwt) from None


def check_header(token: Opened, jwt: str, algorithm: str = RS512) -> None:
    """Raises Problem where the header names no key, or another type or algorithm than it may."""
    kid, typ = token.header.get("kid"), token.header.get("typ")
    if not isinstance(kid, str) or not kid:
        raise Problem("jwt-kid-missing", jwt=jwt)
    if typ not in (LOGOUT_TYPES if jwt == LOGOUT else ("JWT",)):
        raise Problem("jwt-typ", jwt=jwt)
    if token.header.get("alg") != algorithm:
        raise Problem("jwt-alg", jwt=jwt, algorithm=algorithm)


def check_issuer(token: Opened, jwt: str) -> None:
    """Raises Problem where it does not say who made it, or about whom; a logout may be about a
    session alone."""
    needed = ("iss",) if jwt == LOGOUT else ("iss", "sub")
    if not all(_is_text(token.claims.get(claim)) for claim in needed):
        raise Problem("jwt-issuer-missing", jwt=jwt)


def check_own_issuer(token: Opened, jwt: str) -> None:
    """Raises Problem where it is not by whom it is about."""
    check_issuer(token, jwt)
    if token.claims["iss"] != token.claims["sub"]:
        raise Problem("jwt-issuer-missing", jwt=jwt)


def check_id(token: Opened, jwt: str) -> str:
    """The token's own id. Raises Problem where it has none, or none that can be unique."""
    if "jti" not in token.claims:
        raise Problem("jwt-jti-missing", jwt=jwt)
    id = token.claims["jti"]
    if not isinstance(id, str) or not id.strip() or len(id) > LONGEST_ID:
        raise Problem("jwt-jti-wrong", jwt=jwt)
    return id


def check_audience(token: Opened, jwt: str, wanted: Collection[str]) -> None:
    """Raises Problem where it is meant for anybody besides those who are wanted, or for nobody."""
    meant = token.claims.get("aud")
    listed = meant if isinstance(meant, list) else [meant]
    if not listed or not all(isinstance(one, str) and one in wanted for one in listed):
        raise Problem("jwt-aud", jwt=jwt, wanted=" or ".join(wanted))


def check_times(
    token: Opened, jwt: str, wall: datetime, longest: timedelta | None = None
) -> datetime:
    """When it ends. Raises Problem where it has no end, is over, ends too far ahead or has not
    begun yet."""
    if "exp" not in token.claims:
        raise Problem("jwt-exp-missing", jwt=jwt)
    end = _moment(token.claims["exp"])
    if end is None:
        raise Problem("jwt-exp-wrong", jwt=jwt)
    if end <= wall:
        raise Problem("jwt-expired", jwt=jwt)
    if longest is not None and end > wall + longest:
        raise Problem("jwt-exp-late", jwt=jwt)
    for claim in ("nbf", "iat"):
        if claim in token.claims:
            _check_begun(token, claim, jwt, wall)
    return end


def _check_begun(token: Opened, claim: str, jwt: str, wall: datetime) -> None:
    begun = _begun(token.claims[claim])
    if begun is None:
        raise Problem("jwt-time-wrong", jwt=jwt, claim=claim)
    if begun > (wall + SKEW).timestamp():
        raise Problem("jwt-not-begun", jwt=jwt, claim=claim)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _begun(seconds: object) -> float | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    return float(seconds)


def _moment(seconds: object) -> datetime | None:
    """The moment of a whole number of seconds, or None where it is none that can be."""
    if isinstance(seconds, float) and abs(seconds) >= TOO_MANY:
        seconds = int(seconds)
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC) if seconds > 0 else datetime.min.replace(tzinfo=UTC)
