"""The pages of requests: the newest, as they are made; and one with why it was answered so.

For developers, where all people are made up. They show the server's token in a form, and each
button asks the tooling door with it: see `tools`. With JavaScript the list grows by itself; without
it, it is asked for again.

Source: WHATWG HTML, "Server-sent events"; HAR 1.2, pytest and Bruno, for what is downloaded.
"""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from starlette.requests import Request
from starlette.responses import Response

from openroots.pages.bodies import readable
from openroots.pages.door import Heard
from openroots.pages.frame import Frame, download
from openroots.pages.token_form import TokenForm, one_part
from openroots.pages.tools import Tools, named_in, sentences
from openroots.problem import Json

ALL = "/requests"
ASKED = {
    "title": "Requests",
    "lead": "What was asked of this server of late, as it is asked. See why each request was "
    "answered as it was, do it again, and take it along as a test.",
    "button_text": "Show requests",
}
KINDS = {"pytest": "A test for pytest", "bruno": "A Bruno collection", "har": "HAR"}
TYPES = {".har": "application/json", ".py": "text/x-python", ".zip": "application/zip"}
REFUSING = ("refused", "refuse", "unavailable")


class RequestsPages:
    """The pages about requests, one handler for all of their forms."""

    def __init__(self, frame: Frame, tools: Tools) -> None:
        self._tools = tools
        self._behind = TokenForm(frame, ALL, ASKED)

    async def page(self, request: Request) -> Response:
        """Where the token is asked for; by POST, the newest requests, one, or a file of them."""
        form = await self._behind.filled_in(request)
        if isinstance(form, Response):
            return form
        id = one_part(form["id"]) if form.get("id") else ""
        match form.get("do", ""):
            case "export":
                return await self._file(request, form, id)
            case "replay":
                return await self._again(request, form, id)
        return await (self._one(request, form, id) if id else self._all(request, form))

    async def _all(
        self, request: Request, form: Json, refused: Heard | None = None, **shown: object
    ) -> Response:
        """The newest; `refused` is what was just asked for in vain."""
        chosen = {name: form[name] for name in ("endpoint", "status") if form.get(name)}
        heard = await self._tools.get(request, form["token"], ALL, **chosen)
        if not heard.ok and chosen and heard.status == 400:
            field = named_in(heard)
            return await self._all(
                request, {"token": form["token"]}, heard, field=field, typed=chosen
            )
        if not heard.ok:
            return self._behind.asked_for(sentences(heard), heard.status)
        return self._behind.html(
            "requests.jinja",
            form,
            refused,
            requests=heard.body["requests"],
            kinds=KINDS,
            **shown,
        )

    async def _one(
        self, request: Request, form: Json, id: str, tried: Heard | None = None, **shown: object
    ) -> Response:
        """One request, whole, with its trail in words."""
        heard = await self._tools.get(request, form["token"], f"{ALL}/{id}")
        if not heard.ok:
            return await self._all(request, {"token": form["token"]}, heard)
        told = heard.body
        return self._behind.html(
            "request.jinja",
            form,
            tried,
            told=told,
            steps=_steps(told["trail"]),
            mends=mends_in(told["trail"]),
            bodies={side: readable(told[side]["body"]) for side in ("request", "response")},
            kinds=KINDS,
            **shown,
        )

    async def _again(self, request: Request, form: Json, id: str) -> Response:
        """Have the same asked once more, and show what is different."""
        heard = await self._tools.post(request, form["token"], f"{ALL}/{id}/replay", {})
        if not heard.ok:
            return await self._one(request, form, id, heard)
        found = [
            {"at": one["at"], **{side: _value(one, side) for side in ("first", "again")}}
            for one in heard.body["different"]
        ]
        shown = {"again": heard.body["again"], "different": found}
        return await self._one(request, form, id, heard, **shown)

    async def _file(self, request: Request, form: Json, id: str) -> Response:
        """One request, or all that are kept, as a file for another program."""
        kind, ids = form.get("as", ""), [id] if id else []
        heard = await self._tools.get(
            request, form["token"], f"{ALL}/export", **{"as": kind, "id": ids}
        )
        if not heard.ok:
            return await self._all(request, {"token": form["token"]}, heard)
        name, body = _packed(heard.body["files"])
        return download(body, TYPES[f".{name.rpartition('.')[2]}"], name)


def _steps(trail: Json | None) -> list[Json]:
    """What each step of the gateway decided, in words and with a tag; none where it is not kept."""
    steps = trail["steps"] if trail else []
    return [
        {"step": name, "outcome": outcome, "words": words, "tag": _tag(name, outcome, mend)}
        for name, outcome, words, mend in steps
    ]


def _tag(name: str, outcome: str, mend: str) -> tuple[str, str]:
    if name == "refused" or outcome.endswith(REFUSING):
        return ("Refused", "red")
    return ("Look here", "orange") if mend or name == "standard" else ("Fine", "green")


def mends_in(trail: Json | None) -> list[str]:
    """How to mend what was refused, and then what was warned of, each way once."""
    steps = trail["steps"] if trail else []
    refused = [step for step in steps if _tag(step[0], step[1], step[3])[0] == "Refused"]
    return list(dict.fromkeys(mend for *_, mend in [*refused, *steps] if mend))


def _value(one: Json, side: str) -> str:
    return readable(one[side]) or "nothing" if side in one else "nothing"


def _packed(files: dict[str, str]) -> tuple[str, bytes]:
    """One file as it is; several in an archive."""
    if len(files) == 1:
        [(name, text)] = files.items()
        return name, text.encode()
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(ZipInfo(name), text, ZIP_DEFLATED)  # of no date: the same each time
    return "requests.zip", packed.getvalue()
