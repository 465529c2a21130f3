"""The page by which an installation gets its first administrator: the link leads to it.

For whoever sees the terminal on which the server was started. Looking at the page uses nothing up;
sending the form does. The key is shown on the answer alone, which no browser keeps.

Source: none.
"""

from typing import Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from openroots.identity.administrators import ID, NAME
from openroots.pages.frame import Frame, form_of
from openroots.problem import Problem

OVER = 410  # the same for a link that was used, is over, or never was
WRONG = {
    "name": "Enter your name, in 1 to 100 characters.",
    "id": "Enter an address as e-mail has it, such as sam.park@example.com.",
}
BUSY = "What you sent cannot be kept just now. Try again in a moment."


class Begins(Protocol):
    """The way in for a first administrator."""

    async def is_open(self, code: str) -> bool:
        """Whether the code of a link is good."""
        ...

    async def make(self, code: str, id: str, name: str) -> str:
        """The key of the administrator that is made; "" where the code is good no more."""
        ...


class BeginPage:
    """The page, a handler."""

    def __init__(self, frame: Frame, beginning: Begins) -> None:
        self._frame, self._beginning = frame, beginning

    async def page(self, request: Request) -> Response:
        """The form; by POST, the key."""
        try:
            return await self._answer(request, request.path_params["code"])
        except Problem:
            raise HTTPException(503, BUSY) from None

    async def _answer(self, request: Request, code: str) -> Response:
        if request.method != "POST":
            good = await self._beginning.is_open(code)
            return self._shown(form={}) if good else self._over()
        form = await form_of(request)
        name, id = form.get("name", ""), form.get("id", "").lower()
        fitting = {"name": NAME.fullmatch(name), "id": ID.fullmatch(id)}
        if wrong := {field: WRONG[field] for field, fits in fitting.items() if not fits}:
            good = await self._beginning.is_open(code)
            return self._shown(400, form=form, wrong=wrong) if good else self._over()
        key = await self._beginning.make(code, id, name)
        return self._shown(key=key, id=id) if key else self._over()

    def _over(self) -> Response:
        return self._shown(OVER, over=True)

    def _shown(self, status: int = 200, **shown: object) -> Response:
        return self._frame.html("begin.jinja", status=status, private=True, **shown)
