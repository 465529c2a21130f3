"""Invariants: each as the fastest function that says the same.

For the checks of types and profiles. What a validator meets on every element is written in Python
by hand; an invariant that only asks which elements are there becomes one condition, by
`presence`; every other one is its FHIRPath expression, compiled.

Source: FHIR R4 4.0.1, the invariants of the data types; section 2.9 (FHIRPath).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from openroots.fhir.definitions import Rule
from openroots.fhir.narrative import FORM, NOTHING_TOLD, html_fault
from openroots.fhir.validation.places import Place
from openroots.fhir.validation.run import Check, Run

if TYPE_CHECKING:
    from openroots.fhir.path.types import Types

Json = dict[str, Any]

# Held by the code itself: an element has something in it, an extension one of two things, and
# what is contained is in order.
BUILT_IN = frozenset({"ele-1", "ext-1", "ref-1", "dom-2", "dom-3", "dom-4", "dom-5", "txt-2"})
UNSURE = "it cannot be worked out"
MOST_STEPS = 200_000


def fields_of(rule: Rule) -> Json:
    """The fields of the finding that this rule is not met."""
    return {
        "words": rule.words,
        "expression": rule.expression,
        "key": rule.key,
        "severity": rule.severity if rule.severity in ("error", "warning") else "error",
        "source": rule.source,
    }


def judged(rule: Rule, types: "Types", type: str = "") -> Check:
    """A check of any value, which is of this type, against the rule; "" where the value itself says
    its type, as resources do."""
    fields = fields_of(rule)
    native = NATIVE.get(rule.key)
    if native is not None and native[0] == rule.expression:
        holds = native[1]

        def check(value: Any, at: Place, run: Run) -> None:
            if not holds(value):
                run.tell("invariant", at, **fields)

        return check
    return _compiled(rule, fields, types, type)


def _compiled(rule: Rule, fields: Json, types: "Types", type: str) -> Check:
    # Most types ask nothing that needs the language, and it takes a while to load.
    from openroots.fhir.path import Context, Node, PathError, compile_expression

    try:
        expression = compile_expression(rule.expression)
    except PathError as error:
        reason = str(error)
        return lambda value, at, run: run.tell(
            "invariant-unsure", at, key=rule.key, reason=reason, source=rule.source
        )

    def check(value: Any, at: Place, run: Run) -> None:
        context = Context(
            resource=run.resource, root=run.holder, types=types, most_steps=MOST_STEPS
        )
        try:
            answer = expression.holds(Node(value, type) if type else value, context)
        except (PathError, RecursionError):
            run.tell("invariant-unsure", at, key=rule.key, reason=UNSURE, source=rule.source)
            return
        if answer is False:
            run.tell("invariant", at, **fields)

    return check


def _period_in_order(value: Json) -> bool:
    """Whether a period does not end before it starts, as far as both say when that is."""
    start, end = value.get("start"), value.get("end")
    if start.__class__ is not str or end.__class__ is not str:
        return True
    length = min(len(start), len(end), 10)
    if start[:length] != end[:length]:
        apart = "T" not in start or "T" not in end or abs(_days(start) - _days(end)) > 1
        if apart:
            return bool(start[:length] < end[:length])
    if len(start) < 20 or len(end) < 20:
        return True
    first, last = _moment(start), _moment(end)
    return first is None or last is None or first <= last


def _days(value: str) -> int:
    moment = _moment(value)
    return moment.toordinal() if moment else 0


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _has_words(value: Json) -> bool:
    """Whether the resource has a narrative."""
    text = value.get("text")
    return text.__class__ is dict and "div" in text


def _none_less_than_nothing(name: str) -> Callable[[Any], bool]:
    """Whether the number of this name is not below 0, where there is one."""

    def holds(value: Json) -> bool:
        number = value.get(name)
        return number.__class__ not in (int, float) or number >= 0

    return holds


def _entries_are_distinct(bundle: Json) -> bool:
    """Whether no two entries have the same full URL and version."""
    given = bundle.get("entry")
    if bundle.get("type") == "history" or given.__class__ is not list:
        return True
    seen = [_identity(entry) for entry in given if entry.__class__ is dict and "fullUrl" in entry]
    return len(seen) == len(set(seen))


def _url_is_of_no_version(entry: Json) -> bool:
    """Whether the full URL of an entry names no version."""
    return "/_history/" not in str(entry.get("fullUrl", ""))


def _each_has(name: str, *wanting: str) -> Callable[[Any], bool]:
    """Whether each entry of a bundle has an element of this name, just where the bundle is of one
    of these types."""
    types = (*wanting, "history")

    def holds(bundle: Json) -> bool:
        given, type = bundle.get("entry"), bundle.get("type")
        if given.__class__ is not list or type.__class__ is not str:
            return True
        wanted = type in types
        return all((name in entry) == wanted for entry in given if entry.__class__ is dict)

    return holds


def _identity(entry: Json) -> str:
    resource = entry.get("resource")
    meta = resource.get("meta") if resource.__class__ is dict else None
    version = meta.get("versionId", "") if meta.__class__ is dict else ""
    return f"{entry['fullUrl']}{version}"


def _offset_is_from_no_meal(value: Json) -> bool:
    """Whether an offset is from an event, and from none that is a whole meal."""
    when = value.get("when")
    if "offset" not in value:
        return True
    return when.__class__ is list and not (len(when) == 1 and when[0] in ("C", "CM", "CD", "CV"))


NATIVE: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "per-1": (
        "start.hasValue().not() or end.hasValue().not() or (start <= end)",
        _period_in_order,
    ),
    "tim-4": ("duration.exists() implies duration >= 0", _none_less_than_nothing("duration")),
    "tim-5": ("period.exists() implies period >= 0", _none_less_than_nothing("period")),
    "tim-9": (
        "offset.empty() or (when.exists() and ((when in ('C' | 'CM' | 'CD' | 'CV')).not()))",
        _offset_is_from_no_meal,
    ),
    "bdl-7": (
        "(type = 'history') or entry.where(fullUrl.exists())"
        ".select(fullUrl&resource.meta.versionId).isDistinct()",
        _entries_are_distinct,
    ),
    "bdl-8": ("fullUrl.contains('/_history/').not()", _url_is_of_no_version),
    "bdl-3": (
        "entry.all(request.exists() = (%resource.type = 'batch' or "
        "%resource.type = 'transaction' or %resource.type = 'history'))",
        _each_has("request", "batch", "transaction"),
    ),
    "bdl-4": (
        "entry.all(response.exists() = (%resource.type = 'batch-response' or "
        "%resource.type = 'transaction-response' or %resource.type = 'history'))",
        _each_has("response", "batch-response", "transaction-response"),
    ),
    "dom-6": ("text.`div`.exists()", _has_words),
}


def narrative_check(rule: Rule) -> Check:
    """A check of the div of a narrative, for txt-1 and txt-2."""

    def check(value: Any, at: Place, run: Run) -> None:
        if value.__class__ is str and (what := html_fault(value)):
            key = "txt-2" if what == NOTHING_TOLD else rule.key
            run.tell("html", at, what=what, form=FORM, key=key, source=rule.source)

    return check
