"""Who asks: the access modes, and a caller in one of them.

For services, the policy and the gateway.

Source: NHS England API catalogue, the access modes of its security and authorisation pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Access(StrEnum):
    """Who may stand behind a request."""

    HEALTHCARE_WORKER = "healthcare-worker"
    PATIENT = "patient"
    APPLICATION = "application-restricted"
    PRIVILEGED = "privileged-application-restricted"
    OPEN = "open-access"  # nobody is asked who they are


ANYONE = frozenset(Access) - {Access.OPEN}
OPENLY = frozenset({Access.OPEN})
ANYBODY = "*"  # the subject of a patient whom nobody asked who they are: whoever is asked about
NO_ATTRIBUTES: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a registered application, for an organisation, perhaps on behalf of a person.

    `subject` is that person's NHS number where a patient asks, or the user's id where staff do.
    `setting` is the care setting in which the application is used; standards go by it. `name` is
    what the application is called, and `attributes` are what its registration grants it. `actor`
    is the NHS number of who acts for the patient, where somebody does. `acting` is what the role
    gives in which staff act: its code, its activities, and its teams as "team:ID"; of a member of
    staff whom the world knows without any role, `has_no_role` is true, and of one who named none of
    their roles, or not which of several, `role_untold`.
    """

    application: str
    ods_code: str
    access: Access
    subject: str = ""
    roles: frozenset[str] = frozenset()
    assurance: str = ""
    setting: str = ""
    name: str = ""
    attributes: Mapping[str, Any] = field(default_factory=lambda: NO_ATTRIBUTES, hash=False)
    actor: str = ""
    acting: frozenset[str] = frozenset()
    has_no_role: bool = False
    role_untold: bool = False

    def __hash__(self) -> int:
        # The policy looks callers up at each request: these tell most of them apart.
        return hash((self.application, self.subject))

    def acts_for(self, number: str) -> bool:
        """Whether they may ask about the person of this number: a patient, only for themselves."""
        return self.access is not Access.PATIENT or self.subject in (number, ANYBODY)
