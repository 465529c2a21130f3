"""The page of a standard: all that its file says.

For `make_docs`.

Source: none.
"""

import json

from openroots.register.decision import Decision
from openroots.register.standard import Clause, StageFrom, Standard
from tools.made_pages import FACT_HEADS, MADE, flowed, page, table


def standard_page(standard: Standard) -> str:
    """All that its file says of a standard."""
    mandates = [_mandate(decision) for decision in standard.founding]
    parts = [
        MADE.format(source=f"openroots/standards/{standard.id}.toml"),
        f"# {standard.title}",
        table(
            FACT_HEADS,
            [
                ("Standard", f"`{standard.id}`"),
                ("Version", standard.version),
                ("Sort", standard.sort),
                ("Force", FORCE_WORDS[standard.force]),
                ("Publisher", standard.publisher),
            ],
        ),
        "## Why",
        flowed(standard.why),
        "## Clauses",
        *(_clause(clause) for clause in standard.clauses),
        *([] if standard.clauses else ["None: it is listed, and no call is judged by it."]),
        "## Stages",
        table(("From", "Stage", "Care settings"), [_stage(one) for one in standard.stages]),
        "## Founding mandates",
        table(MANDATE_HEADS, mandates) if mandates else "None.",
        "## Sources",
        "\n".join(f"- {source}" for source in standard.sources),
    ]
    return page(parts)


MANDATE_HEADS = ("Care settings", "Published", "Warned of from", "Refused from", "Reason")
FORCE_WORDS = {
    "none": "none: nobody need meet it by law",
    "regard": "those it concerns must have regard to it",
    "binding": "those it concerns must meet it",
}


def _clause(clause: Clause) -> str:
    lines = [
        f"### Clause {clause.id}",
        flowed(clause.words),
        f"- Judged: each {clause.on}{_where(clause)}.",
        f"- Expected: {flowed(clause.expected)}",
        f"- To mend: {flowed(clause.mend)}",
    ]
    if clause.condition is None:
        rule = f"It is judged by the check `{clause.check}`."
    else:
        rule = f"```json\n{json.dumps(clause.condition.to_data(), indent=2)}\n```"
    return "\n\n".join([*lines[:2], "\n".join(lines[2:]), rule])


def _where(clause: Clause) -> str:
    applies = clause.applies
    told = [
        f"{words} {', '.join(f'`{one}`' for one in sorted(names))}"
        for words, names in (
            ("of type", applies.types),
            ("of the service", applies.services),
            ("at the endpoint", applies.endpoints),
        )
        if names
    ]
    return "".join(f" {words}" for words in told)


def _stage(stage: StageFrom) -> tuple[str, str, str]:
    return stage.start.isoformat(), stage.stage.value, ", ".join(stage.settings) or "all"


def _mandate(decision: Decision) -> tuple[str, ...]:
    dates = (decision.published, decision.warn_from, decision.enforce_from)
    told = (day.isoformat() if day else "no date is set" for day in dates)
    return ", ".join(decision.settings), *told, decision.reason
