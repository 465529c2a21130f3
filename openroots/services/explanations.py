"""Explanations: why a request was answered so, for the application that made it.

For developers, from afar: `openroots why` tells the same on the machine itself. A trail is shown
to the application that asked and to nobody else; to others it is not there.

    GET /explanations/{id}     id: X-OpenRoots-Trail, X-Correlation-ID or X-Request-ID

Source: none, the API is ours.
"""

from openroots.plain import own_body, plain_dialect
from openroots.problem import Failure, Problem
from openroots.service import ANYONE, Later, Reply, Request, Service
from openroots.service.endpoint import WITH_TOKEN
from openroots.storage import Snapshot

# No id of one request: of every application, for the command alone; of each that brought no id.
NO_ID = frozenset({"last", ""})
MOMENT = 0.2  # seconds in which another worker has written what it was just asked


service = Service(
    name="explanations",
    title="Explanations",
    base="/explanations",
    words="Why a request was answered so, and how to mend it, for the application that made it.",
    source="https://www.rfc-editor.org/rfc/rfc9457",
    checked="2026-11-21",
    by_key=True,
    dialect=plain_dialect("Explanations", own_body),
    own_failures={
        "trail-unknown": Failure(
            404,
            "not_found",
            words="No request of this application has this id",
            mend="Give the X-OpenRoots-Trail, X-Correlation-ID or X-Request-ID of a request that "
            "this application has made within the last seven days.",
            ours=True,
        ),
    },
    differences=("This API is our own: the live platform explains no refusal to a program.",),
)


@service.endpoint(
    "GET",
    "/{id}",
    name="explain",
    access=ANYONE,
    given=WITH_TOKEN,
    reads=0,
    scans=True,
    reads_trails=True,
    fails=("trail-unknown",),
)
def explain(request: Request, db: Snapshot) -> Reply:
    """Explain a request that your application has made."""
    caller, id = request.caller, request.params["id"]
    if not caller.name:
        raise Problem("key-missing")  # nobody registered asks: no request is theirs
    trail_of = request.trail_of if id not in NO_ID else None
    found = trail_of(id, caller.application) if trail_of else None
    if found is None and request.patient:
        raise Later(MOMENT)
    if found is None:
        raise Problem("trail-unknown")
    return Reply(found)
