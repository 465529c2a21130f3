"""Asks the running server, by the tooling door, and turns its refusals into exit codes.

Source: none.
"""

import functools
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from openroots.cli.flags import setting_flags, settings_from
from openroots.cli.folder import Running, find_server, own_address
from openroots.cli.terminal import (
    CONFLICT,
    DEFECT,
    NOT_FOUND,
    REFUSED,
    UNREACHABLE,
    USAGE,
    Json,
    Stop,
    Verb,
    prints,
)
from openroots.settings import Settings

if TYPE_CHECKING:
    from http.client import HTTPConnection

BASE = "/_openroots"
NAME = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
PATIENCE = 600  # seconds: a large world takes its time to be saved or made anew
CODES = {
    **{400: USAGE, 405: USAGE, 413: USAGE},
    **{403: REFUSED, 404: NOT_FOUND, 409: CONFLICT, 503: UNREACHABLE, 507: CONFLICT},
}


class NotRunning(Stop):
    """No server of this folder answers."""

    def __init__(self, state: Path) -> None:
        mend = "openroots up starts one; --state names another folder."
        super().__init__(f"no server answers for the state folder {state}", mend, UNREACHABLE)


class Unanswered(NotRunning):
    """The server of this folder ended before it answered: what it was asked to do may be done."""


class Server:
    """The server of one state folder, or one sandbox of it."""

    def __init__(self, settings: Settings, sandbox: str = "") -> None:
        self.settings = settings
        self.state = settings.state
        self.sandbox = sandbox
        found = find_server(settings.state)
        self.where = found or Running(0, own_address(settings.host), settings.port)
        self._is_guess = not found and settings.origin("host") == "default"
        self.path = f"/sandbox/{sandbox}" if sandbox else ""
        if sandbox:
            self.state = _folder_of(settings.state, sandbox)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.where.url + self.path

    def get(self, path: str, **query: Any) -> Json:
        """What it answers to a question; parameters that are None are left out."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(given)}" if given else path)

    def post(self, path: str, **body: Any) -> Json:
        """What it answers when told to do something."""
        return self._ask("POST", path, json.dumps(body, default=str, ensure_ascii=False).encode())

    def call(
        self, method: str, path: str, headers: Mapping[str, str], body: str | bytes | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers by lower-case names and body of any answer of it."""
        from http.client import HTTPException

        connection = self._connection()
        try:
            connection.connect()
        except (OSError, HTTPException) as error:
            connection.close()
            raise NotRunning(self.state) from error
        try:
            connection.request(method, self.path + path, body, dict(headers))
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException, ValueError) as error:
            raise Unanswered(self.state) from error
        finally:
            connection.close()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, text

    @property
    def opening(self) -> dict[str, str]:
        """The headers that open its tooling door."""
        return {"X-OpenRoots-Token": self._token(), "Content-Type": "application/json"}

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Json:
        status, _, text = self.call(method, BASE + path, self.opening, body)
        try:
            answer: Json = json.loads(text)
        except ValueError as error:
            raise NotRunning(self.state) from error
        if status == 403 and self._is_guess:  # it is the server of another folder
            raise NotRunning(self.state)
        if status != 200:
            code = CODES.get(status, DEFECT)
            raise Stop(answer.get("error", str(answer)), answer.get("mend", ""), code)
        return answer

    def _connection(self) -> "HTTPConnection":
        from http.client import HTTPConnection, HTTPSConnection

        _, host, port, authority = self.where
        if not authority:
            return HTTPConnection(host, port, timeout=PATIENCE)
        import ssl

        trusting = ssl.create_default_context(cafile=authority)
        return HTTPSConnection(host, port, timeout=PATIENCE, context=trusting)

    def _token(self) -> str:
        try:
            return (self.state / "token").read_text("ascii").strip()
        except FileNotFoundError as error:
            if self.sandbox:
                raise _no_sandbox(self.sandbox) from error
            raise NotRunning(self.state) from error
        except NotADirectoryError as error:
            cause = f"{self.state} is no folder"
            raise Stop(cause, "Name the state folder by --state.", NOT_FOUND) from error
        except OSError as error:
            cause = f"{self.state / 'token'} cannot be read: {error.strerror}"
            raise Stop(cause, "Be the user who runs the server.", REFUSED) from error


def with_state(verb: Verb) -> Verb:
    """For a verb that is about a state folder: gives it a Server in the place of --state."""

    @setting_flags("state")
    @functools.wraps(verb)
    def finding(*args: Any, state: str | None, **given: Any) -> Any:
        return verb(Server(settings_from({"state": state})), *args, **given)

    return finding


def within(verb: Verb) -> Verb:
    """For a verb that asks a server: gives it a Server, or a sandbox of it, in the place of
    --state and --sandbox."""

    @setting_flags("state")
    @click.option("--sandbox", metavar="NAME", default="", help="Ask this sandbox of the server.")
    @functools.wraps(verb)
    def finding(*args: Any, state: str | None, sandbox: str, **given: Any) -> Any:
        return verb(Server(settings_from({"state": state}), sandbox), *args, **given)

    return finding


def asks(
    show: Callable[[Json], None],
    failed: Callable[[Json], bool] = lambda answer: False,
    *,
    of: Callable[[Verb], Verb] = within,
) -> Callable[[Verb], Verb]:
    """For a verb that asks a server and returns what it is told. See `terminal.prints`."""
    return lambda verb: prints(show, failed)(of(verb))


def _folder_of(state: Path, sandbox: str) -> Path:
    """The folder of a sandbox. Raises Stop where none can have that name."""
    if not NAME.fullmatch(sandbox):
        raise _no_sandbox(sandbox)
    return state / "sandboxes" / sandbox


def _no_sandbox(name: str) -> Stop:
    return Stop(f"there is no sandbox '{name}'", "openroots sandbox list names all.", NOT_FOUND)
