"""The grant for an application that had somebody log in by itself: their ID token for ours.

Source: NHS England API platform, "separate authentication and authorisation"; RFC 8693.
"""

from openroots.identity import grants
from openroots.identity.assertions import SUBJECT
from openroots.problem import Problem
from openroots.service import Reply, Request
from openroots.services.authorisation.clients import Client
from openroots.services.authorisation.failures import ID_TOKEN
from openroots.services.authorisation.form import field
from openroots.services.authorisation.issuing import begun, give_family, scopes_for
from openroots.services.authorisation.people import person_of
from openroots.storage import Snapshot

ISSUED = "urn:ietf:params:oauth:token-type:access_token"


def for_id_token(client: Client, request: Request, db: Snapshot) -> Reply:
    """Tokens for who has logged in elsewhere, at the level at which they are known there."""
    if field(request, "subject_token_type") != ID_TOKEN:
        raise Problem("subject-type")
    if field(request, "actor_token"):  # passed over, it would leave a token that is the patient's
        raise Problem("actor-token")
    person = person_of(field(request, "subject_token"), client, request, db)
    goes_on = grants.session_goes_on(person.session, db)
    if goes_on is False:
        raise Problem("jwt-session-over", jwt=SUBJECT)
    given = scopes_for(client, person.kind, person.level, field(request, "scope"), db)
    family = begun(request, person, given, combined=False)
    marks = () if goes_on else (grants.session_begun(person.session, request.wall),)
    return give_family(request, client, family, marks, issued_token_type=ISSUED)
