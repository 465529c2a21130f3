"""Whom an ID token is about: checked like an assertion, and its claims about the person read.

For token exchange. The token must be from a login service that is registered here, for the client
that brings it, in force, and signed. Levels are taken for what they are: P9 is not P5 as well.
A token about a patient may name who acts for them, by that person's own ID token.

Source: NHS login and CIS2, claims of the ID token; NHS England identity service API; RFC 8693
section 4.1 (`act`).
"""

import re

from openroots.identity import assertions, grants, issuers, jose, scopes
from openroots.identity.applications import fingerprint
from openroots.identity.assertions import ACTOR, SUBJECT
from openroots.identity.jose import Opened
from openroots.identity.staff import staff_of
from openroots.problem import Json, Problem
from openroots.service import Request
from openroots.services.authorisation.clients import Client
from openroots.services.authorisation.issuing import Person
from openroots.storage import Snapshot

VECTOR = re.compile(r"(P[059])(?:\.C[pdkm])*", re.ASCII)
LEVELS = ("P0", "P5", "P9")
NUMBER = re.compile(r"\d{10}", re.ASCII)
ASSURED = {"1": "aal1", "2": "aal2", "3": "aal3"}


def person_of(text: str, client: Client, request: Request, db: Snapshot) -> Person:
    """Who has logged in. Raises Problem where the ID token does not prove it to this client."""
    token, issuer = checked(text, SUBJECT, request, db)
    _must_be_for(client, token)
    session = grants.session_of(issuer["id"], _login_of(token))
    if issuer["kind"] == scopes.WORKER:
        return _worker(token, session, db)
    return _patient(token, session, request, db)


def checked(text: str, jwt: str, request: Request, db: Snapshot) -> tuple[Opened, Json]:
    """An ID token that is in force and signed, and the login service that it is from. Raises
    Problem where it is not."""
    token = assertions.opened(text, jwt)
    issuer = issuers.named(str(token.claims.get("iss", "")), db)
    algorithm = issuer["algorithm"] if issuer else jose.RS512
    assertions.check_header(token, jwt, algorithm)
    assertions.check_issuer(token, jwt)
    if "aud" not in token.claims:
        raise Problem("jwt-aud-missing", jwt=jwt)
    assertions.check_times(token, jwt, request.wall)
    if issuer is None:
        raise Problem("jwt-issuer-unknown", jwt=jwt)
    key = jose.key_named(token.header["kid"], issuers.public_keys(request.keys))
    if key is None:
        raise Problem("jwt-kid-unknown", jwt=jwt)
    if not jose.is_signed(token, key, algorithm):
        raise Problem("signature-wrong")
    return token, issuer


def _must_be_for(client: Client, token: Opened) -> None:
    """For this client, or for one that is linked to it: a token that another was given is not."""
    wanted = {client.id, *client.application.get("linked_clients", ())}
    meant = token.claims["aud"]
    listed = meant if isinstance(meant, list) else [meant]
    if not listed or not all(isinstance(one, str) and one in wanted for one in listed):
        raise Problem("jwt-aud-wrong", jwt=SUBJECT)


def _login_of(token: Opened) -> str:
    """What the login is called where it was made: its session, else the token itself."""
    named = token.claims.get("sid") or token.claims.get("jti")
    return named if isinstance(named, str) else fingerprint(token.text)


def _worker(token: Opened, session: str, db: Snapshot) -> Person:
    level = token.claims.get("authentication_assurance_level")
    if not isinstance(level, str) or level not in ASSURED:
        raise Problem("jwt-level", jwt=SUBJECT)
    if staff_of(token.claims["sub"], db) is None:
        raise Problem("jwt-person", jwt=SUBJECT)
    assured = ASSURED[level]
    return Person(scopes.WORKER, token.claims["sub"], assured, assured, session)


def _patient(token: Opened, session: str, request: Request, db: Snapshot) -> Person:
    level, vector = _level_of(token, SUBJECT)
    number = _number_of(token, level, SUBJECT)
    actor = _actor_of(token, vector, request, db) if "act" in token.claims else ""
    return Person(scopes.PATIENT, number, level, vector, session, actor)


def _actor_of(token: Opened, vector: str, request: Request, db: Snapshot) -> str:
    """The NHS number of who acts for the patient: from a token of their own, from the same login
    service, for the same client, still in force, and known by the same vector: it is they who
    logged in, and nobody who acts for them in turn."""
    act = token.claims["act"]
    inner = act.get("sub") if isinstance(act, dict) else None
    if not isinstance(inner, str):
        raise Problem("jwt-malformed", jwt=ACTOR)
    actor, _ = checked(inner, ACTOR, request, db)
    same = all(actor.claims[claim] == token.claims[claim] for claim in ("iss", "aud"))
    if not same:
        raise Problem("jwt-aud-wrong", jwt=ACTOR)
    if "act" in actor.claims:
        raise Problem("jwt-person", jwt=ACTOR)
    level, own = _level_of(actor, ACTOR)
    if own != vector:
        raise Problem("jwt-level", jwt=ACTOR)
    number = _number_of(actor, level, ACTOR)
    if not number or number == token.claims.get("nhs_number"):
        raise Problem("jwt-person", jwt=ACTOR)
    return number


def _level_of(token: Opened, jwt: str) -> tuple[str, str]:
    """How surely this session's person is known, and the whole vector. The level that they have
    ever reached may be higher, and is no use here; it cannot be lower."""
    vector = token.claims.get("vot")
    found = VECTOR.fullmatch(vector) if isinstance(vector, str) else None
    reached = token.claims.get("identity_proofing_level", found and found[1])
    if found is None or reached not in LEVELS or reached < found[1]:
        raise Problem("jwt-level", jwt=jwt)
    return found[1], found[0]


def _number_of(token: Opened, level: str, jwt: str) -> str:
    """The NHS number; "" at P0, where nobody knows whose it would be."""
    number = token.claims.get("nhs_number")
    if level == LEVELS[0]:
        return ""
    if not isinstance(number, str) or not NUMBER.fullmatch(number):
        raise Problem("jwt-person", jwt=jwt)
    return number
