"""Coded entries: that what a record says is said in the codes of one system.

    codes = { path = "code", system = "http://snomed.info/sct", among = ["73211009"] }

A CodeableConcept may hold codings of several systems: one of them must be of this one. Where
`pattern` or `among` is given, the code itself must fit it too.

Source: FHIR R4, CodeableConcept and Coding.
"""

from typing import Any

from openroots.register.condition import Judge
from openroots.register.definition import Table
from openroots.register.path import read_record
from openroots.register.pattern import Pattern


def parse_codes(table: Table) -> Judge:
    """What judges a record by the `codes` of a clause. Raises ValueError naming the key."""
    asked = table.table("codes")
    system, among = asked.words("system"), frozenset(asked.texts("among"))
    try:
        read = read_record(asked.words("path"))
        fits = Pattern(asked.words("pattern") if asked.has("pattern") else ".+").fits
    except ValueError as error:
        raise asked.wrong("path or pattern", str(error)) from error
    missing_ok = asked.take_or("missing_ok", bool, False)
    asked.close()

    def is_coded(entry: Any) -> bool:
        if entry is None:
            return missing_ok
        return any(
            coding.get("system") == system
            and fits(code := coding.get("code"))
            and (not among or code in among)
            for coding in _codings(entry)
        )

    def judge(record: Any) -> bool:
        entries = read(record)
        return all(map(is_coded, entries)) and (missing_ok or bool(entries))

    return judge


def _codings(entry: Any) -> list[dict[str, Any]]:
    """The codings of a concept; a coding is one by itself."""
    if not isinstance(entry, dict):
        return []
    codings = entry.get("coding", [entry])
    return [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []
