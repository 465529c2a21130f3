"""Whether a code is one of the value set that an element is bound to.

For the checks of types and of profiles. What is bound required must be of the set; what is bound
extensible should be, unless nothing in it fits. A code of a system whose codes are not here is
neither right nor wrong: that it was not checked is said, as information.

Source: FHIR R4 4.0.1, section 4.1.5 (binding strengths); BCP 47, BCP 13.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from openroots.fhir.definitions import Binding, Definitions, Values
from openroots.fhir.validation.places import Place
from openroots.fhir.validation.run import Check, Run

Json = dict[str, Any]

VALUE_SET = "http://hl7.org/fhir/ValueSet/"
# A language and its parts; or a name of one's own, or one that is older than the rules.
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}|[XxIi](-[A-Za-z0-9]{1,8}){1,8}")
# What may be sent as a format is a media type, or one of these short names.
MEDIA_TYPE = re.compile(
    r"xml|json|ttl|[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}( ?;[ -~]{1,200})?"
)


class Grammar(NamedTuple):
    """What the codes of a set without end follow, and what such a code is, in words."""

    system: str
    form: re.Pattern[str]
    words: str


GRAMMARS = {
    VALUE_SET + "all-languages": Grammar("urn:ietf:bcp:47", LANGUAGE, "a language such as en-GB"),
    VALUE_SET + "mimetypes": Grammar("urn:ietf:bcp:13", MEDIA_TYPE, "a type such as text/plain"),
}
MOST_TOLD = 12  # codes in a finding
MOST_SYSTEMS = 3  # and of how many systems it is said that the codes are theirs
STRONG = ("required", "extensible")


def coded(binding: Binding, definitions: Definitions, code: str) -> Check | None:
    """A check of elements of the type `code` against a binding; None where there is none to make.

    What is bound to a second set, which is never left, is checked against that too."""
    checks = []
    if binding.strength in STRONG:
        checks.append(_check(binding.values, binding.strength == "required", definitions, code))
    if binding.most:
        checks.append(_check(binding.most, True, definitions, code))
    if len(checks) == 2:
        first, second = checks

        def both(value: Any, at: Place, run: Run) -> None:
            first(value, at, run)
            second(value, at, run)

        return both
    return checks[0] if checks else None


def _check(url: str, required: bool, definitions: Definitions, code: str) -> Check:
    if code in ("CodeableConcept", "Coding", "Quantity", "Age", "Duration", "CodeableReference"):
        taking = TAKING.get(code, _quantity_coding)
        return _coding_check(url, required, definitions, taking)
    return _code_check(url, required, definitions)


def _code_check(url: str, required: bool, definitions: Definitions) -> Check:
    """The check of a code, a string or a uri: it has no system of its own."""
    values = definitions.values(url)
    grammar = GRAMMARS.get(url)
    codes = values.plain() if values else frozenset()

    def check(value: Any, at: Place, run: Run) -> None:
        if value.__class__ is not str or value in codes:
            return
        if grammar:
            if not grammar.form.fullmatch(value):
                _not_in(value, at, run, url, grammar.words, required)
        elif values is None or "*" in values.unchecked:
            run.tell("values-unknown", at, values=url, source=url)
        elif values.unchecked:
            _unchecked(at, run, min(values.unchecked), url)
        else:
            _not_in(value, at, run, url, Told(values), required)

    return check


def _coding_check(url: str, required: bool, definitions: Definitions, taking: Any) -> Check:
    values = definitions.values(url)
    grammar = GRAMMARS.get(url)
    codes: Mapping[Any, frozenset[str]] = values.codes if values else {}
    told = f"{grammar.words}, of {grammar.system}" if grammar else ToldWithSystems(values)

    def check(value: Any, at: Place, run: Run) -> None:
        if value.__class__ is not dict:
            return
        # Nearly every value, or the first coding of it, is of the set.
        coding = value.get("coding", value)
        if coding.__class__ is list and coding:
            coding = coding[0]
        if coding.__class__ is dict:
            system, code = coding.get("system"), coding.get("code")
            known = codes.get(system) if system.__class__ is str else None
            if known is not None and code.__class__ is str and code in known:
                return
        if required:
            look_closer(value, at, run)
        else:
            run.leave_for_later(look_closer, value, at)

    def look_closer(value: Any, at: Place, run: Run) -> None:
        if values is None and grammar is None:
            run.tell("values-unknown", at, values=url, source=url)
            return
        codings = taking(value)
        if not codings:
            _no_code(value, at, run, url, told, required)
        elif not any(_is_in(coding, values, grammar) for coding in codings):
            open_systems = values.unchecked if values and not grammar else frozenset()
            _judge_others(codings, at, run, url, open_systems, told, required)

    return check


def _is_in(coding: Any, values: Values | None, grammar: Grammar | None) -> bool:
    if coding.__class__ is not dict:
        return True  # which is told where its type is checked
    code, system = coding.get("code"), coding.get("system")
    if code.__class__ is not str or (system is not None and system.__class__ is not str):
        return False
    if grammar:
        return system == grammar.system and grammar.form.fullmatch(code) is not None
    return values is not None and values.has(system, code)


def _judge_others(
    codings: list[Any],
    at: Place,
    run: Run,
    url: str,
    open_systems: frozenset[str],
    told: "str | Told",
    required: bool,
) -> None:
    """None of the codings is known to be of the set: one may be, of a system that is not loaded;
    or none is."""
    for coding in codings:
        given = coding.get("system")
        system = given if given.__class__ is str else None
        if coding.get("code") is not None and (system in open_systems or "*" in open_systems):
            _unchecked(at, run, system or "the system that is not named", url)
            return
    system, code = (_text(codings[0].get(name), f"no {name}") for name in ("system", "code"))
    _not_in(f"{system}#{code}", at, run, url, told, required)


def _text(value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) and value else otherwise


def _not_in(given: str, at: Place, run: Run, url: str, told: "str | Told", required: bool) -> None:
    row = "code-unknown" if required else "code-other"
    run.tell(row, at, given=given, values=url, codes=told, source=url)


def _no_code(
    value: Json, at: Place, run: Run, url: str, told: "str | Told", required: bool
) -> None:
    if not required and "text" not in value:
        return
    row = "no-code" if required else "no-code-other"
    run.tell(row, at, values=url, codes=told, source=url)


def _unchecked(at: Place, run: Run, system: str, url: str) -> None:
    run.tell("not-checked", at, system=system, values=url, source=url)


class Told:
    """The codes of a set as a finding names them: worked out where somebody reads it."""

    __slots__ = ("_values",)

    def __init__(self, values: Values | None) -> None:
        self._values = values

    def __str__(self) -> str:
        codes = self._values.in_order() if self._values else ()
        told = ", ".join(codes[:MOST_TOLD])
        return f"{told}, … ({len(codes)} in all)" if len(codes) > MOST_TOLD else told

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class ToldWithSystems(Told):
    """The same, and of which systems they are: where a code is right, its system may not be."""

    __slots__ = ()

    def __str__(self) -> str:
        systems = sorted(filter(None, self._values.codes)) if self._values else ()
        named = " or ".join(systems) if len(systems) <= MOST_SYSTEMS else ""
        return f"{super().__str__()}, of {named}" if named else super().__str__()


def _concept_codings(value: Json) -> list[Any]:
    given = value.get("coding")
    return given if given.__class__ is list else []


def _own_coding(value: Json) -> list[Any]:
    return [value] if "code" in value or "system" in value else []


def _quantity_coding(value: Json) -> list[Any]:
    return [value] if "code" in value else []


TAKING = {"CodeableConcept": _concept_codings, "Coding": _own_coding}
