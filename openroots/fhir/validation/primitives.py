"""The primitive types: which values each may have, and what is wrong with one that it may not.

For the code that `writing` writes. A check has two parts: a test that is written into that code
and lets most good values through at once, and a function here, which says of the others whether
they are wrong and why.

Source: FHIR R4 4.0.1, section 2.24 (Data Types), the regular expressions of the primitive types.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from openroots.fhir.validation.places import Place
from openroots.fhir.validation.run import Run

LONGEST_TEXT = 1 << 20  # characters; the standard says 1 MB
LEAST_INTEGER, GREATEST_INTEGER = -(1 << 31), (1 << 31) - 1

# The standard's expressions, without its groups: nothing of them is looked at, and each takes time.
YEAR = r"(?!0000)[0-9]{4}"
MONTH, DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12][0-9]|3[01])"
TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"

DATE = re.compile(rf"{YEAR}(?:-{MONTH}(?:-{DAY})?)?", re.ASCII)
DATE_TIME = re.compile(rf"{YEAR}(?:-{MONTH}(?:-{DAY}(?:T{TIME}{ZONE})?)?)?", re.ASCII)
INSTANT = re.compile(rf"{YEAR}-{MONTH}-{DAY}T{TIME}{ZONE}", re.ASCII)
TIME_OF_DAY = re.compile(TIME, re.ASCII)
TEXT = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]+")
CODE = re.compile(r"\S+(\s\S+)*", re.ASCII)
ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+", re.ASCII)
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
URI = re.compile(r"\S+", re.ASCII)
BASE64 = re.compile(r"[0-9a-zA-Z+/]*={0,2}")
SPACE = re.compile(r"[ \t\r\n]+")


class Primitive(NamedTuple):
    """A primitive type. `passes` is a Python expression about x; where it is true x is good.
    `kind` is what it is in JSON, `form` says in words what is asked for."""

    passes: str
    kind: type
    fits: Callable[[Any], bool]
    form: str


def is_date(value: str) -> bool:
    """Whether it is a date of R4, of a day that there is."""
    return DATE.fullmatch(value) is not None and _is_day(value)


def is_date_time(value: str) -> bool:
    """Whether it is a dateTime of R4, of a day that there is."""
    return DATE_TIME.fullmatch(value) is not None and _is_day(value)


def is_instant(value: str) -> bool:
    """Whether it is an instant of R4, of a day that there is."""
    return INSTANT.fullmatch(value) is not None and _is_day(value)


def _is_day(value: str) -> bool:
    if len(value) < 10 or value[8:10] < "29":
        return True
    try:
        date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def is_text(value: str) -> bool:
    """Whether it is a string of R4: not empty, without control characters."""
    return len(value) <= LONGEST_TEXT and TEXT.fullmatch(value) is not None


def is_base64(value: str) -> bool:
    """Whether it is whole base64, with white space wherever it likes."""
    bare = SPACE.sub("", value)
    return bool(bare) and len(bare) % 4 == 0 and BASE64.fullmatch(bare) is not None


def is_number(value: Any) -> bool:
    """Whether it is a number that JSON can say."""
    return value.__class__ in (int, float, Decimal) and math.isfinite(value)


def _whole(least: int) -> Callable[[Any], bool]:
    return lambda value: value.__class__ is int and least <= value <= GREATEST_INTEGER


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


def _text(fits: Callable[[str], bool]) -> Callable[[Any], bool]:
    return lambda value: value.__class__ is str and fits(value)


PLAIN = f"x.__class__ is str and len(x) <= {LONGEST_TEXT} and x.isprintable() and x > '!'"
ADDRESS = "x.__class__ is str and x.isprintable() and x and ' ' not in x"
NUMBER = "x.__class__ is int"

PRIMITIVES: Mapping[str, Primitive] = {
    "boolean": Primitive(
        "x is True or x is False", bool, lambda value: value.__class__ is bool, "true or false"
    ),
    "integer": Primitive(
        f"x.__class__ is int and {LEAST_INTEGER} <= x <= {GREATEST_INTEGER}",
        int,
        _whole(LEAST_INTEGER),
        "a whole number of 32 bits",
    ),
    "positiveInt": Primitive(
        f"x.__class__ is int and 0 < x <= {GREATEST_INTEGER}",
        int,
        _whole(1),
        "a whole number from 1 to 2147483647",
    ),
    "unsignedInt": Primitive(
        f"x.__class__ is int and 0 <= x <= {GREATEST_INTEGER}",
        int,
        _whole(0),
        "a whole number from 0 to 2147483647",
    ),
    "decimal": Primitive("x.__class__ is int", float, is_number, "a number"),
    "string": Primitive(PLAIN, str, _text(is_text), "text, not empty, without control characters"),
    "markdown": Primitive(
        PLAIN, str, _text(is_text), "text, not empty, without control characters"
    ),
    "code": Primitive(
        "x.__class__ is str and x.isalnum()",
        str,
        _text(_matches(CODE)),
        "a code: no white space at its ends, single spaces within",
    ),
    "id": Primitive(
        "x.__class__ is str and 0 < len(x) < 65 and x.isalnum() and x.isascii()",
        str,
        _text(_matches(ID)),
        "1 to 64 of A-Z, a-z, 0-9, - and .",
    ),
    "uri": Primitive(ADDRESS, str, _text(_matches(URI)), "a URI, without white space"),
    "url": Primitive(ADDRESS, str, _text(_matches(URI)), "a URL, without white space"),
    "canonical": Primitive(ADDRESS, str, _text(_matches(URI)), "a URL, without white space"),
    "oid": Primitive("False", str, _text(_matches(OID)), "urn:oid: and numbers with full stops"),
    "uuid": Primitive("False", str, _text(_matches(UUID)), "urn:uuid: and a UUID in lower case"),
    "date": Primitive(
        "x.__class__ is str and is_date(x)", str, _text(is_date), "YYYY, YYYY-MM or YYYY-MM-DD"
    ),
    "dateTime": Primitive(
        "x.__class__ is str and is_date_time(x)",
        str,
        _text(is_date_time),
        "YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone",
    ),
    "instant": Primitive(
        "x.__class__ is str and is_instant(x)",
        str,
        _text(is_instant),
        "YYYY-MM-DDThh:mm:ss with a time zone",
    ),
    "time": Primitive("False", str, _text(_matches(TIME_OF_DAY)), "hh:mm:ss, without a time zone"),
    "base64Binary": Primitive("False", str, _text(is_base64), "base64, a multiple of four long"),
    "xhtml": Primitive("x.__class__ is str and x", str, _text(bool), "a div of XHTML"),
}
DATED = {"date": DATE, "dateTime": DATE_TIME, "instant": INSTANT}


def primitive_fault(value: Any, at: Place, run: Run, type: str) -> bool:
    """Whether the value is wrong for its type; then it is told why."""
    primitive = PRIMITIVES[type]
    if primitive.fits(value):
        if value.__class__ is str and value.isspace():
            run.tell("only-spaces", at)
        return False
    fields = {"given": value, "type": type, "form": primitive.form, "source": TYPE_URL + type}
    if value == "" and primitive.kind is str:
        run.tell("empty", at, name=at[1], source=fields["source"])
    elif value.__class__ is list:
        run.tell("not-single", at, name=at[1], source=fields["source"])
    elif value.__class__ is not primitive.kind and not _both_numbers(value, primitive.kind):
        run.tell("wrong-type", at, **fields)
    elif type in DATED and DATED[type].fullmatch(value):
        run.tell("no-such-day", at, **fields)
    elif value.__class__ is str and len(value) > LONGEST_TEXT:
        run.tell("too-long", at, count=len(value), most=LONGEST_TEXT, source=fields["source"])
    else:
        run.tell("wrong-format", at, **fields)
    return True


TYPE_URL = "http://hl7.org/fhir/StructureDefinition/"


def _both_numbers(value: Any, kind: type) -> bool:
    return kind is float and value.__class__ in (int, float, Decimal)
