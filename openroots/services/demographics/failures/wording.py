"""The wording that rows of asking and of writing share.

Source: PDS FHIR API, the error tables of its specification.
"""

from openroots.problem import Failure

GUIDANCE = "https://digital.nhs.uk/developer/api-catalogue/personal-demographics-service-fhir"


def refused_value(
    code: str, display: str, words: str | None, *, ours: bool = False, mend: str = ""
) -> Failure:
    """A value that cannot be."""
    return Failure(400, code, "value", display, words, ours=ours, mend=mend)


def refused_update(words: str, mend: str = "", *, ours: bool = False) -> Failure:
    """An update that cannot be."""
    told = f"Invalid update with error - {words}"
    return Failure(
        400, "INVALID_UPDATE", "structure", "Update is invalid", told, mend=mend, ours=ours
    )
