"""Sandboxes beside each other: what one does, the others do not feel.

Source: none.
"""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from openroots.sandboxes.sandbox import AT_ONCE
from tests.sandboxes.box import ID, JANE, MALE, PATCH, Box
from tests.waiting import LONGEST, until

TWINS = {"like": "twins", "count": 10}


@pytest.fixture
def boxes(openroots):
    with Box(openroots, "one") as one, Box(openroots, "two") as two:
        yield one, two


def test_a_hostile_neighbour_slows_and_sees_nobody(openroots, boxes):
    """While one is flooded with large and slow requests, the other is answered as ever."""
    one, other = boxes
    host, port = openroots.url.removeprefix("http://").split(":")
    flood = [socket.create_connection((host, int(port)), timeout=20) for _ in range(60)]
    head = f"PATCH /sandbox/one{JANE} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 4000000\r\n\r\n{{"
    for each in flood:
        each.sendall(head.encode())
    stop = threading.Event()

    def send_much() -> None:
        with httpx.Client(base_url=one.told["url"], timeout=20) as client:
            while not stop.is_set():
                client.post("/_openroots/clock", content=b"[" * 5_000_000, headers=one.own)

    asking = threading.Thread(target=send_much)
    asking.start()
    slowest = 0.0
    for _ in range(20):
        begin = time.perf_counter()
        assert other.version() == 'W/"2"'
        slowest = max(slowest, time.perf_counter() - begin)
    stop.set()
    asking.join()
    for each in flood:
        each.close()
    assert slowest < 2
    seen = {entry["endpoint"] for entry in other.tool("/audit")["entries"]}
    assert seen == {"demographics.read-patient"}


@pytest.mark.parametrize("kind", ["drop", "lose"])
def test_a_connection_that_is_dropped_on_purpose_has_no_answer_beneath_a_path(boxes, kind):
    """As it is in the world itself, and the sandbox goes on."""
    one, _ = boxes
    headers = {**ID, "X-OpenRoots-Fault": kind}
    with (
        pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)),
        one.client.stream("GET", JANE, headers=headers) as answer,
    ):
        raise AssertionError(f"the answer began: {answer.status_code}")
    assert one.version() == 'W/"2"'


def test_a_neighbour_with_much_to_do_keeps_nobody_from_the_tooling(openroots, boxes):
    """Two things of one sandbox are done at a time; the clock of the other is told meanwhile."""
    one, other = boxes

    def make(_):
        with httpx.Client(base_url=one.told["url"], timeout=120) as client:
            return client.post("/_openroots/people/make", json=TWINS, headers=one.own)

    busy = openroots._estate.sandboxes.find("one")
    with ThreadPoolExecutor(12) as pool:
        made = pool.map(make, range(12))
        until(lambda: busy.is_busy)
        assert other.tool("/clock")["moved"] is False
        assert busy.is_busy
        assert {each.status_code for each in made} == {200}


def test_who_looks_at_what_is_asked_live_keeps_nobody_from_the_tooling(openroots, boxes):
    """A page that waits for news is no work: as many as like may be open."""
    one, _ = boxes
    open_now, enough = threading.Semaphore(0), threading.Event()

    def listen(_):
        path = "/_openroots/requests/live"
        with httpx.stream("GET", one.told["url"] + path, headers=one.own, timeout=60) as answer:
            open_now.release()
            enough.wait(LONGEST)
            return answer.status_code

    with ThreadPoolExecutor(4) as pool:
        pages = pool.map(listen, range(4))
        for _ in range(4):
            assert open_now.acquire(timeout=LONGEST)
        assert one.tool("/clock")["moved"] is False
        assert openroots._estate.sandboxes.find("one").is_busy
        enough.set()
        assert list(pages) == [200] * 4


def test_who_only_waits_keeps_nobody_of_the_same_sandbox_from_a_turn(openroots, boxes):
    """More requests than are worked on at a time are slow on purpose: another is answered first."""
    one, _ = boxes
    box = openroots._estate.sandboxes.find("one")
    slow = {**ID, "X-OpenRoots-Fault": "slow; ms=60000"}

    def wait(_):
        return httpx.get(one.told["url"] + JANE, headers=slow, timeout=LONGEST).status_code

    with ThreadPoolExecutor(AT_ONCE + 1) as pool:
        waiting = pool.map(wait, range(AT_ONCE + 1))
        until(lambda: len(box._flights) == AT_ONCE + 1)
        assert one.version() == 'W/"2"'
        until(lambda: len(box._flights) == AT_ONCE + 1)  # its own ends soon after its answer
        openroots.tooling("POST", "/sandboxes/one/drop")
        assert list(waiting) == [503] * (AT_ONCE + 1)


@pytest.mark.parametrize(
    ("size", "statuses"),
    [((1 << 30) - 1, (200, 200, 200)), (1 << 30, (200, 200, 507)), (2 << 30, (507, 507, 507))],
)
def test_a_sandbox_that_has_grown_too_large_takes_no_more(openroots, boxes, size, statuses):
    """It is still read, by its tools too, until it is twice as large; its reset makes room, and its
    neighbour writes on."""
    one, other = boxes
    box = openroots._estate.sandboxes.find("one")
    box.too_large = size if size >= 1 << 30 else 0
    asked = (
        one.client.get(JANE, headers=PATCH),
        one.client.get("/_openroots/clock", headers=one.own),
        one.client.post("/_openroots/people/make", json={"like": "twins"}, headers=one.own),
    )
    assert tuple(answer.status_code for answer in asked) == statuses
    if box.too_large:
        refused = one.client.patch(JANE, headers=PATCH, json=MALE)
        assert refused.status_code == 507
        assert "openroots sandbox reset one" in refused.json()["mend"]
    other.change()
    assert one.client.post("/_openroots/reset", json={}, headers=one.own).status_code == 200
    assert box.too_large == 0
    one.change()
