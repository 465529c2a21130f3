"""Functions that ask an expression of each item: where, select, repeat, aggregate, iif, sort.

`repeat` keeps one of equal items and goes on until nothing new is found, as the run allows.

Source: FHIRPath N1 2.0.0, sections 5.2, 5.5.1 and 7.
"""

from functools import cmp_to_key
from typing import Any

from openroots.fhir.path.compiled import ITSELF, Compiled, condition
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.signatures import Function
from openroots.fhir.path.node import Items
from openroots.fhir.path.values import key, order


def _where(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    ask, criteria = of.ask, condition(arguments[0])

    def filtered(items: Items, frame: Frame) -> Items:
        found = ask(items, frame)
        if not found:
            return found
        frame.run.spend(len(found))
        inner, kept = Frame(frame.run, []), []
        for place, item in enumerate(found):
            inner.this, inner.index = [item], place
            if criteria(inner.this, inner) is True:
                kept.append(item)
        return kept

    return Compiled(filtered)


def _select(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    ask, projection = of.ask, arguments[0].ask

    def selected(items: Items, frame: Frame) -> Items:
        inner, found = Frame(frame.run, []), []
        for place, item in enumerate(ask(items, frame)):
            inner.this, inner.index = [item], place
            part = projection(inner.this, inner)
            frame.run.spend(len(part) + 1)
            found += part
        return found

    return Compiled(selected)


def _repeat(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    ask, projection = of.ask, arguments[0].ask

    def repeated(items: Items, frame: Frame) -> Items:
        inner, seen = Frame(frame.run, []), dict[Any, Any]()
        queue = list(ask(items, frame))
        for item in queue:  # grows while it is gone through
            inner.this = [item]
            part = projection(inner.this, inner)
            frame.run.spend(len(part) + 1)
            for new in part:
                if (name := key(new)) not in seen:
                    seen[name] = new
                    queue.append(new)
        return list(seen.values())

    return Compiled(repeated)


def _aggregate(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    ask, step = of.ask, arguments[0].ask
    begin = arguments[1].ask if len(arguments) > 1 else None

    def aggregated(items: Items, frame: Frame) -> Items:
        total = begin(frame.this, frame) if begin else []
        inner = Frame(frame.run, [])
        for place, item in enumerate(ask(items, frame)):
            inner.this, inner.index, inner.total = [item], place, total
            total = step(inner.this, inner)
            frame.run.spend(len(total) + 1)
        return total

    return Compiled(aggregated)


def _iif(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    """The branch that is not taken is not asked."""
    ask, criteria, then = of.ask, condition(arguments[0]), arguments[1].ask
    otherwise = arguments[2].ask if len(arguments) > 2 else None
    is_asked_of_itself = of is ITSELF

    def chosen(items: Items, frame: Frame) -> Items:
        found = ask(items, frame)
        inner = frame
        if not is_asked_of_itself:
            inner = Frame(frame.run, found, frame.index, frame.total)
        if criteria(found, inner) is True:
            return then(found, inner)
        return otherwise(found, inner) if otherwise else []

    return Compiled(chosen)


def _sort(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    """By each key in turn; a minus before a key, whatever its kind, turns its order about."""
    ask = of.ask
    keys = tuple((argument.negates or argument).ask for argument in arguments)
    turned = tuple(argument.negates is not None for argument in arguments) or (False,)

    def sorted_items(items: Items, frame: Frame) -> Items:
        found = ask(items, frame)
        frame.run.spend(len(found) * (1 + len(found).bit_length()))
        inner, rows = Frame(frame.run, []), []
        for place, item in enumerate(found):
            inner.this, inner.index = [item], place
            rows.append(([ask_key(inner.this, inner) for ask_key in keys] or [[item]], item))
        return [item for _, item in sorted(rows, key=cmp_to_key(row_order))]

    def row_order(left: tuple[list[Items], Any], right: tuple[list[Items], Any]) -> int:
        return _order_of_keys(left[0], right[0], turned)

    return Compiled(sorted_items)


def _order_of_keys(left: list[Items], right: list[Items], turned: tuple[bool, ...]) -> int:
    """By the first key that tells two apart; what has none comes first, whichever the order."""
    for one, other, about in zip(left, right, turned, strict=True):
        if len(one) > 1 or len(other) > 1:
            raise PathError("a key to sort by is several items")
        if not one or not other:
            found: int | None = len(one) - len(other)
        else:
            found = order(other[0], one[0]) if about else order(one[0], other[0])
        if found:
            return found
    return 0


FUNCTIONS = {
    "where": Function(1, 1, _where),
    "select": Function(1, 1, _select),
    "repeat": Function(1, 1, _repeat),
    "aggregate": Function(1, 2, _aggregate),
    "iif": Function(2, 3, _iif),
    "sort": Function(0, 20, _sort),
}
