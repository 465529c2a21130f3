"""What the tests of the command share: the command in an empty folder, and a server for it."""

import os

import pytest

from tests.cli.desk import Command, server


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """The command, in an empty folder and with none of our variables set."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("OPENROOTS_")]:
        monkeypatch.delenv(name)
    return Command(monkeypatch, capsys)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The state folder of a server that runs for all tests of one file."""
    state = tmp_path_factory.mktemp("served")
    with server(state):
        yield state
