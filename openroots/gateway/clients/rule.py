"""What a rule about clients is, and what it can come to.

    Rule("if-match", words, source, mend, show, versioned)
    versioned(watched)  ->  Seen(kept=False, trail, told), ...

A judge gives all that it saw that tells for or against the client. Where it saw nothing, nothing is
known, and that is said. A rule without a judge is one that cannot be told from outside.

Source: none.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from openroots.gateway.clients.call import Call
from openroots.problem import Json

PASS, FAIL, NOT_SEEN, NOT_CHECKABLE = "pass", "fail", "not seen", "not checkable"
OUTCOMES = (FAIL, PASS, NOT_SEEN, NOT_CHECKABLE)
MOST_EXAMPLES = 5


class Watched(NamedTuple):
    """What was seen of one client: its calls in the order in which they were sent, and what became
    of the events that were sent to its webhooks."""

    calls: list[Call]
    events: list[Json]

    def after(self, call: Call) -> Iterator[Call]:
        """The calls that were sent once this one had been answered."""
        return (each for each in self.calls if each is not call and each.after(call))


class Seen(NamedTuple):
    """One thing that tells for the client or against it: the exchange or event, and why."""

    kept: bool
    trail: str
    told: str = ""


Judge = Callable[[Watched], Iterable[Seen]]


class Rule(NamedTuple):
    """What a good client does, by which source, how to mend one that does not, and how to have it
    show what it does; a rule that cannot be judged says in `show` what to look at instead."""

    id: str
    words: str
    source: str
    mend: str
    show: str
    judge: Judge | None = None


def judged(rule: Rule, watched: Watched) -> Json:
    """What the rule comes to, as a report tells it: of what speaks against the client, the first
    few; else of what speaks for it."""
    seen = list(rule.judge(watched)) if rule.judge else []
    against = [each for each in seen if not each.kept]
    examples = islice(against or seen, MOST_EXAMPLES)
    return {
        "id": rule.id,
        "outcome": _outcome(rule, seen, against),
        "words": rule.words,
        "source": rule.source,
        "mend": rule.mend,
        "show": rule.show,
        "seen": len(seen),
        "against": len(against),
        "examples": [{"trail": each.trail, "told": each.told} for each in examples],
    }


def for_it(call: Call, told: str = "") -> Seen:
    """This call is as it should be."""
    return Seen(True, call.id, f"{call.name}: {told}" if told else call.name)


def against(call: Call, told: str) -> Seen:
    """This call is not as it should be."""
    return Seen(False, call.id, f"{call.name}: {told}")


def _outcome(rule: Rule, seen: list[Seen], against: list[Seen]) -> str:
    if rule.judge is None:
        return NOT_CHECKABLE
    if against:
        return FAIL
    return PASS if seen else NOT_SEEN
