"""Tracing: whether what is known of a person fits somebody of whom there is a record, and how well.

For demographics, whose fuzzy search ranks by it, and for tracing many people at once. It looks
nowhere and keeps nothing: `keys` say by what to look somebody up, `score` how well a candidate
fits, and `judge` whether it may be said that it is them.

    wanted = Wanted("Smith", ("Jane",), "2010-10-22", "female", "LS1 6AE")
    found = {id: score(wanted, known(patient)) for id, patient in candidates.items()}
    match judge(found): ...

Source: none; docs/tracing.md says how a score is made, and what is never matched.
"""

from openroots.tracing.blocking import keys, keys_of
from openroots.tracing.judging import Doubtful, Judgement, Match, NoMatch, judge
from openroots.tracing.person import Address, Known, Name, Wanted, known
from openroots.tracing.scoring import Score, score

__all__ = [
    "Address",
    "Doubtful",
    "Judgement",
    "Known",
    "Match",
    "Name",
    "NoMatch",
    "Score",
    "Wanted",
    "judge",
    "keys",
    "keys_of",
    "known",
    "score",
]
