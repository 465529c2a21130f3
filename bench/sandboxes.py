"""The rows about sandboxes, and about worlds for tests.

Source: none.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any
from uuid import uuid4

import orjson

from bench.row import Row
from bench.server import PEOPLE, Server, openroots, scratch
from openroots.testing import open_nation, openroots_nation

MANY = 30
TIMES = 15
REST = 1.0  # seconds in which copies that lie ready are made again
CASES = 50
AT_A_TIME = 8
SMALL = 100  # people in the world of a test
JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
TYPE = "application/json-patch+json"


class Tool:
    """The tooling door of a server, over HTTP."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.port = server.port
        self.token = (folder / "state" / "token").read_text().strip()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What it answers. Raises RuntimeError for a refusal."""
        headers = {"X-OpenRoots-Token": self.token, "Content-Type": "application/json"}
        status, told, _ = call(self.port, method, f"/_openroots{path}", body or {}, headers)
        if status != 200:
            raise RuntimeError(told)
        return told


def call(
    port: int, method: str, path: str, body: Any, headers: dict[str, str]
) -> tuple[int, Any, str]:
    """The status, body and ETag of an answer."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        given = {"X-Request-ID": str(uuid4()), **headers}
        connection.request(method, path, orjson.dumps(body) if body is not None else None, given)
        answer = connection.getresponse()
        return answer.status, orjson.loads(answer.read()), answer.headers.get("ETag", "")


def create() -> Row:
    """A sandbox of 2,000 people made, asked for the first time, and made as new while in use."""
    made, first, again = [], [], []
    with _served(PEOPLE) as (server, tool):
        for _ in range(TIMES):
            sleep(REST)
            name, took = _timed(lambda: tool.ask("POST", "/sandboxes")["name"])
            made.append(took)
            path = f"/sandbox/{name}{JANE}"
            first.append(_timed(lambda: call(server.port, "GET", path, None, {}))[1])  # noqa: B023
            sleep(REST)
            reset = f"/sandboxes/{name}/reset"
            again.append(_timed(lambda: tool.ask("POST", reset))[1])  # noqa: B023
            tool.ask("DELETE", f"/sandboxes/{name}")
    reached = median(made) < 50 and median(again) < 20
    return Row(
        f"create a sandbox of {PEOPLE:,} people; reset it in use",
        "< 50 ms; < 20 ms",
        f"{median(made):.1f} ms (its first answer {median(first):.0f} ms later); "
        f"{median(again):.1f} ms (medians of {TIMES})",
        reached=reached,
    )


def thirty() -> Row:
    """The memory of a server with thirty sandboxes in use, and what they cost when idle."""
    with _served(PEOPLE) as (server, tool):
        for _ in range(MANY):
            name = tool.ask("POST", "/sandboxes")["name"]
            for _ in range(20):
                call(server.port, "GET", f"/sandbox/{name}{JANE}", None, {})
            _change(server.port, name)
        memory = server.memory()
        sleep(10)  # then they are idle
        busy, began = server.busy(), perf_counter()
        sleep(5)
        share = (server.busy() - busy) / (perf_counter() - began)
    return Row(
        f"memory of {MANY} sandboxes in use, of {PEOPLE:,} people each, and their server",
        "< 300 MB",
        f"{memory:.0f} MB (RssAnon); idle, all take {100 * share:.0f} % of a core",
        reached=memory < 300,
    )


def fixture() -> Row:
    """A world for a test, from nothing to gone again, in process."""
    with scratch() as folder:
        open_nation(folder / "seeded", people=SMALL).close()
        taken = []
        for _ in range(TIMES):
            taken.append(_timed(lambda: _world(folder / "seeded"))[1])
    return Row(
        f"pytest fixture per test: a world of {SMALL} people opened and closed",
        "< 20 ms",
        f"{median(taken):.1f} ms (median of {TIMES})",
        reached=median(taken) < 20,
    )


def suite() -> Row:
    """Fifty cases against PDS, each in a sandbox of its own, so many at a time."""
    with _served(SMALL) as (server, tool):
        name = tool.ask("POST", "/sandboxes")["name"]  # the people are made
        tool.ask("DELETE", f"/sandboxes/{name}")
        began = perf_counter()
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            passed = sum(pool.map(lambda _: _case(server, tool), range(CASES)))
        took = perf_counter() - began
    if passed != CASES:
        raise RuntimeError(f"{CASES - passed} cases failed")
    return Row(
        f"{CASES} cases against PDS, each in its own sandbox, {AT_A_TIME} at a time",
        "< 10 s",
        f"{took:.1f} s",
        reached=took < 10,
    )


def _case(server: Server, tool: Tool) -> bool:
    """Make a sandbox, read, change, move time, read again, drop it."""
    made = tool.ask("POST", "/sandboxes")
    _change(server.port, made["name"])
    door = {"X-OpenRoots-Token": made["token"], "Content-Type": "application/json"}
    path = f"/sandbox/{made['name']}"
    clock = call(server.port, "POST", f"{path}/_openroots/clock", {"to": "+14d"}, door)
    _, record, _ = call(server.port, "GET", path + JANE, None, {})
    tool.ask("DELETE", f"/sandboxes/{made['name']}")
    return clock[0] == 200 and record["gender"] == "male"


def _change(port: int, name: str) -> None:
    path = f"/sandbox/{name}{JANE}"
    _, _, etag = call(port, "GET", path, None, {})
    body = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    call(port, "PATCH", path, body, {"If-Match": etag, "Content-Type": TYPE})


def _world(seeded: Path) -> None:
    with openroots_nation(seeded):
        pass


def _timed(work: Any) -> tuple[Any, float]:
    """What came of it, and how many milliseconds it took."""
    began = perf_counter()
    done = work()
    return done, (perf_counter() - began) * 1e3


@contextmanager
def _served(people: int) -> Iterator[tuple[Server, Tool]]:
    with scratch() as folder, openroots(folder, people=people) as server:
        tool = Tool(server, folder)
        warm = tool.ask("POST", "/sandboxes")["name"]  # the first waits for its people
        tool.ask("DELETE", f"/sandboxes/{warm}")
        yield server, tool
