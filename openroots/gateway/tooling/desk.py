"""What a function behind the tooling door gets: what was asked, and all that it may work with.

    @route("GET", "/standards/{id}")
    def show_standard(desk: Desk, asked: Asked) -> Json: ...

A plain function runs on a thread, since it may look through much; one that changes something is a
coroutine. `kept` routes leave an audit entry: those that change the world or show people. What may
be said is declared by `takes`, so that a slip of the pen is told and never passed over: what was to
be looked at, taken back, cleared or only tried would be something else.

Source: none.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from openroots.gateway.pipeline import Gateway
from openroots.problem import Json, Problem
from openroots.service import Query
from openroots.settings import Settings
from openroots.storage import Author, Change, Conflict, Mark
from openroots.storage.audit import Journal
from openroots.world import World

Renew = Callable[[Settings], Awaitable[None]]  # drop everything and seed again, as these say
Restore = Callable[[Path], Awaitable[Json]]  # put this saved state in the place of everything
Prune = Callable[[], Awaitable[Json]]  # let go of what is old; how much of each kind went

OPERATOR = "local operator"


class Sandboxes(Protocol):
    """The sandboxes beside a world."""

    def listed(self) -> list[Json]:
        """Each sandbox, as data."""
        ...

    async def create(self, wanted: Json) -> Json:
        """A new sandbox, as data. Raises Problem."""
        ...

    async def act(self, name: str, act: str, wanted: Json) -> Json:
        """What came of doing this to a sandbox. Raises Problem."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """One world with everything that its tooling works on. `sandboxes` are those beside it, where
    there can be any."""

    gateway: Gateway
    settings: Settings
    journal: Journal
    renew: Renew
    restore: Restore
    prune: Prune
    since: datetime
    sandboxes: Sandboxes | None = None

    @property
    def world(self) -> World:
        """The world that is served."""
        return self.gateway.world

    @property
    def trails(self) -> Path:
        """Where the trails of requests are kept."""
        return self.settings.state / "trails"

    @property
    def audit(self) -> Path:
        """Where the segments of the audit log are kept."""
        return self.settings.state / "audit"


@dataclass(slots=True)
class Asked:
    """One request to the tooling. What it turns out to be about is noted for its audit entry.
    `user` is the administrator who asks; "" where it is whoever has this machine's own token."""

    name: str
    trail: str
    params: Mapping[str, str]
    query: Query
    body: Json
    subjects: list[str] = field(default_factory=list)
    t: int | None = None
    user: str = ""

    def one(self, name: str, otherwise: str = "") -> str:
        """The value of a parameter that may be left out. Raises Problem for several, and for an
        empty one: left out, it would mean all, today or anybody."""
        values = self.query.get(name)
        if values is None:
            return otherwise
        if len(values) > 1:
            raise Problem("parameter-repeated", name=name, count=len(values))
        if not values[0]:
            raise Problem("parameter-empty", name=name)
        return values[0]

    @property
    def after(self) -> str:
        """The `next` of the page before; empty for the first, also where it is given so."""
        return self.one("after") if any(self.query.get("after", ())) else ""

    def number(self, name: str, otherwise: int, most: int) -> int:
        """A parameter that is a whole number from 1 on; one that is too large is the most."""
        text = self.one(name, str(otherwise))
        if not (text.isascii() and text.isdigit() and int(text)):
            raise wrong_value(name, text, "a whole number from 1 on", str(otherwise))
        return min(int(text), most)

    def day(self, name: str, otherwise: date) -> date:
        """A parameter that is a date."""
        text = self.one(name)
        if not text:
            return otherwise
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise wrong_value(name, text, "a date", "2027-04-01") from None

    def text(self, name: str, otherwise: str = "") -> str:
        """A member of the body that is text and may be left out."""
        value = self.body.get(name)
        if value is None:
            return otherwise
        if not isinstance(value, str):
            raise wrong_value(name, str(value), "text", "text")
        return value

    def texts(self, name: str) -> list[str]:
        """A member of the body that is a list of texts; one that is left out is empty."""
        given = self.body.get(name, [])
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise wrong_value(name, str(given)[:80], "a list of texts", '["..."]')
        return given

    def flag(self, name: str) -> bool:
        """A member of the body that is true or false; one that is left out is false."""
        value = self.body.get(name, False)
        if not isinstance(value, bool):
            raise wrong_value(name, str(value)[:80], "true or false", "true")
        return value

    def by(self, world: World) -> Author:
        """The author of what is committed for this request."""
        wall, time = world.wall.now(), world.time.now()
        return Author(OPERATOR, "", self.name, self.trail, wall, time)


def operator_entry(
    name: str,
    world: World,
    trail: str = "",
    subjects: Sequence[str] = (),
    t: int | None = None,
    user: str = "",
) -> Json:
    """The audit entry of something that the operator did or saw, from within or by the command.
    `user` is which administrator it was, where that is known."""
    return {
        "wall": world.wall.now(),
        "time": world.time.now(),
        "application": OPERATOR,
        "organisation": "",
        "access": "operator",
        "user": user,
        "endpoint": name,
        "subjects": list(subjects),
        "status": 200,
        "trail": trail,
        "t": t,
    }


def whole_path(given: object) -> Path:
    """The path that a client names for a file on this machine. Raises Problem."""
    if not isinstance(given, str) or "\0" in given or not Path(given).is_absolute():
        raise Problem("file-relative", file=str(given)[:200])
    return Path(given)


async def commit(
    desk: Desk, asked: Asked, changes: Sequence[Change], marks: Sequence[Mark] = ()
) -> None:
    """Commit this as the operator's. Raises Problem where others were first."""
    by = asked.by(desk.world)
    try:
        asked.t = await desk.world.store.commit(changes, marks=marks, by=by)
    except Conflict as error:
        raise Problem("conflict") from error


def wrong_value(name: str, given: str, wanted: str, example: str) -> Problem:
    """The refusal of a value: what it is called, what was given, what is wanted."""
    return Problem("value-wrong", name=name, given=given, wanted=wanted, example=example)


Answering = Callable[[Desk, Asked], Any]  # Json, or an awaitable of it
Declared = TypeVar("Declared", bound=Answering)


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that the tooling can be asked. `free` needs no token and no peer of its own;
    `takes` names all that it can be told: in the body of a POST, else by parameters. It is None
    where the function looks through the body itself."""

    method: str
    path: str
    answer: Answering
    kept: bool = False
    free: bool = False
    takes: Collection[str] | None = ()

    @property
    def parameters(self) -> Collection[str]:
        """All that its query may name."""
        return () if self.method == "POST" else self.takes or ()

    def refuse_strange(self, query: Query, body: Json) -> None:
        """Raises Problem for a parameter, or a member of the body, that means nothing here."""
        taken = ", ".join(self.takes or ())
        if strange := query.keys() - self.parameters:
            where = " in its body" if taken and self.method == "POST" else ""
            fields = {"name": min(strange)[:80], "taken": f"{taken or 'none'}{where}"}
            raise Problem("parameter-strange", path=self.path, **fields)
        if self.takes is not None and (strange := body.keys() - self.takes):
            fields = {"member": min(strange)[:80], "taken": taken or "no member"}
            raise Problem("member-strange", path=self.path, **fields)


class Routes(list[Route]):
    """The routes that one module declares."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        kept: bool = False,
        free: bool = False,
        takes: Collection[str] | None = (),
    ) -> Callable[[Declared], Declared]:
        """Declare the decorated function as the answer to this method on this path."""

        def declare(answer: Declared) -> Declared:
            self.append(Route(method, path, answer, kept, free, takes))
            return answer

        return declare
