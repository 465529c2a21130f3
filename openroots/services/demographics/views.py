"""What a caller is shown of a record: restricted people without where they are, and so on.

Source: PDS FHIR API ("Restricted patients", "Removal from registration").
"""

from typing import Any

from openroots.fhir.patient import (
    APPLIANCE_SUPPLIER,
    BIRTH_PLACE,
    CONSENT,
    NOMINATED_PHARMACY,
    PREFERRED_DISPENSER,
    REMOVAL,
    RESTRICTED,
    SENSITIVE,
    VERY_RESTRICTED,
    code,
    extension,
)
from openroots.problem import Json
from openroots.service import Access, Caller
from openroots.services.demographics.attributes import (
    sees_consent,
    sees_empty_lines,
    sees_reasons,
)
from openroots.storage import Row

SHOWN = "shown"  # the form of a record that callers without special rights see
SEARCH = "search"  # the form in which anybody is shown it as the result of a search
ORDINARY = Caller("", "", Access.HEALTHCARE_WORKER)

# What could say where a restricted person is.
PLACES = ("address", "telecom", "contact", "generalPractitioner", "managingOrganization")
PLACE_EXTENSIONS = frozenset(
    {NOMINATED_PHARMACY, PREFERRED_DISPENSER, APPLIANCE_SUPPLIER, BIRTH_PLACE}
)
LEFT_OF_VERY_RESTRICTED = ("resourceType", "id", "meta")

# What a search shows of a record, in this order, and which names and addresses.
FOUND = (
    *("resourceType", "id", "identifier", "meta", "name", "gender", "birthDate"),
    *("multipleBirthInteger", "deceasedDateTime", "address", "telecom", "contact"),
    "generalPractitioner",
)
USES_FOUND = {"name": ("usual", "nickname", "temp"), "address": ("home",)}

# Reasons for removal from registration that could endanger someone or concern nobody else.
CONFIDENTIAL_REASONS = {"AFN", "SDN", "LDN"}
ALWAYS_CONFIDENTIAL = {"LDN"}
OTHER_REASON = {"code": "ORR", "display": "Other Reason"}
DEATH = "DEA"  # after which nobody is told which organisation had charge of the person
MANAGER = "managingOrganization"
HIDING_IN_RAW = tuple(f'"code":"{reason}"'.encode() for reason in (*CONFIDENTIAL_REASONS, DEATH))

# To the sharing of records through the national care records service: given, or refused.
SHARING = "4"
CONSENTS_TOLD = frozenset({"1", "2"})
EMPTY_LINE = b'""'


def form_for(caller: Caller) -> str:
    """In which form to read a record for this caller: as anyone may see it, or in full, to be
    shown as far as special rights go."""
    special = caller.access is Access.PRIVILEGED or caller.attributes
    return "" if special else SHOWN


def seen_by(caller: Caller, row: Row) -> Json | bytes:
    """The record, read in the form for this caller, as this caller may see it."""
    if row.form == SHOWN or (row.labels.isdisjoint(SENSITIVE) and not may_hide(row.raw)):
        return row.raw
    return shown(caller, row.body, row.labels)


def shown(caller: Caller, patient: Json, labels: frozenset[str]) -> Json:
    """A parsed record as this caller may see it."""
    if VERY_RESTRICTED in labels:
        return {name: patient[name] for name in LEFT_OF_VERY_RESTRICTED if name in patient}
    if RESTRICTED in labels and caller.access is not Access.PRIVILEGED:
        patient = without_places(patient)
    if not sees_empty_lines(caller):
        patient = without_empty_lines(patient)
    patient = without_manager_of_the_dead(with_consent_hidden(caller, patient))
    return with_reason_masked(caller, patient)


def found(ordinary: Json) -> Json:
    """A record as the result of a search: the parts that a search shows, for whoever asks, of what
    callers without special rights see."""
    parts = {name: _found_of(name, ordinary[name]) for name in FOUND if name in ordinary}
    return {name: part for name, part in parts.items() if part}


def _found_of(name: str, part: Any) -> Any:
    """A part as a search shows it: of names and addresses, those of some uses."""
    uses = USES_FOUND.get(name)
    return part if uses is None else [item for item in part if item.get("use") in uses]


def may_hide(raw: bytes) -> bool:
    """Whether stored bytes could hold what is not shown to all: a look without parsing them."""
    has_reason = b"PDS-RemovalReasonExitCode" in raw and any(
        reason in raw for reason in HIDING_IN_RAW
    )
    return has_reason or CONSENT.encode() in raw or EMPTY_LINE in raw


def without_places(patient: Json) -> Json:
    """A restricted person's record without anything that says where they are."""
    left = {name: value for name, value in patient.items() if name not in PLACES}
    extensions = [
        item for item in patient.get("extension", ()) if item.get("url") not in PLACE_EXTENSIONS
    ]
    return left | {"extension": extensions} if extensions else _without(left, "extension")


def without_manager_of_the_dead(patient: Json) -> Json:
    """The record without its managing organisation, where its person was removed by death."""
    removal = extension(patient, REMOVAL)
    return _without(patient, MANAGER) if _reason(removal) == DEATH else patient


def with_reason_masked(caller: Caller, patient: Json) -> Json:
    """The record with a confidential reason for removal told as "other reason"."""
    hidden = ALWAYS_CONFIDENTIAL if sees_reasons(caller) else CONFIDENTIAL_REASONS
    removal = extension(patient, REMOVAL)
    if _reason(removal) not in hidden:
        return patient
    coding = [_concept(removal)["coding"][0] | OTHER_REASON]
    reason = {"url": "removalFromRegistrationCode", "valueCodeableConcept": {"coding": coding}}
    others = [part for part in removal["extension"] if part["url"] != reason["url"]]
    return with_removal(patient, removal | {"extension": [reason, *others]})


def _reason(removal: Json) -> str:
    return code(_concept(removal))


def _concept(removal: Json) -> Json:
    """Why a person was removed from registration."""
    part = extension(removal, "removalFromRegistrationCode")
    concept: Json = part.get("valueCodeableConcept", {})
    return concept


def with_removal(patient: Json, removal: Json) -> Json:
    """The record with its removal from registration, if it has one, told in these words."""
    extensions = patient.get("extension")
    if not extensions or not removal:
        return patient
    kept = [removal if item.get("url") == REMOVAL else item for item in extensions]
    return patient | {"extension": kept}


def with_consent_hidden(caller: Caller, patient: Json) -> Json:
    """The record without what the person has said of sharing it, unless the caller is told."""
    extensions = patient.get("extension", ())
    hidden = [item for item in extensions if is_consent(item)]
    if not hidden or (sees_consent(caller) and all(map(_is_told, hidden))):
        return patient
    may = sees_consent(caller)
    left = [item for item in extensions if not is_consent(item) or (may and _is_told(item))]
    return patient | {"extension": left} if left else _without(patient, "extension")


def is_consent(item: Json) -> bool:
    """Whether this extension says if the person lets their record be shared."""
    return item.get("url") == CONSENT


def _is_told(item: Json) -> bool:
    type, status = (
        code(extension(item, url).get("valueCodeableConcept", {})) for url in ("type", "status")
    )
    return type == SHARING and status in CONSENTS_TOLD


def without_empty_lines(patient: Json) -> Json:
    """The record without the lines of its addresses that hold nothing."""
    addresses = patient.get("address", ())
    if all(line.strip() for address in addresses for line in address.get("line", ())):
        return patient
    return patient | {"address": [_without_empty(address) for address in addresses]}


def _without_empty(address: Json) -> Json:
    lines = [line for line in address.get("line", ()) if line.strip()]
    return address | {"line": lines} if lines else _without(address, "line")


def with_what_was_hidden(changed: Json, seen: Json, stored: Json) -> Json:
    """What to keep of a record that was changed by someone who was shown less than is stored."""
    if seen is stored:
        return changed
    if MANAGER in stored and MANAGER not in seen and MANAGER not in changed:
        changed = changed | {MANAGER: stored[MANAGER]}
    hidden = [item for item in stored.get("extension", ()) if item not in seen.get("extension", ())]
    apart = [item for item in hidden if item["url"] != REMOVAL]
    if apart:
        changed = changed | {"extension": [*changed.get("extension", ()), *apart]}
    if "address" in changed:
        held = list(zip(seen.get("address", ()), stored.get("address", ()), strict=True))
        changed = changed | {"address": [_as_held(each, held) for each in changed["address"]]}
    return with_removal(changed, extension(stored, REMOVAL))


def _as_held(address: Json, held: list[tuple[Json, Json]]) -> Json:
    """An address that nobody changed, with the empty lines that it has in the store."""
    return next((full for shown, full in held if shown == address), address)


def _without(patient: Json, name: str) -> Json:
    return {part: value for part, value in patient.items() if part != name}
