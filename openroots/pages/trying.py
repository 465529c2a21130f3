"""The page on which an endpoint is tried: a form with all that it can be sent, and its answer.

For developers, where all people are made up. What is sent is what was typed in, no header more; it
goes through the gateway's door like any request, so that its answer, a refusal too, is the one that
a program gets. It works without JavaScript, and keeps nothing of what was typed in.

Source: none.
"""

import re
import shlex
from urllib.parse import urlencode

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from openroots.gateway.catalogue import PARAMETER, filled_in
from openroots.gateway.pipeline import Gateway
from openroots.pages.bodies import readable
from openroots.pages.door import LOST, Door, Heard
from openroots.pages.frame import Frame, form_of, origin_of
from openroots.pages.start import examples
from openroots.problem import Json
from openroots.service import Endpoint, Service

CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
# What any API takes, with what is said of it: by the first two a caller shows who they are.
ANYHOW = {
    "apikey": "The key of an application.",
    "Authorization": "`Bearer`, a blank, and an access token.",
    "Prefer": "What kind of answer is wanted, such as `return=OperationOutcome`.",
    "If-None-Match": "An ETag: 304 is answered where nothing has changed since.",
}


class TryPage:
    """The page, a handler."""

    def __init__(self, frame: Frame, gateway: Gateway, door: Door) -> None:
        self._frame, self._gateway, self._door = frame, gateway, door

    async def page(self, request: Request) -> Response:
        """The form of an endpoint; by POST, the answer too."""
        service = self._service(request.path_params["service"])
        known = endpoints_by_id(service)
        chosen = request.query_params.get("endpoint", next(iter(known), ""))
        if chosen not in known:
            raise HTTPException(404)
        endpoint = known[chosen]
        if request.method != "POST":
            return self._html(service, chosen, known, self._fields(endpoint), {})
        form = await form_of(request)
        fields = self._fields(endpoint, form)
        path = PARAMETER.sub(lambda found: form.get(f"path.{found[1]}", ""), endpoint.path)
        query = urlencode(_given(form, "query."))
        headers = {name: CONTROLS.sub(" ", one) for name, one in _given(form, "header.").items()}
        body = form.get("body", "") if endpoint.takes else ""
        if body:
            headers.setdefault("Content-Type", endpoint.takes[0])
        heard = await self._door.ask(
            request,
            endpoint.method,
            service.base + path,
            query=query.encode(),
            headers={name.lower(): value for name, value in headers.items()},
            body=body.encode(),
            exactly=True,
        )
        url = f"{origin_of(request)}{service.base}{path}{f'?{query}' if query else ''}"
        told = {"heard": _told(heard), "command": _command(endpoint.method, url, headers, body)}
        return self._html(service, chosen, known, fields, told)

    def _html(
        self, service: Service, chosen: str, known: dict[str, Endpoint], fields: Json, told: Json
    ) -> Response:
        return self._frame.html(
            "trying.jinja",
            private=bool(told),
            api=service,
            endpoint=known[chosen],
            chosen=chosen,
            known=known,
            fields=fields,
            **told,
        )

    def _fields(self, endpoint: Endpoint, form: Json | None = None) -> Json:
        """Each field of the form: its name, what it is, and what is in it."""
        filled = filled_in(endpoint, examples(self._gateway.world))
        headers = {rule.name: rule.words for rule in endpoint.rules}
        headers |= {name: words for name, words in ANYHOW.items() if name not in headers}
        usual = {rule.name: filled.get(rule.name, rule.example) for rule in endpoint.strict_rules}
        given = {f"header.{name}": value for name, value in usual.items()}
        given |= {f"path.{name}": filled.get(name, "") for name in PARAMETER.findall(endpoint.path)}
        given |= {f"query.{name}": filled.get(name, "") for name in endpoint.query}
        if endpoint.example is not None:
            given["body"] = orjson.dumps(endpoint.example, option=orjson.OPT_INDENT_2).decode()
        shown = given if form is None else form
        parts = {"path": dict.fromkeys(PARAMETER.findall(endpoint.path), "")}
        parts |= {"query": dict(endpoint.query), "header": headers}
        made: Json = {
            part: [
                {"name": name, "words": words, "value": shown.get(f"{part}.{name}", "")}
                for name, words in named.items()
            ]
            for part, named in parts.items()
        }
        return {**made, "body": shown.get("body", "")}

    def _service(self, name: str) -> Service:
        found = next((one for one in self._gateway.services if one.name == name), None)
        if found is None or not found.endpoints:
            raise HTTPException(404)
        return found


def endpoints_by_id(service: Service) -> dict[str, Endpoint]:
    """The endpoints by the ids that they have on pages: of several with one name, as `validate` of
    each type is, the first has the bare name."""
    found: dict[str, Endpoint] = {}
    for number, endpoint in enumerate(service.endpoints, 1):
        bare = endpoint.name
        found[bare if bare not in found else f"{bare}-{number}"] = endpoint
    return found


def _given(form: Json, kind: str) -> dict[str, str]:
    """What was typed into the fields of one kind."""
    found = {name.removeprefix(kind): one for name, one in form.items() if name.startswith(kind)}
    return {name: one for name, one in found.items() if one}


def _told(heard: Heard) -> Json:
    """The answer, as the page shows it; a status of 0 says that there was none."""
    if heard is LOST:
        return {"status": 0}
    text = readable(heard.body if heard.body is not None else heard.raw.decode("utf-8", "replace"))
    trail = heard.headers.get("X-OpenRoots-Trail", heard.headers.get("x-openroots-trail", ""))
    return {"status": heard.status, "headers": heard.headers, "text": text, "trail": trail}


def _command(method: str, url: str, headers: dict[str, str], body: str) -> str:
    """The same as a command to copy."""
    lines = [f"curl {shlex.quote(url)}", *([] if method == "GET" else [f"-X {method}"])]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    return " \\\n  ".join([*lines, *([f"-d {shlex.quote(body)}"] if body else [])])
