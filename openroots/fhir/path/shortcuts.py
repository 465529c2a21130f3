"""Questions that are asked so often that they are answered without making collections.

For the compiler: whether an element is there, which is the first of a name, and whether a code is
one of those named. Each gives what the general way gives.

Source: none; measured on the invariants of FHIR R4.
"""

from typing import Any

from openroots.fhir.path.choices import CHOICES
from openroots.fhir.path.compiled import Ask, Compiled, Judge, judging
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.node import Items, Node, add_members
from openroots.fhir.path.syntax import Call, Member
from openroots.fhir.path.values import TEMPORAL, equal


def presence(part: Call) -> Compiled | None:
    """`name.exists()` or `name.empty()` of one element; None for anything else."""
    if part.name not in ("exists", "empty") or part.arguments or not isinstance(part.of, Member):
        return None
    name = part.of.name
    if part.of.of is not None or name[:1].isupper():
        return None
    found = _is_there(name)
    if part.name == "exists":
        return judging(found)
    return judging(lambda items, frame: not found(items, frame))


def first_of(ask: Ask, name: str) -> Ask:
    """`name.first()`: a rule that asks it of each element of a long list costs no more for that."""
    under, is_plain = "_" + name, name not in CHOICES

    def first(items: Items, frame: Frame) -> Items:
        types = frame.run.types
        for item in ask(items, frame):
            if item.__class__ is not Node:
                continue
            body, found = item.value, list[Any]()
            held = body.get(name) if body.__class__ is dict and under not in body else None
            if is_plain and held.__class__ is list and held and held[0] is not None:
                add_members(found, Node({name: held[:1]}, item.type), name, types)
            if not found:
                add_members(found, item, name, types)
            if found:
                return found[:1]
        return []

    return first


def comparison(operator: str, left: Compiled, right: Compiled) -> Judge | None:
    """`left = 'text'` or `left != 'text'`; None for anything else."""
    if operator not in ("=", "!=") or right.constant is None:
        return None
    return _is_text(left.ask, right.constant, operator == "=")


def _is_there(name: str) -> Judge:
    under, is_choice = "_" + name, name in CHOICES

    def judge(items: Items, frame: Frame) -> bool:
        for item in items:
            if item.__class__ is not Node:
                continue
            body = item.value
            if body.__class__ is dict and name in body:
                value = body[name]
                if value is not None and value.__class__ is not list:
                    return True
            elif body.__class__ is dict and under not in body and not is_choice:
                continue
            found: Items = []
            add_members(found, item, name, frame.run.types)
            if found:
                return True
        return False

    return judge


def _is_text(ask: Ask, wanted: str, answer: bool) -> Judge:
    constant = [wanted]

    def judge(items: Items, frame: Frame) -> bool | None:
        found = ask(items, frame)
        if not found:
            return None
        if len(found) == 1:
            item = found[0]
            value = item.value if item.__class__ is Node and item.type not in TEMPORAL else item
            if value.__class__ is str:
                return (value == wanted) is answer
        same = equal(found, constant)
        return None if same is None else same is answer

    return judge
