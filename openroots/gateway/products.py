"""The API products of a world: what an application can be subscribed to, made from declarations.

For `app.py`, when a world is opened, and for whoever registers applications. Each service that asks
who comes has one product, with the scopes of the access modes that its endpoints permit; one that
privileged applications may use has a second, which nobody is subscribed to unasked. Each is of one
environment, as on the platform; a world has the products of its own alone.

Source: NHS England API platform, API products.
"""

from collections.abc import Iterable, Sequence

from openroots.identity import scopes
from openroots.identity.applications import PRODUCT
from openroots.problem import Json
from openroots.service import Access, Service
from openroots.storage import Change, Snapshot

KINDS = {
    Access.APPLICATION: scopes.APPLICATION,
    Access.HEALTHCARE_WORKER: scopes.WORKER,
    Access.PATIENT: scopes.PATIENT,
}
AUTO, MANUAL = "auto", "manual"


def products(services: Iterable[Service], environment: str) -> list[Json]:
    """The products that these services make, in this environment."""
    made = (product for service in services for product in _products_of(service))
    return [{**product, "environment": environment} for product in made]


def subscribed_to(made: Iterable[Json]) -> list[str]:
    """The ids of those products that any application may have."""
    return [product["id"] for product in made if product["approval"] == AUTO]


def missing(services: Sequence[Service], environment: str, db: Snapshot) -> list[Change]:
    """What to commit so that each service has its products. What was changed is left as it is."""
    wanted = products(services, environment)
    there = db.read([(PRODUCT, product["id"]) for product in wanted])
    return [
        Change(PRODUCT, product["id"], product, expect=0)
        for product in wanted
        if (PRODUCT, product["id"]) not in there
    ]


def _products_of(service: Service) -> list[Json]:
    modes = {mode for endpoint in service.endpoints for mode in endpoint.access}
    made = []
    if kinds := frozenset(kind for mode, kind in KINDS.items() if mode in modes):
        levels = {
            scopes.APPLICATION: [scopes.SIGNED_LEVEL, *([scopes.KEY_LEVEL] * service.by_key)],
            scopes.WORKER: ["aal2", "aal3"],
            scopes.PATIENT: ["P9"],
        }
        granted = scopes.scopes_of(service.product, kinds, levels)
        made.append(_product(service, service.product, AUTO, granted))
    if Access.PRIVILEGED in modes:
        scope = f"{scopes.PREFIX}app:{scopes.SIGNED_LEVEL}:{scopes.PRIVILEGED}{service.product}"
        made.append(_product(service, scopes.PRIVILEGED + service.product, MANUAL, [scope]))
    return made


def _product(service: Service, id: str, approval: str, granted: list[str]) -> Json:
    return {
        "id": id,
        "name": service.title,
        "api": service.product,
        "service": service.name,
        "approval": approval,
        "scopes": granted,
    }
