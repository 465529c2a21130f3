"""Between bytes on the wire and the words of a service: headers, parameters, bodies, answers.

For the pipeline. What is repeated where one value is meant, is not UTF-8 or is not JSON is refused
here, in the dialect of the API that was asked.

Source: RFC 9110 (HTTP semantics), RFC 8259 sections 4 and 6 (JSON), FHIR R4 4.0.1 section 2.6.2.1.
"""

import gzip
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import accumulate
from math import isinf
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import orjson

from openroots.problem import Problem
from openroots.service import Query
from openroots.service.request import NO_QUERY

RawHeaders = Iterable[tuple[bytes, bytes]]

# Two values of one of these contradict each other; of any other header they make a list. Each by
# the name as requests carry it, with that by which it is published.
SINGLE = {
    name.lower(): name
    for name in (
        "apikey",
        "Authorization",
        "Content-Length",
        "Content-Type",
        "Host",
        "If-Match",
        "NHSD-End-User-Organisation-ODS",
        "NHSD-Session-URID",
        "X-Correlation-ID",
        "X-Request-ID",
    )
}
# What the platform's own gateway tells the services behind it: from outside, it is nobody's word.
INTERNAL = frozenset(
    {
        *("nhsd-correlation-id", "nhsd-request-id", "nhsd-asid", "nhsd-identity-uuid"),
        *("nhsd-client-rp-details", "nhsd-connection-metadata", "nhsd-supplier-app-id"),
        "nhsd-application-id",
    }
)
BLANKS = b" \t"  # around a value, and no part of it
FORM = "application/x-www-form-urlencoded"
SLASH = re.compile("%2f", re.IGNORECASE)
LIKE_SLASH = re.compile("%(?=(?:25)*2[fF])")  # in letters that were sent: no slash
LEFT_ENCODED = re.compile("%(?:2F|25(?=(?:25)*2[fF]))")
WORTH_GZIP = 4096  # bytes: packing a smaller record takes longer than sending it
CODING = b"content-encoding"
VARY = (b"vary", b"accept-encoding")
NO_WEIGHT = re.compile(r"q=0(\.0{0,3})?\s*$", re.ASCII)
# Possessive, and content with the end of the body: each byte is looked at once, whatever is sent.
STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)', re.DOTALL)
BRACKETS = re.compile(rb"[][{}]")
OPENING = (b"[", b"{")
# Extensions of ASGI: takes an answer that is whole; has the body of a request, if it is whole;
# says whether whoever asked can be taken to listen still.
GIVES_WHOLE, HAS_WHOLE = "openroots.gives-whole", "openroots.has-whole"
IS_HEARD = "openroots.is-heard"
LONGEST_NAME = 40  # letters of a member's name that is told
DEEPEST = 100  # levels of JSON; FHIR resources have some twenty


class Answer(NamedTuple):
    """What goes out: the status, headers with lower-case names, and the body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def read_headers(raw: RawHeaders) -> tuple[dict[str, str], str, int]:
    """The headers by lower-case name, the one that contradicts itself or "", and their size."""
    headers: dict[str, str] = {}
    repeated, size = "", 0
    for key, value in raw:
        size += len(key) + len(value)
        name = key.decode("latin-1")
        if name in INTERNAL:
            continue
        if name not in headers:
            headers[name] = value.strip(BLANKS).decode("latin-1")
        elif name in SINGLE:
            repeated = repeated or SINGLE[name]
        else:
            headers[name] += ", " + value.strip(BLANKS).decode("latin-1")
    return headers, repeated, size


def read_path(raw: bytes) -> str:
    """The path in letters, where an encoded slash stays as it is: it is part of a name. What was
    sent as the letters "%2F" is told from it: of those the percent sign stays encoded."""
    return "%2F".join(map(_letters, SLASH.split(raw.decode("ascii"))))


def _letters(sent: str) -> str:
    return LIKE_SLASH.sub("%25", unquote(sent))


def as_read(name: str) -> str:
    """A name as it stands in a path that was read."""
    return "%2F".join(LIKE_SLASH.sub("%25", part) for part in name.split("/"))


def name_in(segment: str) -> str:
    """The name that stands in a segment of a path that was read, in the letters that were meant."""
    return LEFT_ENCODED.sub(lambda left: "/" if left[0] == "%2F" else "%", segment)


def read_query(raw: bytes) -> Query:
    """Every value of each parameter, in order. Raises Problem for what is not UTF-8."""
    if not raw:
        return NO_QUERY
    query: dict[str, tuple[str, ...]] = {}
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise Problem("not-utf8") from error
    for name, value in pairs:
        query[name] = (*query.get(name, ()), value)
    return query


def read_body(raw: bytes, content_type: str) -> Any:
    """The body parsed: a form as Query, JSON as what it holds; None where there is none. A body
    that is said to be of another type is given as its bytes.

    Raises Problem for what is not JSON in UTF-8, is nested deeper than any resource, has a number
    that is too large, or has two members of one name in one object.
    """
    if not raw:
        return None
    if content_type == FORM:
        return _form(raw)
    if content_type and "json" not in content_type:
        return raw
    if _too_deep(raw):
        raise Problem("body-too-deep", limit=DEEPEST)
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        _refuse_large_numbers(raw)
        raise Problem("body-not-json") from error
    # The parser keeps the last of two members of one name: what it left out has its colon in the
    # body only. Where a colon may be written as an escape, they cannot be counted.
    if b"\\u" in raw or raw.count(b":") != orjson.dumps(parsed).count(b":"):
        json.loads(raw, object_pairs_hook=_each_once, parse_int=str)
    return parsed


def _form(raw: bytes) -> Query:
    try:
        return read_query(raw)
    except Problem as problem:
        raise Problem("body-not-utf8") from problem


def media_type(headers: dict[str, str]) -> str:
    """The media type of the body, without its parameters, in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def squeezed(answer: Answer, accepted: str) -> Answer:
    """The answer in gzip, where the client takes that and it is worth the while. Whoever keeps
    answers is told that others would be given it otherwise, packed or not."""
    if 0 < len(answer.body) < WORTH_GZIP or any(name == CODING for name, _ in answer.headers):
        return answer
    headers = [*answer.headers, VARY]
    if not answer.body or not _takes_gzip(accepted):
        return answer._replace(headers=headers)
    headers.append((CODING, b"gzip"))
    return Answer(answer.status, headers, gzip.compress(answer.body, 5, mtime=0))


def _takes_gzip(accepted: str) -> bool:
    """Whether Accept-Encoding names gzip, and does not rule it out by a weight of nothing."""
    accepted = accepted.lower()
    if "gzip" not in accepted or ";" not in accepted:
        return "gzip" in accepted
    codings = (each.partition(";") for each in accepted.split(","))
    return any(name.strip() == "gzip" and not NO_WEIGHT.search(how) for name, _, how in codings)


def _refuse_large_numbers(raw: bytes) -> None:
    """Of a body that could not be read: its numbers may be why, and JSON sets them no bounds."""
    with suppress(ValueError):
        json.loads(raw, parse_int=_bounded, parse_float=_bounded)


def _bounded(number: str) -> float:
    if isinf(read := float(number)):
        raise Problem("number-too-large")
    return read


def _each_once(members: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise Problem("member-repeated", member=name[:LONGEST_NAME])
        seen.add(name)


def _too_deep(raw: bytes) -> bool:
    """Whether the JSON is nested too deep. Most bodies have so few brackets that they cannot be."""
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return False
    brackets = BRACKETS.finditer(STRINGS.sub(b"", raw))
    depths = accumulate(1 if found.group() in OPENING else -1 for found in brackets)
    return any(depth > DEEPEST for depth in depths)
