"""What the verbs about data do where the world is kept in PostgreSQL."""

import asyncio
import json
import shutil
from functools import partial

import pytest

from openroots.cli.terminal import CONFLICT, FAILED, NOT_FOUND, OK, USAGE
from openroots.storage.postgres import open_postgres
from openroots.storage.postgres_nodes import node_of, place_of
from openroots.storage.postgres_schema import SCHEMA_VERSION
from tests.conftest import execute
from tests.storage.desk import desk_for, terms

pytestmark = pytest.mark.postgres

TOLD = "this world is kept in a PostgreSQL database"


@pytest.fixture
def database(new_database, monkeypatch, command):
    """An empty database, which is where the command keeps its world."""
    url = new_database()
    monkeypatch.setenv("OPENROOTS_STORE", url)
    return url


def store_of(command, name="Store"):
    """What doctor says of the store."""
    command("doctor", "--json", "--port", "0")
    checks = json.loads(command.out)["checks"]
    [check] = [check for check in checks if check["name"] == name]
    return check["ok"], check["words"]


def test_a_world_is_made_in_a_database_once(database, command):
    """And doctor says how it stands before and after."""
    assert store_of(command) == (True, f"{database} answers; the first start makes a world there")
    assert command("programme", "entries") == NOT_FOUND
    made, again = command.json("seed", "--people", "0"), command.json("seed")
    assert (made["made"], made["done"]) == (True, f"{database} holds a new world")
    assert (again["made"], again["done"]) == (False, f"{database} holds a world already")
    assert command("seed", "--people", "5") == CONFLICT
    assert store_of(command) == (True, f"{database} answers, schema {SCHEMA_VERSION}")
    assert command("programme", "replay") == OK


@pytest.mark.parametrize("verb", [("save", "x"), ("backup",), ("reset",), ("restore", "state")])
def test_files_of_ours_are_neither_made_nor_put_in_the_place_of_a_database(
    database, command, tmp_path, verb
):
    """The audit log in the folder is that of the database: what was saved elsewhere is not."""
    (tmp_path / "state").touch()
    (tmp_path / "var" / "audit").mkdir(parents=True)
    assert command(*verb) == CONFLICT
    assert TOLD in command.err
    assert (tmp_path / "var" / "audit").is_dir()
    assert not (tmp_path / "var" / "before").exists()


@pytest.mark.parametrize("verb", [("save", "x"), ("backup",), ("reset",), ("restore", "state")])
def test_a_folder_remembers_that_its_world_is_in_a_database(
    database, command, monkeypatch, tmp_path, verb
):
    """Whoever does not name the database begins no other world beside its audit log, and drops
    nothing of what the folder keeps; who names it goes on."""
    command.json("seed", "--people", "0")
    monkeypatch.delenv("OPENROOTS_STORE")
    (tmp_path / "state").touch()
    (tmp_path / "var" / "erased").write_text("p\n")
    assert command(*verb) == CONFLICT
    assert TOLD in command.err
    assert command("seed") == USAGE
    assert f"the world of var is kept in {database}. To mend: Name it" in command.err
    told = f"the world is kept in {database}: name it by --store to have it looked at"
    assert store_of(command) == (True, told)
    assert (tmp_path / "var" / "erased").exists()
    assert not (tmp_path / "var" / "openroots.db").exists()
    monkeypatch.setenv("OPENROOTS_STORE", database)
    assert command.json("seed")["made"] is False


def test_a_database_that_could_not_be_had_is_not_remembered(command, tmp_path):
    """Nothing of the folder is left, and the world may be begun elsewhere."""
    away = "postgresql://postgres@127.0.0.1:1/away"
    assert command("seed", "--people", "0", "--store", away) == USAGE
    assert not (tmp_path / "var").exists()
    assert command.json("seed", "--people", "0")["made"]


def test_a_folder_remembers_no_password(database, command, tmp_path):
    """What is noted of the address may be read by whoever gets a copy of the folder."""
    named = database.replace("postgres:@", "postgres:geheim@")
    assert command("seed", "--people", "0", "--store", named) == OK
    noted = (tmp_path / "var" / "store").read_text()
    assert noted == f"{database.replace('postgres:@', 'postgres:***@')}\n"


def test_a_world_that_was_cut_short_in_the_making_is_told_of(database, command, tmp_path):
    """It is not served, and nothing of it is dropped without being asked for."""
    command.json("seed", "--people", "0")
    asyncio.run(execute(database, "DELETE FROM openroots.mark WHERE key = 'world/seeded'"))
    shutil.rmtree(tmp_path / "var")
    assert command("seed") == USAGE
    assert "its world is half made" in command.err
    assert command("doctor", "--port", "0") == FAILED
    assert "DROP SCHEMA openroots CASCADE there" in " ".join(command.out.split())


def test_a_database_of_a_later_or_an_earlier_version_is_told_of(database, command):
    """The earlier one is brought up to date by the next start, and by nobody who only looks."""
    command.json("seed", "--people", "0")
    version = "UPDATE openroots.schema_version SET number = "
    asyncio.run(execute(database, f"{version} 99"))
    words = f"the database has schema 99; this OpenRoots knows {SCHEMA_VERSION}"
    assert store_of(command) == (False, words)
    asyncio.run(execute(database, f"{version} 3"))
    for _ in range(2):
        words = f"{database} answers, schema 3, which the next start brings up to date"
        assert store_of(command) == (True, words)


def test_a_server_that_is_away_is_told_of(command, monkeypatch):
    """By doctor, which asks it."""
    monkeypatch.setenv("OPENROOTS_STORE", "postgresql://127.0.0.1:1/away")
    is_well, words = store_of(command)
    assert (is_well, "127.0.0.1:1/away cannot be used:" in words) == (False, True)


def test_other_nodes_on_the_database_are_told_of(database, command, tmp_path):
    """Where this folder's is at work too, that is one too many."""
    command.json("seed", "--people", "0")
    assert store_of(command, "Nodes") == (True, "no other has this database open")
    place = place_of(node_of(tmp_path / "other"))
    opened = partial(open_postgres, database, terms)
    with desk_for(partial(opened, node=node_of(tmp_path / "other"))):
        words = f"this database is open at {place}: start none beside it"
        assert store_of(command, "Nodes") == (True, words)
        with desk_for(partial(opened, node=node_of(tmp_path / "var"))):
            words = f"this database is open at {place}, too"
            assert store_of(command, "Nodes") == (False, words)
