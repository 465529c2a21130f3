"""What `openroots up` says can be tried, as it is copied from the terminal."""

from pathlib import Path

import pytest

from openroots.cli.up import _tell_what_to_try
from openroots.settings import load


def test_each_command_to_try_is_for_the_state_that_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where that is another folder than the usual one, each of them names it, the one within the
    request too; where it is the usual one, none does."""
    _tell_what_to_try("http://localhost:1948", load({"state": str(tmp_path), "auth": "real"}))
    said = capsys.readouterr().out.splitlines()
    [asked] = [line for line in said if "curl" in line]
    told = [line for line in said if line.startswith("    openroots ")]
    assert f"openroots token --app ashby-practice-system --state {tmp_path})" in asked
    assert len(told) == 3
    assert all(f"--state {tmp_path}" in line for line in told)
    _tell_what_to_try("http://localhost:1948", load({"auth": "real"}))
    assert "--state" not in capsys.readouterr().out
