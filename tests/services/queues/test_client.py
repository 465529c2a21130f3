"""The stock client of Amazon SQS works with its address changed and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest

from openroots.clock import stopwatch
from openroots.gateway.deciding import ATTEMPTS
from openroots.services.queues.messages import taken, visible
from openroots.storage import Change
from openroots.testing import KEY
from tests.services.events.asking import QUEUE, subscription

boto3 = pytest.importorskip("boto3", reason="the stock client is not installed")

OTHER_KEY = "ferndale-records-key"


def client(nation, key=KEY):
    """The client, with this key."""
    from botocore.config import Config

    return boto3.client(
        "sqs",
        endpoint_url=f"{nation.url}/sqs",
        region_name="eu-west-2",
        aws_access_key_id=key,
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def sqs(openroots):
    """The client of an application."""
    return client(openroots)


@pytest.fixture
def url(sqs):
    """A queue that it has made."""
    return sqs.create_queue(QueueName="changes", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]


def bodies(sqs, url, **more):
    """What can be received now."""
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **more)
    return [message["Body"] for message in found.get("Messages", ())]


def code(call, **given):
    """The code with which a call is refused."""
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as raised:
        call(**given)
    return raised.value.response["Error"]["Code"]


def test_a_queue_is_made_found_listed_and_removed(sqs, url):
    """To make it again, alike, is to find it."""
    assert sqs.create_queue(QueueName="changes")["QueueUrl"] == url
    assert sqs.get_queue_url(QueueName="changes")["QueueUrl"] == url
    assert sqs.list_queues(QueueNamePrefix="cha")["QueueUrls"] == [url]
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])[
        "Attributes"
    ] == {"VisibilityTimeout": "60"}
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="changes")


def test_a_message_is_received_until_it_is_deleted(openroots, sqs, url):
    """It is hidden for a while by the machine's time, and comes back."""
    sent = sqs.send_message(QueueUrl=url, MessageBody="{}")
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert message["MessageId"] == sent["MessageId"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    openroots.move_clock("2030-01-01")
    assert bodies(sqs, url) == []
    openroots.wall.advance(timedelta(seconds=61))
    assert bodies(sqs, url) == ["{}"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    openroots.wall.advance(timedelta(seconds=61))
    assert bodies(sqs, url) == []


def test_who_is_willing_to_wait_is_told_of_what_comes(openroots, sqs, url):
    """As soon as it is there; of nothing once the time is over, by the queue's own if no other."""
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(bodies, sqs, url, WaitTimeSeconds=20)
        sleep(0.15)  # it waits by now
        sqs.send_message(QueueUrl=url, MessageBody="a")
        assert waiting.result(timeout=15) == ["a"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"ReceiveMessageWaitTimeSeconds": "1"})
    began = stopwatch()
    assert bodies(sqs, url) == []
    assert stopwatch() - began >= 1


def test_how_long_it_is_hidden_can_be_changed(openroots, sqs, url):
    """For longer, or no longer; once it is seen again, it is too late."""
    sqs.send_message(QueueUrl=url, MessageBody="a")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.change_message_visibility(**handle, VisibilityTimeout=600)
    openroots.wall.advance(timedelta(seconds=61))
    assert bodies(sqs, url) == []
    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    late = {**handle, "VisibilityTimeout": 5}
    assert code(sqs.change_message_visibility, **late).endswith("MessageNotInflight")
    assert bodies(sqs, url) == ["a"]


def test_messages_come_in_the_order_in_which_they_were_sent(openroots, sqs, url):
    """Ten at a time."""
    for number in range(25):
        openroots.wall.advance(timedelta(milliseconds=1))
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    got = [bodies(sqs, url) for _ in range(4)]
    assert [len(each) for each in got] == [10, 10, 5, 0]
    assert sum(got, []) == [str(number) for number in range(25)]


def test_many_who_receive_at_once_each_get_something(openroots, sqs, url, monkeypatch):
    """However often others are first at the oldest messages: the next try is at others."""
    for number in range(40):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    store, others = openroots.house.world.store, []
    commit, now = store.commit, openroots.wall.now()
    queue = "/".join(["ashby-practice-system", *url.split("/")[-2:]])

    async def late(changes=(), *args, **named):
        if len(others) < ATTEMPTS:
            (row,) = visible(queue, now, 1, store.snapshot())
            others.append(row.id)
            hidden = taken(row.body, now, 60, "another")
            await commit([Change(row.type, row.id, hidden, row.version)], by=named["by"])
        return await commit(changes, *args, **named)

    monkeypatch.setattr(type(store), "commit", lambda _, *args, **named: late(*args, **named))
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] not in ("0", "1")


def test_a_batch_is_done_entry_by_entry(sqs, url):
    """What is wrong with one is told of that one."""
    entries = [{"Id": str(n), "MessageBody": f"b{n}"} for n in range(3)]
    entries.append({"Id": "bad", "MessageBody": "x", "DelaySeconds": 5000})
    told = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [each["Id"] for each in told["Successful"]] == ["0", "1", "2"]
    assert [(each["Id"], each["SenderFault"]) for each in told["Failed"]] == [("bad", True)]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    handles = [
        {"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(found)
    ]
    later = [{**each, "VisibilityTimeout": 5} for each in handles]
    changed = sqs.change_message_visibility_batch(QueueUrl=url, Entries=later)
    assert len(changed["Successful"]) == 3
    assert len(sqs.delete_message_batch(QueueUrl=url, Entries=handles)["Successful"]) == 3


def test_attributes_of_a_message_come_with_it(sqs, url):
    """The client checks their digest itself."""
    given = {
        "kind": {"DataType": "String", "StringValue": "a"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    }
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageAttributes=given)
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"] == given


def test_a_queue_is_emptied_and_counted(sqs, url):
    """Those that wait and those that are hidden."""
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    sqs.receive_message(QueueUrl=url)
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    assert counts == dict(zip(wanted, ["2", "1"], strict=True))
    sqs.purge_queue(QueueUrl=url)
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    assert counts == dict(zip(wanted, ["0", "0"], strict=True))


def test_a_queue_is_its_owners_alone(openroots, sqs, url):
    """To another application it does not exist, and one of the same name is another."""
    sqs.send_message(QueueUrl=url, MessageBody="mine")
    other = client(openroots, OTHER_KEY)
    with pytest.raises(other.exceptions.QueueDoesNotExist):
        other.receive_message(QueueUrl=url)
    other.create_queue(QueueName="changes")
    assert bodies(other, url) == []
    assert bodies(sqs, url) == ["mine"]


def test_what_is_asked_wrongly_is_refused_as_clients_expect(sqs, url):
    """With the codes that they go by."""
    here = {"QueueUrl": url}
    assert code(sqs.receive_message, **here, MaxNumberOfMessages=11) == "InvalidParameterValue"
    assert code(sqs.create_queue, QueueName="a b") == "InvalidParameterValue"
    assert code(sqs.create_queue, QueueName="changes", Attributes={"VisibilityTimeout": "5"})
    assert code(sqs.create_queue, QueueName="x", Attributes={"Colour": "5"}) == (
        "InvalidAttributeName"
    )
    assert code(sqs.delete_message, **here, ReceiptHandle="?") == "ReceiptHandleIsInvalid"
    assert code(sqs.send_message, **here, MessageBody="\x00") == "InvalidMessageContents"
    assert code(sqs.send_message_batch, **here, Entries=[]).endswith("EmptyBatchRequest")
    assert code(sqs.tag_queue, **here, Tags={"a": "b"}) == "InvalidAction"


def test_each_answer_names_its_request(openroots, sqs, url):
    """By the id of its trail, where clients look for the id that Amazon gives: of a refusal too."""
    from botocore.exceptions import ClientError

    told = [sqs.receive_message(QueueUrl=url)["ResponseMetadata"]]
    with pytest.raises(ClientError) as raised:
        sqs.get_queue_url(QueueName="nobodys")
    told.append(raised.value.response["ResponseMetadata"])
    trails = [each["HTTPHeaders"]["x-openroots-trail"] for each in told]
    assert [each["RequestId"] for each in told] == trails


def test_nobody_unknown_comes_in(openroots, url):
    """Neither with a key that nobody has, nor without one."""
    assert code(client(openroots, "nobody").list_queues) == "InvalidClientTokenId"
    target = {"x-amz-target": "AmazonSQS.ListQueues"}
    told = openroots.ask("POST", "/sqs", {}, headers=target)
    assert (told.status, told.body["__type"]) == (
        403,
        "com.amazonaws.sqs#MissingAuthenticationTokenException",
    )


def told_in(openroots, name):
    """A client, and the URL of the queue of this name, which a subscription has named."""
    wanted = subscription(endpoint=f"{QUEUE}{name}", payload="application/json")
    mns = "/multicast-notification-service/subscriptions"
    openroots.ask("POST", mns, wanted, headers={"x-correlation-id": "1"})
    sqs = client(openroots, "open-access")
    return sqs, sqs.get_queue_url(QueueName=name)["QueueUrl"]


def test_a_subscription_may_name_a_queue_as_no_other_is_named(openroots):
    """Its ARN may be any that is published: what ends in .fifo is a standard queue all the same."""
    sqs, url = told_in(openroots, "moves.fifo")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url) == ["x"]
    assert code(sqs.create_queue, QueueName="own.fifo") == "InvalidParameterValue"


def test_an_event_comes_into_the_queue_that_a_subscription_names(openroots):
    """The queue is there from the subscription on."""
    sqs, url = told_in(openroots, "moves")
    assert bodies(sqs, url) == []
    jane = "/personal-demographics/FHIR/R4/Patient/9000000009"
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    assert openroots.ask("PATCH", jane, patch, headers={"if-match": 'W/"2"'}).status == 200
    while not (got := bodies(sqs, url)):
        pass
    assert '"type":"pds-record-change-2"' in got[0]
    assert '"subject":"9000000009"' in got[0]
    sent = [each for each in openroots.audit() if each["endpoint"] == "delivery.send"]
    received = openroots.audit()[-1]
    assert len(sent) == 1
    assert sent[0]["subjects"] == received["subjects"]
