"""What an application may publish and subscribe to, by the attributes of its registration.

    {"product-id": "P.1A2-B3C", "apim-app-flow-vars": {"mns": {"permissions":
        "events:create:example-event-1,events:subscribe:pds-change-of-gp-2"}}}

Where nobody is asked who they are, everything of the catalogue is permitted, as in the public
sandbox. `*` stands for every type of the catalogue.

Source: Multicast Notification Service API, the attributes that its tests give to applications;
the wording of the permission to subscribe is ours.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from openroots.service import Caller, Problem
from openroots.service.caller import NO_ATTRIBUTES
from openroots.services.events.names import CATALOGUE, EVENT_TYPE, OURS

FLOW_VARIABLES = "apim-app-flow-vars"
PRODUCT = "product-id"
CREATE, SUBSCRIBE = "events:create:", "events:subscribe:"
ALL = "*"
UNREGISTERED = "open-access"  # the application of those whom nobody asks


def is_asked(caller: Caller) -> bool:
    """Whether it is known which registered application asks."""
    return caller.application != UNREGISTERED or bool(caller.ods_code)


def check_product(caller: Caller) -> None:
    """Raises Problem for a registered application that belongs to no product."""
    if is_asked(caller) and not caller.attributes.get(PRODUCT):
        raise Problem("no-product-id")


def check_may_publish(caller: Caller, type: str) -> None:
    """Raises Problem where this caller may not publish events of this type."""
    if not is_asked(caller):
        return
    granted = permitted(caller, CREATE)
    if not granted:
        raise Problem("unauthorised")
    if type not in granted and ALL not in granted:
        raise Problem("type-refused")


def check_may_subscribe(caller: Caller, type: str) -> None:
    """Raises Problem where this caller may not be told of events of this type."""
    granted = permitted(caller, SUBSCRIBE)
    if is_asked(caller) and type not in granted and ALL not in granted:
        raise Problem("unauthorised")


def is_known(type: object, caller: Caller, verb: str) -> bool:
    """Whether there are events of this type: in the catalogue, or by the caller's permission."""
    if not isinstance(type, str) or not EVENT_TYPE.fullmatch(type) or type.startswith(OURS):
        return False
    return type in CATALOGUE or type in permitted(caller, verb)


def permitted(caller: Caller, verb: str) -> frozenset[str]:
    """The types of event for which the caller has this permission."""
    variables: Any = caller.attributes.get(FLOW_VARIABLES, NO_ATTRIBUTES)
    service = variables.get("mns") if isinstance(variables, Mapping) else None
    told = service.get("permissions") if isinstance(service, Mapping) else None
    return frozenset(words.removeprefix(verb) for words in _each(told) if words.startswith(verb))


def _each(told: Any) -> Iterable[str]:
    """Permissions are written one after the other, with commas between, or as a list."""
    if isinstance(told, str):
        return [words.strip() for words in told.split(",")]
    return [words for words in told if isinstance(words, str)] if isinstance(told, tuple) else []
