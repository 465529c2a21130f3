"""The pages of sandboxes: all of them, and one with its time and its faults.

For whoever runs this server, or has a seat at it. They show the server's token in a form, and each
button asks the tooling door with it: see `tools`. What cannot be undone is asked twice.

Source: none.
"""

from starlette.requests import Request
from starlette.responses import Response

from openroots.pages.door import Heard
from openroots.pages.frame import Frame, origin_of
from openroots.pages.token_form import TokenForm, one_part
from openroots.pages.tools import Tools, sentences
from openroots.problem import Json

ALL = "/sandboxes"
ASKED = {
    "title": "Sandboxes",
    "lead": "A whole health service of your own beside this one, with its own people, time and "
    "faults. Each developer, each job of a build and each seat of a workshop can have one.",
    "button_text": "Show sandboxes",
}
FIELDS = ("name", "people", "application")
SURE = {
    "drop": ("Drop", "It is gone then, with all that it holds. This cannot be undone."),
    "reset": ("Reset", "Its records, time and register are then as new. This cannot be undone."),
}
DONE = {
    "clock": "Its time was moved.",
    "drop": "{name} is gone.",
    "reset": "{name} is as new.",
}


class SandboxesPages:
    """The pages about sandboxes, one handler for all of their forms."""

    def __init__(self, frame: Frame, tools: Tools) -> None:
        self._tools = tools
        self._behind = TokenForm(frame, ALL, ASKED)

    async def page(self, request: Request) -> Response:
        """Where the token is asked for; by POST, all sandboxes, one, or what a button asks."""
        form = await self._behind.filled_in(request)
        if isinstance(form, Response):
            return form
        name = one_part(form.get("id", ""))
        match form.get("do", ""):
            case "create":
                return await self._create(request, form)
            case "drop" | "reset" as deed if form.get("sure") != "yes":
                verb, warning = SURE[deed]
                return self._behind.html(
                    "sure.jinja", form, name=name, deed=deed, verb=verb, warning=warning
                )
            case "drop" | "reset" as deed:
                done = await self._do(request, form, f"/{name}/{deed}", {})
                return await self._all(request, form, done, DONE[deed].format(name=name))
            case "clock":
                to = {"to": form.get("to", "")}
                moved = await self._do(request, form, f"/{name}/clock", to)
                return await self._one(request, form, name, moved)
            case "show":
                return await self._one(request, form, name)
        return await self._all(request, form)

    async def _all(
        self,
        request: Request,
        form: Json,
        tried: Heard | None = None,
        done: str = "",
        **shown: object,
    ) -> Response:
        """Every sandbox; `tried` is what came of what was just asked for, `done` says it."""
        heard = await self._tools.get(request, form["token"], ALL)
        if not heard.ok:
            return self._behind.asked_for(sentences(heard), heard.status)
        return self._behind.html(
            "sandboxes.jinja",
            form,
            tried,
            sandboxes=heard.body["sandboxes"],
            origin=origin_of(request),
            done_told=done,
            **shown,
        )

    async def _create(self, request: Request, form: Json) -> Response:
        wanted: Json = {name: form[name] for name in FIELDS if form.get(name)}
        if wanted.get("people", "").isdecimal():
            wanted["people"] = int(wanted["people"])
        made = await self._tools.post(request, form["token"], ALL, wanted)
        if not made.ok:
            return await self._all(request, form, made, wrong=_wrong(made))
        origin = origin_of(request)
        return self._behind.html("sandbox_made.jinja", form, made, made=made.body, origin=origin)

    async def _one(
        self, request: Request, form: Json, name: str, tried: Heard | None = None
    ) -> Response:
        """One sandbox; `tried` is what came of moving its time, if that was asked for."""
        heard = await self._tools.get(request, form["token"], f"{ALL}/{name}")
        if not heard.ok:
            return await self._all(request, form, heard)
        return self._behind.html(
            "sandbox.jinja",
            form,
            tried,
            sandbox=heard.body,
            origin=origin_of(request),
            done_told=DONE["clock"] if tried else "",
        )

    async def _do(self, request: Request, form: Json, path: str, given: Json) -> Heard:
        return await self._tools.post(request, form["token"], f"{ALL}{path}", given)


def _wrong(refused: Heard) -> Json:
    """Which field of the form a refusal is about, with the message that is shown beside it."""
    field = next((name for name in FIELDS[1:] if name in refused.refusal[0]), FIELDS[0])
    return {field: {"text": sentences(refused)[0]}}
