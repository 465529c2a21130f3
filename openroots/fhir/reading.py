"""A resource read from bytes, JSON or XML, as strictly as what is then said of it.

For `$validate` and the command. JSON that names something twice, or has numbers that are none, is
told of and not quietly mended.

Source: RFC 8259 (JSON); FHIR R4 4.0.1, sections 2.6.1 and 2.6.2.
"""

import json
import re
from typing import Any

from openroots.fhir.definitions import Definitions
from openroots.fhir.xml import NotFhirXml, read_xml

Json = dict[str, Any]

LARGEST = 64 << 20  # bytes
HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class Unreadable(ValueError):
    """The bytes are no resource; the words say why."""


def read_resource(raw: bytes, definitions: Definitions) -> Any:
    """What is in these bytes: XML where they begin with <, else JSON. Raises Unreadable."""
    if len(raw) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST >> 20} MB")
    bare = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not bare:
        raise Unreadable("it is empty")
    if bare[:1] == b"<":
        try:
            return read_xml(bare, definitions)
        except NotFhirXml as error:
            raise Unreadable(str(error)) from error
    return read_json(bare)


def read_json(raw: bytes) -> Any:
    """The JSON in these bytes. Raises Unreadable for what is none, or says something twice."""
    try:
        made = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
        if HALF.search(raw):  # of two halves that belong together, each is written so too
            json.dumps(made, ensure_ascii=False).encode()
        return made
    except UnicodeDecodeError as error:
        raise Unreadable("it is not in UTF-8") from error
    except UnicodeEncodeError as error:
        raise Unreadable(r"it has half a character: one of \ud800 to \udfff alone") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"it is not JSON: {error.msg}, {where}") from error
    except RecursionError as error:
        raise Unreadable("it is nested too deep") from error
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable("it has a number that is too long") from error


def _once(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Unreadable(f"{name[:80]!r} is named twice in one object")
            seen.add(name)
    return made


def _no_number(text: str) -> Any:
    raise Unreadable(f"{text} is no number of JSON")
