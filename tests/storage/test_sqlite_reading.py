"""How the newest versions of many resources are looked up in SQLite."""

from pathlib import Path

from openroots.storage.sqlite import open_connection, open_sqlite
from openroots.storage.sqlite_reading import READ_MANY
from tests.storage.desk import desk_for, terms


def test_many_are_looked_up_by_the_index_of_versions(tmp_path: Path) -> None:
    """Neither all versions of a type nor all of the store are walked through."""
    path = tmp_path / "store.db"
    with desk_for(lambda: open_sqlite(path, terms)):
        db = open_connection(path)
        plan = db.execute(f"EXPLAIN QUERY PLAN {READ_MANY}", ("[]", "Patient", "Patient", 1))
        steps = [step[-1] for step in plan]
        db.close()
    assert [step for step in steps if "version_1 (type=? AND id=? AND version=?)" in step]
    assert not [step for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
