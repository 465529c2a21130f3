"""A file that a verb makes: why there is none is told in one line."""

import errno
import os
from pathlib import Path

import pytest

from openroots.cli.new_file import begun, making
from openroots.cli.terminal import CONFLICT, USAGE, Stop


def test_another_file_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "there"
    file.touch()
    with pytest.raises(Stop, match="is there already") as told:
        begun(file)
    assert (told.value.code, told.value.mend) == (
        CONFLICT,
        "Name another file, or remove that one.",
    )


def test_a_disk_that_is_full_half_way_is_told_as_one_that_cannot_be_written(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    match = "cannot be written: No space left"
    with pytest.raises(Stop, match=match) as told, making(tmp_path / "half"):
        raise full
    assert told.value.code == CONFLICT


def test_a_dash_stands_for_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere it means stdout; who means that gets no file called so."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Stop, match="nothing goes to stdout") as told:
        begun(Path("-"))
    assert (told.value.code, list(tmp_path.iterdir())) == (USAGE, [])
