"""The public keys with which this world signs, for whoever checks what it has signed.

Source: RFC 7517 section 5.
"""

from openroots.service import OPENLY, Reply, Request
from openroots.services.authorisation import service
from openroots.storage import Snapshot


@service.endpoint("GET", "/jwks", access=OPENLY, reads=0)
def get_keys(request: Request, db: Snapshot) -> Reply:
    """Get the public keys."""
    return Reply(request.keys.public() if request.keys else {"keys": []}, about=())
