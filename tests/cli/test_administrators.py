"""A live server by the command: the link to begin, administrators, keys, and a public address."""

import urllib.parse
import urllib.request

import pytest

from openroots.cli.folder import find_server
from tests.cli.desk import server

OK, USAGE, NOT_FOUND, CONFLICT = 0, 2, 5, 6
SAM, KIM = "sam@example.com", "kim@example.com"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """The state folder of a live server that runs, and the link that it printed."""
    folder = tmp_path_factory.mktemp("live") / "state"
    with server(folder, "--mode", "live", "--url", "https://api.example.com/") as (process, _):
        told = (line.strip() for line in process.stdout)
        yield folder, next(line for line in told if "/begin/" in line)


def test_the_terminal_shows_the_link_by_which_the_first_begins(command, live):
    """It has the public address and 128 bits, and makes somebody an administrator."""
    state, link = live
    origin, _, code = link.partition("/begin/")
    assert origin == "https://api.example.com"
    assert len(code) == 22
    form = urllib.parse.urlencode({"name": "Sam", "id": SAM}).encode()
    with urllib.request.urlopen(f"{find_server(state).url}/begin/{code}", form) as page:
        assert SAM in page.read().decode()
    assert command("admin", "list", "--state", state) == OK
    assert SAM in command.out


def test_administrators_are_added_and_ended(command, live):
    """Each is shown a key once; nobody is added twice, or ended who is none."""
    where = ("--state", live[0])
    added = command.json("admin", "add", KIM, "--name", "Kim Okoro", *where)
    assert added["key"]
    assert command("admin", "add", KIM, "--name", "Kim Okoro", *where) == CONFLICT
    assert command("admin", "add", "kim", "--name", "Kim Okoro", *where) == USAGE
    assert command("admin", "end", KIM, *where) == OK
    assert command("admin", "end", KIM, *where) == NOT_FOUND
    known = command.json("admin", "list", *where)["administrators"]
    assert {one["id"]: one["status"] for one in known}[KIM] == "ended"
    assert added["key"] not in str(known)


def test_keys_are_listed_and_rotated(command, live):
    """After a rotation the new key signs and the old one is listed as replaced."""
    where = ("--state", live[0])
    told = command.json("keys", "rotate", *where)
    assert command("keys", "list", *where) == OK
    lines = command.out.splitlines()
    assert [line.split()[-1] for line in lines[:2]] == ["replaced", "signs"]
    assert told["signing"] in lines[1]


def test_where_nothing_is_registered_yet_the_command_says_how_to(command, live):
    """A live installation begins with no application, which is told and not left blank."""
    assert command("app", "list", "--state", live[0]) == OK
    assert "No applications. openroots app create" in command.out
    assert command("staff", "list", "--state", live[0]) == OK
    assert "No staff: they are made with a sandbox world." in command.out
