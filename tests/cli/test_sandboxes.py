"""Sandboxes by the command: made, asked, saved, restored and dropped."""

import pytest


@pytest.mark.server
def test_a_sandbox_is_made_asked_and_dropped(command, served, tmp_path):
    """Each verb that asks a server asks a sandbox of it, where one is named."""
    where, mine = ("--state", served), ("--state", served, "--sandbox", "mine")
    assert command("clock", *mine) == 5
    assert "openroots sandbox list" in command.err
    made = command.json("sandbox", "create", "mine", *where)
    assert made["url"].endswith("/sandbox/mine")
    assert made["try"].endswith(f" clock +14d --sandbox mine --state {served}")
    assert command.json("status", *mine)["url"] == made["url"]
    for step, days in (("+14d", 14), ("-24h", 13), ("-1d", 12)):
        assert command.json("clock", step, *mine)["seconds"] == pytest.approx(days * 86_400, abs=2)
    assert command.json("clock", *where)["moved"] is False
    assert command("sandbox", "save", "mine", tmp_path / "mine.zip", *where) == 0
    assert command("sandbox", "reset", "mine", *where) == 0
    assert command.json("clock", *mine)["moved"] is False
    assert command("sandbox", "restore", "mine", tmp_path / "mine.zip", *where) == 0
    assert command.json("clock", *mine)["moved"] is True
    assert [each["name"] for each in command.json("sandbox", "list", *where)["sandboxes"]] == [
        "mine"
    ]
    assert command("sandbox", "drop", "mine", *where) == 0
    assert command("sandbox", "drop", "mine", *where) == 5
    assert command("sandbox", "create", "../mine", *where) == 2
