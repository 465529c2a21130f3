"""Makes openroots/fhir/definitions/r4.table from the official packages.

    .venv/bin/python tools/compile_definitions.py hl7.fhir.r4.core.tgz fhir.r4.ukcore.tgz

The first package is R4 itself; from it come also the names of types and the search
parameters. The table is committed: facts that are checked, no prose but the sentences of the
invariants. NOTICE says whose they are.

Source: hl7.fhir.r4.core 4.0.1 (CC0-1.0); UK Core 2.0.0 (Apache-2.0).
"""

import json
import sys
from pathlib import Path
from typing import Any

from openroots.fhir.definitions import TABLE
from openroots.fhir.definitions.table import packed
from openroots.fhir.package import condense_all, read_package

Json = dict[str, Any]


def main(paths: list[str]) -> int:
    """Make the table of these packages; the exit code."""
    if not paths:
        print("give the paths of the packages, R4 first", file=sys.stderr)
        return 2
    packages = [read_package(Path(path).read_bytes()) for path in paths]
    resources = [resource for package in packages for resource in package.resources]
    condensed = condense_all(resources)
    for reason in condensed.refused:
        print(f"left out: {reason}", file=sys.stderr)
    bound = _bound(condensed.structures)
    wanted = {url: values for url, values in condensed.values.items() if url in bound}
    table = packed(
        {
            "names": _names(condensed.structures),
            "structure": condensed.structures,
            "values": wanted,
            "searches": _searches(packages[0].resources),
        },
        _typical(condensed.structures),
    )
    TABLE.write_bytes(table)
    print(f"{len(condensed.structures)} definitions, {len(wanted)} value sets: {len(table)} bytes")
    return 0


def _bound(structures: dict[str, Json]) -> set[str]:
    """The value sets that something is bound to."""
    return {
        url
        for structure in structures.values()
        for element in structure["e"]
        for url in element.get("b", ())[1:]
    }


def _names(structures: dict[str, Json]) -> Json:
    kinds: dict[str, list[str]] = {"resource": [], "complex-type": [], "primitive-type": []}
    for structure in structures.values():
        if structure.get("s") and structure["k"] in kinds:
            kinds[structure["k"]].append(structure["t"])
    return {
        "resources": sorted(kinds["resource"]),
        "types": sorted(kinds["complex-type"]),
        "primitives": sorted(kinds["primitive-type"]),
    }


def _searches(resources: list[Json]) -> dict[str, list[Json]]:
    """Search parameters by the type that they are of."""
    found: dict[str, list[Json]] = {}
    for resource in resources:
        if resource.get("resourceType") != "SearchParameter" or "expression" not in resource:
            continue
        kept = {
            "code": resource["code"],
            "type": resource["type"],
            "expression": resource["expression"],
            **({"target": resource["target"]} if "target" in resource else {}),
        }
        for component in resource.get("component", ()):
            parts = kept.setdefault("component", [])
            parts.append([component["definition"], component["expression"]])
        for base in resource["base"]:
            found.setdefault(base, []).append(kept)
    return {base: sorted(some, key=lambda each: each["code"]) for base, some in found.items()}


def _typical(structures: dict[str, Json]) -> list[Json]:
    base = "http://hl7.org/fhir/StructureDefinition/"
    names = ("patient-birthPlace", "ServiceRequest", "Encounter", "Observation", "Patient")
    return [json.loads(json.dumps(structures[base + name])) for name in names]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
