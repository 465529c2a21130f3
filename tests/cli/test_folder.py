"""Who holds a state folder is told as it is, also just after a process was killed."""

import subprocess
import sys
from contextlib import contextmanager

import pytest

from openroots.cli.folder import Running, held, is_held, lives, note_server
from openroots.cli.terminal import Stop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="proc(5) tells zombies")


@contextmanager
def zombie():
    """The id of a process that was killed, before anybody has asked how it ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process.kill()
    with process:
        subprocess.run(["/bin/sh", "-c", f"until grep -q Z /proc/{process.pid}/stat; do :; done"])
        yield process.pid


def test_a_killed_process_does_not_live_though_nobody_has_asked_after_it(tmp_path):
    """Nor does one that never was; this one does."""
    with zombie() as killed:
        assert not lives(killed)
    assert not lives(killed)
    assert lives(1)


def test_a_killed_server_is_not_named_as_the_one_that_holds_the_folder(tmp_path):
    """Another command may have it, while the folder still tells of the server that was killed."""
    with zombie() as killed, held(tmp_path):
        note_server(tmp_path, Running(killed, "127.0.0.1", 1948))
        with pytest.raises(Stop, match="another OpenRoots has the state folder"), held(tmp_path):
            pass


def test_asking_who_holds_a_folder_makes_nothing(tmp_path):
    """Where nobody ever held it, there is nothing to look at."""
    assert not is_held(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "state"])
def test_a_file_in_the_way_of_a_folder_is_told_as_one(tmp_path, below):
    """Where the folder would be, or above it; and it is left there."""
    (tmp_path / "file").touch()
    state = tmp_path / "file" / below
    with pytest.raises(Stop) as told, held(state):
        pass
    assert told.value.message == f"the state folder {state} cannot be made: a file is in its way"
    assert "name another folder with --state" in told.value.mend
    assert (tmp_path / "file").is_file()
