"""A desk at which to ask for tokens: all that is sent is right but for what a test changes."""

import itertools
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import orjson

from openroots.identity import jose
from openroots.identity.issuers import KID, login_pair
from openroots.identity.keypairs import key_file
from openroots.problem import Json
from openroots.ready_made import APPLICATIONS
from openroots.testing import Nation, Told

APP, OTHER, *_ = APPLICATIONS
DOCTOR, JANE, JAYNE = "910000000012", "9000000009", "9000000017"
TOKEN = "/oauth2/token"
ADDRESS = f"http://localhost{TOKEN}"
CIS2, NHS_LOGIN = (f"/oauth2-mock/simulated_auth/{realm}" for realm in ("cis2", "nhs-login"))
FORM = {"content-type": "application/x-www-form-urlencoded"}
CALLBACK = "http://localhost:8080/callback"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
PDS = "/personal-demographics/FHIR/R4/Patient"
OF_PDS = "personal-demographics-service"
numbers = itertools.count(1)


def post(nation: Nation, path: str, fields: dict[str, Any], **headers: str) -> Told:
    """Send a form; a field of None is left out."""
    body = urlencode({name: value for name, value in fields.items() if value is not None})
    return nation.ask("POST", path, body.encode(), headers=FORM | headers)


def private_key(nation: Nation, application: Any = APP) -> bytes:
    """The private key of a ready-made application."""
    return key_file(nation.house.settings.state, f"{application.id}-1").read_bytes()


def claims(nation: Nation, application: Any = APP, **changed: Any) -> Json:
    """The claims of a good assertion, but for those given; one of None is left out."""
    now = int(nation.wall.now().timestamp())
    good = {
        "iss": application.key,
        "sub": application.key,
        "aud": ADDRESS,
        "jti": f"assertion {next(numbers)}",
        "exp": now + 300,
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def assertion(nation: Nation, application: Any = APP, **changed: Any) -> str:
    """A good assertion, but for the claims given."""
    told = claims(nation, application, **changed)
    return jose.signed(told, private_key(nation, application), f"{application.id}-1")


def unsigned(header: Json, told: Json, signature: bytes = b"") -> str:
    """A token as anybody can make one."""
    parts = (orjson.dumps(header), orjson.dumps(told), signature)
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def credentials(nation: Nation, text: str | None = None, **fields: Any) -> Told:
    """Ask for a token by an assertion."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion(nation) if text is None else text,
    }
    return post(nation, TOKEN, form | fields)


def words(told: Told) -> tuple[int, str, str]:
    """Status, error and description of a refusal."""
    assert told.body["message_id"] == told.headers["x-openroots-trail"]
    return told.status, told.body["error"], told.body["error_description"]


def query_of(told: Told) -> dict[str, str]:
    """The parameters of the address that somebody is sent on to."""
    assert told.status == 302, told.raw
    parts = parse_qs(urlsplit(told.headers["location"]).query, strict_parsing=True)
    return {name: value for name, [value] in parts.items()}


def path_of(told: Told) -> str:
    """Path and query of the address that somebody is sent on to."""
    parts = urlsplit(told.headers["location"])
    return f"{parts.path}?{parts.query}"


def authorize(nation: Nation, **changed: str | None) -> Told:
    """Ask to have somebody log in."""
    good = {
        "response_type": "code",
        "client_id": APP.key,
        "redirect_uri": CALLBACK,
        "state": "of mine",
    }
    asked = {name: value for name, value in (good | changed).items() if value is not None}
    return nation.ask("GET", f"/oauth2/authorize?{urlencode(asked, quote_via=quote)}")


def code_for(nation: Nation, user: str = DOCTOR, level: str = "", **changed: str | None) -> str:
    """The code with which somebody comes back who has logged in."""
    scope = "nhs-login" if len(user) == 10 else "nhs-cis2"
    page = path_of(authorize(nation, **({"scope": scope} | changed)))
    back = post(nation, page, {"username": user, "level": level or None})
    return query_of(nation.ask("GET", path_of(back)))["code"]


def redeem(nation: Nation, sent: str, **changed: str | None) -> Told:
    """Ask for tokens by a code."""
    form: dict[str, Any] = {
        "grant_type": "authorization_code",
        "client_id": APP.key,
        "client_secret": APP.secret,
        "redirect_uri": CALLBACK,
        "code": sent,
    }
    return post(nation, TOKEN, form | changed)


def renew(nation: Nation, text: str | None, **changed: Any) -> Told:
    """Ask for tokens by a refresh token."""
    form = {
        "grant_type": "refresh_token",
        "client_id": APP.key,
        "client_secret": APP.secret,
        "refresh_token": text,
    }
    return post(nation, TOKEN, form | changed)


def id_token(nation: Nation, user: str = JANE, level: str = "", acts_for: str = "") -> str:
    """The ID token of who has logged in at a login service, for our application."""
    realm = NHS_LOGIN if len(user) == 10 else CIS2
    asked = {
        "response_type": "code",
        "client_id": APP.key,
        "redirect_uri": CALLBACK,
        "state": "s",
        "nonce": "n",
    }
    who = {"username": user, "level": level or None, "acts_for": acts_for or None}
    back = post(nation, f"{realm}/authorize?{urlencode(asked)}", who)
    form = {
        "grant_type": "authorization_code",
        "client_id": APP.key,
        "client_secret": APP.secret,
        "redirect_uri": CALLBACK,
        "code": query_of(back)["code"],
    }
    text: str = post(nation, f"{realm}/token", form).body["id_token"]
    return text


def vouched(nation: Nation, text: str, **changed: Any) -> str:
    """An ID token signed again by the login service, with other claims; one of None is left out."""
    told = jose.opened(text).claims | changed
    kept = {name: value for name, value in told.items() if value is not None}
    private = login_pair(nation.house.world.keys).private
    return jose.signed(kept, private, KID)


def exchange(nation: Nation, text: str, **changed: Any) -> Told:
    """Ask for tokens by an ID token."""
    form = {
        "grant_type": EXCHANGE,
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion(nation),
        "subject_token_type": ID_TOKEN,
        "subject_token": text,
    }
    return post(nation, TOKEN, form | changed)


def bearer(told: Told) -> dict[str, str]:
    """The header that carries the access token of an answer."""
    return {"authorization": f"Bearer {told.body['access_token']}"}


def reads(nation: Nation, told: Told, number: str = JANE) -> int:
    """The status with which the holder of these tokens is answered who reads somebody."""
    return nation.ask("GET", f"{PDS}/{number}", headers=bearer(told)).status


def application(nation: Nation, id: str = APP.id) -> tuple[Json, int]:
    """What is registered of an application, and its version."""
    row = nation.house.world.store.snapshot().read([("Application", id)])[("Application", id)]
    return row.body, row.version
