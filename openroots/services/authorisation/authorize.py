"""Where a person's way to an application begins: a login page; and where they come back to.

The application sends them to `/authorize`; they are sent on to the login service for their kind,
come back to `/callback`, and from there to the application with a code. What is wrong with the
client or its redirect URI is told here, as nobody can be sent there; the rest is told there.

Source: NHS England identity service API, `/authorize` and `/callback`; RFC 6749 section 4.1.1; RFC
7636 section 4.3; RFC 9207 (`iss`).
"""

import re
from datetime import timedelta
from urllib.parse import urlencode

from openroots.identity import applications, grants, issuers, scopes
from openroots.identity.grants import CODE, LOGIN, PERSON
from openroots.identity.tokens import new_text
from openroots.problem import Json, Problem
from openroots.service import OPENLY, Reply, Request
from openroots.services.authorisation import service
from openroots.services.authorisation.form import no_repeats, once
from openroots.storage import Mark, Snapshot

PATIENTS, PATIENT_NUMBER = "nhs-login", 10  # the scope that means them; digits of an NHS number
PLATFORM = "openroots-platform"  # what the authorisation server is called at login services
WAIT = timedelta(minutes=10)  # for somebody to log in, and for a code to be used
CODE_KEPT = timedelta(days=1)  # so that one which comes again later ends what it gave
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
LEVEL = "AAL3_ANY"  # that staff log in at, unless told
IN_A_JWT = ("request", "request_uri")  # OpenID Connect Core 1.0, section 6
ASKED_OF_LOGIN = {scopes.WORKER: "openid nationalrbacaccess", scopes.PATIENT: "openid profile"}
QUERY = {
    "response_type": "Always `code`.",
    "client_id": "The key of the application.",
    "redirect_uri": "One of those that are registered.",
    "state": "Given back as it is.",
    "scope": "`nhs-login` for patients, `nhs-cis2` for staff; or scopes of the products.",
    "code_challenge": "Of the verifier that comes with the code.",
    "code_challenge_method": "Always `S256`.",
    "acr_values": "Passed on to the login service.",
    "login_hint": "Who logs in, where the login service takes that.",
}
# Of the first application that every sandbox knows.
EXAMPLE = {
    "response_type": "code",
    "client_id": "ashby-practice-key",
    "redirect_uri": "https://example.com/callback",
    "state": "any-text",
}
SENT_ON = {"Location": "Where the person is sent on to."}


class Back(Exception):
    """The person is sent back to the application with an error."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(error)
        self.told = {"error": error, "error_description": words}


@service.endpoint(
    "GET",
    "/authorize",
    access=OPENLY,
    query=QUERY,
    needs=("response_type", "client_id", "redirect_uri", "state"),
    given=EXAMPLE,
    tells=SENT_ON,
    success=302,
    reads=6,
    fails=(
        *("authorize-client-missing", "login-client-unknown", "redirect-missing"),
        *("redirect-wrong", "application-revoked"),
    ),
)
def authorize(request: Request, db: Snapshot) -> Reply:
    """Send a person to where they log in."""
    query = request.query
    no_repeats(query)
    application = _application(once(query, "client_id"), db)
    redirect = once(query, "redirect_uri")
    if not redirect:
        raise Problem("redirect-missing")
    if redirect not in application.get("redirect_uris", ()):
        raise Problem("redirect-wrong")
    if not applications.is_active(application):
        raise Problem("application-revoked")
    try:
        return _sent_to_log_in(application, redirect, request, db)
    except Back as back:
        return sent(redirect, back.told | _from_us(once(query, "state"), request))


@service.endpoint(
    "GET",
    "/callback",
    access=OPENLY,
    query={"code": "Of the login service.", "state": "What it was sent with."},
    needs=("state",),
    tells=SENT_ON,
    success=302,
    reads=6,
    fails=("state-unknown",),
)
def callback(request: Request, db: Snapshot) -> Reply:
    """Send who has logged in back to the application, with a code."""
    query = request.query
    no_repeats(query)
    state, told = once(query, "state"), once(query, "code")
    waiting = grants.body_of(LOGIN, state, db, request.wall) if state else None
    if waiting is None or grants.is_spent(LOGIN, state, db):
        raise Problem("state-unknown")
    used = grants.spent(LOGIN, state, request.wall + WAIT)
    back = waiting["redirect_uri"]
    person = grants.body_of(PERSON, told, db, request.wall) if told else None
    is_ours = person is not None and person["client"] == PLATFORM
    if person is None or not is_ours or grants.is_spent(PERSON, told, db):
        error = {"error": "access_denied", "error_description": "Nobody has logged in"}
        return sent(back, error | _from_us(waiting["state"], request), (used,))
    code = new_text(request.chance)
    marks = (
        used,
        grants.spent(PERSON, told, request.wall + WAIT),
        grants.session_begun(person["person"]["session"], request.wall),
        _code(code, person, waiting, request),
    )
    return sent(back, {"code": code} | _from_us(waiting["state"], request), marks)


def sent(url: str, query: dict[str, str], marks: tuple[Mark, ...] = ()) -> Reply:
    """A person sent on to this address with these parameters."""
    joint = "&" if "?" in url else "?"
    headers = (("location", f"{url}{joint}{urlencode(query)}"), ("cache-control", "no-store"))
    return Reply(None, status=302, headers=headers, marks=marks, about=())


def challenge_of(request: Request) -> str:
    """The code challenge, or "" where there is none. Raises Back where it is no SHA-256."""
    challenge = once(request.query, "code_challenge")
    method = once(request.query, "code_challenge_method")
    if not challenge and not method:
        return ""
    if method != "S256":
        raise Back("invalid_request", "code_challenge_method is invalid - must be 'S256'")
    if not CHALLENGE.fullmatch(challenge):
        raise Back("invalid_request", "code_challenge is invalid")
    return challenge


def check_response_type(request: Request) -> None:
    """Raises Back where anything else than a code is wanted, or by another way than in the query;
    where the state is missing; and where parameters come in a JWT, as the others do not hold then.
    """
    wanted = once(request.query, "response_type")
    if not once(request.query, "state"):
        raise Back("invalid_request", "state is missing")
    if not wanted:
        raise Back("invalid_request", "response_type is missing")
    if wanted != "code":
        raise Back("unsupported_response_type", "response_type is invalid")
    if once(request.query, "response_mode") not in ("", "query"):
        raise Back("invalid_request", "response_mode is invalid - must be 'query'")
    for name in IN_A_JWT:
        if once(request.query, name):
            raise Back(f"{name}_not_supported", f"{name} is not supported - send each parameter")


def _application(client: str, db: Snapshot) -> Json:
    if not client:
        raise Problem("authorize-client-missing")
    application = applications.by_key(client, db)
    if application is None:
        raise Problem("login-client-unknown")
    return application


def _sent_to_log_in(application: Json, redirect: str, request: Request, db: Snapshot) -> Reply:
    check_response_type(request)
    query = request.query
    issuer = issuers.of_kind(_kind(request), db)
    waiting = {
        **grants.held_by(application),
        "redirect_uri": redirect,
        "state": once(query, "state"),
        "scope": once(query, "scope"),
        "challenge": challenge_of(request),
    }
    if issuer is None:
        raise Back("temporarily_unavailable", "Nobody can log in here yet")
    state, login = new_text(request.chance), issuer["login"]
    url = f"{request.origin}{login}" if login.startswith("/") else login
    kept = grants.mark_of(LOGIN, state, waiting, request.wall + WAIT)
    return sent(url, _onwards(issuer["kind"], state, request), (kept,))


def _onwards(kind: str, state: str, request: Request) -> dict[str, str]:
    """What a login service is asked: as the platform, for as sure a login as the application
    wants."""
    usual = LEVEL if kind == scopes.WORKER else ""  # NHS login takes no such values
    level, hint = once(request.query, "acr_values") or usual, once(request.query, "login_hint")
    return {
        "response_type": "code",
        "client_id": PLATFORM,
        "redirect_uri": f"{_issuer(request)}/callback",
        "scope": ASKED_OF_LOGIN[kind],
        "state": state,
        "max_age": "300",
        **({"acr_values": level} if level else {}),
        **({"login_hint": hint} if hint else {}),
    }


def _kind(request: Request) -> str:
    """Whom the application wants: as its scope says, or else whoever is named; else staff."""
    words = once(request.query, "scope").split()
    hint = once(request.query, "login_hint")
    if PATIENTS in words or any(f"user-{PATIENTS}" in word for word in words):
        return scopes.PATIENT
    if "nhs-cis2" not in words and hint.isdigit() and len(hint) == PATIENT_NUMBER:
        return scopes.PATIENT
    return scopes.WORKER


def _code(code: str, person: Json, waiting: Json, request: Request) -> Mark:
    body = {
        **waiting,
        "person": person["person"],
        "ends": (request.wall + WAIT).isoformat(),
    }
    return grants.mark_of(CODE, code, body, request.wall + CODE_KEPT)


def _issuer(request: Request) -> str:
    return f"{request.origin}{request.endpoint.service.base}"


def _from_us(state: str, request: Request) -> dict[str, str]:
    """What every answer names, errors too: its state, and who answers."""
    return ({"state": state} if state else {}) | {"iss": _issuer(request)}
