"""How far a command has come with a file is told on standard error, as it suits who reads it."""

import io
import sys

import pytest

from openroots.cli.reading import shown


def test_a_program_is_told_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    """However often it comes any further; standard output stays as it is."""
    with shown(1000, "records read") as tell:
        for at in range(0, 1001, 5):
            tell(at, at)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "100 records read, 10 % of the file"
    assert len(err.splitlines()) == 10


def test_nobody_is_told_who_does_not_want_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is an empty file divided by."""
    with shown(0, "records read", wanted=False) as tell:
        tell(1, 0)
    with shown(0, "records read") as tell:
        tell(0, 0)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how many were read, and how much of the file that is."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    with shown(1000, "records read") as tell:
        tell(1234, 500)
    assert "1,234 records read" in terminal.getvalue()
    assert "50%" in terminal.getvalue()


class Terminal(io.StringIO):
    """What keeps all that is written to it, and says that it is a terminal."""

    def isatty(self) -> bool:
        """That it is one."""
        return True
