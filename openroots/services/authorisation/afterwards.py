"""What becomes of tokens after they were given: asked about, taken back, ended by a logout.

Source: RFC 7009 (revocation), RFC 7662 (introspection), OpenID Connect Back-Channel Logout 1.0;
NHS England identity service API, `/backchannel_logout`.
"""

from datetime import datetime

from openroots.identity import applications, grants, scopes
from openroots.identity.assertions import LOGOUT
from openroots.identity.grants import REFRESH
from openroots.identity.jose import Opened
from openroots.identity.staff import is_still_there
from openroots.identity.tokens import end_of, stands, token_of
from openroots.problem import Json, Problem
from openroots.register.kept import every
from openroots.register.relationship import person_of
from openroots.service import OPENLY, Reply, Request
from openroots.services.authorisation import service
from openroots.services.authorisation.authorize import PLATFORM
from openroots.services.authorisation.clients import Client, asked_by, client_of
from openroots.services.authorisation.failures import FORM, OF_CLIENTS
from openroots.services.authorisation.form import field, no_repeats
from openroots.services.authorisation.issuing import (
    NOT_STORED,
    family_of,
    goes_on,
    turned_out,
)
from openroots.services.authorisation.people import checked
from openroots.storage import Snapshot

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TEXT = {"type": "string"}
TOKEN = {"type": "object", "required": ["token"], "properties": {"token": TEXT}}
LOGGED_OUT = {"type": "object", "required": ["logout_token"], "properties": {"logout_token": TEXT}}
INACTIVE = {"active": False}


@service.endpoint(
    "POST",
    "/revoke",
    access=OPENLY,
    takes=(FORM,),
    body_schema=TOKEN,
    reads=10,
    fails=("token-parameter-missing", *OF_CLIENTS),
)
def revoke(request: Request, db: Snapshot) -> Reply:
    """Take a token back.

    An access token ends by itself; a refresh token ends everything that came of the same login. A
    token that is nobody's, or another client's, is answered in the same way.
    """
    client, text = _asked(request, db)
    marks = client.marks
    own, wall = client.application["id"], request.wall
    if (token := token_of(text, db)) and token.application == own:
        marks += (end_of(text, token.expires),)
    kept = grants.body_of(REFRESH, text, db, wall)
    if kept and kept["application"] == own:
        marks += (grants.session_ended(family_of(kept).person.session, wall),)
    caller = turned_out(client.application)
    return Reply({}, headers=NOT_STORED, marks=marks, about=(), caller=caller)


@service.endpoint(
    "POST",
    "/introspect",
    access=OPENLY,
    takes=(FORM,),
    body_schema=TOKEN,
    reads=10,
    fails=("token-parameter-missing", *OF_CLIENTS),
)
def introspect(request: Request, db: Snapshot) -> Reply:
    """Say whether a token of one's own is good, and for what."""
    client, text = _asked(request, db)
    told, caller = _told(client, text, request.wall, db), turned_out(client.application)
    subject, _ = person_of(told["sub"], db) if "sub" in told else ("", None)
    about = (subject,) if subject else ()  # staff have no record in which to see it
    return Reply(told, headers=NOT_STORED, marks=client.marks, about=about, caller=caller)


@service.endpoint(
    "POST",
    "/backchannel_logout",
    access=OPENLY,
    takes=(FORM,),
    body_schema=LOGGED_OUT,
    reads=6,
    fails=(
        *("jwt-missing", "jwt-malformed", "jwt-kid-missing", "jwt-kid-unknown", "jwt-typ"),
        *("jwt-alg", "jwt-issuer-missing", "jwt-issuer-unknown", "jwt-aud-missing"),
        *("jwt-exp-missing", "jwt-exp-wrong", "jwt-expired"),
        *("jwt-time-wrong", "jwt-not-begun"),
        *("signature-wrong", "logout-aud-wrong", "logout-wrong", "session-unknown"),
    ),
)
def log_out(request: Request, db: Snapshot) -> Reply:
    """End a session whose person has logged out where they logged in.

    The logout is told to this server, or to an application of its own: by a token that is meant for
    anybody else, nobody is logged out here.
    """
    no_repeats(request.body)
    token, issuer = checked(field(request, "logout_token"), LOGOUT, request, db)
    _must_be_for_us(token, db)
    events, login = token.claims.get("events"), token.claims.get("sid")
    is_logout = isinstance(events, dict) and EVENT in events and "nonce" not in token.claims
    if not is_logout or not isinstance(login, str) or not login:
        raise Problem("logout-wrong")
    session = grants.session_of(issuer["id"], login)
    if grants.session_goes_on(session, db) is None:
        raise Problem("session-unknown")
    ended = grants.session_ended(session, request.wall)
    return Reply({}, headers=NOT_STORED, marks=(ended,), about=())


def _must_be_for_us(token: Opened, db: Snapshot) -> None:
    """For this server as a client of the login service, or for an application that is one itself
    and has its ID tokens exchanged here."""
    meant = token.claims["aud"]
    listed = meant if isinstance(meant, list) else [meant]
    if not listed or not all(_is_ours(one, db) for one in listed):
        raise Problem("logout-aud-wrong", jwt=LOGOUT)


def _is_ours(client: object, db: Snapshot) -> bool:
    if not isinstance(client, str):
        return False
    if client == PLATFORM or applications.by_key(client, db) is not None:
        return True
    registered = every(db, applications.APPLICATION)  # rarely: the token is signed
    return any(client in row.body.get("linked_clients", ()) for row in registered)


def _asked(request: Request, db: Snapshot) -> tuple[Client, str]:
    no_repeats(request.body)
    client, text = client_of(request, db), field(request, "token")
    if not text:
        with asked_by(client.application):
            raise Problem("token-parameter-missing")
    return client, text


def _told(client: Client, text: str, wall: datetime, db: Snapshot) -> Json:
    token = token_of(text, db)
    if token is None:
        return _told_of_refresh_token(client, text, wall, db)
    if token.application != client.application["id"] or token.expires <= wall:
        return INACTIVE
    granted = applications.granted(applications.products_of(client.application, db))
    left = [scope for scope in token.scopes if scope in granted]
    if not left or not stands(token, client.application, db):
        return INACTIVE
    if not is_still_there(scopes.kind_of(left), token.user, db):
        return INACTIVE
    return {
        "active": True,
        "scope": " ".join(left),
        "client_id": client.id,
        "token_type": "Bearer",
        "exp": int(token.expires.timestamp()),
        "iat": int(token.issued.timestamp()),
        **({"sub": token.user} if token.user else {}),
    }


def _told_of_refresh_token(client: Client, text: str, wall: datetime, db: Snapshot) -> Json:
    kept = grants.body_of(REFRESH, text, db, wall)
    if kept is None or not grants.is_held_by(kept, client.application):
        return INACTIVE
    family, ends = family_of(kept), datetime.fromisoformat(kept["ends"])
    if ends <= wall or grants.is_spent(REFRESH, text, db) or not goes_on(family.person, db):
        return INACTIVE
    return {
        "active": True,
        "scope": " ".join(family.scopes),
        "client_id": client.id,
        "exp": int(ends.timestamp()),
        **({"sub": family.person.user} if family.person.user else {}),
    }
