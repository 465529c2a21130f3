"""Whether agreements let an organisation be told of events, as they let it ask for them.

For delivery, which asks some times a second: where no agreement has changed, one small resource is
read. What an agreement asks of users is asked of who subscribes, at the door.

Source: NHS Digital data sharing framework; HL7 v3 PurposeOfUse.
"""

from collections.abc import Callable
from datetime import datetime

from openroots.problem import Json
from openroots.register.agreement import ALL, SETTING
from openroots.register.agreements import Agreements
from openroots.register.kept_agreements import agreements_in, version_of
from openroots.register.purposes import purposes_of
from openroots.services.events.names import CATEGORY
from openroots.storage import Snapshot

NOBODY: Json = {}  # the registration of those who ask without a key


class Agreed:
    """The agreements of one world. `now` tells its time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._version = -1
        self._agreements = Agreements()

    def look(self, db: Snapshot) -> None:
        """Know the agreements as they stand there."""
        version = version_of(db)
        if version != self._version:
            self._agreements, self._version = agreements_in(db), version

    def lets(self, application: Json) -> bool:
        """Whether any lets the organisation of this application be told."""
        setting = application.get("setting")
        named = (application.get("ods_code"), f"{SETTING}{setting}" if setting else "", ALL)
        recipients = tuple(name for name in named if name)
        time = self._now()
        return any(
            ALL in one.controllers
            for purpose in purposes_of(application.get("attributes") or {})
            for one in self._agreements.covering(
                recipients, CATEGORY, "read", purpose, time
            ).agreements
        )
