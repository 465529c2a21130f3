"""`why` and `audit`: what happened, and that the log tells of it as it was."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from openroots.cli import openroots as typed
from openroots.storage.checkpoint import Checkpoints, notes_in
from openroots.testing import Nation
from tests.cli.desk import JANE, NUMBERED, call, read_jane
from tests.storage.signing import keys_in


@pytest.fixture
def kept(openroots: Nation, tmp_path: Path) -> dict[str, Path]:
    """A log with one answer in it, and what somebody has kept of it elsewhere."""
    receipt, note = tmp_path / "receipt", tmp_path / "note"
    receipt.write_text(openroots.ask("GET", JANE).headers["openroots-receipt"] + "\n\n")
    openroots.ask("GET", JANE)
    state = openroots.house.settings.state
    openroots.run(openroots.house.audit.close())
    [signed] = notes_in(state / "audit" / "checkpoints.txt")
    note.write_bytes(signed)
    return {"state": state, "receipt": receipt, "note": note}


def verified(kept: dict[str, Path], *flags: str) -> tuple[int, dict[str, Any]]:
    """The exit code and what is printed for programs."""
    command = ["audit", "verify", "--state", str(kept["state"]), "--json", *flags]
    done = CliRunner().invoke(typed, command, standalone_mode=False)
    return done.return_value, json.loads(done.stdout)


def test_what_somebody_kept_is_held_against_the_log(kept: dict[str, Path]) -> None:
    """A log that is as it was agrees with receipts and checkpoints, and the exit code is 0."""
    flags = ("--receipt", str(kept["receipt"]), "--checkpoint", str(kept["note"]))
    code, told = verified(kept, *flags)
    assert (code, told["whole"], told["receipts"], told["signed"]) == (0, True, 1, 2)


def test_the_answer_that_told_a_checkpoint_is_as_good_as_its_note(kept: dict[str, Path]) -> None:
    """Whoever keeps what GET /access-log/checkpoint answered has kept the note in it. Another
    document is no checkpoint, and is said to be none."""
    told = {"checkpoint": kept["note"].read_text("utf-8"), "wall": "", "segments": []}
    kept["note"].write_text(json.dumps(told))
    code, found = verified(kept, "--checkpoint", str(kept["note"]))
    assert (code, found["whole"], found["signed"]) == (0, True, 2)
    for other in ('{"checkpoint":5}', '["checkpoint"]', '{"checkpoint":"\\ud800"}', "{"):
        kept["note"].write_text(other)
        assert verified(kept, "--checkpoint", str(kept["note"]))[0] == 1


def test_a_log_that_was_cut_off_is_found(kept: dict[str, Path]) -> None:
    """Without the newest entry and the checkpoints, the kept checkpoint tells what is missing."""
    log = kept["state"] / "audit" / "0.jsonl"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    (kept["state"] / "audit" / "checkpoints.txt").unlink()
    assert verified(kept)[0] == 0
    code, told = verified(kept, "--checkpoint", str(kept["note"]))
    assert code == 1
    assert (told["wrong"][0]["segment"], told["wrong"][0]["entry"]) == ("0", 2)


def test_what_nobody_signed_for_is_said(kept: dict[str, Path]) -> None:
    """Of how many entries at its end, and that no checkpoint would tell what is missing."""
    assert [each["unsigned"] for each in verified(kept)[1]["segments"]] == [0]
    (kept["state"] / "audit" / "checkpoints.txt").unlink()
    assert [each["unsigned"] for each in verified(kept)[1]["segments"]] == [1]
    command = ["audit", "verify", "--state", str(kept["state"])]
    shown = CliRunner().invoke(typed, command).stdout
    assert "2 entries, and nobody has signed for the last 1 yet" in shown
    assert "There is no checkpoint" in shown


def test_what_a_start_put_aside_is_told(kept: dict[str, Path]) -> None:
    """A log that is whole without it is whole; but whoever knows of no power cut can look there."""
    audit = kept["state"] / "audit"
    log = audit / "checkpoints.txt"
    log.write_bytes(log.read_bytes().replace(b"segment 0", b"segment \0"))
    Checkpoints(audit, keys_in(kept["state"]))
    code, told = verified(kept)
    [(file, size)] = told["torn"].items()
    assert (code, told["whole"], Path(file)) == (0, True, audit / "checkpoints.torn")
    shown = CliRunner().invoke(typed, ["audit", "verify", "--state", str(kept["state"])]).stdout
    assert f"! {file}: {size} bytes that a start took for torn by a power cut" in shown


def test_a_log_of_which_nothing_is_left_is_missed(kept: dict[str, Path]) -> None:
    """Where the only segment was removed, the checkpoints beside it tell that there was one. A
    folder without either holds no log, which is another matter."""
    audit = kept["state"] / "audit"
    (audit / "0.jsonl").unlink()
    code, told = verified(kept, "--checkpoint", str(kept["note"]))
    assert (code, told["whole"], told["segments"]) == (1, False, [])
    [wrong] = told["wrong"]
    assert (wrong["segment"], wrong["entry"]) == ("0", 1)
    assert wrong["what"] == "is not there, and checkpoint 1 names it"
    (audit / "checkpoints.txt").unlink()
    command = ["audit", "verify", "--state", str(kept["state"])]
    done = CliRunner().invoke(typed, command, standalone_mode=False)
    assert "holds no audit log" in str(done.exception)


def test_other_keys_know_nothing_of_this_log(kept: dict[str, Path], tmp_path: Path) -> None:
    """With a key set that signed none of it nothing can be proved; nothing is called broken, and
    the keys that did sign can be given besides."""
    other = tmp_path / "other.jwks"
    other.write_text('{"keys":[]}')
    code, told = verified(kept, "--keys", str(other))
    assert (code, [each["broken"] for each in told["segments"]]) == (1, [0])
    assert told["wrong"]
    assert all("not known here" in wrong["what"] and wrong["key"] for wrong in told["wrong"])
    shown = CliRunner().invoke(
        typed, ["audit", "verify", "--state", str(kept["state"]), "--keys", str(other)]
    )
    assert "each as it was written" in shown.stdout
    assert "give the public.jwks of both" in shown.stdout
    own = kept["state"] / "keys" / "public.jwks"
    assert verified(kept, "--keys", str(other), "--keys", str(own))[0] == 0


@pytest.mark.server
def test_why_tells_each_step_and_how_to_mend_a_refusal(served, command):
    """A refused call is told step by step, with its last words being how to mend it."""
    command("clock", "2027-04-02", "--state", served)
    assert read_jane(served, NUMBERED) == 403
    assert command("why", "--state", served) == 0
    lines = command.out.splitlines()
    assert lines[0].startswith(f"✗ GET {JANE.replace('9000000009', '{id}')}  →  403 in ")
    assert any(line.split()[:2] == ["✓", "caller"] for line in lines)
    assert any(line.split()[:2] == ["✗", "refused"] for line in lines)
    assert "To mend: Make it with your platform's generator of random UUIDs" in command.out
    assert "9000000009" not in command.out
    command("clock", "real", "--state", served)


@pytest.mark.server
@pytest.mark.parametrize("id", ["order/7", "a b?c#d%2Fe", ".."])
def test_why_finds_whatever_a_client_has_called_its_request(served, command, id):
    """An X-Correlation-ID is any text, also with what means something else in an address."""
    request = str(uuid4())
    assert call(served, JANE, **{"X-Request-ID": request, "X-Correlation-ID": id}) == 200
    assert command.json("why", id, "--state", served)["request_id"] == request


@pytest.mark.server
def test_the_audit_log_is_checked(served, command, tmp_path):
    """A log as it was written passes; one in which an entry was changed ends with 1."""
    read_jane(served)
    assert command("audit", "verify", "--state", served) == 0
    (tmp_path / "audit").mkdir()
    log = (served / "audit" / "0.jsonl").read_text()
    (tmp_path / "audit" / "0.jsonl").write_text(log.replace('"status":200', '"status":500', 1))
    assert command("audit", "verify", "--state", tmp_path) == 1
    assert "is not as it was written" in command.out
    assert command("audit", "verify", "--state", tmp_path, "--json") == 1
    assert json.loads(command.out)["whole"] is False
    assert command("audit", "verify", "--state", tmp_path / "none") == 5


@pytest.mark.parametrize(
    ("code", "verb"),
    [
        (1, ("audit", "verify", "--checkpoint")),
        (2, ("conformance", "verify")),
        (2, ("agreements", "draft")),
    ],
)
def test_json_that_is_nested_too_deep_is_told_as_what_cannot_be_read(command, tmp_path, code, verb):
    """It is no defect of the program, whichever verb is given it."""
    (tmp_path / "deep.json").write_text('{"signed":' * 100_000)
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "0.jsonl").write_text("")
    assert command(*verb, tmp_path / "deep.json", "--state", tmp_path) == code
    assert "defect" not in command.err


def test_a_file_of_another_user_is_told_in_one_line(command, tmp_path, monkeypatch):
    """Whoever may not read it is no defect of the program."""

    def denied(*_):
        raise PermissionError(13, "Permission denied", "s/audit/0.jsonl")

    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "0.jsonl").write_text("")
    monkeypatch.setattr("openroots.storage.verifying.verify", denied)
    assert command("audit", "verify", "--state", tmp_path) == 4
    assert command.err.startswith("openroots: s/audit/0.jsonl: Permission denied. To mend: Be the")
