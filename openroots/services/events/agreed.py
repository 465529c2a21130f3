"""Whether agreements let an organisation be told of events, and of whom, as of what it asks for.

For delivery, which asks some times a second: where no agreement has changed, one small resource is
read. What an agreement asks of users is asked of who subscribes, at the door. Whom it leaves out,
nobody is told of: that is looked up at each event, and only where an agreement leaves anybody out.

Source: NHS Digital data sharing framework; HL7 v3 PurposeOfUse.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from openroots.delivery.source import Tells
from openroots.problem import Json
from openroots.register.agreement import ALL, SETTING, Conditions
from openroots.register.agreements import Agreements
from openroots.register.kept_agreements import agreements_in, version_of
from openroots.register.opt_out import has_opted_out
from openroots.register.purposes import is_for_care, purposes_of
from openroots.register.relationship import (
    BREAK_GLASS,
    ORGANISATION,
    between,
    is_registered,
    person_of,
)
from openroots.services.events.attributes import attributes_of
from openroots.services.events.names import CATEGORY, SUBJECT
from openroots.storage import Row, Snapshot

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

    def bounds(self, application: Json) -> "Bounds | None":
        """Of whom the organisation of this application may be told, for the first of its purposes
        for which an agreement lets it; None where none does."""
        setting, ods_code = application.get("setting"), application.get("ods_code", "")
        named = (ods_code, f"{SETTING}{setting}" if setting else "", ALL)
        recipients = tuple(name for name in named if name)
        for purpose in purposes_of(application.get("attributes") or {}):
            found = self._agreements.covering(recipients, CATEGORY, "read", purpose, self._now())
            if fitting := [one.conditions for one in found.agreements if ALL in one.controllers]:
                return _strictest(fitting, purpose, ods_code, self._now)
        return None


class Bounds(NamedTuple):
    """Of whom an organisation may be told: of nobody with one of these labels, of nobody who opted
    out, where that is honoured, and where a relationship is asked for, of those who have one that
    sets no usual check aside."""

    hidden: frozenset[str]
    opt_out: bool
    relationship: bool
    ods_code: str
    now: Callable[[], datetime]

    @property
    def tells(self) -> Tells | None:
        """Whether these leave the person of an event in; None where they leave nobody out."""
        leaves_out = self.hidden or self.opt_out or self.relationship
        return self._leave_in if leaves_out else None

    def _leave_in(self, event: Json, db: Snapshot) -> bool:
        number = str(attributes_of(event)[SUBJECT] or "")
        if not number:  # it is about nobody
            return True
        subject, record = person_of(number, db)
        if record is not None and not record.labels.isdisjoint(self.hidden):
            return False
        if self.opt_out and has_opted_out(subject, db):
            return False
        return not self.relationship or self._is_related(subject, record, db)

    def _is_related(self, subject: str, record: Row | None, db: Snapshot) -> bool:
        if record is not None and is_registered(record, self.ods_code):
            return True
        party = f"{ORGANISATION}{self.ods_code}"
        found = between(subject, [party], self.now(), db) if subject else None
        return found is not None and found.body["source"] != BREAK_GLASS


def _strictest(
    fitting: Sequence[Conditions], purpose: str, ods_code: str, now: Callable[[], datetime]
) -> Bounds:
    """What any of these leaves out for this purpose is left out, also where another would not."""
    hidden = frozenset[str]().union(*(one.hides for one in fitting))
    opt_out = not is_for_care(purpose) and any(one.opt_out for one in fitting)
    return Bounds(hidden, opt_out, any(one.relationship for one in fitting), ods_code, now)
