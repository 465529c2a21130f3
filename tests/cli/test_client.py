"""What the command makes of an answer of its server."""

import sys

import pytest

from tests.cli.desk import Command, server

pytestmark = pytest.mark.server


@pytest.mark.skipif(sys.platform != "linux", reason="another process is given no limit there")
def test_a_server_that_cannot_write_is_no_defect(tmp_path, command: Command) -> None:
    """A disk without room is told in one line and by the code of what cannot be reached; once
    there is room, the same is done."""
    from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit

    with server(tmp_path) as (process, _):
        prlimit(process.pid, RLIMIT_FSIZE, (0, RLIM_INFINITY))
        for verb in (["erase", "9000000017", "--yes"], ["clock", "+1d"], ["backup"]):
            assert command(*verb, "--state", tmp_path) == 3
            words = "openroots: the store cannot be reached or written. To mend: "
            assert command.err == f"{words}openroots doctor may say why.\n"
        prlimit(process.pid, RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))
        assert command("erase", "9000000017", "--yes", "--state", tmp_path) == 0
