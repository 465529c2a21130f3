"""Every way in which a queue can refuse, in the words of Amazon SQS.

Clients go by the type in the body, or by the header of the older protocol: both are given.

Source: Amazon SQS API reference, "Common Error Types" and the errors of each action.
"""

from openroots.problem import Failure, Json

SENDER, RECEIVER = "Sender", "Receiver"


def render(failure: Failure, _trail: str) -> Json:
    """The body of a failure."""
    return {"__type": f"com.amazonaws.sqs#{failure.code}", "message": failure.words}


def _row(
    code: str,
    words: str,
    status: int = 400,
    *,
    older: str = "",
    fault: str = SENDER,
    mend: str = "",
) -> Failure:
    headers = (("x-amzn-query-error", f"{older or code};{fault}"),)
    return Failure(status, code, words=words, headers=headers, mend=mend)


A_KEY = "Give the key of a registered application as the access key id."
MALFORMED = _row("SerializationException", "The body is not JSON in UTF-8", older="MalformedInput")

GATEWAY: dict[str, Failure] = {
    "path-unknown": _row("UnknownOperationException", "Requests go to the address of the endpoint"),
    "body-not-json": MALFORMED,
    "body-too-deep": _row(
        "SerializationException",
        "The body is nested deeper than {limit} levels",
        older="MalformedInput",
    ),
    "number-too-large": _row(
        "SerializationException", "A number in the body is too large", older="MalformedInput"
    ),
    "member-repeated": _row(
        "SerializationException", "{member} is named twice in an object", older="MalformedInput"
    ),
    "not-utf8": MALFORMED,
    "body-not-utf8": MALFORMED,
    "body-type": _row(
        "UnknownOperationException", "Content-Type must be {wanted}", older="InvalidAction"
    ),
    "conflict": _row(
        "ServiceUnavailable", "Others receive from this queue. Ask again", 503, fault=RECEIVER
    ),
    "unavailable": _row("ServiceUnavailable", "Try again later", 503, fault=RECEIVER),
    "internal": _row(
        "InternalFailure",
        "This is a defect of OpenRoots. Please report it, quoting the trail {trail}",
        500,
        fault=RECEIVER,
    ),
}

OWN: dict[str, Failure] = {
    "action-missing": _row(
        "MissingAction",
        "The request is missing an action",
        mend="Send the header X-Amz-Target, as present SDKs of Amazon do. The query protocol of "
        "older ones (Action=...) is not spoken here.",
    ),
    "action-unknown": _row(
        "UnknownOperationException",
        "The action {action} is not valid for this endpoint.",
        older="InvalidAction",
    ),
    "unsigned": _row(
        "MissingAuthenticationTokenException",
        "Request is missing Authentication Token",
        403,
        older="MissingAuthenticationToken",
        mend=A_KEY,
    ),
    "key-not-known": _row(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        403,
        older="InvalidClientTokenId",
        mend=A_KEY,
    ),
    "queue-unknown": _row(
        "QueueDoesNotExist",
        "The specified queue does not exist.",
        older="AWS.SimpleQueueService.NonExistentQueue",
        mend="Make it with CreateQueue, or subscribe with its ARN as the endpoint.",
    ),
    "queue-differs": _row(
        "QueueNameExists",
        "A queue already exists with the same name and a different value for attribute {name}",
        older="QueueAlreadyExists",
    ),
    "parameter-missing": _row("MissingParameter", "The request must contain the parameter {name}."),
    "parameter-invalid": _row(
        "InvalidParameterValue", "Value {value} for parameter {name} is invalid. Reason: {reason}"
    ),
    "attribute-unknown": _row("InvalidAttributeName", "Unknown Attribute {name}."),
    "handle-invalid": _row(
        "ReceiptHandleIsInvalid", "The input receipt handle is not a valid receipt handle."
    ),
    "message-gone": _row(
        "InvalidParameterValue",
        "Value given for parameter ReceiptHandle is invalid. Reason: Message does not exist or is "
        "not available for visibility timeout change.",
    ),
    "not-in-flight": _row(
        "MessageNotInflight",
        "The message referred to is not in flight.",
        older="AWS.SimpleQueueService.MessageNotInflight",
    ),
    "content-invalid": _row(
        "InvalidMessageContents",
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF "
        "| #xE000 to #xFFFD | #x10000 to #x10FFFF",
    ),
    "batch-empty": _row(
        "EmptyBatchRequest",
        "There should be at least one entry in the request.",
        older="AWS.SimpleQueueService.EmptyBatchRequest",
    ),
    "batch-long": _row(
        "TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent {count}.",
        older="AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    ),
    "batch-too-large": _row(
        "BatchRequestTooLong",
        "Batch requests cannot be longer than {limit} bytes. You have sent {size} bytes.",
        older="AWS.SimpleQueueService.BatchRequestTooLong",
    ),
    "batch-ids": _row(
        "BatchEntryIdsNotDistinct",
        "Id {id} repeated.",
        older="AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    ),
    "batch-id-invalid": _row(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It "
        "can be at most 80 letters long.",
        older="AWS.SimpleQueueService.InvalidBatchEntryId",
    ),
}
