"""A FHIR profile: that a record is what the profile says it is.

    profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"

The profiles are those that the program brings: R4 and UK Core. A profile is made ready when its
clause is read, once in the life of the program, so that no request waits for it. What a profile
asks that cannot be checked here, such as a code of an edition that is not loaded, is not held
against a record.

Source: FHIR R4, section 5.1 (profiling).
"""

from collections.abc import Collection
from typing import Any

from openroots.register.condition import Judge
from openroots.register.definition import Table

MOST_TOLD = 3  # findings, of however many
LONGEST_TOLD = 300  # characters of each
ABSTRACT = frozenset({"Resource", "DomainResource"})


def parse_profile(table: Table) -> Judge:
    """What judges a record by the `profile` of a clause. A profile that is not known binds
    nobody: `profile_fault` refuses it before anything is decided."""
    url = table.words("profile")
    _make_ready(url)

    def judge(record: Any) -> bool:
        return not _broken(url, record)

    return judge


def profile_fault(url: str, types: Collection[str]) -> str:
    """What is wrong with asking records of these types to meet a profile; "" where nothing is."""
    # Most standards name no profile, and a register without one need not know how to validate.
    from openroots.fhir.validation import standard_validator

    structure = standard_validator().definitions.structure(url)
    if structure is None:
        return "is no profile that is known here: those of R4 and UK Core are"
    if structure["t"] not in ABSTRACT and (others := sorted({*types} - {structure["t"]})):
        return f"is for {structure['t']}, which no {others[0]} can meet"
    return ""


def what_breaks(url: str, record: Any) -> str:
    """What in a record breaks a profile: where it is, what is wrong there, what was expected."""
    found = _broken(url, record)
    told = [f"{one.place}: {one.words} Expected: {one.expected}" for one in found[:MOST_TOLD]]
    more = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    return "; ".join(words[:LONGEST_TOLD].rstrip(". ") for words in told) + more


def _broken(url: str, record: Any) -> tuple[Any, ...]:
    from openroots.fhir.validation import standard_validator

    validator = standard_validator()
    if validator.definitions.structure(url) is None:
        return ()
    return tuple(one for one in validator.validate(record, (url,), declared=False) if one.fails)


def _make_ready(url: str) -> None:
    from openroots.fhir.validation import standard_validator

    if structure := standard_validator().definitions.structure(url):
        _broken(url, {"resourceType": structure["t"], "language": "en"})
