"""All agreements of a nation, ready to be asked: which of them cover a use of data, and until when.

For the policy. Immutable: what a change makes is another index, which shares with the one before
what did not change. It is named by a hash of all that its agreements say.

    agreements.covering(("Y90001", "setting:hospital", "*"), "demographics", "read", "TREAT", time)

Source: none.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from openroots.register.agreement import ALL, IN_FORCE, Agreement

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)

Use = tuple[str, str, str]  # recipient, category, action


class Covering(NamedTuple):
    """The agreements that cover a use, and the stretch of time in which it is these and no other:
    from `since` on, before `until`."""

    agreements: tuple[Agreement, ...]
    since: datetime
    until: datetime


class Timeline(NamedTuple):
    """Which agreements hold in each stretch between edges: one more stretch than edges."""

    edges: list[datetime]
    stretches: list[tuple[Agreement, ...]]

    def at(self, time: datetime) -> Covering:
        """Those that hold at this time, with their stretch."""
        nth = bisect_right(self.edges, time)
        since = self.edges[nth - 1] if nth else BEGINNING
        until = self.edges[nth] if nth < len(self.edges) else END
        return Covering(self.stretches[nth], since, until)


def timeline_of(agreements: Sequence[Agreement]) -> Timeline:
    """The timeline of these agreements, whatever else they are for."""
    ends = {one.ends for one in agreements if one.ends is not None}
    edges = sorted({one.begins for one in agreements} | ends)
    stretches = [
        tuple(one for one in agreements if one.holds_at(edge)) for edge in (BEGINNING, *edges)
    ]
    return Timeline(edges, stretches)


class Agreements:
    """Every agreement by its id, and those in force by what they are for."""

    def __init__(self, agreements: Iterable[Agreement] = ()) -> None:
        self.known: Mapping[str, Agreement] = {one.id: one for one in agreements}
        uses: dict[Use, list[Agreement]] = {}
        for one in self.known.values():
            for use in _uses(one):
                uses.setdefault(use, []).append(one)
        self._by_use = {use: tuple(found) for use, found in uses.items()}
        self._timelines: dict[tuple[Use, str], Timeline] = {}
        self._digests = sorted(one.digest for one in self.known.values())
        self.hash = self._hashed()

    def changed(self, agreements: Iterable[Agreement], gone: Iterable[str] = ()) -> "Agreements":
        """The same with these in place of what they were before, and without those gone."""
        new, by_use = Agreements(), dict(self._by_use)
        known, digests = dict(self.known), list(self._digests)
        put = {one.id: one for one in agreements}
        for id in (*put, *gone):
            if old := known.pop(id, None):
                _take_out(by_use, old)
                del digests[bisect_left(digests, old.digest)]
        for one in put.values():
            known[one.id] = one
            insort(digests, one.digest)
            for use in _uses(one):
                by_use[use] = (*by_use.get(use, ()), one)
        new.known, new._by_use, new._digests = known, by_use, digests
        new.hash = new._hashed()
        return new

    @property
    def recipients(self) -> frozenset[str]:
        """Every name by which an agreement that is in force means somebody."""
        return frozenset(recipient for recipient, _, _ in self._by_use)

    def without(self, id: str) -> "Agreements":
        """As it would be if this one had ended."""
        return self.changed((), (id,))

    def covering(
        self, recipients: Sequence[str], category: str, action: str, purpose: str, time: datetime
    ) -> Covering:
        """Those that let any of these recipients do this with data of this category now."""
        found: dict[str, Agreement] = {}
        since, until = BEGINNING, END
        for recipient in recipients:
            for kind in (category, ALL):
                use = recipient, kind, action
                if use in self._by_use:
                    stretch = self._timeline(use, purpose).at(time)
                    since, until = max(since, stretch.since), min(until, stretch.until)
                    found.update((one.id, one) for one in stretch.agreements)
        return Covering(tuple(found.values()), since, until)

    def _timeline(self, use: Use, purpose: str) -> Timeline:
        """Made when it is first asked for: of most uses nobody asks."""
        timeline = self._timelines.get((use, purpose))
        if timeline is None:
            made = [one for one in self._by_use[use] if purpose in one.purposes]
            timeline = self._timelines[use, purpose] = timeline_of(made)
        return timeline

    def _hashed(self) -> str:
        return sha256(b"".join(self._digests)).hexdigest()


def _uses(agreement: Agreement) -> list[Use]:
    """What an agreement is for; nothing, while it permits nothing whatever the time."""
    if agreement.state != IN_FORCE:
        return []
    return [
        (recipient, category, action)
        for recipient in agreement.recipients
        for category in agreement.categories
        for action in agreement.actions
    ]


def _take_out(by_use: dict[Use, tuple[Agreement, ...]], old: Agreement) -> None:
    for use in _uses(old):
        left = tuple(one for one in by_use[use] if one is not old)
        if left:
            by_use[use] = left
        else:
            del by_use[use]
