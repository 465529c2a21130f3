"""Exchanges as files for other programs: HAR, tests for pytest, requests for Bruno.

For the tooling, which has covered what proves who asks.

Source: HAR 1.2, as browsers write it; the Bru language of Bruno; pytest.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

from openroots import __version__
from openroots.gateway.recorder import Recorded
from openroots.gateway.tooling.covering import HEADERS, is_covered
from openroots.gateway.wire import name_in
from openroots.problem import Json
from openroots.service.request import BENEATH

REQUEST_ID = "x-request-id"
# What a client's library sends by itself, or what differs with each request.
OF_THE_WIRE = frozenset(
    {
        *("host", "connection", "content-length", "transfer-encoding", "accept-encoding"),
        *("user-agent", REQUEST_ID, "x-forwarded-proto", "expect", "te", "upgrade"),
        *(BENEATH, "origin", "referer"),
    }
)
RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.I)
INDENT = "  "
TOO_LARGE = "its body was too large to keep"
NO_TEXT = "its body is no text"


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that came from the client."""
    return {name: value for name, value in headers.items() if name != BENEATH}


def shown_body(body: bytes | None) -> Any:
    """A body as JSON holds it: parsed, or its text, or in base64 where it is none of the two; None
    for a body that is empty or was too large to keep."""
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return body.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(body).decode()}


def as_har(chosen: Sequence[Recorded]) -> dict[str, str]:
    """One file, in the format in which browsers save what they asked."""
    creator = {"name": "OpenRoots", "version": __version__}
    log = {"version": "1.2", "creator": creator, "entries": [_har_entry(one) for one in chosen]}
    return {"requests.har": orjson.dumps({"log": log}, option=orjson.OPT_INDENT_2).decode()}


def _har_entry(one: Recorded) -> Json:
    return {
        "startedDateTime": one.wall.isoformat(),
        "time": round(one.ms, 3),
        "request": _har_request(one),
        "response": _har_response(one),
        "cache": {},
        "timings": {"send": 0, "wait": round(one.ms, 3), "receive": 0},
        "_trail": one.id,
    }


def _har_request(one: Recorded) -> Json:
    host = one.headers.get("host", "localhost")
    scheme = one.headers.get("x-forwarded-proto", "http")
    pairs = parse_qsl(one.query.decode("latin-1"), keep_blank_values=True)
    body = {}
    if one.body:
        kind = one.headers.get("content-type", "application/octet-stream")
        body = {"postData": {"mimeType": kind, **_har_text(one.body)}}
    return {
        "method": one.method,
        "url": f"{scheme}://{host}{_address(one)}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(shown_headers(one.headers).items()),
        "queryString": _pairs(pairs),
        "headersSize": -1,
        "bodySize": len(one.body or b""),
        **body,
    }


def _har_response(one: Recorded) -> Json:
    named = {name.decode(): value.decode("latin-1") for name, value in one.answered}
    kind = named.get("content-type", "application/octet-stream")
    text = _har_text(one.answer or b"")
    return {
        "status": 0 if one.lost else one.status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(named.items()),
        "content": {"size": len(one.answer or b""), "mimeType": kind, **text},
        "redirectURL": named.get("location", ""),
        "headersSize": -1,
        "bodySize": len(one.answer or b""),
    }


def _har_text(body: bytes) -> Json:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": b64encode(body).decode(), "encoding": "base64"}


def _address(one: Recorded) -> str:
    """The path and the query, encoded as an address has them."""
    names = [quote(name_in(part), safe=":@!$&'()*+,;=~") for part in one.path.split("/")]
    return one._replace(path="/".join(names)).target


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in pairs]


def as_pytest(chosen: Sequence[Recorded]) -> dict[str, str]:
    """One test, which uses the fixture `openroots`: it asks the same in the same order, as what was
    asked later may rest on what was changed before, and wants the same statuses and codes."""
    head = '"""Requests that were made, as a test. The fixture comes with OpenRoots."""\n\n'
    name = _word(chosen[0].endpoint.partition(".")[2]) if len(chosen) == 1 else "requests"
    lines = [f"def test_{name}(openroots):", *(line for one in chosen for line in _asked(one))]
    return {"test_requests.py": "\n".join([head, *(lines if chosen else []), ""])}


def _asked(one: Recorded) -> Iterator[str]:
    """The lines of a test that make a request again."""
    sent = {name: value for name, value in one.headers.items() if _is_told(name)}
    if not RANDOM.fullmatch(id := one.headers.get(REQUEST_ID, "")):
        sent[REQUEST_ID] = id  # the fixture leaves out what is given as ""
    if one.body is None:
        yield f"    {f'{one.method} {one.target}: {TOO_LARGE}'!r}"
        return
    body = f", {_python(one.body)}" if one.body else ""
    headers = f", headers={sent!r}" if sent else ""
    if is_covered(one):
        yield "    # It was asked with a key or token: openroots.token() gives one."
    yield f"    told = openroots.ask({one.method!r}, {one.target!r}{body}{headers})"
    yield f"    assert told.status == {one.status}"
    if code := _code(one.answer):
        yield f"    assert told.code == {code!r}"


def _python(body: bytes) -> str:
    """A body as the fixture takes it: an object as it is, and anything else as bytes."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return repr(body)
    return repr(parsed if isinstance(parsed, dict) else body)


def _code(answer: bytes | None) -> str:
    body = shown_body(answer)
    if not isinstance(body, dict) or body.get("resourceType") != "OperationOutcome":
        return ""
    coding = body["issue"][0].get("details", {}).get("coding", [{}])
    return str(coding[0].get("code", ""))


def as_bruno(chosen: Sequence[Recorded]) -> dict[str, str]:
    """A collection: a file for each request, and one for the address that all begin with."""
    files = {
        f"{number:03}-{_word(one.endpoint.partition('.')[2])}.bru": _bru(one, number)
        for number, one in enumerate(chosen, 1)
    }
    collection = {"version": "1", "name": "OpenRoots", "type": "collection"}
    return {
        "bruno.json": orjson.dumps(collection, option=orjson.OPT_INDENT_2).decode(),
        "environments/local.bru": _block("vars", ["base_url: http://localhost:1948"]),
        **files,
    }


def _bru(one: Recorded, number: int) -> str:
    body, untold = shown_body(one.body), _untold(one)
    kind = "none" if body is None or untold else "text" if isinstance(body, str) else "json"
    name = f"{number} {one.method} {one.endpoint}"
    method = one.method.lower()
    url = f"{{{{base_url}}}}{_address(one)}"
    told = {name: value for name, value in one.headers.items() if _is_told(name)}
    headers = [f"{name}: {value}" for name, value in told.items()]
    if id := one.headers.get(REQUEST_ID):
        headers.append(f"{REQUEST_ID}: {'{{$guid}}' if RANDOM.fullmatch(id) else id}")
    blocks = [
        _block("meta", [f"name: {name}", "type: http", f"seq: {number}"]),
        _block(method, [f"url: {url}", f"body: {kind}", "auth: none"]),
        _block("headers", headers),
    ]
    if kind != "none":
        text = body if kind == "text" else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
        blocks.append(_block(f"body:{kind}", text.splitlines()))
    wanted = (
        _block("docs", [untold]) if untold else _block("assert", [f"res.status: eq {one.status}"])
    )
    return "\n".join([*blocks, wanted])


def _untold(one: Recorded) -> str:
    """Why a file of text cannot hold its body, and so cannot want the same answer; "" if it can."""
    if one.body is None:
        return TOO_LARGE
    try:
        one.body.decode()
    except UnicodeDecodeError:
        return NO_TEXT
    return ""


def _block(name: str, lines: Iterable[str]) -> str:
    inner = "".join(f"{INDENT}{line}\n" for line in lines)
    return f"{name} {{\n{inner}}}\n"


def _is_told(name: str) -> bool:
    return name not in OF_THE_WIRE and name not in HEADERS


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "request"


EXPORTS: dict[str, Callable[[Sequence[Recorded]], dict[str, str]]] = {
    "har": as_har,
    "pytest": as_pytest,
    "bruno": as_bruno,
}
