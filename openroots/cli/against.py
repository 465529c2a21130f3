"""Published cases, put to any server that says it is compatible with an API: ours or another's.

For `conformance run`. A case is one request and what is published of its answer: the status, the
code of the first issue and its words, members by JSON Pointer, headers. Cases are data, in
`published/`, and none of them changes anything.

Source: PDS FHIR API, NHS England API catalogue.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from openroots.cli.documents import parsed
from openroots.cli.terminal import UNREACHABLE, USAGE, Json, Stop
from openroots.clock import Unpredictable, Wall, new_uuid

if TYPE_CHECKING:
    from http.client import HTTPConnection

PATIENCE = 30  # seconds
LARGEST = 4 << 20  # bytes of an answer
LONGEST = 200  # characters of a value that is told
CODE, DIAGNOSTICS = "/issue/0/details/coding/0/code", "/issue/0/diagnostics"
FAULT = "x-openroots-fault"  # of an answer that a fault struck on purpose
DROPPED = "openroots fault list tells whether connections are dropped on purpose."
UNANSWERED = f"Start the server, or name another address; {DROPPED}"
CLEAR = "openroots fault clear takes the fault away."
ABSENT = object()  # where nothing is
PASS, FAIL, NOT_SEEN, NOT_CHECKABLE = "pass", "fail", "not seen", "not checkable"


class Answer(NamedTuple):
    """What came of a request: status, headers by lower-case name and body; or, where the connection
    was closed without an answer, how."""

    status: int
    headers: dict[str, str]
    body: bytes
    closed: str = ""


def run(api: str, url: str, headers: dict[str, str]) -> Json:
    """What came of each case of this API, put to the server at this address with these headers.
    Raises Stop where none is answered."""
    text = files("openroots.cli").joinpath("published", f"{api}.toml").read_text("utf-8")
    told = tomllib.loads(text)
    address = address_of(url, told["base"])
    answers = [_asked(case, address, headers) for case in told["case"]]
    if all(answer.closed for answer in answers):
        raise _unreachable(address, answers[0].closed)
    rules = list(map(_judged, told["case"], answers))
    failed = sum(rule["outcome"] == FAIL for rule in rules)
    counts = {FAIL: failed, PASS: len(rules) - failed, NOT_SEEN: 0, NOT_CHECKABLE: 0}
    return {
        "api": api,
        "against": address,
        "application": api,
        "wall": Wall().now().isoformat(),
        "passed": not failed,
        "faults": sorted({rule["fault"] for rule in rules} - {""}),
        "counts": counts,
        "rules": rules,
    }


def address_of(url: str, base: str) -> str:
    """Where the API is: the address itself where it ends with the base, else with that after it.
    Raises Stop where it is no address."""
    parts = urlsplit(url)
    try:
        fine = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        fine = False
    if not fine or parts.query or parts.fragment or parts.username:
        raise Stop("--against: no address of a server", "Give http://localhost:1948.", USAGE)
    bare = url.rstrip("/")
    return bare if bare.endswith(base) else f"{bare}{base}"


def _judged(case: Json, answer: Answer) -> Json:
    """A case as a report tells it."""
    wrong = list(_differences(case, answer))
    fault = "".join(filter(str.isprintable, answer.headers.get(FAULT, "")))[:80]
    usual = DROPPED if answer.closed else f"Answer as '{case['source']}' of the API says."
    return {
        "id": case["id"],
        "outcome": FAIL if wrong else PASS,
        "words": case["words"],
        "source": case["source"],
        "fault": fault,
        "mend": CLEAR if fault else usual,
        "show": f"{case.get('method', 'GET')} {case['path']}",
        "examples": [{"told": told, "trail": ""} for told in wrong],
    }


def _asked(case: Json, address: str, headers: dict[str, str]) -> Answer:
    """What came of a case's request. Raises Stop where nobody takes the connection."""
    from http.client import HTTPException

    usual = {"X-Request-ID": new_uuid(Unpredictable().bytes)}
    given = usual | headers | case.get("headers", {})
    sent = {name: value for name, value in given.items() if value}
    body = json.dumps(case["body"]).encode() if "body" in case else None
    parts = urlsplit(address)
    connection = _connection(parts.scheme, parts.netloc)
    try:
        path = f"{parts.path}{case['path']}"
        connection.request(case.get("method", "GET"), path, body, sent)
        response = connection.getresponse()
        raw = response.read(LARGEST)
    except (ConnectionResetError, BrokenPipeError, HTTPException) as error:
        return Answer(0, {}, b"", str(error) or "its connection was closed")
    except (OSError, ValueError) as error:
        raise _unreachable(address, error) from error
    finally:
        connection.close()
    named = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, named, raw)


def _unreachable(address: str, cause: object) -> Stop:
    return Stop(f"{address} does not answer: {cause}", UNANSWERED, UNREACHABLE)


def _connection(scheme: str, where: str) -> "HTTPConnection":
    from http.client import HTTPConnection, HTTPSConnection

    kind = HTTPSConnection if scheme == "https" else HTTPConnection
    return kind(where, timeout=PATIENCE)


def _differences(case: Json, given: Answer) -> Iterator[str]:
    """In words, each way in which an answer is not the one that is published."""
    if given.closed:
        yield f"no answer came: {given.closed}"
        return
    if given.status != case["status"]:
        yield f"the status is {given.status}, not {case['status']}"
    try:
        answer = parsed(given.body)
    except ValueError:
        yield "the answer is no JSON"
        return
    wanted = {**case.get("answer", {})}
    wanted |= {CODE: case["code"]} if "code" in case else {}
    wanted |= {DIAGNOSTICS: case["diagnostics"]} if "diagnostics" in case else {}
    for place, value in wanted.items():
        if (found := _at(answer, place)) != value:
            yield f"{place} is {_written(found)}, not {json.dumps(value)}"
    for place in case.get("absent", ()):
        if _at(answer, place) is not ABSENT:
            yield f"{place} is there"
    for name, pattern in case.get("headers_match", {}).items():
        found = given.headers.get(name, ABSENT)
        if found is ABSENT or not re.fullmatch(pattern, str(found), re.IGNORECASE):
            yield f"the header {name} is {_written(found)}, not {pattern}"


def _written(value: object) -> str:
    """A value as it is told: not the whole of a long one."""
    if value is ABSENT:
        return "nothing"
    whole = json.dumps(value)
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]} ..."


def _at(answer: Any, place: str) -> Any:
    """What is at this JSON Pointer; ABSENT where nothing is."""
    for step in place.split("/")[1:]:
        if isinstance(answer, list) and step.isdigit() and int(step) < len(answer):
            answer = answer[int(step)]
        elif isinstance(answer, dict) and step in answer:
            answer = answer[step]
        else:
            return ABSENT
    return answer
