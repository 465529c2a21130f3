"""Legitimate relationships: who says that they care for whom, and who looks at what they said.

For staff who must see somebody with whom no relationship is known yet. They claim one, or break
the glass in an emergency, with a reason. Each such claim ends by itself and gives rise to an alert
that names nobody; the privacy officer of the organisation reviews it. An API of our own.

Source: NHS Care Records Service, legitimate relationships, self-claims and alerts, as to the idea.
"""

from openroots.register.founding_agreements import RELATIONSHIPS
from openroots.service import Service
from openroots.services.legitimate_relationships.failures import DIALECT, FAILURES

__all__ = ["service"]

ALERTED = "legitimate-relationship-alert-1"

service = Service(
    name="legitimate-relationships",
    title="Legitimate relationships",
    base="/legitimate-relationships",
    source="https://www.legislation.gov.uk/ukpga/2012/7/section/251B",
    dialect=DIALECT,
    category=RELATIONSHIPS,
    words="Claim that you care for somebody, or break the glass; alerts for privacy officers.",
    checked="2026-11-21",
    shares=("Relationship",),
    emits={ALERTED: "somebody claimed a relationship or broke the glass; it names nobody"},
    own_failures=FAILURES,
    differences=("This API is our own: what the NHS uses for this is not published.",),
)

# Each of these declares its endpoints on the service above as it is imported.
import openroots.services.legitimate_relationships.alerts  # noqa: E402
import openroots.services.legitimate_relationships.claims  # noqa: E402
import openroots.services.legitimate_relationships.ending  # noqa: E402, F401
