"""Functions that answer yes or no of a collection: empty, exists, all, isDistinct, ...

Source: FHIRPath N1 2.0.0, sections 5.1 and 6.5.3.
"""

from openroots.fhir.path.compiled import Compiled, condition, judging
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.signatures import Function, question, simple, with_set_question
from openroots.fhir.path.node import Items
from openroots.fhir.path.values import distinct, key, plain


def _exists(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    ask = of.ask
    if not arguments:
        return judging(lambda items, frame: bool(ask(items, frame)))
    criteria = condition(arguments[0])

    def judge(items: Items, frame: Frame) -> bool:
        found = ask(items, frame)
        frame.run.spend(len(found))
        inner = Frame(frame.run, [])
        return any(_holds(item, place, inner) for place, item in enumerate(found))

    def _holds(item: object, place: int, inner: Frame) -> bool:
        inner.this, inner.index = [item], place
        return criteria(inner.this, inner) is True

    return judging(judge)


def _all(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    ask, criteria = of.ask, condition(arguments[0])

    def judge(items: Items, frame: Frame) -> bool:
        found = ask(items, frame)
        frame.run.spend(len(found))
        inner = Frame(frame.run, [])
        for place, item in enumerate(found):
            inner.this, inner.index = [item], place
            if criteria(inner.this, inner) is not True:
                return False
        return True

    return judging(judge)


def _not(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    judge = condition(of)

    def negated(items: Items, frame: Frame) -> bool | None:
        found = judge(items, frame)
        return None if found is None else not found

    return judging(negated)


def _booleans(items: Items) -> list[bool]:
    values = [plain(item) for item in items]
    if any(value.__class__ is not bool for value in values):
        raise PathError("a function of Booleans is asked of something else")
    return values


def _within(items: Items, others: Items) -> bool:
    return {key(item) for item in items} <= {key(item) for item in others}


FUNCTIONS = {
    "empty": question(lambda items: not items),
    "exists": Function(0, 1, _exists),
    "all": Function(1, 1, _all),
    "not": Function(0, 0, _not),
    "allTrue": question(lambda items: all(_booleans(items))),
    "anyTrue": question(lambda items: any(_booleans(items))),
    "allFalse": question(lambda items: not any(_booleans(items))),
    "anyFalse": question(lambda items: not all(_booleans(items))),
    "subsetOf": with_set_question(_within),
    "supersetOf": with_set_question(lambda items, others: _within(others, items)),
    "isDistinct": question(lambda items: len(distinct(items)) == len(items)),
    "count": simple(lambda items: [len(items)]),
}
