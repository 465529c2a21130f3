"""The grant for an application on its own behalf, by an assertion that it signed.

Source: NHS England API platform, "application-restricted, signed JWT"; RFC 7523.
"""

from openroots.identity import scopes
from openroots.service import Reply, Request
from openroots.services.authorisation.clients import Client
from openroots.services.authorisation.form import field
from openroots.services.authorisation.issuing import give, scopes_for
from openroots.storage import Snapshot


def for_credentials(client: Client, request: Request, db: Snapshot) -> Reply:
    """A token for the application alone. A secret is not enough."""
    wanted = field(request, "scope")
    given = scopes_for(client, scopes.APPLICATION, scopes.SIGNED_LEVEL, wanted, db)
    return give(request, client, given)
