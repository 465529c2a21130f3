"""A report on a client in the form that CI servers read: a test for each rule.

What was not seen, or cannot be told from outside, is a test that was skipped, with the reason.

Source: the JUnit XML schema as Jenkins publishes it.
"""

from xml.etree import ElementTree

from openroots.gateway.clients.rule import FAIL, NOT_CHECKABLE, NOT_SEEN
from openroots.problem import Json

WHY_SKIPPED = {
    NOT_SEEN: "Not seen. To have it seen: {show}",
    NOT_CHECKABLE: "Cannot be told from outside. To look at it yourself: {show}",
}


def junit(report: Json, suite_name: str = "openroots conformance client") -> str:
    """The whole report as XML."""
    counts = report["counts"]
    suite = ElementTree.Element(
        "testsuite",
        name=suite_name,
        tests=str(len(report["rules"])),
        failures=str(counts[FAIL]),
        skipped=str(counts[NOT_SEEN] + counts[NOT_CHECKABLE]),
        timestamp=report["wall"][:19],  # without its zone, as the schema has it
    )
    for rule in report["rules"]:
        name = report["application"] or "client"
        case = ElementTree.SubElement(suite, "testcase", name=rule["id"], classname=name)
        if rule["outcome"] == FAIL:
            failure = ElementTree.SubElement(case, "failure", message=rule["words"])
            failure.text = "\n".join([*_told(rule), f"To mend: {rule['mend']}"])
        elif rule["outcome"] in WHY_SKIPPED:
            told = WHY_SKIPPED[rule["outcome"]].format(show=rule["show"])
            ElementTree.SubElement(case, "skipped", message=told)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, "unicode", xml_declaration=True) + "\n"


def _told(rule: Json) -> list[str]:
    trails = (f" (trail {one['trail']})" if one["trail"] else "" for one in rule["examples"])
    return [one["told"] + trail for one, trail in zip(rule["examples"], trails, strict=True)]
