"""Which mailbox an organisation has for a workflow.

Source: MESH API, endpoint lookup and workflow search: who asks need not be known.
"""

from openroots.problem import Json, Problem
from openroots.service import OPENLY, Reply, Request
from openroots.services.mesh import service
from openroots.services.mesh.mailboxes import MAILBOX, OF_BOTH, OF_WORKFLOW
from openroots.services.mesh.shown import as_asked
from openroots.storage import Query, Snapshot, Term

WRONG = ("workflow-missing", "parameter-wrong", "accept-wrong")
MOST = 100
LONGEST = 200


@service.endpoint(
    "GET",
    "/endpointlookup/{ods_code}/{workflow_id}",
    access=OPENLY,
    fails=("ods-code-missing", *WRONG),
)
def lookup_endpoint(request: Request, db: Snapshot) -> Reply:
    """The mailboxes that an organisation has for a workflow."""
    organisation = _text(request, "ods_code", "ods-code-missing")
    workflow = _text(request, "workflow_id", "workflow-missing")
    found = _found(Term(OF_BOTH, (f"{organisation}/{workflow}",)), db)
    one = {
        "query_id": request.chance(16).hex(),
        "results": [
            {"address": body["id"], "description": body["name"], "endpoint_type": "MESH"}
            for body in found
        ],
    }
    return Reply(as_asked(request, _results(found), one))


@service.endpoint("GET", "/workflowsearch/{workflow_id}", access=OPENLY, fails=WRONG)
def search_workflow(request: Request, db: Snapshot) -> Reply:
    """The mailboxes that there are for a workflow: told alike in both versions."""
    workflow = _text(request, "workflow_id", "workflow-missing")
    results = _results(_found(Term(OF_WORKFLOW, (workflow,)), db))
    return Reply(as_asked(request, results, results))


def _found(term: Term, db: Snapshot) -> list[Json]:
    return [row.body for row in db.search(Query(MAILBOX, (term,), MOST)).rows]


def _results(found: list[Json]) -> Json:
    return {"results": [{"mailbox_id": each["id"], "mailbox_name": each["name"]} for each in found]}


def _text(request: Request, name: str, missing: str) -> str:
    value = request.params[name]
    if not value.strip():
        raise Problem(missing)
    if len(value) > LONGEST or not value.isprintable():
        raise Problem("parameter-wrong", name=name, wanted="a short printable text")
    return value
