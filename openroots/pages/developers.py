"""What the page for developers shows: applications, and how each kind of token is got.

For `site.py`. Keys are shown of ready-made applications alone: these open nothing but a world of
made-up people.

Source: NHS England API platform, access modes; RFC 7523, for the signed JWT.
"""

import shlex
from collections.abc import Sequence
from typing import Protocol

from openroots.problem import Json
from openroots.register.kept import is_office


class Known(Protocol):
    """An application that a world knows from its beginning, and its key."""

    @property
    def key(self) -> str:
        """Its API key."""

    @property
    def body(self) -> Json:
        """Its registration."""


# Staff who can be asked for by name, where all people are made up.
STAFF_EXAMPLE = "staff:910000000012"
CITIZEN_EXAMPLE = "citizen:9000000009"

SCRIPT = ".venv/bin/python docs/examples/signed_jwt.py"
USUAL_FOLDER = "var"
USUALLY = ("http://localhost:1948", USUAL_FOLDER)  # as the script has them


def applications_shown(known: Sequence[Known]) -> list[Json]:
    """The ready-made applications, each with its key and what it may do."""
    return [
        {
            "id": one.body["id"],
            "name": one.body["name"],
            "supplier": "" if is_office(one.body) else one.body["supplier"],
            "setting": one.body["setting"],
            "key": one.key,
            "may": _may(one.body),
        }
        for one in known
    ]


def suppliers_of(known: Sequence[Known]) -> list[str]:
    """The suppliers of the ready-made applications that standards bind, each once."""
    return sorted({one.body["supplier"] for one in known if not is_office(one.body)})


def commands(known: Sequence[Known]) -> list[tuple[str, str]]:
    """What each kind of token is for, and the verb that gives one."""
    ask = f"token --app {known[0].body['id'] if known else 'ID'}"
    return [
        ("For the application itself", ask),
        ("For a member of staff", f"{ask} --as {STAFF_EXAMPLE}"),
        ("For a citizen", f"{ask} --as {CITIZEN_EXAMPLE}"),
    ]


def signed_call(known: Sequence[Known], origin: str, folder: str) -> str:
    """What runs the example of a call with a signed JWT against this world, whose keys are in a
    folder of its own; with places to fill in, where nobody's key is known."""
    if not known:
        return f"{SCRIPT} {origin} KEY PEM-FILE KID"
    if (origin, folder) == USUALLY:
        return SCRIPT
    kid = f"{known[0].body['id']}-1"
    pem = shlex.quote(f"{folder}/keys/applications/{kid}.pem")
    return f"{SCRIPT} {origin} {known[0].key} {pem} {kid}"


def _may(body: Json) -> str:
    """In a few words, what sets this application apart."""
    attributes = body.get("attributes", {})
    if is_office(body):
        return "Acts in the standards register"
    variables = attributes.get("apim-app-flow-vars", {})
    if "mns" in variables:
        return "Publishes and is told of every event"
    if "pds" in variables:
        return "Updates PDS records without a user"
    return "Nothing special"
