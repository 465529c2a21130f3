"""Whether it may be said that a candidate is who is sought: one match, a doubt, or nobody.

For tracing. To show the wrong person is far worse than to show nobody. So a match is said only of
one who fits in birth date, name and place, whom nothing gainsays, and whom nobody else comes near.
All others who fit somewhat are a doubt, for a person to decide.

Source: none; docs/tracing.md says what is never matched.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from openroots.tracing import addressing, naming
from openroots.tracing.scoring import DIFFERS, SAME, Score

LEAST = 0.25  # of a score, to be a doubt at all
NEAR = 0.5  # of the best score: whoever has that much comes near
MOST = 50  # candidates told of in a doubt

SURE_OF_FAMILY = frozenset(
    {naming.SAME, naming.WRITTEN, naming.PARTICLE, naming.ORDER, naming.SOUND, naming.ENDING}
    | {naming.SLIP}
)
SURE_OF_PLACE = frozenset(
    word
    for sure in (addressing.SAME, addressing.MISTYPED, addressing.LINES_ONLY)
    for word in (sure, f"{addressing.FORMER}, {sure}")
)
REACHED = frozenset({SAME, addressing.FORMER})


class Found(NamedTuple):
    """A candidate by whatever it is named, and how well it fits."""

    id: str
    score: Score


class Match(NamedTuple):
    """One who is who is sought."""

    id: str
    score: Score


class Doubtful(NamedTuple):
    """Those who may be who is sought, the best first."""

    found: tuple[Found, ...]


class NoMatch(NamedTuple):
    """Nobody who fits."""


Judgement = Match | Doubtful | NoMatch


def judge(candidates: Mapping[str, Score] | Iterable[tuple[str, Score]]) -> Judgement:
    """What may be said of those who were looked up, each with its score."""
    pairs = candidates.items() if isinstance(candidates, Mapping) else candidates
    found = [Found(*pair) for pair in pairs if pair[1].value >= LEAST]
    found.sort(key=lambda one: (-one.score.value, one.id))
    if not found:
        return NoMatch()
    best, *others = found
    alone = not others or others[0].score.value < NEAR * best.score.value
    if alone and is_sure(best.score):
        return Match(*best)
    return Doubtful(tuple(found[:MOST]))


def is_sure(score: Score) -> bool:
    """Whether somebody fits so that, if nobody else comes near, it is them."""
    parts = score.parts
    return (
        parts.get("born") == SAME
        and parts.get("given") in naming.SURE
        and parts.get("family") in SURE_OF_FAMILY
        and parts.get("further", SAME) == SAME
        and parts.get("gender") != DIFFERS
        and _is_placed(parts)
    )


def _is_placed(parts: Mapping[str, str]) -> bool:
    """Whether where they live, or how to reach them, says that it is them. A name and a birth date
    alone never do: there are others who have both."""
    if parts.get("address") in SURE_OF_PLACE:
        return True
    return parts.get("phone") in REACHED or parts.get("email") in REACHED
