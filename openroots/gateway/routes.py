"""Which endpoint a method and a path mean, found from the declarations of the services.

For the pipeline. Paths are compared segment by segment, after decoding; so nothing like `..`,
`//` or an encoded slash can mean anything but itself, and what is no endpoint is unknown.

Source: none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from openroots.service import Endpoint, Service


@dataclass(frozen=True, slots=True)
class Route:
    """A path that fits: its endpoint by method, and what its parameters are."""

    service: Service
    endpoints: Mapping[str, Endpoint]
    params: Mapping[str, str]


class Router:
    """The endpoints of some services, by path. Raises ValueError where two would share one."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = sorted(services, key=lambda service: -len(service.base))
        self._fixed: dict[str, Route] = {}
        self._patterns: dict[str, list[tuple[list[str], dict[str, Endpoint]]]] = {}
        for service in self._services:
            self._add(service)

    def service(self, path: str) -> Service | None:
        """The service whose base this path is under; the longest base wins."""
        for service in self._services:
            if path.startswith(service.base) and path[len(service.base) :][:1] in ("", "/"):
                return service
        return None

    def find(self, service: Service, path: str) -> Route | None:
        """The route of a path that is under the service's base, or None. The base itself means what
        it means with a slash after it."""
        if fixed := self._fixed.get(f"{path}/" if path == service.base else path):
            return fixed
        segments = path[len(service.base) :].split("/")[1:]
        for pattern, endpoints in self._patterns[service.name]:
            params = _fit(pattern, segments)
            if params is not None:
                return Route(service, endpoints, params)
        return None

    def _add(self, service: Service) -> None:
        paths: dict[str, dict[str, Endpoint]] = {}
        for endpoint in service.endpoints:
            methods = paths.setdefault(endpoint.path, {})
            if endpoint.method in methods:
                raise ValueError(f"{endpoint.id} and {methods[endpoint.method].id} share a path")
            methods[endpoint.method] = endpoint
        self._patterns[service.name] = []
        for path, methods in paths.items():
            if "{" in path:
                self._patterns[service.name].append((path.split("/")[1:], methods))
            else:
                self._fixed[service.base + path] = Route(service, methods, {})


def _fit(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    params = {}
    for wanted, given in zip(pattern, segments, strict=True):
        if wanted[:1] == "{":
            params[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return params
