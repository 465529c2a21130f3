"""Access log: who looked at a person's record, when, for whom and what for.

For the person themselves, and for privacy officers. What is told is the audit log: every answer of
every API that was about this person, and every refusal that came of a look at their record, grouped
by day and organisation. People are told apart from systems, and uses in an emergency are flagged.
Each entry can come with its receipt, which proves it to whoever has the public keys of this
installation. Reading it is audited too.

Source: none, the API is ours; its FHIR view is IHE's Basic Audit Log Patterns (BALP).
"""

from openroots.plain import own_body, plain_dialect
from openroots.problem import Failure
from openroots.service import Service

__all__ = ["service"]


service = Service(
    name="access-log",
    title="Access log",
    base="/access-log",
    words="Who looked at a person's record, for the person themselves and for privacy officers.",
    source="https://profiles.ihe.net/ITI/BALP/",
    spec="1.1.3",
    checked="2026-11-21",
    category="access-log",
    dialect=plain_dialect("Access log", own_body),
    own_failures={
        "nobody-known": Failure(
            401,
            "not_known",
            words="Nobody has said who they are, so there is no record of their own",
            mend="Ask with the token of a patient, or ask for a person by NHS number.",
            ours=True,
        ),
        "number-invalid": Failure(
            400,
            "invalid_request",
            words="{number} is not an NHS number",
            mend="Give ten digits, the last of which checks the others.",
            ours=True,
        ),
        "person-unknown": Failure(
            404,
            "not_found",
            words="Nobody here has this NHS number",
            ours=True,
        ),
        "parameter-wrong": Failure(
            400,
            "invalid_request",
            words="{parameter} is not {wanted}",
            mend="Give {wanted}.",
            ours=True,
        ),
        "no-proof": Failure(
            404,
            "not_found",
            words="There is no such proof: {reason}",
            mend="Checkpoints are signed every ten seconds. `segment` and `first` stand in the "
            "seal of a receipt; a checkpoint has a line for each segment.",
            ours=True,
        ),
    },
    differences=(
        "No such API is published: paths, parameters and bodies of this one are ours.",
        "Roles that may read the log of others are those that get privacy alerts: R8016, and the "
        "activities B0015 and B0016. Without a key or token, where that is allowed, nobody's role "
        "is asked.",
        "AuditEvents of searches name no BALP profile: BALP wants the search itself in them, and "
        "the log does not keep what was searched for.",
        "What was refused before anybody's record was looked at is not told: as it was not known "
        "who asks, as the request was not in form, or by a rule of the policy. The audit log holds "
        "who asked, when and by which rule they were refused, and not about whom: to seal that "
        "takes longer for somebody than for nobody, so a refusal would tell who there is.",
        "Entries of people whose keys were erased are not told to anybody.",
    ),
)

# These declare their endpoints on the service above as they are imported.
import openroots.services.access_log.asking  # noqa: E402
import openroots.services.access_log.proving  # noqa: E402, F401
