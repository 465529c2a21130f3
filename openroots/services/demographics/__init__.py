"""Personal Demographics Service (PDS): the name, address and GP that the NHS holds for a person.

For every system that must know whom it is treating. It reads one Patient by NHS number, changes
one by JSON Patch, and tells subscribers when a GP changes, a death is notified, or anything else
in a record does. Restricted people are shown without whatever could say where they are.

Source: PDS FHIR API, NHS England API catalogue; the error cases are those that its tests expect.
"""

from openroots.fhir.outcome import SPINE_R4_DIALECT
from openroots.service import Service
from openroots.services.demographics.failures import FAILURES, GUIDANCE
from openroots.services.demographics.headers import HEADERS
from openroots.services.demographics.signals import EMITS

__all__ = ["service"]

service = Service(
    name="demographics",
    title="Personal Demographics Service",
    base="/personal-demographics/FHIR/R4",
    source=GUIDANCE,
    dialect=SPINE_R4_DIALECT,
    words="Who a person is: names, addresses, telephone numbers, GP practice, by NHS number.",
    spec="2026-03-13",
    checked="2026-11-21",
    shares=("Patient",),
    emits=EMITS,
    headers=HEADERS,
    own_failures=FAILURES,
    differences=(
        "Addresses are not reformatted and gain no PAF key: there is no address file behind them.",
        "Codes of practices and pharmacies are checked for their form only.",
        "Superseded records cannot be updated under their old number (400 INVALID_UPDATE).",
        "Applications cannot be given the attributes that widen what they may see or update.",
    ),
)

# Each of these declares its endpoints on the service above as it is imported.
import openroots.services.demographics.indexing  # noqa: E402
import openroots.services.demographics.patching  # noqa: E402
import openroots.services.demographics.reading  # noqa: E402, F401
