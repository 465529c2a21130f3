"""The form in which a page asks for the server's token, and the pages that are behind it.

For the pages about sandboxes, requests and one world. Whoever typed in a token is shown what it
opens, and it goes from form to form with them; whoever did not, or typed a wrong one, is asked for
it.

Source: house rules of OpenRoots.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from openroots.pages.door import Heard
from openroots.pages.frame import Frame, form_of
from openroots.pages.tools import sentences
from openroots.problem import Json

NO_TOKEN = ["Enter the token of this server, or your key as its administrator."]


class TokenForm:
    """Where a token is asked for, at this address and in these words."""

    def __init__(self, frame: Frame, action: str, words: Mapping[str, str]) -> None:
        self._frame, self._action, self._words = frame, action, words

    async def filled_in(self, request: Request) -> Json | Response:
        """What was sent with a token; without one, the page that asks for it."""
        if request.method != "POST":
            return self.asked_for()
        form = await form_of(request)
        return form if form.get("token") else self.asked_for(NO_TOKEN, 400)

    def asked_for(self, told: list[str] | None = None, status: int = 200) -> Response:
        """The page that asks for the token, and tells what was wrong with the last one."""
        return self._frame.html(
            "token.jinja",
            status=status,
            private=bool(told),
            refusal_told=told,
            action=self._action,
            **self._words,
        )

    def html(
        self, template: str, form: Json, tried: Heard | None = None, **shown: object
    ) -> Response:
        """A page; where what was tried was refused, with why, and nothing is said to be done."""
        told = {"private": True, "form": form, "token": form["token"], **shown}
        if tried is not None and not tried.ok:
            told |= {"refusal_told": sentences(tried), "done_told": "", "status": tried.status}
        return self._frame.html(template, **told)


def one_part(text: str) -> str:
    """One part of a path, whatever was sent: what is empty or holds another is none."""
    return text if text and "/" not in text else "-"
