"""Every way in which a question about legitimate relationships is refused.

For the service's handlers, which raise `Problem` with the name of a row.

Source: none; the API is our own.
"""

from openroots.plain import plain_dialect
from openroots.problem import Failure, Json


def _row(status: int, code: str, words: str, mend: str) -> Failure:
    return Failure(status, code, words=words, mend=mend, ours=True)


FAILURES = {
    "user-needed": _row(
        403,
        "user_needed",
        "It is not known who asks: a relationship is claimed by a member of staff",
        "Ask with a token of a member of staff: openroots token --app ID --as staff:ID.",
    ),
    "part-missing": _row(
        400, "invalid_request", "{part} is missing", "Send {part} in the body: {wanted}."
    ),
    "part-wrong": _row(
        400, "invalid_request", "{part} is not {wanted}", "Send {part} as {wanted}."
    ),
    "part-unknown": _row(
        400, "invalid_request", "{part} is no part of the body", "It takes {known}."
    ),
    "parameter-unknown": _row(
        400, "invalid_request", "{parameter} is no parameter of this endpoint", "It takes {known}."
    ),
    "person-unknown": _row(
        404, "not_found", "Nobody has this NHS number", "Look the person up in demographics first."
    ),
    "relationship-unknown": _row(
        404,
        "not_found",
        "There is no such relationship here",
        "GET /legitimate-relationships/relationships lists your own.",
    ),
    "relationship-over": _row(
        409, "already_ended", "The relationship has ended already", "There is nothing to end."
    ),
    "alert-unknown": _row(
        404,
        "not_found",
        "There is no such alert here",
        "GET /legitimate-relationships/alerts lists those of your organisation.",
    ),
    "alert-reviewed": _row(
        409, "already_reviewed", "The alert has been reviewed already", "There is nothing to do."
    ),
}


def _render(failure: Failure, trail: str) -> Json:
    return {"errors": [{"code": failure.code, "message": failure.words, "mend": failure.mend}]}


DIALECT = plain_dialect("Legitimate relationships", _render)
