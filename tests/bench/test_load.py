"""The load generator counts and times as it says. Nothing here depends on how fast anything is."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from time import sleep

import pytest

from bench.load import BROKEN, LONGEST, MOST, Plan, apart, percentile, run

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
ASKED = b"GET / HTTP/1.1\r\n\r\n"

Answers = Callable[[int], bytes]  # what to send for the request with this number
Serve = Callable[[Answers], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A function that starts a server on a port; an answer of b"" ends the connection."""
    listening: list[socket.socket] = []

    def start(answers: Answers) -> int:
        listening.append(socket.create_server(("127.0.0.1", 0)))
        thread = threading.Thread(target=_accept, args=(listening[-1], answers), daemon=True)
        thread.start()
        port: int = listening[-1].getsockname()[1]
        return port

    yield start
    for one in listening:
        one.close()


def test_every_request_is_sent_once_and_counted(serve: Serve) -> None:
    outcome = run(Plan(serve(lambda number: OK), [ASKED] * 20, callers=3))
    assert outcome.statuses == {200: 20}
    assert len(outcome.answered) == 20
    assert outcome.refused == 0


def test_an_answer_without_success_is_counted_as_refused(serve: Serve) -> None:
    outcome = run(Plan(serve(lambda number: BUSY if number % 2 else OK), [ASKED] * 10))
    assert outcome.statuses == {200: 5, 503: 5}
    assert outcome.refused == 5


def test_a_connection_that_ends_costs_its_request_and_is_opened_again(serve: Serve) -> None:
    outcome = run(Plan(serve(lambda number: b"" if number == 4 else OK), [ASKED] * 10))
    assert outcome.statuses == {200: 9, BROKEN: 1}
    assert outcome.times[4] is None


def test_a_server_that_is_silent_is_given_up_when_the_time_is_over(serve: Serve) -> None:
    silent = threading.Event()
    port = serve(lambda number: b"" if silent.wait(5) else b"")
    outcome = run(Plan(port, [ASKED] * 3, seconds=0.05))
    silent.set()
    assert outcome.answered == []
    assert outcome.refused == 3


def test_an_answer_in_pieces_is_one_answer(serve: Serve) -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"." * 900_000
    outcome = run(Plan(serve(lambda number: long), [ASKED] * 2, keeps_bodies=True))
    assert [len(body) for body in outcome.bodies] == [900_000, 900_000]


def test_on_a_schedule_a_stall_is_charged_to_all_who_queued(serve: Serve) -> None:
    stall = 0.05
    plan = Plan(serve(lambda number: sleep(stall) or OK), [ASKED] * 5, rate=1000, seconds=30)
    outcome = run(plan)
    # All five were meant to begin within 5 ms and go one after the other on one connection.
    ends = [start + time for start, time in zip(plan.starts(), outcome.answered, strict=True)]
    assert all(end >= stall * place for place, end in enumerate(ends, 1))
    assert len(outcome.late) == 5


def test_a_schedule_is_even_or_as_the_seed_says() -> None:
    assert Plan(1, [ASKED] * 4, rate=2, seconds=9).starts() == [0.0, 0.5, 1.0, 1.5]
    chance = Plan(1, [ASKED] * 500, rate=2, seconds=300, seed=7).starts()
    assert chance == Plan(1, [ASKED] * 500, rate=2, seconds=300, seed=7).starts()
    assert chance == sorted(chance)
    assert 200 < chance[-1] < 300


def test_percentiles_are_the_nearest_rank() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert [percentile(values, percent) for percent in (1, 50, 99, 99.9, 100)] == [
        *(1.0, 50.0, 99.0, 100.0, 100.0)
    ]
    assert percentile([3.0], 50) == 3.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


@pytest.mark.parametrize(
    "wrong",
    [
        {"requests": []},
        {"requests": [b""] * (MOST + 1)},
        {"callers": 0},
        {"callers": 10_000},
        {"seconds": 0},
        {"seconds": LONGEST + 1},
        {"rate": -1.0},
        {"rate": 1.0, "seconds": 5, "requests": [ASKED] * 100},
        {"host": "192.0.2.1"},
    ],
)
def test_a_run_without_bounds_or_beyond_this_machine_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Plan(**{"port": 1, "requests": [ASKED], **wrong})  # type: ignore[arg-type]


def test_a_run_in_a_process_of_its_own_tells_the_same(serve: Serve) -> None:
    outcome = apart(Plan(serve(lambda number: OK), [ASKED] * 5))
    assert outcome.statuses == {200: 5}


def _accept(listening: socket.socket, answers: Answers) -> None:
    numbers = count()
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            given = (connection, answers, numbers)
            threading.Thread(target=_answer, args=given, daemon=True).start()


def _answer(connection: socket.socket, answers: Answers, numbers: Iterator[int]) -> None:
    """Answer on one connection until it ends."""
    with connection, suppress(OSError):
        while connection.recv(65536) and (answer := answers(next(numbers))):
            connection.sendall(answer)
