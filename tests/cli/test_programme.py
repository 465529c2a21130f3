"""The verbs about programmes and signed rulebooks, with a server and without one."""

import json
import re
from contextlib import closing

import apsw
import pytest

from openroots.clock import Repeatable
from openroots.identity.keys import Keys
from openroots.register.rulebook import compile_rulebook
from openroots.register.signed import publish
from tests.register.samples import PLAIN, mandated, moment, plain


@pytest.fixture
def files(tmp_path):
    """Two signed rulebooks, and the public keys of who signed them."""
    keys = Keys(tmp_path / "keys", Repeatable(1))
    for name, count in (("monday", 1), ("tuesday", 2)):
        mandates = [mandated(number + 1, "2026-12-01") for number in range(count)]
        rulebook = compile_rulebook([plain()], mandates)
        text = publish(rulebook, moment("2027-01-01"), keys.sign, keys.kid)
        (tmp_path / f"{name}.jws").write_text(text)
    return tmp_path


def test_lint_finds_nothing_in_the_programmes_that_are_there(command):
    """It needs no server."""
    assert command("programme", "lint") == 0
    assert "✓ standards.toml" in command.out


def test_lint_tells_each_mistake_with_file_and_line(command, tmp_path):
    """And ends with 1."""
    path = tmp_path / "mine.toml"
    path.write_text('id = "mine"\nversion = 1\n')
    assert command("programme", "lint", path) == 1
    assert f"{path}:2  version: must be text" in command.out
    assert command("programme", "lint", tmp_path / "none.toml") == 2


def test_lint_reads_a_file_that_begins_with_a_byte_order_mark(command, tmp_path):
    """As some editors write them."""
    path = tmp_path / "mine.toml"
    path.write_text('id = "mine"\nversion = 1\n', "utf-8-sig")
    assert command("programme", "lint", path) == 1
    assert f"{path}:2  version: must be text" in command.out


def test_lint_tells_a_file_that_is_not_utf8_with_its_line(command, tmp_path):
    """What some programs save still: it is no defect, and never passed over."""
    path = tmp_path / "plain.toml"
    path.write_text(PLAIN.replace("A plain standard", "A plain café"), "latin-1")
    assert command("programme", "lint", path) == 1
    told = " ".join(command.out.split())
    assert re.search(r"plain\.toml:\d+ is not text in UTF-8 \(at line \d+\): save it", told)


def test_lint_reads_what_the_program_brings_though_one_cannot_be_read(command, monkeypatch):
    """A new file is beside the others from the moment that it is begun."""
    for kind, module in (("standard", "lint_standards"), ("programme", "lint")):
        begun = {"begun.toml": 'id = "begun"\nversion = 1\n'}
        for at in (f"{kind}.{kind}_files", f"{module}.{kind}_files"):
            monkeypatch.setattr(f"openroots.register.{at}", lambda begun=begun: begun)
        assert command("programme", "lint") == 1
        assert "begun.toml:2  version: must be text" in command.out


def test_lint_reads_the_files_of_standards_too(command, tmp_path):
    """Each beside the others that were named, and those that the program brings."""
    path = tmp_path / "plain.toml"
    applies = 'applies = { services = ["demografics"] }\ncondition = { fact = "header'
    text = PLAIN.replace('["Note"]', '["Patient"]').replace('"text", matches', '"id", matches')
    path.write_text(text.replace('condition = { fact = "header', applies))
    assert command("programme", "lint", path) == 1
    assert f"{path}:29  clause[1].applies.services: 'demografics' is no service" in command.out
    path.write_text(text)
    assert command("programme", "lint", path) == 0


def test_a_signed_rulebook_is_verified_without_a_server(command, files):
    """By the public keys alone; a forged one ends with 1."""
    keys = files / "keys" / "public.jwks"
    assert command("rulebook", "verify", files / "monday.jws", "--keys", keys) == 0
    assert "The rulebook is whole: 1 act" in command.out
    (files / "forged.jws").write_text((files / "monday.jws").read_text()[:-6] + "AAAAAA")
    assert command("rulebook", "verify", files / "forged.jws", "--keys", keys) == 1
    assert "the signature is none of the keys that are trusted" in command.out
    (files / "none.jwks").write_text("[")
    assert command("rulebook", "verify", files / "monday.jws", "--keys", files / "none.jwks") == 2


def test_the_difference_of_two_rulebooks_is_told(command, files):
    told = command.json("rulebook", "diff", files / "monday.jws", files / "tuesday.jws")
    assert told["changes"]["decisions"]["added"] == ["made-00000002"]
    assert command("rulebook", "diff", files / "monday.jws", files / "monday.jws") == 0
    assert "Nothing has changed" in command.out
    (files / "torn.jws").write_text("torn")
    assert command("rulebook", "diff", files / "torn.jws", files / "monday.jws") == 1


@pytest.mark.server
def test_a_server_signs_its_rulebook_and_counts_its_registers(command, served, tmp_path):
    """What it signs it verifies; a count is a sentence for people and figures for programs."""
    state = ("--state", served)
    signed = command.json("rulebook", "sign", *state)
    assert command("rulebook", "verify", *state) == 0
    (tmp_path / "now.json").write_text(json.dumps(signed))
    assert command("rulebook", "diff", tmp_path / "now.json", *state) == 0
    assert "Nothing has changed" in command.out
    told = command.json("programme", "count", "standards", "--on", "2020-02-05", *state)
    assert told["sentence"].startswith("2 retired, 1 deprecated, ")
    assert command("rulebook", "pull", *state) == 6
    told = command.json("programme", "replay", *state)
    assert (told["same"], told["differs"]) == (True, [])
    assert command("programme", "entries", *state) == 0
    (tmp_path / "register.jsonl").write_text(lines := command.out)
    again = command.json("programme", "replay", tmp_path / "register.jsonl")
    assert again == {**told, "same": None}
    (tmp_path / "register.jsonl").write_text(lines[:-9])
    assert command("programme", "replay", tmp_path / "register.jsonl") == 1
    assert command("programme", "replay", "--state", tmp_path / "none") == 5
    told = command.json("programme", "count", "login-onboarding", "--on", "2020-02-05", *state)
    assert (told["sentence"], told["on"]) == ("none", "2020-02-05")
    assert command("programme", "count", "nothing", *state) == 5


@pytest.mark.parametrize("verb", ["entries", "replay"])
def test_a_store_that_cannot_be_read_is_told_in_one_line(command, tmp_path, verb):
    """A file that is no database, or one of a later version, is named with what to do about it."""
    (tmp_path / "openroots.db").write_bytes(b"no database" * 1000)
    assert command("programme", verb, "--state", tmp_path) == 2
    assert "openroots.db: file is not a database. To mend: openroots doctor" in command.err
    (tmp_path / "openroots.db").unlink()
    with closing(apsw.Connection(str(tmp_path / "openroots.db"))) as db:
        db.execute("PRAGMA user_version = 999")
    assert command("programme", verb, "--state", tmp_path) == 2
    assert "has schema 999" in command.err
