"""What closed sandboxes leave in memory and among the open files."""

import gc
import weakref
from pathlib import Path

import pytest

from openroots.sandboxes.leavings import EVERY
from tests.sandboxes.box import Box

OPEN_FILES = Path("/proc/self/fd")


def gateway_of(nation, name):
    """The gateway of a sandbox that is open, for as long as anybody needs it."""
    return weakref.ref(nation._estate.sandboxes.find(name).house.gateway)


@pytest.fixture
def unswept():
    """The garbage collector looks at nothing by itself, as good as in a server."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("unswept")
def test_closed_sandboxes_do_not_stay_in_memory(openroots):
    """A server may make thousands of them, one after the other."""
    gateways = []
    for number in range(EVERY):
        with Box(openroots, f"n{number}", people=0) as box:
            box.version()
        gateways.append(gateway_of(openroots, f"n{number}"))
        openroots.tooling("DELETE", f"/sandboxes/n{number}")
    assert sum(gateway() is not None for gateway in gateways) <= 1  # the last may end just now


@pytest.mark.usefixtures("unswept")
@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="only Linux shows which files are open")
def test_a_closed_sandbox_leaves_no_file_open(openroots):
    """Else they would run out; and what it held, dropped later, would go on taking room."""
    with Box(openroots, "idle", people=0) as box:
        box.version()
        box.tool("/people")
        assert open_files("idle")
        openroots.run(openroots._estate.sandboxes.find("idle").rest())
    assert not open_files("idle")


def open_files(name):
    """What this process has open in the folder of the sandbox of this name."""
    links = [file.readlink() for file in OPEN_FILES.iterdir() if file.is_symlink()]
    return [str(link) for link in links if f"/sandboxes/{name}/" in str(link)]
