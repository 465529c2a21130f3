"""The commands of the README, run as they stand against a server that was just started.

Only the port differs, so that a server of yours on 1948 is left in peace.

Source: README.md.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from tests.source import ROOT

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not (shutil.which("bash") and shutil.which("curl")), reason="bash or curl is not here"
    ),
]

BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
PARTED = "=== the next command ==="
VARIES = re.compile(r"\b[0-9a-f]{12}\b|\b[\d.]+ ms\b")  # the rulebook's name, how long it took


@dataclass(frozen=True)
class Server:
    """A server with a state directory of its own."""

    port: int
    state: Path

    def run(self, script: str) -> str:
        """What a shell prints that runs this, with the command of this environment."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "OPENROOTS_STATE": str(self.state)}
        script = script.replace("localhost:1948", f"localhost:{self.port}")
        command = ["bash", "-c", f"set -e\n{script}"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A nation with few people, served by the real command."""
    state = tmp_path_factory.mktemp("readme") / "var"
    command = [sys.executable, "-m", "openroots", "up", "--port", "0", "--people", "20"]
    with subprocess.Popen(
        [*command, "--state", str(state), "--log", "none"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ready in "):
                break
        else:
            pytest.fail("".join(said))
        yield Server(json.loads((state / "server.json").read_text())["port"], state)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 0


def test_the_first_request_is_answered_as_shown(server: Server) -> None:
    section = _section("One request")
    [curl] = _blocks(section)
    [shown] = re.findall(r"```json\n(.*?)\n```", section, re.DOTALL)
    assert server.run(curl).startswith(shown)


def test_the_eight_commands_tell_the_story(server: Server) -> None:
    given, *commands = _blocks(_section("A mandate in eight commands"))
    *told, dry_run = _outputs(server, given, commands)
    moved, warned, changed, refused, why, mended, audit, back = told
    assert moved.startswith("31 Mar 2027")
    assert _status(warned) == _status(changed) == _status(mended) == _status(back) == 200
    assert "sunset: Thu, 01 Apr 2027 00:00:00 GMT" in warned
    assert 'etag: W/"3"' in changed
    assert "deprecation: " in changed
    assert _status(refused) == 403
    assert "STANDARD_NOT_MET" in refused
    [shown] = re.findall(r"```text\n(.*?)```", _section("A mandate in eight commands"), re.DOTALL)
    assert [line for line in _as_printed(shown) if line not in _alike(why)] == []
    assert "demographics.patch-patient" in audit
    assert "403" in audit
    assert "would be refused" in dry_run


def _outputs(server: Server, given: str, commands: list[str]) -> list[str]:
    """What each of the commands prints. All run in one shell, as for whoever types them."""
    script = f"\necho '{PARTED}'\n".join([given, *commands])
    _, *outputs = server.run(script).split(f"{PARTED}\n")
    return outputs


def _as_printed(shown: str) -> list[str]:
    """The lines of what is shown as an answer, as far as "..." where they are cut short."""
    return [line.partition(" ...")[0] for line in _alike(dedent(shown)).splitlines() if line]


def _alike(text: str) -> str:
    """A text without what another world, or another moment, tells otherwise."""
    return VARIES.sub("-", text)


def _section(heading: str) -> str:
    text = (ROOT / "README.md").read_text("utf-8")
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def _blocks(section: str) -> list[str]:
    """The blocks that are to be typed: those that show what is answered say of which kind it is."""
    return [dedent(block) for _, kind, block in BLOCK.findall(section) if not kind]


def _status(answer: str) -> int:
    found = re.search(r"^HTTP/1.1 (\d{3})", answer, re.MULTILINE)
    assert found is not None, answer
    return int(found[1])
