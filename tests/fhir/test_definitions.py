"""The definitions that are brought: they are whole, they open quickly, and they expand truly."""

import subprocess
import sys
import tarfile

import orjson
import pytest

from openroots.fhir.definitions import TABLE, TYPES, Contradiction, Definitions
from openroots.fhir.package import condense_all, read_package
from openroots.fhir.validation import validate
from tests.fhir.packages import UK_CORE, package_file

UK = "https://fhir.hl7.org.uk/StructureDefinition/"

# Examples of UK Core that are themselves wrong, and why.
WRONG = {
    "UKCore-Bundle-NEWS2Observations-Example.json": {"full-url-form"},
    "Extension-UKCore-ConditionEpisode-Example.json": {"two-values", "type-not-allowed"},
    "UKCore-MedicationDispense-CiprofloxacinIV-Example.json": {"reference-form"},
    "UKCore-Provenance-RARecordConsent-Example.json": {"reference-type"},
}
COLD = """
import time
from pathlib import Path
begun = time.process_time()
from openroots.fhir.validation import validate
found = validate({"resourceType": "Patient", "gender": "female"}, %r)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(time.process_time() - begun, int(status["VmHWM"].split()[0]) / 1024)
"""


def test_every_definition_that_is_brought_can_be_expanded() -> None:
    definitions = Definitions()
    urls = definitions.names("structure")
    assert len(urls) > 800
    for url in urls:
        assert definitions.tree(url).path == definitions.structure(url)["t"]


def test_r4_has_all_its_types_and_the_table_is_small() -> None:
    definitions = Definitions()
    assert len(definitions.resources) == 148
    assert len(definitions.primitives) == 20
    assert TABLE.stat().st_size < 1_000_000


def test_search_parameters_are_there() -> None:
    definitions = Definitions()
    assert "birthdate" in [each["code"] for each in definitions.searches("Patient")]


def test_a_profile_inherits_and_adds() -> None:
    node = Definitions().tree(UK + "UKCore-Patient")
    kids = node.kids or {}
    assert [kid.name for kid in kids["identifier"].slices.values()] == ["identifier"]
    assert kids["identifier"].slices["nhsNumber"].max == 1
    assert kids["identifier"].max is None
    assert kids["gender"].binding is not None


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in kilobytes on Linux")
def test_a_patient_is_judged_soon_after_a_cold_start_and_in_little_memory() -> None:
    script = COLD % (UK + "UKCore-Patient")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 1.5  # the goal is 0.3; this machine may be busy
    assert megabytes < 60


@pytest.mark.parametrize(
    "change",
    [
        {"baseDefinition": "https://example.org/loop"},
        {"baseDefinition": "https://example.org/none"},
        {"type": "Observation"},
        {"differential": {"element": [{"id": "Patient.none", "path": "Patient.none"}]}},
        {
            "differential": {
                "element": [{"id": "Patient.name", "path": "Patient.name", "min": 2, "max": "1"}]
            }
        },
        {"differential": {"element": [{"id": "Patient.name", "path": "Patient.name", "max": "x"}]}},
    ],
)
def test_a_definition_that_contradicts_itself_or_its_base_is_refused(change: object) -> None:
    definition = {
        "resourceType": "StructureDefinition",
        "url": "https://example.org/loop",
        "kind": "resource",
        "type": "Patient",
        "derivation": "constraint",
        "baseDefinition": TYPES + "Patient",
        "differential": {"element": [{"id": "Patient", "path": "Patient"}]},
        **change,  # type: ignore[dict-item]
    }
    added = condense_all([definition])
    assert added.refused == []
    with pytest.raises(Contradiction):
        Definitions(added=added.entries()).tree("https://example.org/loop")


def test_every_example_of_uk_core_is_valid_or_is_named_as_wrong() -> None:
    wrong = {}
    with tarfile.open(package_file(UK_CORE)) as archive:
        for member in archive:
            held = archive.extractfile(member) if "/example/" in member.name else None
            if held is None or not member.name.endswith(".json"):
                continue
            resource = orjson.loads(held.read())
            found = validate(resource, f"{UK}UKCore-{resource['resourceType']}")
            if rules := {each.rule for each in found if each.fails}:
                wrong[member.name.rpartition("/")[2]] = rules
    assert wrong == WRONG


def test_uk_core_as_a_package_gives_what_the_table_has() -> None:
    package = read_package(package_file(UK_CORE).read_bytes())
    made = condense_all(package.resources)
    definitions = Definitions()
    assert made.refused == []
    assert made.structures == {url: definitions.structure(url) for url in made.structures}
