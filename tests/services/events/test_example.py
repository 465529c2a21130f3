"""The example of the docs receives an event and checks from whom it is."""

import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openroots.clock import Wall
from openroots.delivery.lane import FAILURES_TO_REST, LOG_LENGTH
from openroots.delivery.schedule import (
    FIRST_WAIT,
    LONGEST,
    LONGEST_ASKED,
    LONGEST_REST,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
)
from openroots.delivery.signing import secret_of, signed
from openroots.delivery.webhook import LONGEST as LONGEST_ATTEMPT
from openroots.testing import Nation, open_nation
from tests.source import ROOT

EXAMPLE = ROOT / "docs/examples/webhook.py"
KEY, BODY = b"k" * 32, b'{"id":"1"}'
PAGE = (ROOT / "docs/events.md").read_text()


def run(nation: Nation) -> dict[str, Any]:
    """The event that the example prints."""
    command = [sys.executable, str(EXAMPLE), nation.url, "larkfield-events-key"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    event: dict[str, Any] = json.loads(done.stdout)
    return event


def test_the_example_is_sent_an_event(openroots_seeded: Path, tmp_path: Path) -> None:
    """It subscribes, is sent a test event that it finds to be signed lately, and unsubscribes."""
    shutil.copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(tmp_path / "state", wall=Wall())
    asked_by = {"apikey": "larkfield-events-key", "x-correlation-id": "1"}
    path = "/multicast-notification-service/subscriptions"
    try:
        assert run(nation)["type"] == "mns-test-signal-1"
        assert nation.ask("GET", path, headers=asked_by).body["entry"] == []
    finally:
        nation.close()


@pytest.mark.parametrize(
    ("wrong", "good"),
    [
        ({}, True),
        ({"webhook-id": "msg_2"}, False),
        ({"webhook-timestamp": "1"}, False),
        ({"webhook-timestamp": "now"}, False),
        ({"webhook-signature": "v1,x"}, False),
        ({"webhook-signature": ""}, False),
    ],
)
def test_the_example_takes_only_what_was_signed_for_it(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], good: bool
) -> None:
    """Anything else about a delivery than was signed is found out."""
    source = EXAMPLE.read_text().partition("\nserver = ")[0]
    names: dict[str, Any] = {}
    monkeypatch.setattr(sys, "argv", [""])
    exec(compile(source, str(EXAMPLE), "exec"), names)
    now = datetime.fromtimestamp(time.time(), UTC)
    headers = signed(KEY, "msg_1", now, BODY) | wrong
    assert names["is_signed"](headers, BODY, secret_of(KEY)) is good


def test_the_page_says_when_a_delivery_is_tried_again() -> None:
    """Its figures are those of the program."""
    for words in (
        f"within\n{LONGEST_ATTEMPT:.0f} seconds",
        f"after {FIRST_WAIT.seconds} seconds",
        f"{LONGEST_WAIT.seconds // 3600} hours at\nmost",
        f"at least every {LONGEST_REST.seconds // 60} minutes",
        f"{'one hour' if LONGEST_ASKED.seconds == 3600 else ''} at most",
        "given up: it is kept",
        f"or {MOST_ATTEMPTS} times",
        f"the last {LOG_LENGTH} attempts",
    ):
        assert words in PAGE, words
    assert (LONGEST.days, FAILURES_TO_REST) == (5, 3)  # "five days", "three failures"
