"""Every way in which the tooling door refuses or fails, with how to mend it.

For the door's functions, which raise `Problem` with a row's name, and for the command, which shows
the two sentences and ends with the exit code that fits the status.

    {"error": "no standard is called 'names'", "mend": "openroots standards list names all."}

Source: RFC 9110 for the statuses.
"""

from openroots.problem import Failure, Json


def _row(status: int, words: str, mend: str) -> Failure:
    return Failure(status, "", words=words, mend=mend)


REFUSED = {
    "not-this-machine": _row(
        403,
        "the tooling answers programs on this machine only",
        "Ask from this machine, or start the server with OPENROOTS_TOOLING=anywhere.",
    ),
    "host-strange": _row(
        403,
        "the Host header '{host}' is no name of this machine",
        "Ask for localhost, 127.0.0.1 or [::1].",
    ),
    "origin-strange": _row(
        403,
        "a web page of '{origin}' asked: no page but our own may",
        "Use the openroots command, or a program that sends no Origin header.",
    ),
    "token-missing": _row(
        403,
        "the header X-OpenRoots-Token is missing",
        "Send in it what the file {file} holds. The openroots command does so by itself.",
    ),
    "token-wrong": _row(
        403,
        "the token in X-OpenRoots-Token is not that of this server",
        "Send what the file {file} holds now; openroots --state must name this server's folder.",
    ),
    "people-real": _row(
        403,
        "in this mode people are real, and are not listed",
        "Look for test people on a server in sandbox mode.",
    ),
    "world-fixed": _row(
        403,
        "in this mode time is not moved and the world is not reset",
        "Do it on a server in sandbox mode.",
    ),
}

ASKED_WRONGLY = {
    "path-unknown": _row(404, "there is no {path} here", "openroots --help lists what there is."),
    "method-unknown": _row(405, "{path} takes {allowed}, not {method}", "Use {allowed}."),
    "body-not-json": _row(
        400, "the body is no JSON object in UTF-8", "Send an object, such as {{}}."
    ),
    "body-too-large": _row(413, "the body is larger than {limit} bytes", "Send less."),
    "body-too-slow": _row(
        408, "the body had not arrived after {seconds} seconds", "Send it at once."
    ),
    "not-utf8": _row(400, "the parameters are not UTF-8 text", "Encode them as UTF-8."),
    "value-wrong": _row(400, "{name}: '{given}' is not {wanted}", "Give {example}."),
    "key-set-wrong": _row(
        400, "the key set {wrong}", "openroots app rotate-key ID makes a pair that is right."
    ),
    "setting-wrong": _row(400, "{wrong}", "{mend}"),
    "clock-out-of-range": _row(
        400, "time cannot be put at {to}", "Give a day from {first} to {last}."
    ),
    "file-relative": _row(
        400, "'{file}' is no absolute path", "Give the whole path, from the root of the disk."
    ),
}

NOT_POSSIBLE = {
    "application-unknown": _row(
        404, "no application is called '{application}'", "openroots app list names all."
    ),
    "user-unknown": _row(
        404,
        "there is no such {kind} here",
        "openroots people lists citizens; GET /_openroots/staff lists staff.",
    ),
    "standard-unknown": _row(
        404, "no standard is called '{standard}'", "openroots standards list names all."
    ),
    "trail-unknown": _row(
        404,
        "no trail of '{id}' is kept",
        "Give the X-OpenRoots-Trail, X-Correlation-ID or X-Request-ID of a request of the last "
        "{days} days, or last.",
    ),
    "nothing-asked": _row(
        404, "no request has come yet", "Make one, such as the curl that openroots up shows."
    ),
    "subject-unknown": _row(
        404, "nobody here has that NHS number or key", "openroots people lists some who are here."
    ),
    "nothing-to-take-back": _row(
        409, "no mandate {of} is in force to take back", "openroots rulebook show lists mandates."
    ),
    "conflict": _row(409, "others were first to change this", "Look, and do it again."),
    "file-there": _row(409, "{file} is there already", "Name another file, or remove that one."),
    "file-not-written": _row(409, "{file} cannot be written: {cause}", "Name another place."),
    "database-apart": _row(
        409,
        "this world is kept in a PostgreSQL database",
        "Use its own tools, such as pg_dump and dropdb.",
    ),
    "unavailable": _row(
        503, "the store cannot be reached or written", "openroots doctor may say why."
    ),
    "internal": _row(
        500,
        "this is a defect of OpenRoots",
        "Please report it with what the server wrote on stderr.",
    ),
}

FAILURES = REFUSED | ASKED_WRONGLY | NOT_POSSIBLE


def rendered(failure: Failure) -> Json:
    """A failure that has been told, as a client gets it."""
    return {"error": failure.words, "mend": failure.mend}
