"""The pages of programmes: how many cases stand at each stage on a day, and which these are.

For anybody who wants to know how far a programme has come: "7 connected, 11 coming, 49 approved",
as of any day. What is shown is what the register answers to anybody.

Source: NHS digital service manual, for the patterns.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from openroots.pages.door import NO_DAY, Door, Heard
from openroots.pages.frame import Frame
from openroots.problem import Json
from openroots.world import World

BASE = "/standards-register/programmes"
UNREADABLE = 400  # as the register answers a day that is none


class ProgrammesPages:
    """The pages about programmes, each a handler."""

    def __init__(self, frame: Frame, world: World, door: Door) -> None:
        self._frame, self._world, self._door = frame, world, door

    async def all(self, request: Request) -> Response:
        """Every programme, and its cases counted by stage."""
        known = (await self._door.ask(request, "GET", BASE)).whole["programmes"]
        counts = []
        for programme in known:
            heard = await self._door.look(request, f"{BASE}/{programme['id']}")
            if not heard.ok:
                return self._refused(heard, "programmes.jinja", programmes=[])
            counts.append({**programme, **_counted(heard.body)})
        return self._html("programmes.jinja", counts[0]["on"], programmes=counts)

    async def one(self, request: Request) -> Response:
        """One programme: its stages with how many cases stand there, and these by name."""
        id = request.path_params["programme"]
        heard = await self._door.look(request, f"{BASE}/{id}")
        if not heard.ok:
            return self._refused(heard, "programme.jinja", programme={"id": id, "title": id})
        told = heard.body
        cases = (await self._door.look(request, f"{BASE}/{id}/cases")).whole
        programme = {**told["definition"], **_counted(told)}
        return self._html("programme.jinja", told["on"], programme=programme, cases=cases)

    def _refused(self, heard: Heard, template: str, **shown: Any) -> Response:
        """The page with why it cannot be shown; a page that is not there is told as such."""
        if heard.status == 404:
            raise HTTPException(404)
        if heard.status != UNREADABLE:
            raise HTTPException(heard.status, " ".join(heard.refusal))
        today = self._world.time.now().date().isoformat()
        told = {"status": heard.status, "refusal_told": NO_DAY, **shown}
        return self._html(template, today, **told)

    def _html(self, template: str, on: str, **shown: Any) -> Response:
        day, today = date.fromisoformat(on), self._world.time.now().date()
        query = f"?on={on}" if day != today else ""
        return self._frame.html(template, on=day, today=today, query=query, **shown)


def _counted(told: Mapping[str, Any]) -> Json:
    """The count as a page shows it: its words by stage, and how many cases there are in all."""
    stages = told["stages"]
    return {
        "on": told["on"],
        "sentence": told["sentence"],
        "counts": stages,
        "words": {one["stage"]: one["words"] for one in stages},
        "total": sum(one["count"] for one in stages),
    }
