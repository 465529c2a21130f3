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
        "the token is not that of this server",
        "Send what the file {file} holds now, or an administrator's key; the openroots command "
        "takes it from the folder that --state names.",
    ),
    "people-real": _row(
        403,
        "in this mode people are real, and are not listed",
        "Look for test people on a server in sandbox mode.",
    ),
    "tokens-earned": _row(
        403,
        "in this mode no token is given for the asking",
        "Have the application sign an assertion for POST /oauth2/token with its own key.",
    ),
    "faults-absent": _row(
        403,
        "in this mode no trouble is made on purpose",
        "Do it on a server in sandbox mode.",
    ),
    "requests-not-kept": _row(
        403,
        "requests are not kept whole here",
        "Ask a server in sandbox mode that runs with one worker.",
    ),
    "people-not-loaded": _row(
        403,
        "in this mode people are real, and are neither made nor loaded from files",
        "Do it on a server in sandbox mode.",
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
    "body-too-deep": _row(
        400, "the body is nested deeper than {limit} levels", "Send {limit} levels at most."
    ),
    "number-too-large": _row(
        400, "a number in the body is too large", "Send numbers of 1.79e308 at most."
    ),
    "member-repeated": _row(400, "{member} is named twice", "Name each member once."),
    "member-strange": _row(400, "{member} is no part of {path}", "It takes {taken}."),
    "parameter-strange": _row(400, "{path} has no parameter {name}", "It takes {taken}."),
    "parameter-empty": _row(400, "{name} has no value", "Give it one, or leave it out."),
    "parameter-repeated": _row(400, "{name} is given {count} times", "Give it once."),
    "body-too-large": _row(413, "the body is larger than {limit} bytes", "Send less."),
    "body-too-slow": _row(
        408, "the body had not arrived after {seconds} seconds", "Send it at once."
    ),
    "not-utf8": _row(400, "the parameters are not UTF-8 text", "Encode them as UTF-8."),
    "value-wrong": _row(400, "{name}: '{given}' is not {wanted}", "Give {example}."),
    "key-set-wrong": _row(
        400, "the key set {wrong}", "openroots app rotate-key ID makes a pair that is right."
    ),
    "key-set-empty": _row(
        400,
        "the key set holds no key, so nothing that the application signs could be checked",
        "Put its public keys in; or leave jwks out, and add a key by openroots app rotate-key ID.",
    ),
    "setting-wrong": _row(400, "{wrong}", "{mend}"),
    "clock-out-of-range": _row(
        400, "time cannot be put at {to}", "Give a day from {first} to {last}."
    ),
    "people-unreadable": _row(400, "{why}", "{mend}"),
    "people-too-many": _row(
        413, "more than {most} people are not taken at once", "Give them in parts."
    ),
    "file-relative": _row(
        400, "'{file}' is no absolute path", "Give the whole path, from the root of the disk."
    ),
}

SANDBOXED = {
    "sandbox-unknown": _row(
        404, "there is no sandbox '{name}'", "openroots sandbox list names all."
    ),
    "sandbox-there": _row(
        409, "there is a sandbox '{name}' already", "Take another name, or drop that one."
    ),
    "sandbox-bound": _row(
        409,
        "application {application} is bound to sandbox '{name}'",
        "Drop that one, or bind another application.",
    ),
    "sandboxes-full": _row(
        409, "there are {most} sandboxes, which is the most", "Drop one that nobody uses."
    ),
    "sandboxes-real": _row(
        403,
        "in this mode people are real, and there are no sandboxes",
        "Do it on a server in sandbox mode.",
    ),
    "sandboxes-none": _row(
        409,
        "there are no sandboxes here: neither a sandbox nor a server of several workers has any",
        "Ask the server beside which this sandbox is, or start it with --workers 1.",
    ),
    "sandbox-people": _row(
        400,
        "{people} people are more than a sandbox holds, which is {most}",
        "Ask for fewer, or start a server of its own: openroots up --people {people}.",
    ),
    "sandbox-state": _row(
        403,
        "this is asked of the server itself, and not of a sandbox",
        "Send the server's own token to /_openroots/sandboxes/{name}/save, restore or drop.",
    ),
    "sandbox-gone": _row(
        503,
        "sandbox '{name}' was dropped or made anew in the meantime",
        "openroots sandbox create makes one.",
    ),
    "sandbox-busy": _row(
        503,
        "sandbox '{name}' is asked {most} things at once, which is the most",
        "Wait for some of the answers.",
    ),
    "sandbox-too-large": _row(
        507,
        "sandbox '{name}' has grown to {bytes} bytes, and takes no more",
        "openroots sandbox reset {name} makes it as new, but for its audit log; drop ends it.",
    ),
    "seeding-failed": _row(
        503, "the people of a new sandbox could not be made: {cause}", "openroots doctor looks."
    ),
    "saved-wrong": _row(400, "{wrong}", "Name a file that save has made."),
    "saved-earlier": _row(
        409,
        "{file} was saved by an earlier version, and is to be brought up to date first",
        "That takes time: stop the server, restore it, and start again.",
    ),
    "saved-of-others": _row(
        409,
        "{file} holds {people}, for whom this server does not run",
        "Name another file; live mode is for real people alone.",
    ),
}

NOT_POSSIBLE = {
    "application-unknown": _row(
        404, "no application is called '{application}'", "openroots app list names all."
    ),
    "application-revoked": _row(
        409, "the application '{application}' was revoked", "openroots app list names the others."
    ),
    "administrator-unknown": _row(
        404, "no administrator is called '{id}'", "openroots admin list names all."
    ),
    "user-unknown": _row(
        404,
        "there is no such {kind} here",
        "openroots people lists citizens; openroots staff list lists staff.",
    ),
    "standard-unknown": _row(
        404, "no standard is called '{standard}'", "openroots standards list names all."
    ),
    "programme-unknown": _row(
        404, "no programme is called '{programme}'", "openroots programme lint names all."
    ),
    "subscription-unknown": _row(
        404, "there is no subscription '{id}'", "GET /_openroots/deliveries lists all."
    ),
    "trail-unknown": _row(
        404,
        "no trail of '{id}' is kept",
        "Give the X-OpenRoots-Trail, X-Correlation-ID or X-Request-ID of a request of the last "
        "{days} days, or last.",
    ),
    "fault-unknown": _row(404, "there is no fault '{id}'", "openroots fault list names all."),
    "faults-too-many": _row(
        409, "there are {most} faults already", "openroots fault clear takes them away."
    ),
    "request-unknown": _row(
        404, "no request of trail '{id}' is kept whole", "openroots requests list names the newest."
    ),
    "request-too-large": _row(
        409, "the body of this request was too large to keep", "Send it again by your own client."
    ),
    "nothing-asked": _row(
        404, "no request has come yet", "Make one, such as the curl that openroots up shows."
    ),
    "subject-unknown": _row(
        404, "nobody here has that NHS number or key", "openroots people lists some who are here."
    ),
    "agreement-unknown": _row(
        404, "no agreement is called '{id}'", "openroots agreements list names all."
    ),
    "agreement-fixed": _row(
        409,
        "agreement {id} is {state}, and only drafts are changed",
        "End it, and draw up another under another id.",
    ),
    "agreement-act": _row(
        409, "agreement {id} is {state}: it cannot {act}", "From here one can: {acts}."
    ),
    "proxy-unknown": _row(
        404, "nobody acts for this patient so", "openroots proxies add makes a role."
    ),
    "proxy-self": _row(
        400, "nobody is a proxy for themselves", "Name somebody else who acts for this patient."
    ),
    "staff-unknown": _row(
        404, "no member of staff is called '{id}'", "openroots staff list names all."
    ),
    "staff-left": _row(409, "{id} works here no more", "openroots staff list shows who does."),
    "role-unknown": _row(
        404, "{id} has no role '{role}'", "openroots staff show {id} names their roles."
    ),
    "role-ended": _row(
        409,
        "the role '{role}' of {id} has ended already",
        "openroots staff show {id} tells when; openroots staff add-role gives another.",
    ),
    "nothing-to-take-back": _row(
        409, "no mandate{of} is in force to take back", "openroots rulebook show lists mandates."
    ),
    "carried": _row(
        409,
        "standards are decided elsewhere: this node carries the rulebook of {url}",
        "Take it back on that node: what it publishes is in force here within a minute.",
    ),
    "carries-none": _row(
        409,
        "this node goes by its own register",
        "openroots up --rulebook URL has it carry the rulebook of another.",
    ),
    "not-taken-over": _row(
        409,
        "no newer rulebook was taken over: {trouble}",
        "What was taken over before stays in force; openroots status tells of it.",
    ),
    "administrator-there": _row(
        409,
        "'{id}' is an administrator already",
        "openroots admin end takes the key back; then add them again for another.",
    ),
    "application-there": _row(
        409,
        "there is an application '{id}' already",
        "Give another by --id; openroots app rotate-key gives this one a new key.",
    ),
    "conflict": _row(409, "others were first to change this", "Look, and do it again."),
    "file-there": _row(409, "{file} is there already", "Name another file, or remove that one."),
    "file-not-written": _row(409, "{file} cannot be written: {cause}", "Name another place."),
    "state-not-written": _row(
        409, "{state} cannot be written: {cause}", "Make room, and restore again."
    ),
    "file-not-read": _row(409, "{file} cannot be read: {cause}", "Name another file."),
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

FAILURES = REFUSED | ASKED_WRONGLY | SANDBOXED | NOT_POSSIBLE


def rendered(failure: Failure) -> Json:
    """A failure that has been told, as a client gets it."""
    return {"error": failure.words, "mend": failure.mend}
