"""A FHIR profile: that a record is what the profile says it is.

    profile = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"

The profiles are those that the program brings, R4 and UK Core, and those of the FHIR packages that
were added to a world. One that the program brings is made ready when its clause is read, once in
the life of the program, so that no request waits for it; one of a package when it is first asked.
What a profile asks that cannot be checked here, such as a code of an edition that is not loaded, is
not held against a record.

Source: FHIR R4, section 5.1 (profiling).
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from openroots.fhir.added import Added
from openroots.register.condition import Judge
from openroots.register.definition import Table

if TYPE_CHECKING:
    from openroots.fhir.validation import Finding, Validator

MOST_TOLD = 3  # findings, of however many
LONGEST_TOLD = 300  # characters of each
ABSTRACT = frozenset({"Resource", "DomainResource"})


def parse_profile(table: Table) -> Judge:
    """What judges a record by the `profile` of a clause. A profile that is not known binds
    nobody: `profile_fault` refuses it before anything is decided."""
    url = table.words("profile")
    _make_ready(url)

    def judge(record: Any) -> bool:
        return not broken(url, record)

    return judge


def profile_fault(url: str, types: Collection[str], packages: Added | None = None) -> str:
    """What is wrong with asking records of these types to meet a profile; "" where nothing is."""
    definitions = _validator(packages).definitions
    structure = definitions.structure(url)
    if structure is None:
        return "is no profile that is known here: those of R4, UK Core and packages added are"
    if known := definitions.other_version(url):
        return f"is known here in version {known} only"
    if structure["t"] not in ABSTRACT and (others := sorted({*types} - {structure["t"]})):
        return f"is for {structure['t']}, which no {others[0]} can meet"
    return ""


def broken(url: str, record: Any, packages: Added | None = None) -> tuple["Finding", ...]:
    """What in a record breaks a profile, as it is known to a world with these packages."""
    validator = _validator(packages)
    definitions = validator.definitions
    if definitions.structure(url) is None or definitions.other_version(url):
        return ()
    return tuple(one for one in validator.validate(record, (url,), declared=False) if one.fails)


def in_words(found: Collection["Finding"]) -> str:
    """Findings told: where each is, what is wrong there, what was expected."""
    first = [*found][:MOST_TOLD]
    told = [f"{one.place}: {one.told}" for one in first]
    more = f"; and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    return "; ".join(words[:LONGEST_TOLD].rstrip(". ") for words in told) + more


def _validator(packages: Added | None) -> "Validator":
    # Most standards name no profile, and a register without one need not know how to validate.
    from openroots.fhir.validation import standard_validator

    return packages.validator() if packages else standard_validator()


def _make_ready(url: str) -> None:
    if structure := _validator(None).definitions.structure(url):
        broken(url, {"resourceType": structure["t"], "language": "en"})
