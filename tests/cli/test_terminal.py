"""Where the command writes: data on stdout, all else on stderr, and what happens when it cannot."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.desk import COMMAND

FULL = Path("/dev/full")  # a disk without room, on Linux

pytestmark = pytest.mark.server


@pytest.mark.skipif(not FULL.exists(), reason="no disk here is always full")
@pytest.mark.parametrize("verb", ["status", "status --json", "programme entries"])
def test_output_that_cannot_be_written_is_told_in_one_line(served, verb):
    """A full disk is no defect of ours: the cause and the mend are told, with a code of its own."""
    with FULL.open("w") as full:
        command = [*COMMAND, *verb.split(), "--state", str(served)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 6
    assert done.stderr.startswith("openroots: the output cannot be written: No space left")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["programme entries", "app list --json", "standards list"])
def test_whoever_reads_may_stop_reading(served, verb):
    """`openroots programme entries | head -1` ends without a complaint."""
    listing = [*COMMAND, *verb.split(), "--state", str(served)]
    with subprocess.Popen(listing, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_a_question_leaves_the_output_to_the_document(served):
    """Whoever is asked whether they are sure is asked on stderr: stdout holds the JSON alone."""
    erase = [*COMMAND, "audit", "erase", "9000000076", "--json", "--state", str(served)]
    done = subprocess.run(erase, input="y\n", capture_output=True, text=True)
    assert done.returncode == 0
    assert json.loads(done.stdout)["entries"] == 0
    assert "Nobody can undo this." in done.stderr


def test_a_terminal_of_few_characters_is_served_too(served):
    """Where ✓ cannot be written, something else is, and the verb succeeds."""
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    status = [*COMMAND, "status", "--state", str(served)]
    done = subprocess.run(status, capture_output=True, env=environment)
    assert done.returncode == 0
    assert done.stdout.startswith(b"? OpenRoots")
