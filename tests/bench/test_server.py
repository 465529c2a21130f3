"""Servers are watched from outside: their own time, that of their workers, their figures."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic, sleep

import pytest

from bench.server import Server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="rows are measured on Linux")

BUSY = "while True: pass"
IDLE_WITH_A_BUSY_WORKER = f"""
import subprocess, sys
with subprocess.Popen([sys.executable, "-c", {BUSY!r}]) as worker:
    sys.stdin.read()
    worker.kill()
"""
FIGURES = b"# TYPE kept counter\nkept_total 12.0\nkept_total_of 3.0\n"


def test_the_time_of_workers_counts() -> None:
    """A server that leaves all to its workers is as busy as they are."""
    command = [sys.executable, "-c", IDLE_WITH_A_BUSY_WORKER]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        server = Server(process, 0)
        end = monotonic() + 30
        while server.busy() < server.busy_itself() + 0.1 and monotonic() < end:
            sleep(0.02)
        assert server.busy() >= server.busy_itself() + 0.1


def test_a_figure_is_read_by_its_whole_name() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process, _monitored() as port:
        assert Server(process, port).figure("kept_total") == 12.0


@contextmanager
def _monitored() -> Iterator[int]:
    """A port on which figures are told."""
    server = HTTPServer(("127.0.0.1", 0), _Figures)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


class _Figures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 404)
        self.end_headers()
        self.wfile.write(FIGURES)

    def log_message(self, *told: object) -> None:
        """Nobody reads it."""
