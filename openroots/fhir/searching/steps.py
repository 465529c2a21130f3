"""Reads the expression of a search parameter as plain steps, where it is one of FHIR's shapes.

For `straight`, which writes them out as Python. R4's 1,716 alternatives have eleven shapes: names
joined by dots, with perhaps `as`, `ofType`, `where(a = 'b')`, `where(resolve() is T)`,
`extension('u')`, `[0]` and the like. What has another shape is asked as FHIRPath.

Source: FHIR R4 4.0.1, the expressions of its search parameters.
"""

from dataclasses import dataclass

from openroots.fhir.path.syntax import Call, Index, Literal, Member, Operation, Syntax, TypeTest
from openroots.fhir.path.types import PRIMITIVES


@dataclass(frozen=True, slots=True)
class Get:
    """The elements of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class As:
    """Only what is of this type."""

    type: str


@dataclass(frozen=True, slots=True)
class At:
    """Only the item at this place."""

    place: int


@dataclass(frozen=True, slots=True)
class Where:
    """Only where this element is this text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class To:
    """Only references to resources of this type."""

    type: str


@dataclass(frozen=True, slots=True)
class Extension:
    """Only what has an extension of this URL."""

    url: str


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether there is an element that is not false: `a.exists() and a != false`."""

    name: str


Step = Get | As | At | Where | To | Extension | Truth
Steps = tuple[Step, ...]
MOST = 12  # of R4's own, the longest has seven


def alternatives(part: Syntax) -> list[Syntax]:
    """What stands between the `|` of an expression."""
    if isinstance(part, Operation) and part.operator == "|":
        return alternatives(part.left) + alternatives(part.right)
    return [part]


def begins_with(part: Syntax) -> str:
    """The name that an expression begins with: a type, as a rule."""
    while True:
        match part:
            case Member(None, name):
                return name
            case Member(of) | Index(of) | TypeTest(_, of) | Operation(_, of) | Call(of):
                if of is None:
                    return ""
                part = of
            case _:
                return ""


def steps(part: Syntax) -> Steps | None:
    """The steps from a resource to the values; None where the expression has another shape."""
    match part:
        case Member(None, name):
            return () if name[:1].isupper() else (Get(name),)
        case Member(of, name) if of is not None:
            return _after(of, Get(name))
        case TypeTest("as", of, type):
            return _after(of, As(_type(type)))
        case Call(of, "as" | "ofType", (Member(None, type),)) if of is not None:
            return _after(of, As(_type(type)))
        case Call(of, "extension", (Literal((str(url),)),)) if of is not None:
            return _through(of, url)
        case Call(of, "where", (criterion,)) if of is not None:
            wanted = _criterion(criterion)
            return None if wanted is None else _after(of, wanted)
        case Index(of, Literal((int(place),))):
            return _after(of, At(place))
        case Operation("and"):
            return _truth(part)
        case _:
            return None


def _type(name: str) -> str:
    """The name of a type. R4 has DateTime, once, for dateTime."""
    bare = name.removeprefix("FHIR.")
    small = bare[:1].lower() + bare[1:]
    return small if small in PRIMITIVES else bare


def _after(of: Syntax, step: Step) -> Steps | None:
    """A type belongs to the elements that were got just before; a place to all that were found,
    so it is plain for elements of the resource itself only."""
    before = steps(of)
    if before is None or len(before) >= MOST:
        return None
    if isinstance(step, As) and not (before and isinstance(before[-1], Get)):
        return None
    if isinstance(step, At) and not (len(before) == 1 and isinstance(before[0], Get)):
        return None
    return (*before, step)


def _through(of: Syntax, url: str) -> Steps | None:
    """To the extensions of a URL, and on to their values: these are what is searched for."""
    before = steps(of)
    if before is None or len(before) >= MOST:
        return None
    return (*before, Get("extension"), Where("url", url), Get("value"))


def _criterion(part: Syntax) -> Step | None:
    match part:
        case Operation("=", Member(None, name), Literal((str(text),))):
            return Where(name, text)
        case TypeTest("is", Call(None, "resolve", ()), type):
            return To(type.removeprefix("FHIR."))
        case Call(None, "hasExtension", (Literal((str(url),)),)):
            return Extension(url)
        case _:
            return None


def _truth(part: Operation) -> Steps | None:
    """`X.a.exists() and X.a != false`."""
    match part.left, part.right:
        case (
            Call(Member(Member(None, type), name), "exists", ()),
            Operation("!=", Member(Member(None, other), same), Literal((False,))),
        ) if (type, name) == (other, same):
            return (Truth(name),)
        case _:
            return None
