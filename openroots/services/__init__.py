"""The national services, one noun each. A module here that defines `service` is served.

For `app.py`. Adding a service is adding a file: nothing else names it.

Source: none.
"""

import importlib
import pkgutil
from collections.abc import Mapping

from openroots.service import Service
from openroots.validating import offer_validation


def find() -> list[Service]:
    """The `service` of every module in this folder, ordered by name, each with its twins; those
    that are FHIR APIs answer `$validate` too.

    Raises AttributeError, naming the module, where one does not define it, and ValueError where two
    define services of one name.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").service for name in names]
    _must_be_named_apart({name: service.name for name, service in zip(names, found, strict=True)})
    every = [one for service in found for one in (service, *service.twins)]
    return [offer_validation(service) for service in every]


def _must_be_named_apart(services: Mapping[str, str]) -> None:
    first: dict[str, str] = {}
    for module, name in services.items():
        if (other := first.setdefault(name, module)) != module:
            raise ValueError(f"{other} and {module} both define a service named {name}")


def served() -> dict[str, frozenset[str]]:
    """The names of the endpoints of each service: what a standard's clause can be about."""
    return {one.name: frozenset(each.name for each in one.endpoints) for one in find()}
