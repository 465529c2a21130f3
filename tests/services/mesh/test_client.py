"""The published client of MESH works with its address changed and nothing else."""

import warnings

import pytest

from tests.services.events.asking import subscription
from tests.waiting import until

mesh_client = pytest.importorskip("mesh_client", reason="the published client is not installed")


@pytest.fixture
def mailbox(nation):
    """A function that opens a mailbox with the client."""
    opened = []

    def open_mailbox(id, **more):
        given = {"mailbox": id, "password": "password", "shared_key": b"TestKey", "max_retries": 0}
        opened.append(mesh_client.MeshClient(nation.url, **(given | more)))
        return opened[-1]

    yield open_mailbox
    for each in opened:
        each.close()


def test_it_shakes_hands(mailbox):
    """With the right password; with another it is refused."""
    assert mailbox("X26ABC1").handshake() == b"hello"
    assert mailbox("X26ABC1").ping()["status"] == "pass"
    for wrong in ({"password": "other"}, {"shared_key": b"other"}):
        with pytest.raises(Exception, match="403"):
            mailbox("X26ABC1", **wrong).handshake()
    with pytest.raises(Exception, match="403"):
        mailbox("NOBODY").handshake()


def test_it_sends_receives_and_acknowledges(mailbox):
    """What was sent is received as it was, once."""
    sender, receiver = mailbox("X26ABC1"), mailbox("X26ABC2")
    more = {
        "subject": "A letter",
        "filename": "letter.txt",
        "local_id": "mine-1",
        "partner_id": "p",
        "content_type": "text/plain",
    }
    id = sender.send_message("X26ABC2", b"Dear Jane", workflow_id="LETTERS", **more)
    assert receiver.list_messages() == [id]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert receiver.count_messages() == 1
    message = receiver.retrieve_message(id)
    assert message.read() == b"Dear Jane"
    assert (message.sender, message.recipient) == ("X26ABC1", "X26ABC2")
    assert (message.workflow_id, message.message_type) == ("LETTERS", "DATA")
    assert {name: getattr(message, name) for name in more} == more
    assert sender.track_message(id)["status"] == "accepted"
    message.acknowledge()
    message.acknowledge()
    assert receiver.list_messages() == []
    assert sender.track_message(id)["status"] == "acknowledged"
    with pytest.raises(Exception, match="410"):
        receiver.retrieve_message(id)


@pytest.mark.parametrize("compress", [False, True])
def test_a_message_in_chunks_is_received_whole(mailbox, compress):
    """It is in the mailbox once its last chunk is."""
    sent = b"".join(b"%09d\n" % number for number in range(5000))
    sender = mailbox("X26ABC1", max_chunk_size=16_000)
    id = sender.send_message("X26ABC2", sent, workflow_id="LETTERS", compress=compress)
    message = mailbox("X26ABC2").retrieve_message(id)
    assert message.mex_header("chunk-range") == "1:4"
    assert message.read() == sent


def test_a_receiver_that_is_not_there_is_told_as_published(mailbox):
    """417, with the code 12."""
    with pytest.raises(mesh_client.MeshError) as raised:
        mailbox("X26ABC1").send_message("NOBODY", b"x", workflow_id="LETTERS")
    message, told = raised.value.args
    assert message == "Unregistered to address"
    assert told["detail"][0]["code"] == "12"


def test_a_mailbox_is_looked_up(mailbox):
    """By organisation and workflow."""
    found = mailbox("X26ABC1").lookup_endpoint("X26", "TESTWORKFLOW")
    assert found["results"][0] == {"mailbox_id": "X26ABC1", "mailbox_name": "TESTMB1"}


def test_an_inbox_is_gone_through_page_by_page(mailbox):
    """Oldest first, and those of some workflows alone where that is asked."""
    sender, receiver = mailbox("X26ABC1"), mailbox("X26ABC2")
    sent = [
        sender.send_message("X26ABC2", b"x", workflow_id=f"{'AB'[number % 2]}_{number}")
        for number in range(12)
    ]
    assert list(receiver.iterate_message_ids(batch_size=10)) == sent
    assert list(receiver.iterate_message_ids(workflow_filter="A_*")) == sent[::2]
    assert receiver.list_messages(workflow_filter="!A_*") == sent[1::2]
    assert receiver.list_messages(workflow_filter="B_1") == [sent[1]]


def subscribed(nation):
    """What is answered to a subscription of a mailbox; then somebody's record changes."""
    wanted = subscription(endpoint="mesh://X26ABC3?workflow_id=CHANGES")
    mns = "/multicast-notification-service/subscriptions"
    made = nation.ask("POST", mns, wanted, headers={"x-correlation-id": "1"})
    jane = "/personal-demographics/FHIR/R4/Patient/9000000009"
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    assert nation.ask("PATCH", jane, patch, headers={"if-match": 'W/"2"'}).status == 200
    return made


def test_an_event_stands_before_messages(nation, mailbox):
    """Also before those that were sent first, as the page of the service says."""
    receiver = mailbox("X26ABC3")
    sent = mailbox("X26ABC1").send_message("X26ABC3", b"Dear Jane", workflow_id="LETTERS")
    subscribed(nation)
    _, second = until(lambda: len(ids := receiver.list_messages()) == 2 and ids)
    assert second == sent


def test_an_event_comes_into_the_mailbox_that_a_subscription_names(nation, mailbox):
    """As the subscription asks for it, and once."""
    made = subscribed(nation)
    receiver = mailbox("X26ABC3")
    while not (ids := receiver.list_messages()):
        pass
    (id,) = ids
    with receiver.retrieve_message(id) as message:
        assert b'"resourceType":"Bundle"' in message.read()
        assert message.workflow_id == "CHANGES"
        assert message.partner_id == made.body["id"]
    assert receiver.list_messages() == []
    assert nation.audit()[-2]["endpoint"].startswith("mesh.")
