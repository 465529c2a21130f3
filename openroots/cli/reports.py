"""What validation found, in the forms that CI servers and code hosts read: JUnit and SARIF.

For `openroots validate`.

Source: the JUnit XML schema as Jenkins publishes it; SARIF 2.1.0 (OASIS).
"""

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from openroots import __version__

Json = dict[str, Any]

LEVELS = {"fatal": "error", "error": "error", "warning": "warning", "information": "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def junit_report(answer: Json) -> str:
    """A test for each resource, which fails where the resource is not valid."""
    failed = [file for file in answer["files"] if _errors(file)]
    suite = ElementTree.Element(
        "testsuite",
        name="openroots validate",
        tests=str(len(answer["files"])),
        failures=str(len(failed)),
    )
    for file in answer["files"]:
        case = ElementTree.SubElement(suite, "testcase", name=file["file"], classname="FHIR R4")
        if wrong := _errors(file):
            told = [_words(each) for each in wrong]
            failure = ElementTree.SubElement(case, "failure", message=_clean(told[0]))
            failure.text = _clean("\n".join(told))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, "unicode", xml_declaration=True) + "\n"


def sarif_report(answer: Json) -> str:
    """A result for each finding, by the rule that was not met."""
    results = [
        {
            "ruleId": each["rule"],
            "level": LEVELS[each["severity"]],
            "message": {"text": _words(each)},
            "locations": [_location(file, each["place"])],
        }
        for file in answer["files"]
        for each in file["findings"]
    ]
    rules = [{"id": rule} for rule in sorted({str(each["ruleId"]) for each in results})]
    driver = {"name": "OpenRoots", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _location(file: Json, place: str) -> Json:
    """Where it is: the file, the line of NDJSON, and the place in the resource."""
    line = file.get("line")
    physical: Json = {"artifactLocation": {"uri": _uri(file["file"].removesuffix(f":{line}"))}}
    if line:
        physical["region"] = {"startLine": line}
    where: Json = {"physicalLocation": physical}
    return where | ({"logicalLocations": [{"fullyQualifiedName": place}]} if place else {})


def _uri(name: str) -> str:
    """The file as SARIF names one: a URI, relative where the name is."""
    path = PurePath(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _words(finding: Json) -> str:
    """What is wrong and where; what could not be read has no place."""
    return ": ".join(part for part in (finding["place"], finding["words"]) if part)


def _errors(file: Json) -> list[Json]:
    return [each for each in file["findings"] if each["severity"] in ("error", "fatal")]


def _clean(text: str) -> str:
    """The text without what XML cannot say."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
