"""Each way in which a queue refuses, as clients of Amazon SQS expect it."""

import pytest

from openroots.services.queues import service
from openroots.services.queues.failures import OWN
from openroots.testing import KEY

SIGNED = {
    "authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20261121/eu-west-2/sqs/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "content-type": "application/x-amz-json-1.0",
}


def ask(nation, action, headers=None, **body):
    """Ask for an action, of the queue q unless another is named."""
    given = {"QueueUrl": "http://localhost/sqs/000000000000/q"} | body
    target = {"x-amz-target": f"AmazonSQS.{action}"}
    return nation.ask("POST", "/sqs/", given, headers=SIGNED | target | (headers or {}))


@pytest.fixture
def nation(openroots):
    """A nation with the queue q in it."""
    assert ask(openroots, "CreateQueue", QueueName="q").status == 200
    return openroots


def entries(*ids, **more):
    """Entries of a batch, with these ids."""
    return [{"Id": id, "MessageBody": "x", **more} for id in ids]


def seen_again(nation):
    """The answer to hiding what is not hidden any more."""
    ask(nation, "SendMessage", MessageBody="x")
    (message,) = ask(nation, "ReceiveMessage", VisibilityTimeout=0).body["Messages"]
    handle = message["ReceiptHandle"]
    return ask(nation, "ChangeMessageVisibility", ReceiptHandle=handle, VisibilityTimeout=5)


ATTRIBUTES = {"VisibilityTimeout": "5"}
WAYS = {
    "action-missing": lambda n: ask(n, "", {"x-amz-target": ""}),
    "action-unknown": lambda n: ask(n, "TagQueue"),
    "unsigned": lambda n: ask(n, "ListQueues", {"authorization": ""}),
    "key-not-known": lambda n: ask(
        n, "ListQueues", {"authorization": "AWS4-HMAC-SHA256 Credential=x/1/2/sqs/aws4_request"}
    ),
    "queue-unknown": lambda n: ask(n, "ReceiveMessage", QueueUrl="http://localhost/sqs/1/none"),
    "queue-differs": lambda n: ask(n, "CreateQueue", QueueName="q", Attributes=ATTRIBUTES),
    "parameter-missing": lambda n: ask(n, "SendMessage"),
    "parameter-invalid": lambda n: ask(n, "ReceiveMessage", MaxNumberOfMessages=0),
    "attribute-unknown": lambda n: ask(n, "GetQueueAttributes", AttributeNames=["Colour"]),
    "handle-invalid": lambda n: ask(n, "DeleteMessage", ReceiptHandle="Å"),
    "message-gone": lambda n: ask(
        n, "ChangeMessageVisibility", ReceiptHandle="YSBi", VisibilityTimeout=5
    ),
    "not-in-flight": seen_again,
    "content-invalid": lambda n: ask(n, "SendMessage", MessageBody="\x00"),
    "batch-empty": lambda n: ask(n, "SendMessageBatch"),
    "batch-long": lambda n: ask(n, "SendMessageBatch", Entries=entries(*map(str, range(11)))),
    "batch-too-large": lambda n: ask(
        n, "SendMessageBatch", Entries=entries("a", "b", MessageBody="x" * (1 << 20 >> 1) + "x")
    ),
    "batch-ids": lambda n: ask(n, "SendMessageBatch", Entries=entries("a", "a")),
    "batch-id-invalid": lambda n: ask(n, "SendMessageBatch", Entries=entries("a b")),
}


@pytest.mark.parametrize("row", service.own_failures)
def test_each_row_is_told_as_clients_expect(nation, row):
    """With its type in the body, and the code of the older protocol in a header."""
    told, failure = WAYS[row](nation), OWN[row]
    assert told.status == failure.status
    assert told.body["__type"] == f"com.amazonaws.sqs#{failure.code}"
    assert told.body["message"].startswith(failure.words.partition("{")[0])
    assert told.headers["x-amzn-query-error"] == failure.headers[0][1]


def test_an_older_client_is_told_what_to_speak(openroots):
    """The query protocol names its action in the body, where nobody looks for one."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    told = openroots.ask("POST", "/sqs/", b"Action=ListQueues", headers=SIGNED | form)
    assert told.body["__type"] == "com.amazonaws.sqs#MissingAction"
    assert "query protocol" in OWN["action-missing"].mend


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("ReceiveMessage", {"QueueUrl": None}),
        ("ReceiveMessage", {"QueueUrl": 5}),
        ("ReceiveMessage", {"QueueUrl": "http://[::1"}),
        ("ReceiveMessage", {"MaxNumberOfMessages": "1"}),
        ("ReceiveMessage", {"MaxNumberOfMessages": True}),
        ("ReceiveMessage", {"AttributeNames": "All"}),
        ("ReceiveMessage", {"WaitTimeSeconds": 21}),
        ("ReceiveMessage", {"VisibilityTimeout": -1}),
        ("SendMessage", {"MessageBody": {}}),
        ("SendMessage", {"MessageBody": "x", "MessageAttributes": []}),
        ("SendMessage", {"MessageBody": "x", "MessageAttributes": {"a": {"DataType": "Odd"}}}),
        ("SendMessage", {"MessageBody": "x" * (1 << 20 | 1)}),
        ("SendMessageBatch", {"Entries": [5]}),
        ("CreateQueue", {"QueueName": "q.fifo"}),
        ("CreateQueue", {"QueueName": "r", "Attributes": "x"}),
        ("CreateQueue", {"QueueName": "r", "Attributes": {"DelaySeconds": "901"}}),
        ("GetQueueUrl", {"QueueName": 5}),
        ("ListQueues", {"MaxResults": 0}),
        ("DeleteMessage", {}),
        ("ChangeMessageVisibility", {"ReceiptHandle": "YSBi"}),
    ],
)
def test_what_is_asked_wrongly_is_refused(nation, action, body):
    """Whatever is wrong with it, it is the client's to put right."""
    assert ask(nation, action, **body).status == 400


def test_a_body_that_is_no_object_is_refused(openroots):
    """As one that is no JSON."""
    for body in (b"[]", b"{", b"\xff"):
        headers = SIGNED | {"x-amz-target": "AmazonSQS.ListQueues"}
        told = openroots.ask("POST", "/sqs", body, headers=headers)
        assert (told.status, told.body["__type"]) == (
            400,
            "com.amazonaws.sqs#SerializationException",
        )
