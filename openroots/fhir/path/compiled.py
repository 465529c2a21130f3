"""An expression, or a part of one, made into a Python function.

For the compiler and the functions of the language. `ask` gives a collection; `judge` gives True,
False or None (empty), and is there where the answer is always a Boolean: conditions then cost no
collections.

Source: none; the meaning is FHIRPath's.
"""

from collections.abc import Callable
from typing import NamedTuple

from openroots.fhir.path.frame import Frame
from openroots.fhir.path.node import Items
from openroots.fhir.path.values import truth

Ask = Callable[[Items, Frame], Items]
Judge = Callable[[Items, Frame], bool | None]


class Compiled(NamedTuple):
    """What a part of an expression came to. `constant` is the text, where it is a literal one;
    `negates` what a minus stands before, where the part is just that."""

    ask: Ask
    judge: Judge | None = None
    constant: str | None = None
    negates: "Compiled | None" = None


Builder = Callable[[Compiled, tuple[Compiled, ...]], Compiled]


def judging(judge: Judge) -> Compiled:
    """What always answers with a Boolean, or empty."""

    def ask(items: Items, frame: Frame) -> Items:
        answer = judge(items, frame)
        return [] if answer is None else [answer]

    return Compiled(ask, judge)


def condition(part: Compiled) -> Judge:
    """A part as a condition. A single item that is no Boolean counts as true."""
    if part.judge is not None:
        return part.judge
    ask = part.ask
    return lambda items, frame: truth(ask(items, frame))


def _itself(items: Items, frame: Frame) -> Items:
    return items


ITSELF = Compiled(_itself)  # what is in focus, unchanged
