"""The page that answers "which of my people have changed since?", for a list that is pasted in, or
that was once and is kept under a name.

For a care home, a small practice or anybody else who looks after people and takes no events. A list
without a name is not kept; each answer says where the next is to go on from.

Source: none.
"""

import re

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openroots.pages.door import Door, Heard, query_of, shown_by
from openroots.pages.events import BASE, NO_PRODUCT, WRONG, why_refused
from openroots.pages.frame import Frame, download, form_of

TABLE = "text/csv"
DAY = re.compile(r"\s*(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})\s*", re.ASCII)  # as people write it
TEXT = {"content-type": "text/plain"}
LISTS = f"{BASE}/lists"
UNKNOWN = Heard(
    404, {}, b'{"errors": "No list is kept under this name. Enter its NHS numbers too."}'
)
TROUBLE = 429  # from here on a status is no mistake of what was typed in
FIELDS = {"since": "since", "name": "list"}  # where the API has these; all else is in the numbers
PARTS = {
    "address": "Address",
    "birthDate": "Date of birth",
    "contact": "Contacts",
    "deceasedDateTime": "Date of death",
    "gender": "Gender",
    "generalPractitioner": "General practice",
    "managingOrganization": "Organisation in charge",
    "multipleBirthInteger": "Order of birth",
    "name": "Name",
    "nhsNumber": "NHS number",
    "record": "The record is new",
    "telecom": "Telephone or email",
}


class PeopleChangedPage:
    """The page, a handler."""

    def __init__(self, frame: Frame, door: Door) -> None:
        self._frame, self._door = frame, door

    async def page(self, request: Request) -> Response:
        """The form; by POST, who has changed, on the page or as a file."""
        if request.method != "POST":
            return self._frame.html("people_changed.jinja", form={}, parts=PARTS)
        form = await form_of(request)
        headers = shown_by(form.get("key", ""))
        if headers is None:
            return self._refused(WRONG, 400, form, "key")
        as_file = form.get("as") == TABLE
        heard = await self._ask(request, form, headers, as_file=as_file)
        if not heard.ok:
            return self._refused(why_refused(heard), heard.status, form, _field(heard))
        if as_file:
            return download(heard.raw, f"{TABLE}; charset=utf-8", "changed-people.csv")
        if form.get("list"):
            form["numbers"] = ""  # they are kept: to ask again needs the name alone
        return self._frame.html(
            "people_changed.jinja", private=True, form=form, told=heard.body, parts=PARTS
        )

    async def _ask(
        self, request: Request, form: dict[str, str], headers: dict[str, str], *, as_file: bool
    ) -> Heard:
        method, path, text = "POST", f"{BASE}/changes", form.get("numbers", "")
        if name := form.get("list", "").strip():
            there = await self._list(request, name, text, headers)
            if not there.ok:
                return there
            method, path, text = "GET", f"{BASE}/lists/{there.body['id']}/changes", ""
        query = query_of(since=_since(form.get("since", "")))
        sent = headers | TEXT if text or method == "POST" else headers
        sent = sent | ({"accept": TABLE} if as_file else {})
        return await self._door.ask(
            request, method, path, query=query, headers=sent, body=text.encode()
        )

    async def _list(self, request: Request, name: str, text: str, headers: dict[str, str]) -> Heard:
        """The list of this name, or id; with these numbers from now on, where there are any."""
        heard = await self._door.ask(request, "GET", LISTS, headers=headers)
        if not heard.ok:
            return heard
        found = [one for one in heard.body["lists"] if name in (one["name"], one["id"])]
        if text.strip():
            method, path = ("PUT", f"{LISTS}/{found[0]['id']}") if found else ("POST", LISTS)
            query = query_of(name=found[0]["name"] if found else name)
            made = await self._door.ask(
                request, method, path, query=query, headers=headers | TEXT, body=text.encode()
            )
            if not made.ok or not found:
                return made
        return Heard(200, {}, orjson.dumps(found[0])) if found else UNKNOWN

    def _refused(self, told: list[str], status: int, form: dict[str, str], field: str) -> Response:
        return self._frame.html(
            "people_changed.jinja",
            status=status,
            private=True,
            form=form,
            parts=PARTS,
            refusal_told=told,
            field=field,
        )


def _field(refused: Heard) -> str:
    """Which field of the form a refusal is about; "" where it is about none."""
    if refused.status in (401, 403, NO_PRODUCT):
        return "key"
    if refused.status >= TROUBLE:
        return ""
    if refused is UNKNOWN:
        return "list"
    wrong = refused.body.get("validationErrors") if isinstance(refused.body, dict) else None
    return FIELDS.get(next(iter(wrong or {}), ""), "numbers")


def _since(text: str) -> str:
    """What the API is asked: a day that is written as 1/11/2026 as it writes days."""
    found = DAY.fullmatch(text)
    return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else text.strip()
