"""Burden: what a case costs whoever applies, counted from what was asked, known and told.

For the case itself, which shows it as of any day, and for the team that has the programme: a
question whose answer is known need not be asked. `asked_most` of a programme bounds it beforehand.

Source: none.
"""

from collections import Counter
from dataclasses import asdict, dataclass

from openroots.register.fact import Fact
from openroots.register.lifecycle import Situation, applying
from openroots.storage import Json

SEEN = ("computed", "checked")  # by machines, so that nobody is asked


@dataclass(frozen=True, slots=True)
class Burden:
    """How many questions apply; how many of them a machine answered, how many were known before
    the case was opened or are in a registry, how many somebody told for it, and how many are left.

    `characters` were typed for that, `again` counts facts that were told more than once, and
    `failed` assessments that found a part not met.
    """

    asked: int
    computed: int
    known: int
    told: int
    left: int
    characters: int
    again: int
    failed: int

    def to_json(self) -> Json:
        """The burden as data."""
        return asdict(self)


def burden_of(situation: Situation) -> Burden:
    """What a case has cost by the day of the situation."""
    case, facts = situation.case, situation.facts
    questions = applying(situation)
    # In the order in which they were told, so that the last one stands.
    stands = {fact.key: fact for fact in facts if fact.key in {one.fact for one in questions}}
    how = Counter(
        _how(stands[one.fact], situation) if one.fact in stands else "left" for one in questions
    )
    typed = [fact for fact in facts if _how(fact, situation) == "told"]
    tellings = Counter(fact.key for fact in typed)
    return Burden(
        asked=len(questions),
        computed=how["computed"],
        known=how["known"],
        told=how["told"],
        left=how["left"],
        characters=sum(len(str(fact.value)) for fact in typed),
        again=sum(count - 1 for count in tellings.values()),
        failed=sum(one.outcome == "not-met" for one in case.assessments),
    )


def _how(fact: Fact, situation: Situation) -> str:
    """Who had the work of it."""
    if fact.source in SEEN:
        return "computed"
    before = fact.observed_at < situation.case.opened_at
    return "known" if before or fact.source == "registry" else "told"
