"""What the policy is asked, and what it decides: a scope, and by which rules.

For the pipeline and the parts of the policy.

Source: AuthZEN 1.0, for what a decision is asked about; OpenRoots' own answer to it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from openroots.gateway.access import ANYONE
from openroots.service import Caller, Endpoint
from openroots.storage import EVERYTHING, Guard, Scope

NO_PARAMS: Mapping[str, str] = {}


class Asking(NamedTuple):
    """Who asks for what, and when by the world's time."""

    caller: Caller
    endpoint: Endpoint
    time: datetime
    params: Mapping[str, str] = NO_PARAMS
    headers: Mapping[str, str] = NO_PARAMS

    @property
    def unasked(self) -> bool:
        """Whether nobody asked the caller who they are: then nobody asks for their role or
        relationships either, as the public sandboxes do not."""
        return ANYONE.get(self.caller.access) is self.caller


class Decision(NamedTuple):
    """What the caller may see, by which rules, for which purpose and under which agreements.

    `hash` names the agreements as they stood. `guards` are what the decision relied on, and must
    still be so when something is committed by it. `words` are for the trail.
    """

    scope: Scope = EVERYTHING
    rules: tuple[str, ...] = ()
    purpose: str = ""
    agreements: tuple[str, ...] = ()
    hash: str = ""
    guards: tuple[Guard, ...] = ()
    words: str = ""

    @property
    def noted(self) -> dict[str, object]:
        """What of it goes into the audit entry."""
        if not self.purpose:
            return {"rules": self.rules}
        agreement = ", ".join(self.agreements)
        return {
            "purpose": self.purpose,
            "agreement": agreement,
            "agreements": self.hash,
            "rules": self.rules,
        }


NOTHING_DECIDED = Decision()
