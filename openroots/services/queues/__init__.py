"""Message queues: what subscribers are told through arn:aws:sqs endpoints waits here until read.

For clients of Amazon SQS, which need another address and nothing else. A queue belongs to one
application. It is there once its owner makes it, or has a subscription that names it. Each message
is a resource; one that was received is hidden for a while, and comes back unless it is deleted.

Source: Amazon SQS API reference (AWS JSON protocol 1.0).
"""

from openroots.plain import plain_dialect
from openroots.service import HeaderRule, Service
from openroots.services.queues.failures import GATEWAY, OWN, render

__all__ = ["service"]

service = Service(
    name="queues",
    title="Message queues",
    base="/sqs",
    words="Queues from which subscribers receive events, for clients of Amazon SQS.",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/",
    spec="2012-11-05",
    checked="2026-11-21",
    dialect=plain_dialect(
        "SQS",
        render,
        media_type="application/x-amz-json-1.0",
        rows=GATEWAY,
        request_id="x-amzn-requestid",
    ),
    headers=(
        HeaderRule(
            "X-Amz-Target",
            "What is to be done: AmazonSQS. and the name of an action.",
            missing="action-missing",
            example="AmazonSQS.ReceiveMessage",
        ),
    ),
    stray="",  # a signature may be among the parameters
    limits=(),
    own_failures=OWN,
    differences=(
        "The access key id is the key of a registered application; `open-access` stands for those "
        "who asked for their subscriptions without one. The signature is not checked: whoever "
        "knows the key may use it, as with every API here.",
        "The secret access key can be any text.",
        "The JSON protocol alone is spoken, not the query protocol of older SDKs (Action=...).",
        "There are standard queues alone. None can be made that ends in .fifo; where a "
        "subscription names one so, it is a standard queue of that name.",
        "Messages are kept until they are deleted, however long.",
        "Messages are counted up to 1,000.",
        "Of a queue's attributes VisibilityTimeout, DelaySeconds and "
        "ReceiveMessageWaitTimeSeconds take effect.",
        "Permissions, tags, redrive and the tasks that move messages are not there.",
    ),
)

# Declares its endpoints on the service above as it is imported.
import openroots.services.queues.acting  # noqa: E402, F401
