"""How functions of FHIRPath are declared: how many arguments, and how these are asked.

For the modules beside this one. Most take their arguments as values, asked of what the function is
asked of; sets (`union` and its like) ask them of $this; others ask them of each item anew.

Source: FHIRPath N1 2.0.0, section 4.6 and 5; where it leaves open of what an argument is asked, as
its reference implementations do.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from openroots.fhir.path.compiled import Ask, Builder, Compiled, judging
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.node import Items
from openroots.fhir.path.values import one, text


class Function(NamedTuple):
    """A function of the language: how many arguments it takes, and how it is compiled."""

    least: int
    most: int
    build: Builder


def simple(answer: Callable[[Items], Items]) -> Function:
    """A function of the collection alone."""

    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask = of.ask
        return Compiled(lambda items, frame: answer(ask(items, frame)))

    return Function(0, 0, build)


def question(answer: Callable[[Items], bool | None]) -> Function:
    """A function of the collection alone that answers with a Boolean."""

    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask = of.ask
        return judging(lambda items, frame: answer(ask(items, frame)))

    return Function(0, 0, build)


def in_run(answer: Callable[..., Items], least: int = 0, most: int = 0) -> Function:
    """A function of the collection, the frame, and the values of its arguments (None: empty)."""

    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask = of.ask
        asks = tuple(argument.ask for argument in arguments)

        def answered(items: Items, frame: Frame) -> Items:
            found = ask(items, frame)
            return answer(found, frame, *(one(argument(found, frame)) for argument in asks))

        return Compiled(answered)

    return Function(least, most, build)


def with_set(answer: Callable[[Items, Items], Items]) -> Function:
    """A function of two collections, the second of which is asked of $this."""

    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask, other = of.ask, arguments[0].ask

        def answered(items: Items, frame: Frame) -> Items:
            found = answer(ask(items, frame), other(frame.this, frame))
            frame.run.spend(len(found))
            return found

        return Compiled(answered)

    return Function(1, 1, build)


def with_set_question(answer: Callable[[Items, Items], bool]) -> Function:
    """A function of two collections that answers with a Boolean."""

    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask, other = of.ask, arguments[0].ask
        return judging(lambda items, frame: answer(ask(items, frame), other(frame.this, frame)))

    return Function(1, 1, build)


def on_text(answer: Callable[..., Any], least: int = 0, most: int = 0) -> Function:
    """A function of one text and the values of its arguments: nothing, where one of these is
    nothing. What it gives is a value, a list of them, or None for nothing."""

    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask = of.ask
        asks = tuple(argument.ask for argument in arguments)

        def answered(items: Items, frame: Frame) -> Items:
            found = ask(items, frame)
            if not found:
                return []
            values = _values(asks, found, frame)
            if values is None:
                return []
            answer_to = answer(single_text(found), *values)
            return answer_to if isinstance(answer_to, list) else _listed(answer_to)

        return Compiled(answered)

    return Function(least, most, build)


def single_text(items: Items) -> str:
    """The text of the only item. Raises PathError for several, and for what is no text."""
    if len(items) > 1:
        raise PathError("a function of one text is asked of several")
    found = text(items[0])
    if found is None:
        raise PathError("a function of a text is asked of something else")
    return found


def _values(asks: tuple[Ask, ...], found: Items, frame: Frame) -> list[Any] | None:
    values = []
    for argument in asks:
        asked = argument(found, frame)
        value = one(asked)
        if value is None:
            return None
        written = text(asked[0])
        values.append(value if written is None else written)
    return values


def _listed(value: Any) -> Items:
    return [] if value is None else [value]
