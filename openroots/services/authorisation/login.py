"""The login services of a made-up world: a page on which somebody made up is picked.

They stand where the platform's simulated logins do, one for staff and one for patients, and sign
ID tokens with a key of this world. The authorisation server sends people here; an application may
do so itself, and bring the ID token to be exchanged. A field `username` is all that the form needs.

Source: OpenID Connect Core 1.0 section 3.1; NHS login and CIS2, claims of the ID token; NHS England
identity service API, `simulated_auth`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from openroots.identity import applications, grants, jose
from openroots.identity.grants import PERSON
from openroots.identity.issuers import BASE, KID, REALMS, login_pair, public_keys
from openroots.identity.tokens import new_text
from openroots.plain import plain_dialect
from openroots.problem import Json, Problem
from openroots.service import OPENLY, Reply, Request, Service
from openroots.service.endpoint import Handler
from openroots.services.authorisation import service as authorisation
from openroots.services.authorisation.authorize import (
    ASKED_OF_LOGIN,
    EXAMPLE,
    IN_A_JWT,
    PLATFORM,
    WAIT,
    Back,
    challenge_of,
    check_response_type,
    sent,
)
from openroots.services.authorisation.clients import Client, asked_by, caller_of, client_of
from openroots.services.authorisation.code import check_verifier
from openroots.services.authorisation.failures import FAILURES, FORM, OF_CLIENTS, ROWS, render
from openroots.services.authorisation.form import field, no_repeats, once
from openroots.services.authorisation.issuing import NOT_STORED
from openroots.services.authorisation.login_page import HTML, SECURELY, login_page
from openroots.services.authorisation.picked import Picked, id_token_claims, person_picked, picked
from openroots.storage import Snapshot

WAYS = ["private_key_jwt", "client_secret_post", "client_secret_basic"]
LIFE = 300  # seconds that the access token of a login service would last

service = Service(
    name="simulated-login",
    title="Login of made-up people (OpenID Connect)",
    base=BASE,
    words="A page on which somebody made up is picked, in place of NHS login and CIS2.",
    source=authorisation.source,
    checked=authorisation.checked,
    dialect=plain_dialect("OpenID Connect", render, rows=ROWS),
    stray="",
    limits=(),
    own_failures=FAILURES,
    made_up=True,
    differences=("There is no password: whoever is picked is logged in, at the level chosen.",),
)
authorisation.twins.append(service)

ASKED = {
    "response_type": "Always `code`.",
    "client_id": "The key of the application.",
    "redirect_uri": "One of those that are registered.",
    "state": "Given back as it is.",
    "nonce": "Stands in the ID token.",
    "scope": "Any: what is told of a person does not depend on it.",
    "code_challenge": "Of the verifier that comes with the code.",
    "code_challenge_method": "Always `S256`.",
}
TEXT = {"type": "string"}
WHO = {
    "type": "object",
    "required": ["username"],
    "properties": dict.fromkeys(("username", "level", "acts_for"), TEXT),
}
EXCHANGED = {
    "type": "object",
    "required": ["grant_type", "code"],
    "properties": dict.fromkeys(
        ("grant_type", "code", "redirect_uri", "client_id", "client_secret", "code_verifier"), TEXT
    ),
}
NEEDED = ("response_type", "client_id", "redirect_uri", "state")
REFUSED = (
    *("authorize-client-missing", "login-client-unknown"),
    *("redirect-missing", "redirect-wrong"),
)


def show_people(request: Request, db: Snapshot) -> Reply:
    """Show the people who can be picked.

    With `login_hint`, send on whoever that is.
    """
    hint = once(request.query, "login_hint")
    return _page_or_sent(request, {"username": (hint,)} if hint else {}, db)


def log_in(request: Request, db: Snapshot) -> Reply:
    """Log in whoever was picked, and send them back (302).

    Where there is nobody of that name, the page says so.
    """
    no_repeats(request.body)
    return _page_or_sent(request, request.body or {}, db)


def get_id_token(request: Request, db: Snapshot) -> Reply:
    """Get the ID token of who has logged in, for a code."""
    realm = _realm(request)
    no_repeats(request.body)
    grant, code = field(request, "grant_type"), field(request, "code")
    if grant != "authorization_code":
        raise Problem("grant-unknown" if grant else "grant-missing")
    client = client_of(request, db)
    with asked_by(client.application):
        return _id_token(client, realm, code, request, db)


def _id_token(client: Client, realm: str, code: str, request: Request, db: Snapshot) -> Reply:
    if not code:
        raise Problem("code-missing")
    kept = grants.body_of(PERSON, code, db, request.wall)
    if kept is None or kept["client"] != client.id or kept["realm"] != realm:
        raise Problem("code-wrong")
    if grants.is_spent(PERSON, code, db):
        raise Problem("code-wrong")
    if field(request, "redirect_uri") != kept["redirect_uri"]:
        raise Problem("redirect-wrong")
    check_verifier(field(request, "code_verifier"), kept)
    told = {
        "access_token": new_text(request.chance),
        "token_type": "Bearer",
        "expires_in": LIFE,
        "scope": "openid",
        "id_token": signed(kept["claims"], request),
    }
    marks = (*client.marks, grants.spent(PERSON, code, request.wall + WAIT))
    caller = caller_of(client.application)
    return Reply(told, headers=NOT_STORED, marks=marks, about=(), caller=caller)


def get_login_keys(request: Request, db: Snapshot) -> Reply:
    """Get the public keys of a login service."""
    return Reply(public_keys(request.keys), about=())


def describe_login(request: Request, db: Snapshot) -> Reply:
    """Describe a login service to clients."""
    realm = _realm(request)
    issuer = _issuer(request, realm)
    told = {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/certs",
        "response_types_supported": ["code"],
        # Left out, these would say more than is so: implicit grants, answers in fragments.
        "grant_types_supported": ["authorization_code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [jose.RS512],
        "token_endpoint_auth_methods_supported": WAYS,
        "token_endpoint_auth_signing_alg_values_supported": [jose.RS512],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ASKED_OF_LOGIN[REALMS[realm]].split(),
        **{f"{name}_parameter_supported": False for name in IN_A_JWT},
    }
    return Reply(told, about=())


def signed(claims: Json, request: Request) -> str:
    """An ID token with these claims; the one inside, of who acts for the patient, is signed too."""
    if request.keys is None:
        raise Problem("unavailable")
    private = login_pair(request.keys).private
    if actor := claims.get("act"):
        claims = claims | {"act": {"sub": jose.signed(actor, private, KID)}}
    return jose.signed(claims, private, KID)


def _page_or_sent(request: Request, form: Mapping[str, tuple[str, ...]], db: Snapshot) -> Reply:
    """The page, or whoever is named in the form sent on."""
    realm, query = _realm(request), request.query
    no_repeats(query)
    client, redirect = once(query, "client_id"), once(query, "redirect_uri")
    _must_be_known(client, redirect, request, db)
    try:
        check_response_type(request)
        challenge = challenge_of(request)
    except Back as back:
        state = once(query, "state")
        return sent(redirect, back.told | ({"state": state} if state else {}))
    if not form:
        return _page(realm, "", request, db)
    chosen = picked(realm, form, db)
    if not isinstance(chosen, Picked):
        return _page(realm, chosen, request, db)
    return _sent_back(chosen, client, redirect, challenge, request)


def _page(realm: str, wrong: str, request: Request, db: Snapshot) -> Reply:
    query = urlencode({name: value for name, (value,) in request.query.items()})
    page = login_page(realm, f"{BASE}/{realm}/authorize?{query}", wrong, db).encode()
    return Reply(page, headers=(("content-type", HTML), *SECURELY))


def _sent_back(
    chosen: Picked, client: str, redirect: str, challenge: str, request: Request
) -> Reply:
    issuer, login = _issuer(request, chosen.realm), new_text(request.chance)
    times = request.wall, once(request.query, "nonce")
    kept = {
        "client": client,
        "realm": chosen.realm,
        "redirect_uri": redirect,
        "challenge": challenge,
        "person": person_picked(chosen, grants.session_of(chosen.realm, login)),
        "claims": id_token_claims(chosen, issuer, client, login, *times),
    }
    code = new_text(request.chance)
    mark = grants.mark_of(PERSON, code, kept, request.wall + WAIT)
    return sent(redirect, {"code": code, "state": once(request.query, "state")}, (mark,))


def _must_be_known(client: str, redirect: str, request: Request, db: Snapshot) -> None:
    """Raises Problem where the client is none, or is not at that address."""
    if not client:
        raise Problem("authorize-client-missing")
    if not redirect:
        raise Problem("redirect-missing")
    bases = (authorisation.base, *(twin.base for twin in authorisation.twins))
    if client == PLATFORM:
        known = [f"{request.origin}{base}/callback" for base in bases]
    else:
        application = applications.by_key(client, db)
        if application is None or not applications.is_active(application):
            raise Problem("login-client-unknown")
        known = application.get("redirect_uris", [])
    if redirect not in known:
        raise Problem("redirect-wrong")


def _realm(request: Request) -> str:
    return request.endpoint.path.split("/")[1]


def _issuer(request: Request, realm: str) -> str:
    return f"{request.origin}{BASE}/{realm}"


OF_ID_TOKENS = (
    *("grant-missing", "grant-unknown", "code-missing", "code-wrong", "redirect-wrong"),
    *("verifier-missing", "verifier-wrong", *OF_CLIENTS),
)
SHOWN: dict[str, Any] = {"offers": (HTML,), "needs": NEEDED, "reads": 6, "fails": REFUSED}
SHOWN |= {"given": EXAMPLE}
HINTED = ASKED | {"login_hint": "Who logs in: then nobody is asked."}
TAKEN: dict[str, Any] = {"takes": (FORM,), "body_schema": WHO, "query": ASKED}
REDEEMED: dict[str, Any] = {"takes": (FORM,), "body_schema": EXCHANGED, "fails": OF_ID_TOKENS}


def declare(realm: str) -> None:
    """Declare the endpoints of one login service, under its own name."""

    def answers(method: str, path: str, name: str, handler: Handler, **declared: Any) -> None:
        named = f"{name}-{realm}"
        service.endpoint(method, f"/{realm}{path}", named, access=OPENLY, **declared)(handler)

    answers("GET", "/authorize", "show-people", show_people, query=HINTED, **SHOWN)
    answers("POST", "/authorize", "log-in", log_in, **TAKEN, **SHOWN)
    # On a thread: the first to ask in a world has its key made.
    answers("POST", "/token", "get-id-token", get_id_token, reads=10, scans=True, **REDEEMED)
    answers("GET", "/certs", "get-login-keys", get_login_keys, reads=0, scans=True)
    answers("GET", "/.well-known/openid-configuration", "describe-login", describe_login, reads=0)


for realm in REALMS:
    declare(realm)
