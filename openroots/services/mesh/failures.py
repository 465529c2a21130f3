"""Every way in which MESH can refuse, as the two versions of its API tell it.

    version 1   {"messageID": null, "errorEvent": "SEND", "errorCode": "12",
                 "errorDescription": "Unregistered to address"}
    version 2   {"message_id": null, "internal_id": "...",
                 "detail": [{"event": "SEND", "code": "12", "msg": "Unregistered to address"}]}

Where MESH has no code for a failure, event and code are empty.

Source: MESH API and its published sandbox; rows that they do not have are marked as ours.
"""

from collections.abc import Mapping
from dataclasses import replace

from openroots.plain import ROWS, plain_dialect
from openroots.problem import Dialect, Failure, Json
from openroots.services.mesh.shown import JSON_1, JSON_2, version_in


def render_1(failure: Failure, _trail: str) -> Json:
    """The body of a failure, in version 1."""
    return {
        "messageID": failure.display or None,
        "errorEvent": failure.issue,
        "errorCode": failure.code,
        "errorDescription": failure.words,
    }


def render_2(failure: Failure, trail: str) -> Json:
    """The body of a failure, in version 2."""
    return {
        "message_id": failure.display or None,
        "internal_id": trail,
        "detail": [{"event": failure.issue, "code": failure.code, "msg": failure.words}],
    }


GATEWAY = {name: replace(failure, code="") for name, failure in ROWS.items()}
VERSION_1 = plain_dialect("MESH version 1", render_1, media_type=JSON_1, rows=GATEWAY)


def _as_asked(headers: Mapping[str, str]) -> Dialect | None:
    return None if version_in(headers) == 2 else VERSION_1


DIALECT = plain_dialect("MESH", render_2, media_type=JSON_2, rows=GATEWAY, asked=_as_asked)

# A message by its id, in the rows that tell of one.
ABOUT = "{id}"


def _row(
    status: int,
    words: str,
    mend: str = "",
    *,
    event: str = "",
    code: str = "",
    about: str = "",
    ours: bool = False,
) -> Failure:
    return Failure(status, code, event, about, words, mend=mend, ours=ours)


TOKEN = "NHSMESH mailbox:nonce:nonce_count:timestamp:hash"

OWN: dict[str, Failure] = {
    "unsigned": _row(
        403,
        "Error reading from Authorization header",
        f"Send Authorization: {TOKEN}, where the timestamp is UTC as YYYYMMDDHHMM.",
    ),
    "mailbox-differs": _row(403, "Mailbox id does not match token", "Ask for your own mailbox."),
    "mailbox-unknown": _row(
        403, "No mailbox matched", "Check the mailbox id.", event="SEND", code="EPL-151"
    ),
    "not-authenticated": _row(
        403,
        "Invalid Authentication Token",
        "Check the password, the shared key, and the clock, which may be {hours} hours off.",
    ),
    "nonce-used": _row(
        403,
        "Error Duplicated Authentication Token",
        "Count nonce_count up, or take another nonce, for each message.",
    ),
    "accept-wrong": _row(
        400, "Accept header api format incorrect", "As application/vnd.mesh.v2+json."
    ),
    "no-recipient": _row(
        400, "TO_DTS missing", "Name a mailbox in Mex-To.", event="SEND", code="08"
    ),
    "no-workflow": _row(
        400, "Mex-WorkflowID is missing", "Name a workflow in Mex-WorkflowID.", ours=True
    ),
    "header-wrong": _row(
        400,
        "MalformedControlFile",
        "{header} holds a control character, or a URL where none can be.",
        event="TRANSFER",
        code="06",
    ),
    "header-long": _row(400, "{header} is longer than {most} characters", ours=True),
    "checksum-wrong": _row(
        400,
        "Invalid checksum",
        "Letters, digits, spaces, and : - / alone.",
        event="SEND",
        code="Invalid checksum",
    ),
    "encoding-unsupported": _row(
        422,
        "Unsupported content encoding",
        "Send gzip, or no Content-Encoding.",
        event="SEND",
        code="UnsupportedContentEncoding",
    ),
    "chunk-range": _row(
        417,
        "Invalid chunk values sent in mex-Chunk-Range header",
        "Number chunks from 1, one after the other: the first is 1:n, the next 2:n.",
        event="SEND",
        code="InvalidHeaderChunks",
        about=ABOUT,
    ),
    "chunk-range-further": _row(
        417,
        "Invalid chunk values sent in mex-Chunk-Range header",
        "The next chunk of this message is {wanted}, in the path too.",
        event="SEND",
        code="InvalidHeaderChunks",
        about=ABOUT,
    ),
    "unregistered": _row(
        417,
        "Unregistered to address",
        "Send to a mailbox that is there: GET /messageexchange/endpointlookup finds one.",
        event="SEND",
        code="12",
    ),
    "chunk-empty": _row(
        417, "Data file is missing or inaccessible.", "Send a body.", event="COLLECT", code="02"
    ),
    "not-sent": _row(404, "Not Found", "Send the chunks to the id that the first one was given."),
    "not-sender": _row(403, "Forbidden", "Send further chunks from the mailbox of the first one."),
    "message-not-open": _row(
        423, "All chunks of this message have been received", about=ABOUT, ours=True
    ),
    "chunk-beyond": _row(406, "The message has {chunks} chunks", about=ABOUT, ours=True),
    "encoding-changed": _row(
        417, "cannot change content encoding", "As of the first chunk.", about=ABOUT
    ),
    "message-unknown": _row(404, "Message does not exist", event="RECEIVE", code="20"),
    "not-recipient": _row(403, "Forbidden", "The message is in another mailbox."),
    "message-gone": _row(
        410,
        "Message no longer available for download",
        "It was acknowledged, was not collected in time, or is not whole yet.",
        event="SEND",
        code="Message already accepted",
    ),
    "several-found": _row(300, "Multiple Choices", "Ask for one by messageID."),
    "not-tracked": _row(404, "Not Found", "Track what was sent from this mailbox."),
    "nothing-to-track": _row(
        400, "messageID or localID is missing", "Give one of the two.", ours=True
    ),
    "ods-code-missing": _row(400, "ods code missing"),
    "workflow-missing": _row(400, "workflow id missing"),
    "parameter-wrong": _row(400, "{name} is not {wanted}", ours=True),
}
