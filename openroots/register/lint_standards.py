"""Lint of standards: what a clause asks of what is not there, or what another forbids; dates or
chains that cannot be.

For whoever writes the file of a standard, and for `openroots programme lint`. A clause on a service
that nobody serves, or on a member that no record has, would judge nothing or refuse everybody: it
is told with file and line before anything is decided.

Source: FHIR R4 4.0.1, for what records have.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import combinations
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeVar

from openroots.fhir.added import Added
from openroots.register.checks.profile import profile_fault
from openroots.register.clause import Clause, Served
from openroots.register.contradiction import contradictions
from openroots.register.decision import Decision
from openroots.register.extent import Extent
from openroots.register.lint import Fault, line_of
from openroots.register.path import Step, parse_path
from openroots.register.standard import (
    Stage,
    StageFrom,
    Standard,
    parse_standard,
    standard_files,
    superseding_fault,
)

if TYPE_CHECKING:
    from openroots.fhir.definitions import Definitions, Node

T = TypeVar("T", StageFrom, Decision)

STANDARD = re.compile(r"^\s*(sort|force|listed)\s*=|^\s*\[\[\s*clause\s*\]\]", re.MULTILINE)


def is_standard(text: str) -> bool:
    """Whether a definition is that of a standard, and not of a programme."""
    return bool(STANDARD.search(text))


def readable(texts: Mapping[str, str]) -> dict[str, Standard]:
    """The standards that the program brings and those of these files, by id, as far as they can
    be read."""
    found: dict[str, Standard] = {}
    for name, text in {**standard_files(), **texts}.items():
        with suppress(ValueError):
            one = parse_standard(text, PurePath(name).name)
            found[one.id] = one
    return found


def lint_standard(
    text: str,
    name: str,
    others: Mapping[str, Standard],
    served: Served,
    packages: Added | None = None,
) -> list[Fault]:
    """Everything that is wrong with the standard of a file, in the order of its lines.

    `others` are the standards beside it, by id, `served` the services that a clause can be about,
    and `packages` those whose profiles are known beside R4 and UK Core. Where the file cannot be
    read, that alone is told.
    """
    try:
        standard = parse_standard(text, PurePath(name).name)
    except ValueError as error:
        words = str(error).removeprefix(f"{PurePath(name).name}: ")
        return [Fault(name, line_of(text, words), words)]
    said = [
        *_applies(standard, served),
        *_asked(standard, packages),
        *_chain(standard, others),
        *_dates(standard),
        *_twice(standard),
        *_contradicting(standard, others),
    ]
    return sorted(
        (Fault(name, line_of(text, words), words) for words in said), key=lambda one: one.line
    )


def _applies(standard: Standard, served: Served) -> Iterator[str]:
    for number, clause in enumerate(standard.clauses, 1):
        place = f"clause[{number}].applies"
        for fault in clause.applies.faults(served):
            yield f"{place}.{fault}"
        for type in sorted(clause.applies.types - _definitions().resources):
            yield f"{place}.types: '{type}' is no resource of R4"


def _asked(standard: Standard, packages: Added | None) -> Iterator[str]:
    for number, clause in enumerate(standard.clauses, 1):
        types = clause.applies.types
        if clause.profile and (fault := profile_fault(clause.profile, types, packages)):
            yield f"clause[{number}].profile: {fault}"
        for fact in _unknown_facts(clause):
            yield f"clause[{number}].condition: '{fact}' is no member of {', '.join(sorted(types))}"


def _unknown_facts(clause: Clause) -> Iterator[str]:
    if clause.condition is None or clause.on != "record":
        return
    known = sorted(clause.applies.types & _definitions().resources)
    for fact in dict.fromkeys(clause.condition.facts()):
        if known and not all(_leads_somewhere(parse_path(fact), type) for type in known):
            yield fact


def _leads_somewhere(steps: tuple[Step, ...], type: str) -> bool:
    """Whether a record of the type can have what a path leads to."""
    from openroots.fhir.definitions import TYPES

    definitions, node = _definitions(), None
    kids: Mapping[str, Node] = definitions.tree(TYPES + type).kids or {}
    for step in steps:
        if node is None and step.member == "resourceType":
            return len(steps) == 1
        node = _member(kids, step.member)
        if node is None:
            return False
        if any(type.code in ("Resource", "DomainResource") for type in node.types):
            return True  # of any type: what is in it is not known here
        kids = _beneath(node, definitions)
        if not all(_member(kids, key) for key, _ in step.filters):
            return False
    return True


def _member(kids: Mapping[str, "Node"], name: str) -> "Node | None":
    """The element that JSON calls so; of `_birthDate`, the one whose extensions it holds."""
    plain = name.removeprefix("_")
    if found := kids.get(plain):
        return found
    choices = [kid for kid in kids.values() if kid.choice]
    for kid in choices:
        for type in kid.types:
            if kid.named(type.code) == plain:
                return _as(kid, type.code)
    return None


def _as(kid: "Node", code: str) -> "Node":
    made = kid.copied(plain=True)
    made.types = tuple(type for type in kid.types if type.code == code)
    made.kids = None
    return made


def _beneath(node: "Node", definitions: "Definitions") -> Mapping[str, "Node"]:
    return definitions.unfold(node.copied(plain=True))


def _chain(standard: Standard, others: Mapping[str, Standard]) -> Iterator[str]:
    if standard.supersedes and standard.supersedes not in {standard.id, *others}:
        yield f"supersedes: '{standard.supersedes}' is no standard"
    if fault := superseding_fault(standard, others):
        yield fault


def _dates(standard: Standard) -> Iterator[str]:
    for number, mandate in enumerate(standard.founding, 1):
        for setting in mandate.settings:
            ended = [
                one.start
                for one in standard.stages
                if one.stage is Stage.RETIRED and setting in (one.settings or (setting,))
            ]
            begins = mandate.enforce_from or mandate.warn_from
            if ended and begins and begins >= min(ended):
                yield f"mandate[{number}]: begins after the standard is retired in {setting}"
        if mandate.warn_from and mandate.decided_at.date() > mandate.warn_from:
            yield f"mandate[{number}].decided_at: is after warn_from: nobody had decided it then"


def _twice(standard: Standard) -> Iterator[str]:
    """Stages of one day that do not follow each other, and mandates that were decided together, of
    which both are for some of the same, and neither is the narrower: only one could hold."""
    for (_, before), (number, stage) in _pairs(standard.stages):
        is_after = before.start < stage.start or before.stage.place < stage.stage.place
        if not is_after and _for_the_same(before, stage):
            yield f"stage[{number}]: {before.stage.value} begins on the same day for the same"
    for (first, one), (number, mandate) in _pairs(standard.founding):
        together = one.decided_at == mandate.decided_at
        if together and Extent.of(one).shared(Extent.of(mandate)):
            yield f"mandate[{number}].settings: mandate[{first}] binds some of the same"


def _contradicting(standard: Standard, others: Mapping[str, Standard]) -> Iterator[str]:
    for number, words in contradictions(standard, others):
        yield f"clause[{number}].condition: {words}"


def _pairs(found: tuple[T, ...]) -> Iterator[tuple[tuple[int, T], tuple[int, T]]]:
    return combinations(enumerate(found, 1), 2)


def _for_the_same(one: StageFrom, other: StageFrom) -> bool:
    """Whether both are for organisations of the same types, in some settings of both."""
    settings = set(one.settings) & set(other.settings) or one.settings == other.settings
    return bool(settings) and one.organisation_types == other.organisation_types


def _definitions() -> "Definitions":
    # Most standards are read without a look at FHIR's definitions, which take a while to load.
    from openroots.fhir.validation import standard_validator

    return standard_validator().definitions
