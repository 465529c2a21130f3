"""Telling: what changes next, and every step of a phase-out, to whoever it is about.

Steps follow from the decisions and need nobody to compute them in advance: the calendar, the feed
and what an application owes can be asked for any day. Only the signals have to be given once; they
are when their time has come, or when `POST /notices` is asked before anybody looked, and asking
again gives no signal again.

Source: RFC 5545 (iCalendar), RFC 4287 (Atom).
"""

from collections.abc import Iterable
from datetime import date, datetime

from openroots.problem import Problem
from openroots.register.bearer import Bearer, bearer_of
from openroots.register.conformance import SEEN, Tallied, state_of
from openroots.register.decision import Decision
from openroots.register.describe import summarise
from openroots.register.exemption import Exemption
from openroots.register.feeds import Event, atom, calendar
from openroots.register.kept import (
    applications_in,
    counts_of,
    decisions_in,
    exemptions_in,
    standards_in,
)
from openroots.register.standard import Standard
from openroots.register.telling import as_told, due_in, steps_of
from openroots.register.timeline import Mode, Stretch, begins, ends, stretch_at, timeline
from openroots.service import Reply, Request
from openroots.services.standards_register.asked import TEAM, day_asked, must_be, parameter, shown
from openroots.services.standards_register.declaration import (
    address,
    tells,
    writes,
)
from openroots.storage import Json, Snapshot

NAME = "Standards of the health service"


@tells("/changes", reads=6)
def list_changes(request: Request, db: Snapshot) -> Reply:
    """What changes next, for whom, and when."""
    on = day_asked(request)
    decisions = decisions_in(db)
    told = [
        {"standard": standard.id, "title": standard.title, **turn}
        for standard in standards_in(db, on)
        for turn in summarise(standard, on, decisions)["next"]
    ]
    return Reply({"on": on.isoformat(), "changes": sorted(told, key=lambda turn: turn["date"])})


@tells(
    "/calendar.ics",
    reads=13,
    query={"application": "Only what is about this application, its steps too."},
    offers=("text/calendar",),
    fails=("application-unknown",),
)
def show_calendar(request: Request, db: Snapshot) -> Reply:
    """What changes next as a calendar to subscribe to."""
    on, id = day_asked(request), parameter(request, "application")
    found = _steps_of(request, db, id, on) if id else _turns(request, db, on)
    return Reply(calendar(NAME, found))


@tells(
    "/feed.atom",
    reads=13,
    query={"application": "The steps that this application was told of instead."},
    offers=("application/atom+xml",),
    fails=("application-unknown",),
)
def show_feed(request: Request, db: Snapshot) -> Reply:
    """What was decided, the newest first, as a feed."""
    on = day_asked(request)
    link = f"{request.origin}{address(request.endpoint, 'feed.atom')}"
    titles = {standard.id: standard.title for standard in standards_in(db, on)}
    if id := parameter(request, "application"):
        steps = [one for one in _steps_of(request, db, id, on) if one.on <= on]
        told = [one._replace(at=begins(one.on)) for one in steps]
        return Reply(atom(NAME, link, begins(on), told))
    acts: list[Decision | Exemption] = [*decisions_in(db), *exemptions_in(db)]
    events = [
        Event(
            act.id,
            act.decided_at.date(),
            f"{act.kind}: {titles.get(act.standard, act.standard)}",
            act.reason,
            f"{request.origin}/standards/{act.standard}",
            act.decided_at,
        )
        for act in acts
        if act.decided_at <= ends(on)
    ]
    return Reply(atom(NAME, link, begins(on), events))


@tells(
    "/applications/{id}",
    reads=13,
    given={"id": "ashby-practice-system"},
    fails=("application-unknown",),
)
def show_application(request: Request, db: Snapshot) -> Reply:
    """What an application owes, by when, and how it meets each standard."""
    on, id = day_asked(request), request.params["id"]
    application = _application(db, id)
    return Reply(_owed(request, db, [application], on)[0])


@tells(
    "/suppliers/{supplier}",
    reads=13,
    given={"supplier": "Example Health Software"},
    fails=("supplier-unknown",),
)
def show_supplier(request: Request, db: Snapshot) -> Reply:
    """What a supplier owes, by when, for each of its applications."""
    on = day_asked(request)
    name = request.params["supplier"]
    own = [one for one in applications_in(db) if one.get("supplier") == name]
    if not own:
        raise Problem("supplier-unknown", id=shown(name))
    return Reply(
        {"supplier": name, "on": on.isoformat(), "applications": _owed(request, db, own, on)}
    )


@writes("/notices", reads=14, fails=("role-missing",))
def tell_what_is_due(request: Request, db: Snapshot) -> Reply:
    """Tell each supplier of the steps that have come and were not told yet."""
    must_be(request, TEAM)
    told = due_in(db, request.time)
    given = [as_told(notice, request.time) for notice in told]
    return Reply(
        {"told": [notice.to_json() for notice in told]},
        status=201,
        changes=tuple(change for change, _ in given),
        signals=tuple(signal for _, signal in given),
    )


class Register:
    """What stands in the register at a moment, for those who ask what is owed."""

    def __init__(
        self, db: Snapshot, on: date, moment: datetime, counts: Iterable[Tallied] = ()
    ) -> None:
        self.judging = [one for one in standards_in(db, on) if one.clauses]
        self.on = on
        self._moment = moment
        self._decisions, self._exemptions = decisions_in(db), exemptions_in(db)
        self._named = {name for one in self._exemptions for name in one.applications}
        self._stretches: dict[tuple[str, Bearer], Stretch] = {}
        self._seen: dict[tuple[str, str], list[Tallied]] = {}
        for count in counts:
            if count.day <= on:
                self._seen.setdefault((count.standard, count.application), []).append(count)

    def alike(self, bearer: Bearer) -> Bearer:
        """Whom an application stands like: of those that no exemption names, all that are of one
        care setting, type and region."""
        return bearer if bearer.application in self._named else bearer._replace(application="")

    def stretch(self, standard: Standard, alike: Bearer) -> Stretch:
        """How a standard stands for those alike, which is worked out once."""
        at = (standard.id, alike)
        if at not in self._stretches:
            stretches = timeline(standard, self._decisions, alike, self._exemptions)
            self._stretches[at] = stretch_at(stretches, self._moment)
        return self._stretches[at]

    def seen(self, standard: Standard, bearer: Bearer) -> list[Tallied]:
        """What was counted of an application."""
        return self._seen.get((standard.id, bearer.application), [])


def _owed(request: Request, db: Snapshot, own: list[Json], on: date) -> list[Json]:
    moment = request.time if on == request.time.date() else ends(on)
    only = own[0]["id"] if len(own) == 1 else ""
    counts = counts_of(db, application=only, since=on - SEEN)
    register = Register(db, on, moment, counts)
    steps: dict[str, list[Json]] = {}
    for one in steps_of(db, [bearer_of(each) for each in own], moment, counts):
        steps.setdefault(one.application, []).append(one.to_json())
    return [_owed_by(each, register, steps.get(each["id"], [])) for each in own]


def _owed_by(application: Json, register: Register, steps: list[Json]) -> Json:
    bearer = bearer_of(application)
    alike = register.alike(bearer)
    stand = ((one, register.stretch(one, alike)) for one in register.judging)
    return {
        "application": bearer.application,
        "supplier": application.get("supplier", ""),
        "setting": bearer.setting,
        "on": register.on.isoformat(),
        "standards": [
            _standing(one, stretch, stretch.mode, register.seen(one, bearer), register.on)
            for one, stretch in stand
            if stretch.mode  # else nothing is asked of it
        ],
        "steps": steps,
    }


def _standing(
    standard: Standard, stretch: Stretch, mode: Mode, seen: list[Tallied], on: date
) -> Json:
    """How an application stands with a standard."""
    state = state_of(seen, on)
    return {
        "standard": standard.id,
        "version": standard.version,
        "mode": mode.value,
        "since": stretch.since.isoformat() if stretch.since else None,
        "refusedFrom": stretch.refused_from.isoformat() if stretch.refused_from else None,
        "eased": stretch.eased or None,
        "state": state,
        "flag": _flag(state, mode.value),
        "lastSeen": max((one.day.isoformat() for one in seen), default=None),
    }


def _flag(state: str, mode: str) -> str:
    """Red where calls are refused, amber where they will be, green where all is well."""
    if state == "meets":
        return "green"
    if state == "not seen":
        return "grey"
    return {"refuse": "red", "warn": "amber"}.get(mode, "grey")


def _application(db: Snapshot, id: str) -> Json:
    for application in applications_in(db):
        if application["id"] == id:
            return application
    raise Problem("application-unknown", id=shown(id))


def _turns(request: Request, db: Snapshot, on: date) -> list[Event]:
    decisions = decisions_in(db)
    return [
        Event(
            f"{standard.id}.{turn['date']}.{turn['mode']}.{number}",
            date.fromisoformat(turn["date"]),
            f"{standard.title}: {turn['mode'] or turn['stage']}",
            ", ".join(turn["settings"]),
            f"{request.origin}/standards/{standard.id}",
            begins(on),
        )
        for standard in standards_in(db, on)
        for number, turn in enumerate(summarise(standard, on, decisions)["next"])
    ]


def _steps_of(request: Request, db: Snapshot, id: str, on: date) -> list[Event]:
    application = _application(db, id)
    titles = {standard.id: standard.title for standard in standards_in(db, on)}
    return [
        Event(
            step.id,
            step.on,
            f"{titles.get(step.standard, step.standard)}: {step.act}",
            step.words,
            f"{request.origin}/standards/{step.standard}",
            begins(on),
        )
        for step in steps_of(
            db,
            [bearer_of(application)],
            ends(on),
            counts_of(db, application=id, since=on - SEEN),
        )
    ]
