"""Which mailbox an organisation has for a workflow.

Source: MESH API, endpoint lookup and workflow search.
"""

from openroots.problem import Problem
from openroots.service import OPENLY, Reply, Request
from openroots.services.mesh import service
from openroots.services.mesh.mailboxes import MAILBOX, OF_BOTH, OF_WORKFLOW, known
from openroots.services.mesh.shown import as_asked
from openroots.storage import Query, Snapshot, Term

PROOF = ("unsigned", "not-authenticated", "parameter-wrong")
MOST = 100
LONGEST = 200


@service.endpoint(
    "GET", "/endpointlookup/{ods_code}/{workflow_id}", access=OPENLY, reads=2, fails=PROOF
)
def lookup_endpoint(request: Request, db: Snapshot) -> Reply:
    """The mailboxes that an organisation has for a workflow."""
    organisation, workflow = _text(request, "ods_code"), _text(request, "workflow_id")
    return _found(request, Term(OF_BOTH, (f"{organisation}/{workflow}",)), db)


@service.endpoint("GET", "/workflowsearch/{workflow_id}", access=OPENLY, reads=2, fails=PROOF)
def search_workflow(request: Request, db: Snapshot) -> Reply:
    """The mailboxes that there are for a workflow."""
    return _found(request, Term(OF_WORKFLOW, (_text(request, "workflow_id"),)), db)


def _found(request: Request, term: Term, db: Snapshot) -> Reply:
    who = known(request, db, own=False)
    bodies = [row.body for row in db.search(Query(MAILBOX, (term,), MOST)).rows]
    two = {"results": [{"mailbox_id": body["id"], "mailbox_name": body["name"]} for body in bodies]}
    one = {
        "query_id": request.chance(8).hex(),
        "results": [
            {"address": body["id"], "description": body["name"], "endpoint_type": "MESH"}
            for body in bodies
        ],
    }
    return Reply(as_asked(request, two, one), caller=who.caller)


def _text(request: Request, name: str) -> str:
    value = request.params[name]
    if not value or len(value) > LONGEST or not value.isprintable():
        raise Problem("parameter-wrong", name=name, wanted="a short printable text")
    return value
