"""Where nothing is kept, the answers are those of the public sandbox."""

from collections.abc import Iterator

import pytest

from openroots.services.events.trying import MATCHING, TAKEN, THERE
from openroots.testing import Nation, open_nation
from tests.services.events.asking import EVENT, SUBSCRIPTION, ask, errors


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """A world that keeps nothing."""
    nation = open_nation(tmp_path_factory.mktemp("sandbox"), people=0, stateless=True)
    yield nation
    nation.close()


NOWHERE = "236a1d4a-5d69-4fa9-9c7f-e72bf505aa5b"


@pytest.mark.parametrize(
    ("method", "id", "status"),
    [
        ("GET", THERE, 200),
        ("GET", NOWHERE, 404),
        ("GET", "1", 400),
        ("PUT", THERE, 204),
        ("PUT", NOWHERE, 404),
        ("PUT", TAKEN, 409),
        ("DELETE", THERE, 204),
        ("DELETE", NOWHERE, 404),
    ],
)
def test_published_scenarios(sandbox: Nation, method: str, id: str, status: int) -> None:
    """Each id of the published scenarios gets the answer that is published."""
    body = SUBSCRIPTION if method == "PUT" else None
    told = ask(sandbox, method, f"/subscriptions/{id}", body, None)
    assert told.status == status
    if status == 409:
        words = f"A matching subscription already exists with id: {MATCHING}"
        assert told.body == {"errors": words}


def test_what_is_sent_is_checked(sandbox: Nation) -> None:
    """Events and subscriptions are accepted in form, refused out of it, and not kept."""
    assert ask(sandbox, "POST", "/events", EVENT, None).body == {"id": EVENT["id"]}
    assert "time" in errors(ask(sandbox, "POST", "/events", EVENT | {"time": "x"}, None))
    assert ask(sandbox, "POST", "/subscriptions", SUBSCRIPTION, None).status == 201
    wrong = SUBSCRIPTION | {"resourceType": "x"}
    assert errors(ask(sandbox, "PUT", f"/subscriptions/{THERE}", wrong, None))
    assert sandbox.signals() == []


def test_the_list_holds_the_published_subscription(sandbox: Nation) -> None:
    """One page of one subscription; there is no further one."""
    body = ask(sandbox, "GET", "/subscriptions", caller=None).body
    assert [each["id"] for each in body["entry"]] == [THERE]
    told = ask(sandbox, "GET", "/subscriptions?continue_from=x", caller=None)
    assert told.status == 400
