"""The small checks that a profile is made of, one for each kind of thing that it can ask.

For `overlay`, which puts them together. Each takes what it needs from the definition once, and
gives a function that looks at a value.

Source: FHIR R4 4.0.1, ElementDefinition.
"""

from typing import Any

from openroots.fhir.definitions import Node
from openroots.fhir.path.choices import TYPE_OF_KEY
from openroots.fhir.validation.places import Place
from openroots.fhir.validation.run import Check, Run
from openroots.fhir.validation.slicing import Slices
from openroots.fhir.validation.values import holds, same

Json = dict[str, Any]

ANY_TARGET = frozenset({"Resource", "DomainResource", "Any"})


def together(checks: list[Check]) -> Check | None:
    """One check for several; None for none."""
    if len(checks) < 2:
        return checks[0] if checks else None

    def check(value: Any, at: Place, run: Run) -> None:
        for each in checks:
            each(value, at, run)

    return check


def of_dict(checks: list[Check]) -> Check:
    """A check of an object by all of these."""

    if len(checks) == 1:
        [only] = checks

        def check_one(value: Any, at: Place, run: Run) -> None:
            if value.__class__ is dict:
                only(value, at, run)

        return check_one

    def check(value: Any, at: Place, run: Run) -> None:
        if value.__class__ is dict:
            for each in checks:
                each(value, at, run)

    return check


def instead(check: Check | None) -> list[Check]:
    """A check of a binding that stands in the place of the type's own."""
    if check is None:
        return []

    def checking(value: Any, at: Place, run: Run) -> None:
        if len(run.noted) > run.since:
            run.overrule(at)
        check(value, at, run)

    return [checking]


def absent(kid: Node) -> Check:
    """A check that an element is not there."""

    name, beside, source = kid.name, f"_{kid.name}", kid.source

    def check(holder: Json, at: Place, run: Run) -> None:
        if name in holder or beside in holder:
            run.tell("not-allowed", (at, name, -1), name=name, source=source)

    return check


def absent_choice(base: str, kid: Node) -> Check:
    """A check that an element of several types is not there."""

    length, source = len(base), kid.source

    def check(holder: Json, at: Place, run: Run) -> None:
        for key in holder:
            if key[:length] == base and key[length : length + 1].isupper():
                run.tell("not-allowed", (at, base, -1), name=base, source=source)

    return check


def counted(kid: Node) -> Check:
    """A check of how often an element is there."""

    name, least, most, source = kid.name, kid.min, kid.max, kid.source

    def check(holder: Json, at: Place, run: Run) -> None:
        given = holder.get(name)
        count = len(given) if given.__class__ is list else int(given is not None)
        if count == 0 and f"_{name}" in holder:
            count = 1
        if count < least:
            row = "too-few" if count else "missing"
            place = (at, name, -1)
            run.tell(row, place, name=name, count=count, least=least, source=source)
        elif most is not None and count > most:
            run.tell("too-many", (at, name, -1), name=name, count=count, most=most, source=source)

    return check


def each_item(kid: Node, checks: list[Check]) -> Check:
    """A check of each item of an element, or of the one."""
    name, whole = kid.name, together(checks)
    assert whole is not None
    one = whole

    def check_item(holder: Json, at: Place, run: Run) -> None:
        given = holder.get(name)
        if given is not None:
            one(given, (at, name, -1), run)

    def check_items(holder: Json, at: Place, run: Run) -> None:
        given = holder.get(name)
        if given.__class__ is list:
            for i, value in enumerate(given):
                one(value, (at, name, i), run)

    return check_items if kid.many else check_item


def sliced(kid: Node, slices: Slices) -> Check:
    """A check of the slices of an element."""

    name, many, judge = kid.name, kid.many, slices.check

    def check(holder: Json, at: Place, run: Run) -> None:
        given = holder.get(name)
        values = given if many else [given] if given is not None else []
        judge(values if values.__class__ is list else [], (at, name, -1), run)

    return check


def beside(kid: Node, checked: Check) -> Check:
    """A check of what stands beside a primitive: its extensions. Where a value has nothing beside
    it, that is looked at too: an extension may be wanted."""
    name, key = kid.name, f"_{kid.name}"

    def check_one(holder: Json, at: Place, run: Run) -> None:
        if name in holder or key in holder:
            checked(holder.get(key) or {}, (at, name, -1), run)

    def check_items(holder: Json, at: Place, run: Run) -> None:
        values, given = holder.get(name), holder.get(key)
        count = len(values) if values.__class__ is list else 0
        aside = given if given.__class__ is list else []
        for i in range(max(count, len(aside))):
            checked((aside[i] if i < len(aside) else None) or {}, (at, name, i), run)

    return check_items if kid.many else check_one


def allowed_types(base: str, names: dict[str, str], kid: Node) -> Check:
    """A check that an element is of none but these types."""

    length, source = len(base), kid.source
    told = ", ".join(sorted(names.values()))

    def check(holder: Json, at: Place, run: Run) -> None:
        for key in holder:
            if key not in names and key[:length] == base and key[length : length + 1].isupper():
                place = (at, base, -1)
                fields = {"name": base, "given": TYPE_OF_KEY.get(key, key[length:]), "types": told}
                run.tell("type-not-allowed", place, **fields, source=source)

    return check


def by_name(base: str, checks: dict[str, list[Check]]) -> Check:
    """A check of an element of several types, by the name that says its type."""

    def check(holder: Json, at: Place, run: Run) -> None:
        for key, value in holder.items():
            if key in checks:
                for each in checks[key]:
                    each(value, (at, base, -1), run)

    return check


def usual_value(checks: dict[str, list[Check]], whole: Check) -> Check:
    """A check of the value of an extension that is one url and one value of an allowed type, as
    nearly all are; of any other `whole` is asked."""

    def check(holder: Json, at: Place, run: Run) -> None:
        if len(holder) == 2 and "url" in holder:
            for name, value in holder.items():
                if name in checks and value is not None:
                    for each in checks[name]:
                        each(value, (at, "value", -1), run)
                    return
        whole(holder, at, run)

    return check


def some_of(base: str, names: frozenset[str], kid: Node) -> Check:
    """A check that one of these names is there."""

    source, least = kid.source, kid.min
    either = names | {f"_{name}" for name in names}

    def check(holder: Json, at: Place, run: Run) -> None:
        if either.isdisjoint(holder) and not any(_is_choice(key, base) for key in holder):
            run.tell("missing", (at, base, -1), name=base, least=least, source=source)

    return check


def slice_wanted(base: str, called: str, node: Node) -> Check:
    """A check that an element is there in the type that a slice wants."""

    names = frozenset(f"{base}{type.code[:1].upper()}{type.code[1:]}" for type in node.types)
    either = names | {f"_{name}" for name in names}
    fields = {"slice": called, "name": base, "count": 0, "least": node.min, "source": node.source}
    of = f"it is of the type {' or '.join(sorted(type.code for type in node.types))}"
    absent = some_of(base, names, node)

    def check(holder: Json, at: Place, run: Run) -> None:
        absent(holder, at, run)
        if either.isdisjoint(holder) and any(_is_choice(key, base) for key in holder):
            run.tell("slice-few", (at, base, -1), **fields, by=of)

    return check


def fixed(wanted: Any, source: str) -> Check:
    """A check that a value is exactly this."""

    if wanted.__class__ is str:

        def check_text(value: Any, at: Place, run: Run) -> None:
            if value.__class__ is not str or value != wanted:
                run.tell("fixed", at, given=value, wanted=_shown(wanted), source=source)

        return check_text

    def check(value: Any, at: Place, run: Run) -> None:
        if not same(value, wanted):
            run.tell("fixed", at, given=value, wanted=_shown(wanted), source=source)

    return check


def pattern(wanted: Any, source: str) -> Check:
    """A check that a value holds this."""

    def check(value: Any, at: Place, run: Run) -> None:
        if not holds(value, wanted):
            run.tell("pattern", at, given=value, wanted=_shown(wanted), source=source)

    return check


def _shown(wanted: Any) -> str:
    return repr(wanted)[:300]


def of_resource(types: frozenset[str], node: Node) -> Check:
    """A check that a resource is of one of these types."""

    def check(value: Any, at: Place, run: Run) -> None:
        given = value.get("resourceType") if value.__class__ is dict else None
        if given.__class__ is str and given not in types and not types & ANY_TARGET:
            told = ", ".join(sorted(types))
            run.tell(
                "type-not-allowed", at, name=at[1], given=given, types=told, source=node.source
            )

    return check


def _is_choice(key: str, base: str) -> bool:
    """Whether the name is the base with a type at its end, even a type that is not allowed."""
    return key.startswith(base) and key[len(base) :][:1].isupper()
