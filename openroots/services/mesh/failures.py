"""Every way in which MESH can refuse, as version 2 of its API tells it.

    {"message_id": null, "internal_id": "...", "detail": [{"event": "SEND", "code": "12", ...}]}

Source: MESH API and its sandbox; only the code 12 is published there with its status. The other
codes are ours.
"""

from openroots.problem import Failure, Json

OURS = "99"


def render(failure: Failure, trail: str) -> Json:
    """The body of a failure."""
    event = failure.issue or "TRANSFER"
    code = failure.code if failure.code.isdigit() else OURS
    return {
        "message_id": None,
        "internal_id": trail,
        "detail": [{"event": event, "code": code, "msg": failure.words}],
    }


def _row(status: int, words: str, mend: str = "", *, code: str = OURS, event: str = "") -> Failure:
    return Failure(status, code, event, words=words, mend=mend, ours=code == OURS)


TOKEN = "NHSMESH mailbox:nonce:nonce_count:timestamp:hash"

GATEWAY: dict[str, Failure] = {}

OWN: dict[str, Failure] = {
    "unsigned": _row(
        403,
        "Missing or malformed Authorization header",
        f"Send Authorization: {TOKEN}, where the timestamp is UTC as YYYYMMDDHHMM.",
    ),
    "not-authenticated": _row(
        403,
        "Mailbox, password or shared key wrong, or the time more than {hours} hours off",
        "Check the mailbox id, its password, the shared key and the clock.",
    ),
    "nonce-used": _row(
        403, "Nonce used before", "Count nonce_count up, or take another nonce, with each request."
    ),
    "mailbox-differs": _row(
        403, "The mailbox of the path is not that of the token", "Ask for your own mailbox."
    ),
    "unregistered": _row(
        417,
        "Unregistered to address",
        "Send to a mailbox that is there: GET /messageexchange/endpointlookup finds one.",
        code="12",
        event="SEND",
    ),
    "no-recipient": _row(417, "Mex-To is missing", "Name a mailbox in Mex-To.", event="SEND"),
    "no-workflow": _row(
        417, "Mex-WorkflowID is missing", "Name a workflow in Mex-WorkflowID.", event="SEND"
    ),
    "header-wrong": _row(
        400, "{header} is longer than {most} characters or not printable", event="SEND"
    ),
    "chunk-range": _row(
        417,
        "Mex-Chunk-Range '{given}' is not the {wanted} chunk of this message",
        "Number chunks from 1: the first is 1:n, the next 2:n.",
        event="SEND",
    ),
    "message-not-open": _row(423, "All chunks of this message have been received", event="SEND"),
    "chunk-empty": _row(417, "The chunk is empty", event="SEND"),
    "message-unknown": _row(404, "Message does not exist", event="RECEIVE"),
    "chunk-unknown": _row(404, "The message has no chunk of this number", event="RECEIVE"),
    "message-gone": _row(410, "Message has been acknowledged", event="RECEIVE"),
    "several-found": _row(
        300, "Several messages have this local id", "Ask for one by messageID.", event="TRACK"
    ),
    "not-tracked": _row(404, "No message of this id was sent", event="TRACK"),
    "nothing-to-track": _row(
        400, "messageID or localID is missing", "Give one of the two.", event="TRACK"
    ),
    "parameter-wrong": _row(400, "{name} is not {wanted}"),
}
