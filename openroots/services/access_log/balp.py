"""Audit entries as FHIR AuditEvents, in the patterns of IHE's Basic Audit Log Patterns.

Source: IHE ITI Basic Audit Log Patterns (BALP) 1.1.3; FHIR R4 4.0.1, AuditEvent.
"""

from collections.abc import Mapping
from datetime import datetime

from openroots.fhir.dates import utc_text
from openroots.problem import Json
from openroots.services.access_log.telling import (
    OF_THEM,
    PATIENT,
    PROXY,
    STAFF_MEMBER,
    kind_of,
    purpose_of,
    who,
)
from openroots.storage import Key
from openroots.storage.looks import Deed, Look, LooksPage

PROFILE = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Patient"
PROFILES = {"C": "Create", "R": "Read", "U": "Update", "D": "Delete"}
DCM = "http://dicom.nema.org/resources/ontology/DCM"
HL7 = "http://terminology.hl7.org/CodeSystem/"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
STAFF_ID = "https://fhir.nhs.uk/Id/sds-user-id"
SOURCE, DESTINATION = "110153", "110152"
DISPLAYS = {SOURCE: "Source Role ID", DESTINATION: "Destination Role ID"}
SERIOUS, MAJOR = 400, 500
UNKNOWN = Deed("", "E", "")


def bundle_of(
    page: LooksPage,
    number: str,
    deeds: Mapping[str, Deed],
    named: Mapping[Key, str],
    origin: str,
    time: datetime,
) -> Json:
    """A searchset of the AuditEvents of a page."""
    events = [_event(look, number, deeds, named) for look in page.looks]
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "timestamp": utc_text(time)}
    bundle["total"] = page.total
    if events:
        bundle["entry"] = [
            {"fullUrl": f"{origin}/AuditEvent/{event['id']}", "resource": event} for event in events
        ]
    return bundle


def _event(look: Look, number: str, deeds: Mapping[str, Deed], named: Mapping[Key, str]) -> Json:
    entry = look.entry
    deed = deeds.get(entry["endpoint"], UNKNOWN)
    event: Json = {"resourceType": "AuditEvent", "id": f"{look.segment}-{entry['seq']}"}
    if (profile := PROFILES.get(deed.action)) and deed.interaction:
        event["meta"] = {"profile": [f"{PROFILE}{profile}"]}
    event["type"] = _coding(f"{HL7}audit-event-type", "rest", "RESTful Operation")
    if deed.interaction:
        system = "http://hl7.org/fhir/restful-interaction"
        event["subtype"] = [_coding(system, deed.interaction, deed.interaction)]
    event |= {"action": deed.action, "recorded": entry["wall"], "outcome": _outcome(entry)}
    if deed.words:
        event["outcomeDesc"] = f"{deed.words} Answered {entry.get('status', 200)}."
    event["purposeOfEvent"] = [_concept(f"{HL7}v3-ActReason", purpose_of(look))]
    event["agent"] = _agents(look, deed, number, named)
    event["source"] = {"observer": {"display": "OpenRoots"}}
    data = [_data(deed, number)] if "meta" in event else []
    event["entity"] = [_patient(number), *data, _transaction(entry)]
    return event


def _agents(look: Look, deed: Deed, number: str, named: Mapping[Key, str]) -> list[Json]:
    """The application, this server, and the person who asked, if one did."""
    entry, kind = look.entry, kind_of(look)
    # What is read goes from the server to the client; what is written, the other way.
    reads = deed.action == "R"
    client: Json = {
        "type": _dicom(DESTINATION if reads else SOURCE),
        "who": {"display": entry.get("application") or "unknown"},
        "requestor": kind not in (STAFF_MEMBER, PATIENT, PROXY),
    }
    if entry.get("organisation"):
        client["who"]["identifier"] = {"system": ODS, "value": entry["organisation"]}
    server = {
        "type": _dicom(SOURCE if reads else DESTINATION),
        "who": {"display": "OpenRoots"},
        "requestor": False,
    }
    if client["requestor"]:
        return [client, server]
    return [client, server, _user(look, number, named)]


def _user(look: Look, number: str, named: Mapping[Key, str]) -> Json:
    identified: Json = {"display": who(look, named, OF_THEM)}
    if user := look.entry.get("user"):
        identified["identifier"] = {"system": STAFF_ID, "value": user}
    elif kind_of(look) == PATIENT:
        identified["identifier"] = {"system": NHS_NUMBER, "value": number}
    participation = _concept(f"{HL7}v3-ParticipationType", "IRCP", "information recipient")
    return {"type": participation, "who": identified, "requestor": True}


def _patient(number: str) -> Json:
    return {
        "what": {"identifier": {"system": NHS_NUMBER, "value": number}},
        "type": _coding(f"{HL7}audit-entity-type", "1", "Person"),
        "role": _coding(f"{HL7}object-role", "1", "Patient"),
    }


def _data(deed: Deed, number: str) -> Json:
    """The resource that was read or changed: the person's record, or what belongs to it, of which
    the log does not say more."""
    what: Json = {"type": deed.type, "display": f"{deed.type} of this person"}
    if deed.type == "Patient":
        what = {"type": deed.type, "identifier": {"system": NHS_NUMBER, "value": number}}
    return {
        "what": what,
        "type": _coding(f"{HL7}audit-entity-type", "2", "System Object"),
        "role": _coding(f"{HL7}object-role", "4", "Domain Resource"),
    }


def _transaction(entry: Json) -> Json:
    """The request, by the id of its trail."""
    system = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
    return {
        "what": {"identifier": {"value": entry["trail"] or "none"}},
        "type": _coding(system, "XrequestId", "X-Request-Id"),
    }


def _outcome(entry: Json) -> str:
    status = entry.get("status", 200)
    if status < SERIOUS:
        return "0"
    return "4" if status < MAJOR else "8"


def _dicom(code: str) -> Json:
    return _concept(DCM, code, DISPLAYS[code])


def _concept(system: str, code: str, display: str = "") -> Json:
    return {"coding": [_coding(system, code, display)]}


def _coding(system: str, code: str, display: str = "") -> Json:
    coding = {"system": system, "code": code}
    return {**coding, "display": display} if display else coding
