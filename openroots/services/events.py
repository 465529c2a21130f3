"""Multicast Notification Service (MNS): who wants to be told of what, and is told.

It is declared here with its published base path and errors. It keeps no subscriptions yet: until
it does, a well-formed request for one is answered 501.

Source: NHS England Multicast Notification Service API, specification of 2026-04-23.
"""

from openroots.plain import plain_dialect
from openroots.problem import Failure, Json, Problem
from openroots.service import USUAL_LIMITS, Access, HeaderRule, Limit, Reply, Request, Service
from openroots.storage import Snapshot

FHIR_JSON = "application/fhir+json"


SUBSCRIPTION = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string", "enum": ["Subscription"]}},
}


def _render(failure: Failure, _trail: str) -> Json:
    if failure.code == "validation":
        return {"validationErrors": {failure.display: failure.words}}
    if failure.code == "fault":
        detail = {"errorcode": failure.display}
        return {"fault": {"faultstring": failure.words, "detail": detail}}
    return {"errors": failure.words}


service = Service(
    name="events",
    title="Multicast Notification Service",
    base="/multicast-notification-service",
    words="Tells subscribers of events, such as a change of general practice.",
    source="https://digital.nhs.uk/developer/api-catalogue/multicast-notification-service",
    spec="2026-04-23",
    checked="2026-11-21",
    dialect=plain_dialect(
        "MNS",
        _render,
        rows={
            "key-missing": Failure(
                401,
                "fault",
                display="oauth.v2.MissingAccessToken",
                words="Missing access token",
                mend="Send the key of a registered application in the header apikey.",
            ),
            "key-unknown": Failure(
                401,
                "fault",
                display="oauth.v2.InvalidApiKey",
                words="Invalid ApiKey",
                mend="Send the key of a registered application in the header apikey.",
            ),
            "token-missing": Failure(
                401,
                "fault",
                display="oauth.v2.MissingAccessToken",
                words="Missing access token",
            ),
            "token-unknown": Failure(
                401,
                "fault",
                display="oauth.v2.InvalidAccessToken",
                words="Invalid access token",
            ),
        },
    ),
    headers=(
        HeaderRule(
            "X-Correlation-ID",
            "Mirrored in the answer, so that a transaction can be followed through systems.",
            missing="no-correlation-id",
            example="11C46F5F-CDEF-4865-94B2-0EE0EDCC26DA",
        ),
    ),
    limits=(*USUAL_LIMITS, Limit(6_000, 60, "api-busy"), Limit(100, 1, "api-busy")),
    own_failures={
        "no-correlation-id": Failure(
            400,
            "missing-header",
            words="X-Correlation-ID header is required",
            mend="Send the header X-Correlation-ID with an id of your own.",
            ours=True,
        ),
        "not-a-subscription": Failure(
            400,
            "validation",
            display="resourceType",
            words="Please provide the correct resource type for this endpoint",
        ),
    },
    differences=("No subscriptions are kept yet: a well-formed request is answered 501.",),
)


@service.endpoint(
    "POST",
    "/subscriptions",
    access=frozenset({Access.APPLICATION}),
    takes=(FHIR_JSON, "application/json"),
    body_schema=SUBSCRIPTION,
    success=201,
    reads=0,
    fails=("not-a-subscription", "not-implemented"),
)
def create_subscription(request: Request, db: Snapshot) -> Reply:
    """Create a subscription."""
    if not isinstance(request.body, dict) or request.body.get("resourceType") != "Subscription":
        raise Problem("not-a-subscription")
    raise Problem("not-implemented")
