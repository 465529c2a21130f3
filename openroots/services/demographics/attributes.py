"""What the attributes of an application let it see and do, beyond what its access mode does.

For the endpoints of this service. Attributes belong to the registration of an application, as its
supplier agreed it; what a client sends in a request adds nothing to them.

Source: PDS FHIR API, the custom attributes that its tests give to applications.
"""

from collections.abc import Mapping
from typing import Any

from openroots.service import Access, Caller
from openroots.service.caller import NO_ATTRIBUTES

FLOW_VARIABLES = "apim-app-flow-vars"
REASONS = "return-confidential-reason-for-removal"
CONSENT = "return-nhs-record-sharing-consent"
EMPTY_LINES = "return-empty-address-lines"


def may_update(caller: Caller) -> bool:
    """Applications without a user whose flow variables say pds, app-restricted, update."""
    grants: Any = caller.attributes.get(FLOW_VARIABLES, NO_ATTRIBUTES)
    for name in ("pds", "app-restricted", "update"):
        grants = grants.get(name) if isinstance(grants, Mapping) else None
    return caller.access is Access.APPLICATION and grants is True


def sees_reasons(caller: Caller) -> bool:
    """Whether confidential reasons for removal from registration are told to this caller."""
    return caller.access is Access.PRIVILEGED or _has(caller, REASONS)


def sees_consent(caller: Caller) -> bool:
    """Whether this caller is told if the person lets their record be shared."""
    return _has(caller, CONSENT)


def sees_empty_lines(caller: Caller) -> bool:
    """Whether this caller is shown the lines of an address that hold nothing."""
    return _has(caller, EMPTY_LINES)


def _has(caller: Caller, name: str) -> bool:
    """The platform keeps attributes as text, so "true" is as good as true."""
    value = caller.attributes.get(name)
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")
