"""What a report on a client says, for its tests."""

from openroots.problem import Json


def outcomes(report: Json, outcome: str) -> set[str]:
    """The ids of the rules that came to this."""
    return {rule["id"] for rule in report["rules"] if rule["outcome"] == outcome}


def outcome_of(report: Json, id: str) -> str:
    """What this rule came to."""
    return next(str(rule["outcome"]) for rule in report["rules"] if rule["id"] == id)
