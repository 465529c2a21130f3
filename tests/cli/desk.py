"""The command as tests call it, and real servers for it to ask."""

import json
import subprocess
import sys
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from openroots.cli import main
from openroots.cli.folder import find_server

PEOPLE = "20"
JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
NUMBERED = "00000000-0000-0000-0000-000000000001"  # in form, but neither version 4 nor 7
KEY = "ashby-practice-key"
COMMAND = [sys.executable, "-m", "openroots"]


class Command:
    """The command as it is called in a pipe: its exit code, and what it wrote where."""

    def __init__(self, monkeypatch, capsys):
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *args):
        self.monkeypatch.setattr(sys, "argv", ["openroots", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        self.out, self.err = self.capsys.readouterr()
        return ended.value.code

    def json(self, *args):
        """The one JSON document that a verb prints."""
        assert self(*args, "--json") == 0, self.err
        return json.loads(self.out)


@contextmanager
def server(state, *flags):
    """A real server on a port of its own: the process, and its output up to `Ready in`."""
    flags = ("--state", state, "--port", "0", "--people", PEOPLE, "--log", "none", *flags)
    process = subprocess.Popen([*COMMAND, "up", *flags], stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ready in "):
                break
        yield process, "".join(lines)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def call(state, path, body=None, **headers):
    """A request to the server of a state folder, a POST where it has a body; its status."""
    where = find_server(state)
    sent = json.dumps(body).encode() if body else None
    named = {"Content-Type": "application/json", **headers} if body else headers
    request = Request(f"http://{where.host}:{where.port}{path}", sent, named)
    try:
        with urlopen(request) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def read_jane(state, request_id=None):
    """Read Jane by the ready-made application."""
    return call(state, JANE, **{"X-Request-ID": request_id or str(uuid4()), "apikey": KEY})
