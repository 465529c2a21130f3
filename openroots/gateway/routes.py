"""Which endpoint a method and a path mean, found from the declarations of the services.

For the pipeline. Paths are compared segment by segment, after decoding; so nothing like `..`,
`//` or an encoded slash can mean anything but itself, and what is no endpoint is unknown. Once it
is clear which endpoint is meant, an encoded slash in a parameter is the slash of a name.

Source: none.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from openroots.gateway.wire import name_in
from openroots.service import Endpoint, Service


class Route(NamedTuple):
    """A path that fits: its endpoint by method, and what its parameters are."""

    service: Service
    endpoints: Mapping[str, Endpoint]
    params: Mapping[str, str]


class Pattern(NamedTuple):
    """A path with parameters: which segments are given, and what the others are called."""

    fixed: tuple[tuple[int, str], ...]
    named: tuple[tuple[int, str], ...]
    endpoints: Mapping[str, Endpoint]


class Router:
    """The endpoints of some services, by path. Raises ValueError where two would share one, or a
    service could not be reached."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = sorted(services, key=lambda service: -len(service.base))
        self._fixed: dict[str, Route] = {}
        self._patterns: dict[tuple[str, int], list[Pattern]] = {}  # by service and segments
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
        segments = path[len(service.base) :].split("/")
        for fixed_ones, named, endpoints in self._patterns.get((service.name, len(segments)), ()):
            for at, wanted in fixed_ones:
                if segments[at] != wanted:
                    break
            else:
                params = {name: segments[at] for at, name in named}
                if "%2" in path:
                    params = {name: name_in(segment) for name, segment in params.items()}
                return Route(service, endpoints, params)
        return None

    def _must_be_reached(self, service: Service) -> None:
        if not service.base.startswith("/") or service.base.endswith("/"):
            raise ValueError(f"{service.name}: '{service.base}' is no base, such as /oauth2")
        there = [one.name for one in self._services if one.base == service.base]
        if len(there) > 1:
            raise ValueError(f"{' and '.join(there)} share the base {service.base}")

    def _add(self, service: Service) -> None:
        self._must_be_reached(service)
        paths: dict[str, dict[str, Endpoint]] = {}
        for endpoint in service.endpoints:
            methods = paths.setdefault(endpoint.path, {})
            if endpoint.method in methods:
                raise ValueError(f"{endpoint.id} and {methods[endpoint.method].id} share a path")
            methods[endpoint.method] = endpoint
        for path, methods in paths.items():
            if "{" in path:
                pattern = _pattern(path, methods)
                size = path.count("/") + 1
                alike = self._patterns.setdefault((service.name, size), [])
                alike.append(pattern)
                alike.sort(key=lambda each: -len(each.fixed))  # what is named goes before a name
            else:
                self._fixed[service.base + path] = Route(service, methods, {})


def _pattern(path: str, endpoints: Mapping[str, Endpoint]) -> Pattern:
    segments = list(enumerate(path.split("/")))[1:]
    named = tuple((at, each[1:-1]) for at, each in segments if each[:1] == "{")
    fixed = tuple((at, each) for at, each in segments if each[:1] != "{")
    return Pattern(fixed, named, endpoints)
