"""The grant that renews what ran out: each refresh token works once, and gives the next.

One that comes twice was copied: then everything ends that came of the same login. Renewing never
lasts longer than a refresh token given at the login would have.

Source: NHS England identity service API, `refresh_token`; RFC 6749 section 6; RFC 9700 section
4.14.
"""

from datetime import datetime

from openroots.identity import grants
from openroots.identity.grants import REFRESH
from openroots.problem import Problem
from openroots.service import Reply, Request
from openroots.services.authorisation.clients import Client
from openroots.services.authorisation.form import field
from openroots.services.authorisation.issuing import (
    TOLD_FOR,
    family_of,
    give_family,
    goes_on,
    renewed,
    scopes_for,
)
from openroots.storage import Snapshot


def for_refresh_token(client: Client, request: Request, db: Snapshot) -> Reply:
    """The next tokens of a family, with no more scopes than were given at the login.

    Who asks for fewer gets an access token for those; the refresh token is for all of them still.
    """
    text = field(request, "refresh_token")
    if not text:
        raise Problem("refresh-missing")
    kept = grants.body_of(REFRESH, text, db, request.wall)
    if kept is None or not grants.is_held_by(kept, client.application):
        raise Problem("refresh-wrong")
    family, wall = family_of(kept), request.wall
    if grants.is_spent(REFRESH, text, db):
        ended = grants.session_ended(family.person.session, wall)
        raise Problem("refresh-wrong").leaving(ended)
    if wall >= family.over:
        raise Problem("refresh-over")
    if wall >= datetime.fromisoformat(kept["ends"]) or not goes_on(family.person, db):
        raise Problem("refresh-wrong")
    wanted = field(request, "scope")
    fitting = scopes_for(client, family.person.kind, family.person.level, wanted, db)
    given = tuple(scope for scope in fitting if scope in family.scopes)
    if not given:
        raise Problem("level-refused")
    if "urn:" in wanted and given != fitting:
        raise Problem("scope-refused")
    spent = grants.spent(REFRESH, text, family.over + TOLD_FOR)
    return give_family(request, client, renewed(family), (spent,), given)
