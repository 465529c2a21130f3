"""The page that tells a person who looked at their record.

For citizens. Nobody can prove here yet who they are, so it is there only where all people are made
up: whoever names one of them by their NHS number is taken to be that person. The number comes by
form; it is in no address, and what is shown is kept by no browser.

Source: none.
"""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from openroots.identifiers import NHSNumber
from openroots.pages.door import Door, Heard, query_of
from openroots.pages.frame import PRIVATE, Frame, form_of
from openroots.problem import Json
from openroots.register.feeds import table
from openroots.service import Access, Caller

PATH = "/access-log/me"
VISITOR = "web-pages"  # the application that a visitor of a page asks by
TABLE = "text/csv"
UNKNOWN = 401  # as the service answers somebody whom it does not know
MOST = "500"  # looks that are asked for at once, for a file
COLUMNS = (
    *("at", "organisation", "organisation_name", "kind", "name", "application", "did"),
    *("purpose", "emergency", "refused", "reason"),
)
WRONG = ["Enter an NHS number of 10 digits, the last of which checks the others."]
NOBODY = ["Nobody here has this NHS number."]
KINDS = {
    "staff": ("Staff", "blue"),
    "system": ("Computer system", "grey"),
    "you": ("You", "green"),
    "proxy": ("Acts for you", "green"),
    "operator": ("Runs this server", "grey"),
}


class LooksPage:
    """The page, a handler."""

    def __init__(self, frame: Frame, door: Door) -> None:
        self._frame, self._door = frame, door

    async def page(self, request: Request) -> Response:
        """The form; by POST, who looked, on the page or as a file."""
        if request.method != "POST":
            return self._frame.html("who_looked.jinja", form={})
        form = await form_of(request)
        try:
            person = _person(form.get("number", ""))
        except ValueError:
            return self._refused(WRONG, 400, form)
        as_file = form.get("as") == TABLE
        asked = {"count": MOST} if as_file else {"after": form.get("after", "")}
        heard = await self._ask(request, person, **asked)
        if heard.status == UNKNOWN:
            return self._refused(NOBODY, 404, form)
        if not heard.ok:
            return self._refused(heard.refusal, heard.status, form, field="")
        if as_file:
            return self._file(request, person, heard)
        return self._shown(heard.body)

    def _shown(self, told: Json) -> Response:
        return self._frame.html(
            "who_looked.jinja",
            private=True,
            person=told["person"],
            days=_by_day(told["groups"]),
            total=told["total"],
            after=_next_of(told),
            kinds=KINDS,
            here=VISITOR,
        )

    def _refused(
        self, told: list[str], status: int, form: dict[str, str], field: str = "number"
    ) -> Response:
        wrong = {"refusal_told": told, "field": field}
        return self._frame.html("who_looked.jinja", status=status, private=True, form=form, **wrong)

    def _file(self, request: Request, person: Caller, first: Heard) -> Response:
        headers = {"content-disposition": 'attachment; filename="who-looked.csv"', **PRIVATE}
        lines = self._lines(request, person, first)
        return StreamingResponse(lines, media_type=f"{TABLE}; charset=utf-8", headers=headers)

    async def _lines(self, request: Request, person: Caller, first: Heard) -> AsyncIterator[bytes]:
        """Every look as a line of a table, page after page; broken off where one is not given."""
        yield table(COLUMNS, ())
        told = first.body
        while True:
            whole = table(COLUMNS, [_line(group, look) for group, look in _each(told["groups"])])
            yield whole.split(b"\r\n", 1)[1]
            if not (after := _next_of(told)):
                return
            told = (await self._ask(request, person, count=MOST, after=after)).whole

    async def _ask(self, request: Request, person: Caller, **asked: str) -> Heard:
        return await self._door.ask(request, "GET", PATH, query=query_of(**asked), caller=person)


def _person(number: str) -> Caller:
    """The person with this number, as who asks. Raises ValueError where it is none."""
    bare = number.replace(" ", "").replace("-", "")
    return Caller(VISITOR, "", Access.PATIENT, NHSNumber(bare))


def _by_day(groups: list[Json]) -> dict[str, list[Json]]:
    days: dict[str, list[Json]] = {}
    for group in groups:
        days.setdefault(group["day"], []).append(group)
    return days


def _each(groups: list[Json]) -> list[tuple[Json, Json]]:
    return [(group, look) for group in groups for look in group["looks"]]


def _line(group: Json, look: Json) -> Json:
    return {
        "at": look["at"],
        "organisation": group["organisation"]["code"],
        "organisation_name": group["organisation"]["name"],
        "kind": look["by"]["kind"],
        "name": look["by"]["name"],
        "application": look["application"]["name"],
        "did": look["did"],
        "purpose": look["purpose"]["words"],
        "emergency": "yes" if look["breakGlass"] else "",
        "refused": "yes" if look["refused"] else "",
        "reason": look.get("reason", ""),
    }


def _next_of(told: Json) -> str:
    """Where the next page begins; "" at the end."""
    return parse_qs(urlsplit(told.get("next", "")).query).get("after", [""])[0]
