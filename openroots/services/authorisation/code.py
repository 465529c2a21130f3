"""The grant for an application whose user came back with a code.

A code is for the client and the redirect URI for which it was given, and works once. Where it
comes again, what it gave is taken back: one of the two who had it stole it.

Source: NHS England API platform, "combined authentication and authorisation"; RFC 6749 sections
4.1.2 and 4.1.3; RFC 7636 section 4.6; RFC 9700 section 2.1.1.
"""

import re
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from openroots.identity import grants
from openroots.identity.grants import CODE
from openroots.problem import Json, Problem
from openroots.service import Reply, Request
from openroots.services.authorisation.clients import Client
from openroots.services.authorisation.form import field
from openroots.services.authorisation.issuing import Person, begun, give_family, goes_on, scopes_for
from openroots.storage import Snapshot

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


def for_code(client: Client, request: Request, db: Snapshot) -> Reply:
    """Tokens for who logged in on the way to the code."""
    redirect, code = field(request, "redirect_uri"), field(request, "code")
    if not redirect:
        raise Problem("redirect-missing")
    if redirect not in client.application.get("redirect_uris", ()):
        raise Problem("redirect-wrong")
    if not code:
        raise Problem("code-missing")
    kept = grants.body_of(CODE, code, db, request.wall)
    if kept is None or not grants.is_held_by(kept, client.application):
        raise Problem("code-wrong")
    person, ends = Person(**kept["person"]), datetime.fromisoformat(kept["ends"])
    if grants.is_spent(CODE, code, db):
        raise Problem("code-wrong").leaving(grants.session_ended(person.session, request.wall))
    if request.wall >= ends:
        raise Problem("code-wrong")
    if redirect != kept["redirect_uri"]:
        raise Problem("redirect-wrong")
    check_verifier(field(request, "code_verifier"), kept)
    if not goes_on(person, db):
        raise Problem("code-wrong")
    given = scopes_for(client, person.kind, person.level, kept["scope"], db)
    spent = grants.spent(CODE, code, request.wall + grants.SESSION_KEPT)
    family = begun(request, person, given, combined=True)
    return give_family(request, client, family, (spent,))


def check_verifier(verifier: str, kept: Json) -> None:
    """Raises Problem where the verifier is not that of the challenge with which the code was asked
    for, or there is one without the other."""
    challenge = kept["challenge"]
    if challenge and not verifier:
        raise Problem("verifier-missing")
    if not challenge and not verifier:
        return
    digest = sha256(verifier.encode()).digest()
    made = urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not VERIFIER.fullmatch(verifier) or not compare_digest(made, challenge):
        raise Problem("verifier-wrong")
