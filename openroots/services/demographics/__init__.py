"""Personal Demographics Service (PDS): the name, address and GP that the NHS holds for a person.

For every system that must know whom it is treating. It finds people by what is known of them,
reads one Patient by NHS number, changes one by JSON Patch, and gives a new person a number; it
holds whom to contact about them and the card that pays for care abroad. Subscribers are told when
a GP changes, a death is notified, or anything else in a record does. Restricted people are shown
without whatever could say where they are.

Source: PDS FHIR API, NHS England API catalogue; the error cases are those that its tests expect.
"""

from openroots.fhir.patient import SENSITIVE
from openroots.fhir.spine_r4 import SPINE_R4_DIALECT
from openroots.service import Limit, Service
from openroots.service.endpoint import USUAL_LIMITS
from openroots.services.demographics.failures import FAILURES, TROUBLES
from openroots.services.demographics.failures.wording import GUIDANCE
from openroots.services.demographics.headers import HEADERS, patience
from openroots.services.demographics.signals import EMITS

__all__ = ["service"]

service = Service(
    name="demographics",
    title="Personal Demographics Service",
    base="/personal-demographics/FHIR/R4",
    source=GUIDANCE,
    dialect=SPINE_R4_DIALECT,
    api="personal-demographics-service",
    category="demographics",
    labels=SENSITIVE,
    role_untold="role-invalid",
    stray="property-unexpected",
    words="Who a person is: names, addresses, telephone numbers, GP practice, by NHS number.",
    spec="2026-03-13",
    checked="2026-11-21",
    shares=("Patient", "RelatedPerson"),
    beside=("of",),
    emits=EMITS,
    headers=HEADERS,
    limits=(*USUAL_LIMITS, Limit(90_000, 60, "api-busy"), Limit(1_500, 1, "api-busy")),
    own_failures=FAILURES,
    troubles=tuple(TROUBLES),
    patience=patience,
    differences=(
        "Addresses are not reformatted and gain no PAF key: there is no address file behind them.",
        "Codes of practices, pharmacies and countries are checked for their form only.",
        "Superseded records cannot be updated under their old number (400 INVALID_UPDATE).",
        "An update that changes nothing, such as a patch of tests alone, makes a new version, as "
        "is published of every update that succeeds, and gives no signal.",
        "A patient's coverage has versions of its own, apart from those of the record; the first, "
        "before there is any card, is 1.",
        "Of a Coverage that is sent, what the specification does not name is left out.",
        "No answer takes as long as a client waits (X-Sync-Wait) but where a trouble is made on "
        "purpose. A number of seconds out of bounds is taken for the nearest in bounds, anything "
        "else for none.",
        "How many requests make a spike of one application is ours: 10 within a second.",
        "A wildcard in a further given name than the first, where it stands for nothing, finds "
        "nobody.",
        "A search by `history`, which its test servers let pass, is refused: it is `_history`.",
        "What a search scores is reckoned otherwise; that 1.0 fits exactly is the same.",
        "A fuzzy search leaves out who scores less than three quarters of the best match.",
        "Where nobody else fits, a fuzzy search of one birth date finds who fits but for a slip in "
        "a name, an initial, or a name that stands elsewhere among the names.",
        "A search that needs to look at more than 250 records answers TOO_MANY_MATCHES.",
        "Janet Smythe was born on 2005-06-16, as her published search has it, not 2010-10-22.",
        "Very restricted people are not found by telephone number or email address.",
        "How consent to record sharing is written in a record is ours.",
        "Who is told to be there already when somebody is created: people of the same family name, "
        "first given name and birth date, and of the same gender or postcode.",
        "Which NHS numbers are allocated is ours: one of the next few below the made-up people's, "
        "which follows from who the person is.",
        "A search of history looks at the latest 50 former names of a person, addresses, telecoms.",
        "Of birth details all is ours but the path, the weight, the mother and the answers: one "
        "Patient without an NHS number, one with, one weight; the mother is recorded as related "
        "to the child, and the child of a restricted mother is restricted.",
    ),
)

# Each of these declares what it answers or does on the service above as it is imported.
import openroots.services.demographics.births  # noqa: E402
import openroots.services.demographics.coverage  # noqa: E402
import openroots.services.demographics.creating  # noqa: E402
import openroots.services.demographics.deaths  # noqa: E402
import openroots.services.demographics.former  # noqa: E402
import openroots.services.demographics.indexing  # noqa: E402
import openroots.services.demographics.kept  # noqa: E402
import openroots.services.demographics.patching  # noqa: E402
import openroots.services.demographics.reading  # noqa: E402
import openroots.services.demographics.relations  # noqa: E402
import openroots.services.demographics.searching  # noqa: E402
import openroots.services.demographics.trying  # noqa: E402, F401
