"""The pages of the standards register: all standards, one of them, a supplier, what comes next.

For anybody who wants to know what is asked of whom, and from when; as of any day. Whoever has an
opinion of a draft in consultation gives it here, by form.

Source: NHS digital service manual, for the patterns; GOV.UK, "Accessible rich text and dates".
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from openroots.gateway.wire import as_read, name_in
from openroots.pages import commenting, said
from openroots.pages.door import NO_DAY, Door, Heard, repeatable, shown_by
from openroots.pages.frame import Frame, form_of
from openroots.pages.register import first_refusal, stages_counted, standings_on, together
from openroots.pages.start import new_request_id
from openroots.pages.words import in_path
from openroots.problem import Json
from openroots.world import World

BASE = "/standards-register"
UNREADABLE = 400  # as the register answers a day that is none
NO_NAME = "Enter the name of a supplier."
NOBODYS = "No application here is of a supplier of this name. Enter it in the same letters."


class StandardsPages:
    """The pages about standards, each a handler."""

    def __init__(
        self, frame: Frame, world: World, door: Door, suppliers: Sequence[str] = ()
    ) -> None:
        self._frame, self._world, self._door = frame, world, door
        self._known = suppliers

    async def all(self, request: Request) -> Response:
        """Every standard and how it stands, and how many there are at each stage."""
        heard = await self._door.look(request, f"{BASE}/standards")
        if not heard.ok:
            return self._refused(heard, "standards.jinja", title="Standards")
        told = heard.body
        rulebook = self._world.rulebook
        shown = [
            {"standard": one, "standings": together(standings_on(one, rulebook))}
            for one in told["standards"]
        ]
        stages = stages_counted(told["stages"])
        return self._frame.html(
            "standards.jinja", standards=shown, stages=stages, **self._day(told["on"])
        )

    async def one(self, request: Request) -> Response:
        """One standard as it stands on a day; or, by POST, a comment on it."""
        if request.method == "POST":
            return await self._comment(request)
        return await self._standard(request)

    async def supplier(self, request: Request) -> Response:
        """What a supplier owes and by when, for anybody to see."""
        name = request.path_params["supplier"]
        heard = await self._door.look(request, f"{BASE}/suppliers/{name}")
        if not heard.ok:
            return self._refused(heard, "supplier.jinja", supplier=name_in(name))
        told, name = heard.body, heard.body["supplier"]
        shown = [{**one, "calendar": _calendar(one["application"])} for one in told["applications"]]
        return self._frame.html(
            "supplier.jinja",
            supplier=name,
            applications=shown,
            in_all=said.in_all(told["applications"]),
            steps=said.steps_by_day(told["applications"], told["on"]),
            titles=await self._titles(request),
            **self._day(told["on"]),
        )

    async def suppliers(self, request: Request) -> Response:
        """Where a supplier is looked for by name; its page is next, where there is one."""
        given = request.query_params.get("name")
        name = (given or "").strip()
        if not name:
            return self._suppliers("" if given is None else NO_NAME, UNREADABLE)
        at = f"{BASE}/suppliers/{as_read(name)}"
        if (await self._door.ask(request, "GET", at)).status == 404:
            return self._suppliers(NOBODYS, 404, name)
        return RedirectResponse(f"/suppliers/{in_path(name)}", 303)

    async def changes(self, request: Request) -> Response:
        """What changes next, and on which day."""
        heard = await self._door.look(request, f"{BASE}/changes")
        if not heard.ok:
            return self._refused(heard, "changes.jinja", title="What changes next")
        told = heard.body
        return self._frame.html(
            "changes.jinja", days=said.changes_by_day(told["changes"]), **self._day(told["on"])
        )

    def _suppliers(self, wrong: str, status: int, name: str = "") -> Response:
        return self._frame.html(
            "suppliers.jinja",
            status=status if wrong else 200,
            refusal_told=[wrong] if wrong else [],
            name=name,
            known=self._known,
        )

    async def _standard(self, request: Request, **shown: Any) -> Response:
        at = f"{BASE}/standards/{request.path_params['standard']}"
        heard = await self._look(request, at)
        if not heard.ok:
            return self._refused(heard, "standard.jinja", id=request.path_params["standard"])
        told = heard.body
        comments = (await self._look(request, f"{at}/comments")).whole
        meeting = (await self._look(request, f"{at}/conformance")).whole
        standings = standings_on(told, self._world.rulebook)
        day = self._day(told["on"])
        return self._frame.html(
            "standard.jinja",
            standard=told,
            standings=standings,
            refusal=first_refusal(standings, day["on"]),
            comments=comments,
            by_section=said.by_section(comments["comments"], told),
            meeting=meeting["applications"],
            request_id=new_request_id(self._world),
            **{"form": {}, **day, **shown},
        )

    async def _comment(self, request: Request) -> Response:
        """Give what was typed in to the register, and show the standard with what it said."""
        form = await form_of(request)
        key = form.get("key", "")
        headers = shown_by(key) if key else {}
        wrong = commenting.lacking(form)
        if headers is None:
            wrong["key"] = commenting.NO_KEY
        if headers is None or wrong:
            return await self._standard(request, status=400, wrong=wrong, form=form, private=True)
        headers |= {"content-type": "application/json", **repeatable(form.get("request_id", ""))}
        path = f"{BASE}/standards/{request.path_params['standard']}/comments"
        heard = await self._door.ask(
            request, "POST", path, headers=headers, body=commenting.body_of(form)
        )
        if heard.ok:
            return await self._standard(request, thanked=True, private=True)
        told = {"wrong": commenting.refused(heard), "form": form, "private": True}
        return await self._standard(request, status=heard.status, **told)

    async def _look(self, request: Request, path: str) -> Heard:
        """What is there as of the day asked for: a comment is always made today."""
        if request.method == "POST":
            return await self._door.ask(request, "GET", path)
        return await self._door.look(request, path)

    async def _titles(self, request: Request) -> dict[str, str]:
        """What the standards are called, by id."""
        heard = await self._door.look(request, f"{BASE}/standards")
        return {one["id"]: one["title"] for one in heard.body["standards"]} if heard.ok else {}

    def _refused(self, heard: Heard, template: str, **shown: Any) -> Response:
        """The page with why it cannot be shown; a page that is not there is told as such."""
        if heard.status == 404:
            raise HTTPException(404)
        if heard.status != UNREADABLE:
            raise HTTPException(heard.status, " ".join(heard.refusal))
        today = self._day(self._world.time.now().date().isoformat())
        return self._frame.html(
            template, status=heard.status, refusal_told=NO_DAY, **today, **shown
        )

    def _day(self, on: str) -> Json:
        """The day that is shown, and whether it is today here."""
        day, today = date.fromisoformat(on), self._world.time.now().date()
        return {"on": day, "today": today, "query": f"?on={on}" if day != today else ""}


def _calendar(application: str) -> str:
    """Where the steps that are about an application are, as a calendar."""
    return f"{BASE}/calendar.ics?{urlencode({'application': application})}"
