"""A reading of the clock, and a write to the state of a module, are seen in source that has one."""

import ast

import pytest

from tests.impure import clock_reads, writes_to_module_state
from tests.source import Module


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time\nx = time.time()", 1),
        ("from random import Random\nx = Random(1)", 0),
        ("from random import Random\nx = Random()", 1),
        ("from random import random", 1),
        ("from datetime import date\nx = date.today()", 1),
        ("def f(world):\n    return world.wall.now()", 0),
        ("import os\nx = os.urandom(4)", 1),
    ],
)
def test_a_reading_of_the_clock_is_seen(source: str, found: int) -> None:
    assert len(list(clock_reads(Module("x.py", ast.parse(source))))) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("seen = []\ndef f(x):\n    seen.append(x)", 1),
        ("seen = {}\ndef f(x):\n    seen[x] = 1", 1),
        ("seen = {}\ndef f(x):\n    global seen\n    seen = x", 1),
        ("import m\ndef f(x):\n    m.seen = x", 1),
        ("seen = []\nseen.append(1)", 0),
        ("seen = []\ndef f():\n    seen = []\n    seen.append(1)", 0),
        ("def f(seen):\n    seen.append(1)", 0),
    ],
)
def test_a_write_to_the_state_of_a_module_is_seen(source: str, found: int) -> None:
    assert len(list(writes_to_module_state(Module("x.py", ast.parse(source))))) == found
