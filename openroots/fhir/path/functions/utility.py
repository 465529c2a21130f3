"""Functions that need the context: now, today, timeOfDay, trace.

Without a moment in the context, the first three are a PathError: no clock is read here. What is
traced goes to the listener of the context, if it has one, and nowhere else.

Source: FHIRPath N1 2.0.0, section 5.9.
"""

from openroots.fhir.path import temporal
from openroots.fhir.path.compiled import Compiled
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.signatures import Function, in_run
from openroots.fhir.path.node import Items
from openroots.fhir.path.temporal import Temporal
from openroots.fhir.path.values import one, plain


def _now(frame: Frame) -> Temporal:
    moment = frame.run.context.now
    if moment is None:
        raise PathError("the expression asks for the time, and is not given one")
    return temporal.from_moment(moment)


def _trace(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    ask, name = of.ask, arguments[0].ask
    projection = arguments[1].ask if len(arguments) > 1 else None

    def traced(items: Items, frame: Frame) -> Items:
        found = ask(items, frame)
        listener = frame.run.context.trace
        if listener is not None:
            shown = found
            if projection is not None:
                shown = [part for item in found for part in projection([item], frame)]
            listener(str(one(name(found, frame))), [plain(item) for item in shown])
        return found

    return Compiled(traced)


FUNCTIONS = {
    "now": in_run(lambda items, frame: [_now(frame)]),
    "today": in_run(lambda items, frame: [Temporal("Date", _now(frame).parts[:3])]),
    "timeOfDay": in_run(lambda items, frame: [Temporal("Time", _now(frame).parts[3:])]),
    "trace": Function(1, 2, _trace),
}
