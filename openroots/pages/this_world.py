"""The pages of the world that answers here: its time, its faults, and who is loaded into it.

For whoever tries a client against it. A sandbox has the same pages beneath its own path, with its
own token. They show the token in a form, and each button asks the tooling door with it: see
`tools`.

Source: none.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from openroots.pages.door import Heard
from openroots.pages.frame import Frame
from openroots.pages.token_form import TokenForm
from openroots.pages.tools import Tools, named_in, sentences
from openroots.problem import Json

CLOCK, FAULTS, PEOPLE = "/clock", "/faults", "/people"
TEXTS, NUMBERS = ("do", "endpoint", "row", "application"), ("every", "times", "ms")
ASKED = {
    CLOCK: {
        "title": "The time here",
        "lead": "Move the time of this made-up world, to see today what holds on another day: "
        "standards, agreements, ages and whatever is due.",
        "button_text": "Show the time",
    },
    FAULTS: {
        "title": "Faults",
        "lead": "Make trouble on purpose, to see what your client does then: errors, slow answers, "
        "lost connections, events that come twice.",
        "button_text": "Show faults",
    },
    PEOPLE: {
        "title": "Load people",
        "lead": "Bring people of your own into this made-up world, each checked as a new record "
        "is.",
        "button_text": "Go on",
    },
}

NOBODY = Heard(400, {}, b'{"error": "paste the people that you have in mind"}')

Shows = Callable[[Request, Json], Awaitable[Response]]


class ThisWorldPages:
    """The pages about one world, each a handler of all of its forms."""

    def __init__(self, frame: Frame, tools: Tools) -> None:
        self._tools = tools
        self._behind = {at: TokenForm(frame, at, words) for at, words in ASKED.items()}

    async def clock(self, request: Request) -> Response:
        """Where the token is asked for; by POST, the time, moved first where that is asked."""
        return await self._shown(request, CLOCK, self._clock)

    async def faults(self, request: Request) -> Response:
        """Likewise the faults that are in place, after one was put there or taken away."""
        return await self._shown(request, FAULTS, self._faults)

    async def people(self, request: Request) -> Response:
        """Likewise the form for people, with what came of those that were pasted into it."""
        return await self._shown(request, PEOPLE, self._people)

    async def _shown(self, request: Request, address: str, shows: Shows) -> Response:
        form = await self._behind[address].filled_in(request)
        if isinstance(form, Response):
            return form
        return await shows(request, form)

    async def _clock(self, request: Request, form: Json) -> Response:
        to, moved = form.get("to"), None
        if to is not None:
            moved = await self._tools.post(request, form["token"], CLOCK, {"to": to})
        done = "The time was moved."
        return await self._told(request, form, CLOCK, "clock.jinja", moved, done)

    async def _faults(self, request: Request, form: Json) -> Response:
        tried, done = None, ""
        match form.get("ask"):
            case "add":
                done = "The fault is in place."
                tried = await self._tools.post(request, form["token"], FAULTS, _fault(form))
            case "clear":
                given = {"id": form["id"]} if form.get("id") else {}
                done = "The fault is gone." if given else "All faults are gone."
                tried = await self._tools.post(request, form["token"], f"{FAULTS}/clear", given)
        return await self._told(request, form, FAULTS, "faults.jinja", tried, done)

    async def _people(self, request: Request, form: Json) -> Response:
        loaded = None
        if form.get("ask") and not form.get("text", "").strip():
            loaded = NOBODY
        elif form.get("ask"):
            given = {
                "text": form.get("text", ""),
                "any_number": form.get("any_number") == "yes",
                "check": form["ask"] == "check",
            }
            loaded = await self._tools.post(request, form["token"], f"{PEOPLE}/load", given)
        return await self._told(request, form, PEOPLE, "people_load.jinja", loaded)

    async def _told(
        self,
        request: Request,
        form: Json,
        address: str,
        template: str,
        tried: Heard | None,
        done: str = "",
    ) -> Response:
        """The page as all stands after what was tried, with what came of that."""
        # To see who may load people nobody's record need be looked at.
        asked = CLOCK if address == PEOPLE else address
        heard = await self._tools.get(request, form["token"], asked)
        behind = self._behind[address]
        if not heard.ok:
            return behind.asked_for(sentences(heard), heard.status)
        went = tried is not None and tried.ok
        told: Json = {
            "refusal_told": [],
            "done_told": done if went else "",
            "came": tried.body if tried is not None and went else None,
            "here": heard.body,
            "field": _field(tried),
        }
        return behind.html(template, form, tried, **told)


def _field(tried: Heard | None) -> str:
    """Which field of the form about faults a refusal is about, as it names it first."""
    if tried is None or tried.ok:
        return ""
    named = "application" if "application" in tried.refusal[0] else named_in(tried)
    return named if named in (*TEXTS, *NUMBERS) else "endpoint"


def _fault(form: Json) -> Json:
    """What was typed in of a fault, as the tooling door takes it; it says what cannot be."""
    texts = {name: form[name] for name in TEXTS if form.get(name)}
    numbers = {
        name: int(form[name]) if form[name].isascii() and form[name].isdigit() else form[name]
        for name in NUMBERS
        if form.get(name)
    }
    return texts | numbers
