"""Functions of texts: substring, startsWith, matches, replace, split, ...

Source: FHIRPath N1 2.0.0, section 5.6; split, join, trim, lastIndexOf, matchesFull, encode and
the rest as in its continuous build.
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Callable
from typing import Any

from openroots.fhir.path.compiled import Compiled, judging
from openroots.fhir.path.errors import PathError
from openroots.fhir.path.frame import Frame
from openroots.fhir.path.functions.signatures import Function, in_run, on_text
from openroots.fhir.path.node import Items
from openroots.fhir.path.operators import bounded
from openroots.fhir.path.patterns import Regex
from openroots.fhir.path.values import text

BARE_QUOTE = re.compile(r'(\\.)|"', re.DOTALL)  # a quotation mark that nothing escapes


def _substring(value: str, start: Any, length: Any = None) -> str | None:
    begin = _whole(start)
    if not 0 <= begin < len(value):
        return None
    return value[begin:] if length is None else value[begin : begin + max(0, _whole(length))]


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PathError("a place in a text is no integer")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise PathError("an argument that is to be a text is something else")
    return value


def _split(value: str, separator: Any) -> list[str]:
    return value.split(separator) if _word(separator) else list(value)


def _join(items: Items, frame: Frame, separator: Any = None) -> Items:
    texts = [text(item) for item in items]
    if None in texts:
        raise PathError("`join` takes texts")
    between = "" if separator is None else _word(separator)
    found = between.join(part for part in texts if part is not None)
    return [bounded(found)] if items else []


def _replace(value: str, pattern: Any, other: Any) -> str:
    sought, instead = _word(pattern), _word(other)
    times = len(value) + 1 if sought == "" else value.count(sought)
    if times * len(instead) > len(value):
        bounded("x" * min(len(value) + times * len(instead), 10_000_000))
    return value.replace(sought, instead)


def _encode(value: str, kind: Any) -> str | None:
    raw = value.encode("utf-8", "surrogatepass")
    if kind == "hex":
        return raw.hex()
    if kind == "base64":
        return base64.b64encode(raw).decode()
    return base64.urlsafe_b64encode(raw).decode() if kind == "urlbase64" else None


def _decode(value: str, kind: Any) -> str | None:
    try:
        if kind == "hex":
            return bytes.fromhex(value).decode()
        if kind == "base64":
            return base64.b64decode(value, validate=True).decode()
        return base64.b64decode(value, b"-_", True).decode() if kind == "urlbase64" else None
    except (ValueError, binascii.Error):
        return None


def _escape(value: str, kind: Any) -> str | None:
    if kind == "html":
        return html.escape(value)
    return json.dumps(value, ensure_ascii=False)[1:-1] if kind == "json" else None


def _unescape(value: str, kind: Any) -> str | None:
    if kind == "html":
        return html.unescape(value)
    if kind != "json":
        return None
    try:
        found = json.loads(f'"{BARE_QUOTE.sub(_kept_or_escaped, value)}"', strict=False)
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def _kept_or_escaped(found: re.Match[str]) -> str:
    return found[1] or '\\"'


def _test(answer: Callable[[str, str], bool]) -> Function:
    """A question to one text with one other."""
    inner = on_text(lambda value, other: answer(value, _word(other)), 1, 1)

    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        ask = inner.build(of, arguments).ask

        def judge(items: Items, frame: Frame) -> bool | None:
            found = ask(items, frame)
            return found[0] if found else None

        return judging(judge)

    return Function(1, 1, build)


def _pattern(argument: Compiled) -> Callable[[Any], Regex]:
    """A literal expression is made ready once, any other each time it is asked."""
    if argument.constant is None:
        return lambda value: Regex(_word(value))
    ready = Regex(argument.constant)
    return lambda value: ready


def _matches(whole: bool) -> Function:
    def build(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
        pattern = _pattern(arguments[0])
        return _test(lambda value, given: pattern(given).finds(value, whole)).build(of, arguments)

    return Function(1, 1, build)


def _replace_matches(of: Compiled, arguments: tuple[Compiled, ...]) -> Compiled:
    pattern = _pattern(arguments[0])

    def replaced(value: str, given: Any, instead: Any) -> str:
        return bounded(pattern(given).replaced(value, _word(instead))) if given else value

    return on_text(replaced, 2, 2).build(of, arguments)


FUNCTIONS = {
    "indexOf": on_text(lambda value, other: value.find(_word(other)), 1, 1),
    "lastIndexOf": on_text(lambda value, other: value.rfind(_word(other)), 1, 1),
    "substring": on_text(_substring, 1, 2),
    "startsWith": _test(str.startswith),
    "endsWith": _test(str.endswith),
    "contains": _test(lambda value, other: other in value),
    "upper": on_text(str.upper),
    "lower": on_text(str.lower),
    "trim": on_text(str.strip),
    "replace": on_text(_replace, 2, 2),
    "matches": _matches(whole=False),
    "matchesFull": _matches(whole=True),
    "replaceMatches": Function(2, 2, _replace_matches),
    "length": on_text(len),
    "toChars": on_text(list),
    "split": on_text(_split, 1, 1),
    "join": in_run(_join, 0, 1),
    "encode": on_text(_encode, 1, 1),
    "decode": on_text(_decode, 1, 1),
    "escape": on_text(_escape, 1, 1),
    "unescape": on_text(_unescape, 1, 1),
}
