"""`app`: an application's keys are made, rotated and ended from the terminal."""

import re
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from openroots.cli.terminal import OK, USAGE
from openroots.identity.keypairs import new_pair
from tests.cli.desk import COMMAND, Command

MINE = ("--name", "Mine", "--ods-code", "Y12345", "--setting", "hospital")


def rotated(command: Command, state: Path, *flags: str) -> tuple[list[str], str]:
    """The ids of the signing keys that are left, and the name of the newest one's file."""
    told = command.json("app", "rotate-key", "mine", "--state", state, *flags)
    return [key["kid"] for key in told["jwks"]["keys"]], Path(told["private_key"]).name


def test_keys_are_rotated_as_often_as_it_takes(served: Path, command: Command) -> None:
    """A key that ended is no hindrance to the next, and its number is not given again; a rotation
    is finished without another key."""
    made = command.json("app", "create", "--state", served, *MINE)
    assert Path(made["private_key"]).name == "mine-1.pem"
    assert rotated(command, served, "--end-old") == (["mine-2"], "mine-2.pem")
    assert rotated(command, served, "--end-old") == (["mine-3"], "mine-3.pem")
    assert rotated(command, served) == (["mine-3", "mine-4"], "mine-4.pem")
    assert rotated(command, served, "--finish") == (["mine-4"], "mine-4.pem")
    assert rotated(command, served) == (["mine-4", "mine-5"], "mine-5.pem")


def test_an_id_is_made_from_a_name_where_one_can_be(served: Path, command: Command) -> None:
    """Of a long name, from as much as fits; of one with too few letters none is made up."""
    rest = ("--ods-code", "Y12345", "--setting", "hospital", "--state", served)
    made = command.json("app", "create", "--name", "The long name of a system " * 4, *rest)
    assert made["id"] == "the-long-name-of-a-system-the-long-name-of-a-system-the-long-na"
    assert command("app", "create", "--name", "X", *rest) == USAGE
    assert "Give an id too, such as my-practice-system" in command.err
    assert command("app", "list", *rest[-2:]) == OK
    names = [re.findall(r"^  \S \S+ +", line) for line in command.out.splitlines()]
    assert len({len(name) for [name] in names}) == 1  # all begin in one column


def test_a_new_key_may_come_in_a_set_of_one(served: Path, command: Command, tmp_path: Path) -> None:
    """As the platform's tutorials have developers make it; a set of several is no key."""
    assert command("app", "create", "--state", served, "--id", "fifth", *MINE) == 0
    public, file = new_pair("published").public, tmp_path / "jwks.json"
    file.write_bytes(orjson.dumps({"keys": [public]}))
    told = command.json("app", "rotate-key", "fifth", "--jwk", file, "--state", served)
    assert [key["kid"] for key in told["jwks"]["keys"]] == ["fifth-1", "published"]
    file.write_bytes(orjson.dumps({"keys": [public, public]}))
    assert command("app", "rotate-key", "fifth", "--jwk", file, "--state", served) == 2


def test_secrets_are_rotated_and_that_is_finished(served: Path, command: Command) -> None:
    """A new API key and secret are shown once; finishing makes no other."""
    assert command("app", "create", "--state", served, "--id", "other", *MINE) == 0
    where = ("app", "rotate-key", "other", "--state", served, "--secret")
    assert {"key", "secret"} <= command.json(*where).keys()
    assert not {"key", "secret"} & command.json(*where, "--finish").keys()


def test_what_is_finished_is_told_apart_by_secret(command: Command) -> None:
    """Who rotated a secret is told that it takes `--secret` again to end the one before."""
    assert command("app", "rotate-key", "--help") == 0
    told = " ".join(command.out.split())
    assert "of the signing keys, or with --secret of the secrets, all but the newest are" in told


def test_where_logins_come_back_to_is_said_anew(served: Path, command: Command) -> None:
    """As the refusal of another redirect URI tells; what was said before holds no more."""
    assert command("app", "create", "--state", served, "--id", "fourth", *MINE) == 0
    for uris in (["http://localhost:9/a", "https://example.com/b"], ["http://localhost:9/c"]):
        told = command.json("app", "redirect", "fourth", *uris, "--state", served)
        assert told["redirect_uris"] == uris
    assert command("app", "redirect", "fourth", "http://example.com/", "--state", served) == 2


def test_as_which_other_clients_users_log_in_is_said_anew(served: Path, command: Command) -> None:
    """As the refusal of an ID token that is for another tells; or that there are none any more."""
    assert command("app", "create", "--state", served, "--id", "linked", *MINE) == 0
    for clients in (["at-nhs-login", "at-cis2"], []):
        told = command.json("app", "link", "linked", *clients, "--state", served)
        assert told["linked_clients"] == clients


def test_an_application_is_revoked_and_approved_again(served: Path, command: Command) -> None:
    """Each by one word, as the other."""
    assert command("app", "create", "--state", served, "--id", "third", *MINE) == 0
    for verb, status in (("revoke", "revoked"), ("approve", "approved")):
        assert command.json("app", verb, "third", "--state", served)["status"] == status


@pytest.mark.skipif(sys.platform == "win32", reason="the system sets no limit there")
def test_a_key_for_which_there_is_no_room_leaves_nothing(served: Path, command: Command) -> None:
    """One line says why, and once there is room the application is given the same number."""
    from resource import RLIMIT_FSIZE, setrlimit

    assert command("app", "create", "--state", served, "--id", "roomy", *MINE) == 0
    rotating = [*COMMAND, "app", "rotate-key", "roomy", "--state", str(served)]
    few = 1000  # bytes; a private key takes more
    done = subprocess.run(
        rotating,
        preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (few, few)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 6
    assert done.stderr.startswith("openroots: the key cannot be written to ")
    assert done.stderr.count("\n") == 1
    told = command.json("app", "rotate-key", "roomy", "--state", served)
    assert Path(told["private_key"]).name == "roomy-2.pem"
