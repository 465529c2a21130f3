"""OperationOutcome: how FHIR APIs tell of a failure or a warning. Their dialects say in what words.

Source: FHIR R4 4.0.1, OperationOutcome.
"""

from openroots.problem import Json


def outcome(*issues: Json) -> Json:
    """An OperationOutcome of these issues."""
    return {"resourceType": "OperationOutcome", "issue": list(issues)}


ISSUE_SCHEMA = {
    "type": "object",
    "required": ["severity", "code", "details"],
    "properties": {
        "severity": {"enum": ["fatal", "error", "warning", "information"]},
        "code": {"type": "string"},
        "details": {"type": "object", "required": ["coding"]},
        "diagnostics": {"type": "string"},
    },
}
OUTCOME_SCHEMA = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"enum": ["OperationOutcome"]},
        "issue": {"type": "array", "minItems": 1, "items": ISSUE_SCHEMA},
    },
}
