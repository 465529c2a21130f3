"""The pages of events: an application's subscriptions, and what became of the events for each.

For whoever runs an application that is told of events. They show its key in a form; it goes from
one form to the next, and into no address, cookie or store. Each button asks the same API that the
application itself would ask, so a page can do no more than its key.

Source: none.
"""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from openroots.pages.door import Door, Heard, query_of, repeatable, shown_by
from openroots.pages.frame import Frame, form_of
from openroots.pages.start import new_request_id
from openroots.problem import Json
from openroots.world import World

BASE = "/multicast-notification-service"
SUBSCRIPTIONS = f"{BASE}/subscriptions"
WRONG = ["Enter the key of your application, or Bearer, a blank, and an access token."]

# What a button does, and what is said once it is asked for.
DEEDS = {
    "test": "A test event is on its way. Look again in a moment to see how it went.",
    "pause": "Events are held back from now on. None is lost; resume to have them delivered.",
    "resume": "Events are delivered again, and those that were held back are on their way.",
    "resend": "The event is sent again. Look again in a moment to see how it went.",
}
NO_PRODUCT = 502  # as is published of an application without a product id: "Internal server error"
NOT_SET_UP = [
    "This application is not set up for events: it was registered without the attribute product-id."
]
OF_THE_KEY = (400, 401, 403, NO_PRODUCT)  # as what is wrong with whoever asks is refused
HOLDS = {"pause": True, "resume": False}
LOOKS, BETWEEN_LOOKS = 10, 0.1  # how often, and seconds

STATES = {
    "following": ("Delivering", "green"),
    "behind": ("Catching up", "blue"),
    "replaying": ("Sending again", "blue"),
    "resting": ("Resting: it failed too often", "orange"),
    "paused": ("Paused", "grey"),
}


class EventsPages:
    """The pages about events, each a handler."""

    def __init__(self, frame: Frame, world: World, door: Door) -> None:
        self._frame, self._world, self._door = frame, world, door

    async def subscriptions(self, request: Request) -> Response:
        """Where the key is asked for; by POST, an application's subscriptions, or one of them."""
        if request.method != "POST":
            return self._asked_for_key()
        form = await form_of(request)
        headers = shown_by(form.get("key", ""))
        if headers is None:
            return self._asked_for_key(WRONG, 400)
        if form.get("id"):
            return await self._one(request, form, headers)
        return await self._all(request, form, headers)

    async def _all(self, request: Request, form: dict[str, str], headers: Json) -> Response:
        query = query_of(continue_from=form.get("after", ""))
        heard = await self._door.ask(request, "GET", SUBSCRIPTIONS, query=query, headers=headers)
        if not heard.ok:
            return self._asked_for_key(why_refused(heard), heard.status)
        bundle = heard.body
        return self._frame.html(
            "subscriptions.jinja",
            private=True,
            key=form["key"],
            subscriptions=bundle["entry"],
            after=_next_of(bundle),
        )

    async def _one(self, request: Request, form: dict[str, str], headers: Json) -> Response:
        """One subscription with its log, once what was asked for is asked for."""
        deed = form.get("do", "")
        done = await self._do(request, form, headers) if deed in DEEDS else None
        subscription = await self._at(request, form, headers)
        if not subscription.ok:
            return self._asked_for_key(why_refused(subscription), subscription.status)
        log = (await self._at(request, form, headers, "/deliveries")).whole
        refused = done if done and not done.ok else None
        return self._frame.html(
            "subscription.jinja",
            status=refused.status if refused else 200,
            private=True,
            key=form["key"],
            subscription=subscription.body,
            log=log,
            state=STATES[log["state"]],
            said_of_it=DEEDS.get(deed, "") if not refused else "",
            refusal_told=refused.refusal if refused else [],
            new_id=lambda: new_request_id(self._world),
        )

    async def _do(self, request: Request, form: dict[str, str], headers: Json) -> Heard:
        """Ask for what a button says; however often its form is sent, it is done once."""
        delivery = f"/{_part(form.get('delivery', ''))}" if form["do"] == "resend" else ""
        once = headers | repeatable(form.get("request_id", ""))
        path = f"/deliveries{delivery}/{form['do']}"
        done = await self._at(request, form, once, path, "POST")
        if done.ok and form["do"] in HOLDS:
            await self._settled(request, form, headers)
        return done

    async def _settled(self, request: Request, form: dict[str, str], headers: Json) -> None:
        """Wait a little, so that the page shows what was asked for where that is soon done."""
        for _ in range(LOOKS):
            log = await self._at(request, form, headers, "/deliveries")
            if not log.ok or (log.body["state"] == "paused") is HOLDS[form["do"]]:
                return
            await asyncio.sleep(BETWEEN_LOOKS)

    async def _at(
        self,
        request: Request,
        form: dict[str, str],
        headers: Json,
        path: str = "",
        method: str = "GET",
    ) -> Heard:
        at = f"{SUBSCRIPTIONS}/{_part(form['id'])}{path}"
        return await self._door.ask(request, method, at, headers=headers)

    def _asked_for_key(self, told: Any = (), status: int = 200) -> Response:
        field = "key" if status in OF_THE_KEY else ""
        return self._frame.html(
            "events.jinja", status=status, refusal_told=told, field=field, private=bool(told)
        )


def why_refused(heard: Heard) -> list[str]:
    """Why the API refused, as somebody can mend it."""
    return NOT_SET_UP if heard.status == NO_PRODUCT else heard.refusal


def _part(text: str) -> str:
    """One part of a path, whatever was sent: what holds another is none."""
    return text if text and "/" not in text else "-"


def _next_of(bundle: Json) -> str:
    """Where the list of subscriptions goes on; "" at its end."""
    for link in bundle["link"]:
        if link["relation"] == "next":
            return str(parse_qs(urlsplit(link["url"]).query)["continue_from"][0])
    return ""
