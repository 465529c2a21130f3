"""Connections of threads that outlive a file."""

import threading
from concurrent.futures import ThreadPoolExecutor

import apsw
import pytest

from openroots.storage.connections import Connections


def test_each_thread_has_one_and_the_same_each_time():
    """However often it asks."""
    connections = Connections(lambda: apsw.Connection(":memory:"))
    with ThreadPoolExecutor(1) as pool:
        others = [pool.submit(connections.own).result() for _ in range(2)]
    assert others[0] is others[1] is not connections.own()
    assert connections.own() is connections.own()


def test_all_are_closed_whichever_thread_had_them():
    """A thread that is still there has none of them open."""
    connections = Connections(lambda: apsw.Connection(":memory:"))
    with ThreadPoolExecutor(1) as pool:
        theirs, ours = pool.submit(connections.own).result(), connections.own()
        connections.close()
        for each in (theirs, ours):
            with pytest.raises(apsw.ConnectionClosedError):
                each.execute("SELECT 1")
        assert pool.submit(connections.own).result() is not theirs


def test_one_in_use_is_left_to_its_thread():
    """Closing waits for nobody, and takes nothing away from whoever is in the middle of it."""
    connections = Connections(lambda: apsw.Connection(":memory:"))
    begun, go_on = threading.Event(), threading.Event()

    def use() -> int:
        db = connections.own()
        db.create_scalar_function("pause", lambda: begun.set() or go_on.wait(60))
        return int(db.execute("SELECT pause()").get)

    with ThreadPoolExecutor(1) as pool:
        used = pool.submit(use)
        assert begun.wait(60)
        connections.close()
        go_on.set()
        assert used.result(60) == 1
