"""Nodes that have one database open are told apart by what their connections call themselves."""

import asyncio
from pathlib import Path

import pytest

from openroots.storage.postgres import open_postgres
from openroots.storage.postgres_nodes import node_of, nodes_in, place_of
from tests.storage.desk import desk_for, terms
from tests.waiting import until

LONG = Path("/srv") / ("a" * 80)


def test_a_node_is_known_by_its_folder_however_long_its_name_is() -> None:
    """The server cuts a name at 63 characters, and keeps none but those of ASCII."""
    names = [node_of(LONG / each) for each in ("one", "other", "\u0142")]
    assert len(set(names)) == 3
    assert all(len(name) <= 63 and name.isascii() for name in names)
    assert place_of(names[0]).endswith("aaa/one")
    assert node_of(LONG / "one" / ".." / "one") == names[0]


@pytest.mark.postgres
def test_nodes_are_seen_while_they_have_the_database_open(database: str, tmp_path: Path) -> None:
    """Each once, however many connections it has; and nobody who only looks."""
    one, other = node_of(tmp_path / "one"), node_of(tmp_path / "other")
    with desk_for(lambda: open_postgres(database, terms, node=one)):
        with desk_for(lambda: open_postgres(database, terms, node=other)):
            assert asyncio.run(nodes_in(database)) == sorted([one, other])
        until(lambda: asyncio.run(nodes_in(database)) == [one])  # the server notices soon
