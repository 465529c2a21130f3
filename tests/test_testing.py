"""The testing library: a health service of one's own, in process and over HTTP, as its docs say."""

import asyncio
import gc
import os
import re
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from openroots.storage import Unavailable
from openroots.testing import open_nation, openroots_nation
from tests.source import ROOT

BASE = "/personal-demographics/FHIR/R4"
JANE = f"{BASE}/Patient/9000000009"
ID = "60e0b220-8136-4ca5-ae46-1d97ef59d068"
MALE = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
DAY = timedelta(days=1)
PAGE = ROOT / "docs" / "testing.md"
EXAMPLES = ROOT / "docs" / "examples"
EXAMPLE = EXAMPLES / "sandbox.test.mjs"
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_events_of_a_change_are_received_with_what_they_say(openroots):
    """As a subscriber to all of them would be told."""
    openroots.ask("PATCH", JANE, MALE, headers={"If-Match": 'W/"2"'})
    events = openroots.received()
    assert events
    assert {event["specversion"] for event in events} == {"1.0"}
    assert events[0]["type"] in openroots.signals()


@pytest.mark.parametrize(
    "path",
    [
        "/Patient/900000000%39",
        "/Patient/9000000009%2F",
        "/Patient/90 00",
        "/Patient?family=Müller&given=Anna Maria&birthdate=eq2010-10-22",
        "/Patient?family=M%C3%BCller&birthdate=2010%2D10-22",
        "/_ping",
        "/_status",
        "/metadata",
    ],
)
def test_a_path_means_in_process_what_it_means_over_http(openroots, path):
    """Encoded or not, and below each service what it answers to anybody."""
    told = openroots.ask("GET", f"{BASE}{path}", headers={"X-Request-ID": ID})
    url = openroots.url + quote(f"{BASE}{path}", safe="/?&=%")
    try:
        with urlopen(Request(url, headers={"X-Request-ID": ID})) as answer:
            status, body = answer.status, answer.read()
    except HTTPError as error:
        status, body = error.code, error.read()
    assert (told.status, told.raw) == (status, body)


def test_clients_on_several_threads_find_one_server(openroots):
    """Whichever of them asks for its address first."""
    before, at_once = sys.getswitchinterval(), threading.Barrier(8)
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as clients:
            asked = [clients.submit(lambda: (at_once.wait(), openroots.url)) for _ in range(8)]
            assert len({one.result()[1] for one in asked}) == 1
    finally:
        sys.setswitchinterval(before)


def test_a_test_that_fails_shows_a_nation_in_a_few_words(openroots):
    """Not the whole world, under which what failed could not be found."""
    people = openroots.house.settings.people
    assert repr(openroots) == f"<a nation of {people} people>"


def test_people_of_a_kind_are_found(openroots):
    """The published ones where no kind is asked for."""
    assert "9000000009" in [person["number"] for person in openroots.people()]
    assert len(openroots.people("restricted", 1)) == 1
    with pytest.raises(ValueError, match="'nobody' is not a kind of person"):
        openroots.people("nobody")


def test_a_token_for_somebody_who_is_not_there_is_refused_in_words(openroots):
    """A test that names a wrong application or person is told which, and by a plain ValueError."""
    with pytest.raises(ValueError, match="no application is called 'nobody'"):
        openroots.token("nobody")
    with pytest.raises(ValueError, match="there is no such staff here"):
        openroots.token(whom="staff:1")


def test_time_is_moved_by_what_the_command_takes(openroots):
    """A step, a day or a rate; what is none of them is refused."""
    openroots.move_clock("+14d")
    assert openroots.house.world.time.now() - openroots.wall.now() == 14 * DAY
    openroots.move_clock("real")
    openroots.move_clock("x60")
    openroots.wall.advance(DAY)
    assert openroots.house.world.time.now() - openroots.wall.now() == 59 * DAY
    with pytest.raises(ValueError, match="'later' is no time"):
        openroots.move_clock("later")


def test_the_tooling_door_is_asked_as_the_command_asks_it(openroots):
    """With the token, from this machine; what it refuses is told."""
    assert openroots.tooling("GET", "/status").body["status"] == "pass"
    assert openroots.tooling("POST", "/clock", {"to": "later"}).status == 400


def test_a_nation_is_gone_once_its_block_ends(openroots_seeded):
    """Nothing of it is left on disk or in memory."""
    with openroots_nation(openroots_seeded) as nation:
        state = nation.house.settings.state
        assert state.is_dir()
    assert not state.exists()


def test_a_nation_that_was_closed_stays_so_and_says_so(openroots_seeded):
    """A test may close one before its block ends; who asks it then is told."""
    with openroots_nation(openroots_seeded) as nation:
        nation.close()
        with pytest.raises(RuntimeError, match="this world is closed"):
            nation.ask("GET", JANE)


def test_a_nation_leaves_no_thread_and_no_open_file(openroots_seeded):
    """Else a suite of some hundred tests would come to the end of what a process may have."""
    files, threads = Path("/dev/fd"), set(threading.enumerate())
    for served in (False, True):
        before = len(list(files.iterdir()))
        with openroots_nation(openroots_seeded) as nation:
            nation.ask("GET", JANE)
            if served:
                assert _over_http(nation, JANE) == 200
        gc.collect()  # connections of threads that have ended
        assert set(threading.enumerate()) <= threads
        assert len(list(files.iterdir())) <= before


def test_a_nation_may_be_closed_twice(openroots_seeded):
    """By a test, and by the block that it is in."""
    with openroots_nation(openroots_seeded) as nation:
        nation.close()


def test_a_nation_that_cannot_be_opened_leaves_no_thread(tmp_path):
    """Neither the loop that it would have had."""
    threads = set(threading.enumerate())
    (tmp_path / "state").touch()
    with pytest.raises(Unavailable):
        open_nation(tmp_path / "state")
    assert set(threading.enumerate()) <= threads


def test_a_nation_leaves_the_process_of_the_tests_as_it_was(openroots_seeded):
    """What a server sets up for itself alone would have a whole suite keep its garbage."""
    before = gc.get_threshold(), gc.get_freeze_count(), sys.getswitchinterval()
    with openroots_nation(openroots_seeded) as nation:
        assert _over_http(nation, JANE) == 200
    assert (gc.get_threshold(), gc.get_freeze_count(), sys.getswitchinterval()) == before


def test_a_nation_is_opened_where_a_loop_runs_already(openroots_seeded):
    """As in a test that is awaited."""

    async def asked():
        with openroots_nation(openroots_seeded) as nation:
            return nation.ask("GET", JANE).status, _over_http(nation, JANE)

    assert asyncio.run(asked()) == (200, 200)


def test_the_examples_of_the_docs_run(openroots_seeded):
    """Those for pytest with a fresh world each, and the other as it stands."""
    tests, plain = PYTHON.findall(PAGE.read_text("utf-8"))
    defined: dict[str, Any] = {}
    exec(tests, defined)
    for name in [name for name in defined if name.startswith("test_")]:
        with openroots_nation(openroots_seeded) as nation:
            defined[name](nation)
    exec(plain, {})


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_the_example_in_javascript_runs(openroots):
    """As the page shows it: two tests in a sandbox of their own, which is dropped afterwards."""
    assert f"```js\n{EXAMPLE.read_text('utf-8')}```" in PAGE.read_text("utf-8")
    _run(openroots, "node", "--test", str(EXAMPLE))


@pytest.mark.skipif(shutil.which("javac") is None, reason="there is no JDK here")
def test_the_example_in_java_runs(openroots):
    """By what comes with Java alone."""
    assert "java SandboxTest.java" in PAGE.read_text("utf-8")
    assert "2 tests passed" in _run(openroots, "java", str(EXAMPLES / "SandboxTest.java"))


def _over_http(nation, path):
    asked = Request(nation.url + path, headers={"X-Request-ID": str(uuid4())})
    with urlopen(asked, timeout=20) as answer:
        return answer.status


def _run(openroots, *command):
    """Have it do what it does with a sandbox, which is gone afterwards; what it printed."""
    token = (openroots.house.settings.state / "token").read_text().strip()
    given = {"OPENROOTS_URL": openroots.url, "OPENROOTS_TOKEN": token}
    done = subprocess.run(
        command, env={**os.environ, **given}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert openroots.tooling("GET", "/sandboxes").body["sandboxes"] == []
    return done.stdout
