"""A large nation is made once and found again, without what was asked of it before."""

from pathlib import Path

import pytest

from bench.nation import nation

pytestmark = pytest.mark.server


def test_a_nation_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = nation(3)
    made = (first / "state" / "openroots.db").stat()
    (first / "state" / "trails").mkdir()
    assert nation(3) == first
    assert (first / "state" / "openroots.db").stat().st_mtime_ns == made.st_mtime_ns
    assert not (first / "state" / "trails").exists()


def test_of_several_nations_of_one_size_the_last_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    old = tmp_path / "var" / "bench" / "nation-3-other"
    old.mkdir(parents=True)
    other_size = old.with_name("nation-30-other")
    other_size.mkdir()
    nation(3)
    assert not old.exists()
    assert other_size.exists()
