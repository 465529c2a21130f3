"""What is in deploy/ and in the examples can be trusted, although no engine runs it here.

The Dockerfile and the unit of systemd are held to rules, and each `openroots` command that an
example gives is one that there is.
"""

import json
import re
import shlex
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
import yaml

from openroots.cli import openroots
from openroots.testing import open_nation
from tests.source import ROOT

DEPLOY, EXAMPLES = ROOT / "deploy", ROOT / "docs" / "examples"
EXACT = re.compile(r"[a-z]+:\d+\.\d+\.\d+(-[a-z]+)*")  # an image by its version
UP_SECONDS = 20  # that an accepted request has when the server is told to stop


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile: their words, lines that go on taken together."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in whole.splitlines()]


def those(name: str) -> list[str]:
    """What all instructions of one name say."""
    return [said for instruction, said in instructions() if instruction == name]


def test_the_image_is_built_on_an_exact_version() -> None:
    """No base is "latest", or whatever has a name this week."""
    bases = [said.partition(" ")[0] for said in those("FROM")]
    assert bases
    assert [base for base in bases if not EXACT.fullmatch(base)] == []
    jobs = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text("utf-8")).values()
    assert [job["image"] for job in jobs if not EXACT.fullmatch(job["image"])] == []


def test_the_image_runs_as_nobody_in_particular() -> None:
    """By a number that is not root's, given after all that root does."""
    names = [name for name, _ in instructions()]
    (user,) = those("USER")
    assert int(user) >= 1000
    assert not {"RUN", "COPY", "ADD"} & set(names[names.index("USER") :])


def test_the_image_holds_what_is_there_and_no_more() -> None:
    """Each file that is copied exists; nothing is fetched by address, no state is sent."""
    copied = [said.split()[:-1] for said in those("COPY") if not said.startswith("--from=")]
    sources = [source for each in copied for source in each]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert those("ADD") == []
    assert not re.search(r"curl|wget|://|sudo", " ".join(those("RUN")))
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert "*" in ignored
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert allowed == {source.removeprefix("./") for source in sources}


def test_the_image_has_what_is_locked() -> None:
    """Dependencies by their hashes; the program itself without asking for any more."""
    installs = [part for said in those("RUN") for part in said.split("&&") if "pip install" in part]
    assert installs
    for install in installs:
        assert "--require-hashes -r requirements.lock" in install or "--no-deps" in install


def test_the_image_starts_a_server(tmp_path: Path) -> None:
    """By a command that exists, on the port that it names, with its state in the volume."""
    started = [*json.loads(those("ENTRYPOINT")[0]), *json.loads(those("CMD")[0])]
    assert unknown(started) == ""
    assert those("EXPOSE") == ["1948"]
    assert "1948" in started
    (volume,) = those("VOLUME")
    assert f"OPENROOTS_STATE={volume}" in those("ENV")[0]


def test_the_image_is_asked_whether_it_answers(tmp_path: Path) -> None:
    """The check succeeds where a server answers, and fails where none does."""
    (said,) = those("HEALTHCHECK")
    _, _, code = json.loads(said.partition("CMD ")[2])
    nation = open_nation(tmp_path / "state", people=0)
    port = nation.url.rpartition(":")[2]
    asked = [sys.executable, "-c", code.replace("1948", port)]
    well = subprocess.run(asked, capture_output=True, check=False)
    nation.close()
    gone = subprocess.run(asked, capture_output=True, check=False)
    assert (well.returncode, gone.returncode) == (0, 1), well.stderr


def test_compose_serves_this_machine_alone() -> None:
    """Without rights, on loopback, with its state in a volume, and with time to stop."""
    told = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    service = told["services"]["openroots"]
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert service["ports"] == ["127.0.0.1:1948:1948"]
    assert service["volumes"] == [f"state:{those('VOLUME')[0]}"]
    assert "state" in told["volumes"]
    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert "privileged" not in service
    assert int(service["stop_grace_period"].removesuffix("s")) > UP_SECONDS


def test_the_unit_of_systemd_runs_as_nobody_in_particular() -> None:
    """With a state folder that is closed to others, and with time to stop."""
    unit = ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string((DEPLOY / "openroots.service").read_text("utf-8"))
    service = unit["Service"]
    command = shlex.split(service["ExecStart"])
    assert unknown(["openroots", *command[1:]]) == ""
    assert service["User"] not in ("", "root")
    assert service["StateDirectoryMode"] == "0700"
    assert f"/var/lib/{service['StateDirectory']}" in command
    assert service["ProtectSystem"] == "strict"
    assert int(service["TimeoutStopSec"]) > UP_SECONDS


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_an_example_of_a_build_gives_commands_that_there_are(name: str) -> None:
    """Each is parsed as the real command is, with its options."""
    lines = lines_in(yaml.safe_load((EXAMPLES / name).read_text("utf-8")))
    ours = [found for line in lines for found in ours_in(line)]
    assert len(ours) >= 4
    assert [unknown(command) for command in ours if unknown(command)] == []


def test_the_ways_in_give_commands_that_there_are() -> None:
    """In blocks and in tables; and each file that is named is there."""
    text = (ROOT / "docs" / "ways-in.md").read_text("utf-8")
    blocks = "\n".join(re.findall(r"```\n(.*?)```", text, re.DOTALL)).splitlines()
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    ours = [found for line in [*blocks, *spans] for found in ours_in(line)]
    assert len(ours) >= 4
    assert [unknown(command) for command in ours if unknown(command)] == []
    named = re.findall(r"deploy/[\w.]+", text)
    assert [path for path in named if not (ROOT / path.rstrip(".")).exists()] == []


def lines_in(value: object) -> list[str]:
    """Each line of each text that is in a parsed file."""
    if isinstance(value, str):
        return value.splitlines()
    if isinstance(value, dict):
        return lines_in(list(value.values()))
    return [line for each in value for line in lines_in(each)] if isinstance(value, list) else []


def ours_in(line: str) -> list[list[str]]:
    """The `openroots` commands of a line of shell, each with its arguments."""
    found = re.findall(r"(?:^|bin/|[\s'])(openroots [a-z-][^;&|'#]*)", line)
    return [shlex.split(one) for one in found]


def unknown(command: list[str]) -> str:
    """What of a command there is not; "" where all of it is there."""
    found: click.Command = openroots
    rest, path = command[1:], command[0]
    # As whoever types it asks: a command keeps how help is asked for from when it was first used.
    context: click.Context | None = None
    while isinstance(found, click.Group) and rest:
        name, rest = rest[0], rest[1:]
        context = click.Context(found, context, **found.context_settings)
        below = found.get_command(context, name)
        if below is None:
            return f"{path} {name}"
        found, path = below, f"{path} {name}"
    try:
        found.make_context(path, list(rest), parent=context, resilient_parsing=False)
    except click.UsageError as error:
        return f"{path}: {error.message}"
    return ""
