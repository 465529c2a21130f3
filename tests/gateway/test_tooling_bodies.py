"""What is sent to the tooling door: a slip in it is told, and never does something else instead."""

import json

import pytest

from tests.gateway.door import Door
from tests.services.events import asking


@pytest.fixture
def door(openroots):
    return Door(openroots)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rulebook/back", {"standrad": "usual-name"}),
        ("/faults/clear", {"ids": "1"}),
        ("/faults", {"endpoint": "demographics.*", "id": "mine"}),
        ("/faults", {"endpoint": "*", "often": 3}),
        ("/deliveries/x/pause", {"since": "2026-11-21T12:00:00Z"}),
        ("/reset", {"poeple": 5}),
        ("/prune", {"days": 3}),
        ("/clock", {"to": "+1d", "by": "+2d"}),
        ("/opt-outs", {"subject": "9000000009", "lit": True}),
        ("/people/load", {"text": "", "chekc": True}),
        ("/applications/ashby-practice-system/rotate-key", {"ends": True}),
    ],
)
def test_a_member_that_means_nothing_here_is_refused(door, path, body):
    """It was meant to say what is to be done: without it, something else would be."""
    before = door.nation.house.world.store.snapshot().t
    status, told = door.refused("POST", path, body)
    assert (status, "is no part of" in told) == (400, True)
    assert door.nation.house.world.store.snapshot().t == before


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/opt-outs", {"subject": "9000000009", "lift": "true"}, "lift"),
        ("/proxies", {"patient": "9000000009", "proxy": "9000000017", "end": 1}, "end"),
        ("/people/load", {"text": "number\n", "check": "yes"}, "check"),
        ("/people/load", {"text": "number\n", "any_number": None}, "any_number"),
        ("/applications/ashby-practice-system/rotate-key", {"end": "false"}, "end"),
    ],
)
def test_true_and_false_are_said_as_such(door, path, body, name):
    """A word for true is no truth: taken for false, a trial would be in earnest."""
    status, told = door.refused("POST", path, body)
    assert (status, told) == (400, f"{name}: '{body[name]}' is not true or false")


def test_what_is_nested_too_deep_is_told_so(door):
    """It is an object, as was asked for: another of that depth would be refused again."""
    status, told = door.refused("POST", "/clock", {"to": json.loads("[" * 100 + "]" * 100)})
    assert (status, told) == (400, "the body is nested deeper than 100 levels")


def test_a_replay_alone_is_told_since_when(door):
    """Of what else is done to deliveries there is nothing to say, and nothing is passed over."""
    for do in ("pause", "resume", "test", "replay"):
        told = door.refused("POST", f"/deliveries/none/{do}", {})
        assert told == (404, "there is no subscription 'none'")
    assert door.refused("POST", "/deliveries/none/replay", {"since": "2026-11-21"})[0] == 404
    assert (
        door.refused("POST", "/deliveries/none/frame")[1]
        == "there is no /deliveries/none/frame here"
    )


@pytest.mark.parametrize("file", ["world.openroots", "", 5, None, "/tmp/a\0b"])
def test_a_file_is_named_from_the_root_of_the_disk(door, file):
    """The server's working directory is nobody's business; no path holds a zero byte."""
    status, told = door.refused("POST", "/save", {"file": file})
    assert (status, "is no absolute path" in told) == (400, True)


@pytest.mark.parametrize(
    ("path", "name"), [("/rulebook/back", "standard"), ("/faults/clear", "id")]
)
def test_a_name_that_is_empty_is_nobodys_and_never_means_all(door, path, name):
    """A script's variable that was never set does not take back, or clear, what is there."""
    assert door.refused("POST", path, {name: ""})[0] == 404
    assert door.ask("POST", path, {name: None})[0] == 200  # is as if left out


def test_what_cannot_be_taken_back_is_told_in_one_sentence(door):
    """Whether it is asked of one standard or of any."""
    while door.ask("POST", "/rulebook/back", {})[0] == 200:
        pass
    for body, whose in (({}, ""), ({"standard": "usual-name"}, " of usual-name")):
        told = door.refused("POST", "/rulebook/back", body)[1]
        assert told == f"no mandate{whose} is in force to take back"


MAILBOX = {"id": "LEEDS01", "ods_code": "Y90001", "password": "p", "shared_key": "k"}


@pytest.mark.parametrize("id", ["LEEDS 01", "LEEDS/01", "LEEDS?01", "L" * 101])
def test_a_mailbox_that_nobody_could_open_is_not_made(door, id):
    """No subscription can name it, and no client can prove that it is theirs."""
    status, told = door.refused("POST", "/mailboxes", MAILBOX | {"id": id})
    assert (status, told) == (400, f"id: '{id[:80]}' is not 1 to 100 letters, digits or _")


def test_a_mailbox_is_found_by_each_of_its_workflows(door):
    """However they are set apart from each other, beside the comma."""
    door.post("/mailboxes", MAILBOX | {"workflows": "CHANGES, LETTERS"})
    for workflow in ("CHANGES", "LETTERS"):
        found = door.nation.ask("GET", f"/messageexchange/workflowsearch/{workflow}").body
        assert [each["mailbox_id"] for each in found["results"]] == ["LEEDS01"]


@pytest.mark.parametrize("since", ["soon", "2026-11-20", "2062-11-20T00:00:00Z"])
def test_a_replay_begins_at_a_moment_that_is_past(door, since):
    """Of one to come nothing is told yet: whoever mistyped it would wait for what was lost."""
    made = door.nation.ask(
        "POST",
        "/multicast-notification-service/subscriptions",
        asking.subscription(),
        headers={"content-type": "application/fhir+json", "x-correlation-id": "1"},
    )
    path = f"/deliveries/{made.body['id']}/replay"
    told = door.refused("POST", path, {"since": since})
    assert told == (400, f"since: '{since}' is not a moment that is past")
    assert door.post(path, {"since": "2026-11-20T00:00:00Z"})["do"] == "replay"
