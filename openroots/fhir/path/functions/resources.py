"""Functions that FHIR adds: extension, hasValue, resolve, memberOf, conformsTo, htmlChecks, ...

What needs a terminology, a profile or other resources asks the context. Where the context has no
answer, `resolve` finds nothing, and the others raise NotCheckable.

Source: FHIR R4 4.0.1, section 2.9.1 (additional functions); hasExtension as R4's search
parameters use it.
"""

from collections.abc import Callable
from typing import Any

from openroots.fhir.narrative import html_fault
from openroots.fhir.path.compiled import Compiled, judging
from openroots.fhir.path.errors import NotCheckable, PathError
from openroots.fhir.path.frame import Context, Frame
from openroots.fhir.path.functions.signatures import Function, in_run, question
from openroots.fhir.path.node import Items, Node, add_members, is_primitive, node
from openroots.fhir.path.values import plain, text


def _extension(items: Items, frame: Frame, url: Any) -> Items:
    found: Items = []
    for item in items:
        if item.__class__ is Node:
            add_members(found, item, "extension", frame.run.types)
    return [each for each in found if isinstance(each.value, dict) and each.value.get("url") == url]


def _has_value(items: Items) -> bool:
    if len(items) != 1:
        return False
    item = items[0]
    return item.__class__ is not Node or (item.value is not None and is_primitive(item))


def _value(items: Items, frame: Frame) -> Items:
    return [plain(items[0])] if _has_value(items) else []


def _resolve(items: Items, frame: Frame) -> Items:
    found: Items = []
    for item in items:
        resource = _resolved(_reference(item), frame)
        if resource is not None:
            found.append(resource)
    return found


def _reference(item: Any) -> str:
    value = item.value if item.__class__ is Node else item
    if isinstance(value, dict):
        value = value.get("reference")
    return value if isinstance(value, str) else ""


def _resolved(reference: str, frame: Frame) -> Node | None:
    run = frame.run
    if reference.startswith("#"):
        return _contained(reference[1:], frame)
    resolve = run.context.resolve
    resource = resolve(reference) if resolve and reference else None
    return None if resource is None else node(resource, run.types)


def _contained(id: str, frame: Frame) -> Node | None:
    """A contained resource; "#" alone is the one that contains."""
    container = root_of(frame)
    if not id or container is None:
        return container
    found: Items = []
    add_members(found, container, "contained", frame.run.types)
    same = (each for each in found if isinstance(each.value, dict) and each.value.get("id") == id)
    return next(same, None)


def root_of(frame: Frame) -> Node | None:
    """%rootResource: of the context, or what the expression is asked of."""
    context, start = frame.run.context, frame.run.start
    given = context.root if context.root is not None else context.resource
    if given is None:
        given = start[0] if start else None
    return given if given is None or isinstance(given, Node) else node(given, frame.run.types)


def _hooked(
    name: str, hook: Callable[[Context], Callable[[Any, Any], bool | None] | None]
) -> Function:
    """A question that the context answers of one item and one argument."""

    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask, argument = of.ask, arguments[0].ask

        def judge(items: Items, frame: Frame) -> bool | None:
            found, asked = ask(items, frame), argument(items, frame)
            if not found or not asked:
                return None
            if len(found) > 1 or len(asked) > 1:
                raise PathError(f"{name}() takes one item")
            answer = hook(frame.run.context)
            known = answer(_given(found[0]), _given(asked[0])) if answer else None
            if known is None:
                raise NotCheckable(f"{name}()")
            return known

        return judging(judge)

    return Function(1, 1, build)


def _given(item: Any) -> Any:
    return item.value if item.__class__ is Node else item


def _html(items: Items) -> bool | None:
    texts = [text(item) for item in items]
    return (
        all(found is not None and not html_fault(found, in_namespace=False) for found in texts)
        if items
        else None
    )


def _has_extension(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    ask = in_run(_extension, 1, 1).build(of, arguments).ask
    return judging(lambda items, frame: bool(ask(items, frame)))


def _not_checkable(name: str, arguments: int) -> Function:
    """A function that needs the definitions of profiles while it is asked."""

    def answered(items: Items, frame: Frame, *given: Any) -> Items:
        raise NotCheckable(f"{name}()")

    return in_run(answered, arguments, arguments)


def _check_modifiers(items: Items, frame: Frame, *known: Any) -> Items:
    found: Items = []
    for item in items:
        if item.__class__ is Node:
            add_members(found, item, "modifierExtension", frame.run.types)
    if any(
        not isinstance(each.value, dict) or each.value.get("url") not in known for each in found
    ):
        raise PathError("checkModifiers() found a modifier that is not known")
    return items


def _subsumed_by(context: Context) -> Callable[[Any, Any], bool | None] | None:
    subsumes = context.subsumes
    return None if subsumes is None else lambda one, other: subsumes(other, one)


FUNCTIONS = {
    "extension": in_run(_extension, 1, 1),
    "hasExtension": Function(1, 1, _has_extension),
    "hasValue": question(_has_value),
    "getValue": in_run(_value),
    "resolve": in_run(_resolve),
    "memberOf": _hooked("memberOf", lambda context: context.member_of),
    "conformsTo": _hooked("conformsTo", lambda context: context.conforms),
    "subsumes": _hooked("subsumes", lambda context: context.subsumes),
    "subsumedBy": _hooked("subsumedBy", _subsumed_by),
    "htmlChecks": question(_html),
    "elementDefinition": _not_checkable("elementDefinition", 0),
    "slice": _not_checkable("slice", 2),
    "checkModifiers": in_run(_check_modifiers, 0, 50),
}
