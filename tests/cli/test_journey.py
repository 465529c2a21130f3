"""The stories that `openroots journey` tells are true, and the verb says so where one is not.

They are told by the real command and a real server, as whoever tries the product hears them.
"""

import json
from dataclasses import replace

import pytest

from openroots.cli.journey import Answered, told
from openroots.cli.stories import STORIES, TWO_SYSTEMS
from tests.cli.desk import server

OK, USAGE, UNREACHABLE = 0, 2, 3


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """The state folder of a server that runs."""
    folder = tmp_path_factory.mktemp("journey") / "state"
    with server(folder):
        yield folder


def test_every_story_comes_as_it_is_told(command, state):
    """Each in a world of its own: none is left behind, and the server's own is not touched."""
    answer = command.json("journey", "--all", "--state", state)
    assert [one["name"] for one in answer["journeys"]] == [story.name for story in STORIES]
    for one, story in zip(answer["journeys"], STORIES, strict=True):
        assert one["as_told"], one["steps"][-1]
        assert len(one["steps"]) == len(story.steps)
    assert command.json("sandbox", "list", "--state", state)["sandboxes"] == []
    assert command.json("clock", "--state", state)["moved"] is False
    entries = command.json("audit", "show", "--state", state)["entries"]
    assert {entry["endpoint"].partition(".")[0] for entry in entries} == {"tooling"}


def test_one_story_is_told_in_words(command, state):
    """The first, unless another is named; who is not there is told so."""
    assert command("journey", "--state", state) == OK
    assert "The call of yesterday is refused" in command.out
    assert "→  403: request-identity clause 2, in force since 2027-04-01" in command.out
    assert command("journey", TWO_SYSTEMS.name, "--state", state) == OK
    assert "may not write over it" in command.out
    assert command("journey", "nothing", "--state", state) == USAGE
    assert command("journey", "--state", state / "none") == UNREACHABLE


@pytest.mark.parametrize("wrong", [{"status": 418}, {"tells": "a unicorn"}, {"silent": "etag"}])
def test_a_story_ends_where_it_is_not_as_told(openroots, wrong):
    """The step that came otherwise is the last, with what was answered in its place."""

    def ask(method, path, headers, body):
        sent = {name.lower(): value for name, value in headers.items()}
        came = openroots.ask(method, path, body and json.loads(body), headers=sent)
        return Answered(came.status, came.headers, json.dumps(came.body))

    first, second, *others = TWO_SYSTEMS.steps
    story = replace(TWO_SYSTEMS, steps=(first, replace(second, **wrong), *others))
    good, bad = told(story, ask)
    assert (good["as_told"], bad["as_told"]) == (True, False)
    assert "9000000009" in bad["answer"]
