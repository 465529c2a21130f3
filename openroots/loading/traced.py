"""Who is who, for many people at once: candidates from the store, judged, told in one shape.

For the command `trace` and the tooling. What comes of each is one of four:

    match   this is them, with the NHS number and the score
    doubt   one person may be them: for somebody to decide
    many    several may be them
    none    nobody fits

A candidate who is restricted is left out where a place is told, and a very restricted one where
a telephone number or an email address is, as a search does.

Source: PDS FHIR API, "Search for a patient"; the outcomes of its batch tracing: one match with its
score, none, many. That a doubt is told apart is ours.
"""

from collections.abc import Sequence
from typing import NamedTuple

from openroots.problem import Json
from openroots.services.demographics.former import FORMER
from openroots.services.demographics.indexing import TRACE
from openroots.services.demographics.views import SENSITIVE, VERY_RESTRICTED
from openroots.storage import Key, Query, Row, Snapshot, Term
from openroots.tracing import (
    Doubtful,
    Judgement,
    Known,
    Match,
    Score,
    Wanted,
    judge,
    keys,
    known,
    score,
)

MOST = 250  # people looked at for one who is sought
MATCH, DOUBT, MANY, NONE = "match", "doubt", "many", "none"
OUTCOMES = (MATCH, DOUBT, MANY, NONE)


class Outcome(NamedTuple):
    """What came of tracing one person. `found` are those in doubt, the best first. `subjects` are
    all who are told of."""

    result: str
    number: str = ""
    score: float = 0.0
    found: tuple[Json, ...] = ()
    subjects: tuple[str, ...] = ()

    def told(self) -> Json:
        """The outcome as data."""
        found = {"found": list(self.found)} if self.found else {}
        matched = {"number": self.number, "score": self.score} if self.number else {}
        return {"result": self.result, **matched, **found}


def trace(wanted: Wanted, db: Snapshot) -> Outcome:
    """What comes of looking for this person in the store."""
    rows = candidates(wanted, db)
    verdict = judge((id, score(wanted, held)) for id, (_, held) in rows.items())
    return _outcome(verdict, {id: row.subject for id, (row, _) in rows.items()})


def candidates(wanted: Wanted, db: Snapshot) -> dict[str, tuple[Row, Known]]:
    """Those who may be this person, by NHS number."""
    found: dict[Key, Row] = {}
    sought = (Term(TRACE, keys(wanted)),)
    for type in ("Patient", FORMER):
        found |= {(row.type, row.id): row for row in db.search(Query(type, sought, MOST)).rows}
    numbers = dict.fromkeys(id for _, id in found)
    others = [(type, id) for id in numbers for type in ("Patient", FORMER)]
    found |= db.read([key for key in others if key not in found])
    rows = {id: found["Patient", id] for id in numbers if ("Patient", id) in found}
    return {
        id: (row, _known(row, found.get((FORMER, id))))
        for id, row in rows.items()
        if _may_be_found(wanted, row)
    }


def _known(row: Row, former: Row | None) -> Known:
    return known(row.body, former.body if former else {})


def _may_be_found(wanted: Wanted, row: Row) -> bool:
    """Whether to find somebody by this would not tell more of them than may be told."""
    if wanted.lived and not row.labels.isdisjoint(SENSITIVE):
        return False
    return not ((wanted.phone or wanted.email) and VERY_RESTRICTED in row.labels)


def _outcome(verdict: Judgement, subjects: dict[str, str]) -> Outcome:
    if isinstance(verdict, Match):
        return Outcome(MATCH, verdict.id, verdict.score.value, (), (subjects[verdict.id],))
    if isinstance(verdict, Doubtful):
        found = tuple(_doubt(one.id, one.score) for one in verdict.found)
        result = DOUBT if len(found) == 1 else MANY
        return Outcome(result, "", 0.0, found, tuple(subjects[one.id] for one in verdict.found))
    return Outcome(NONE)


def _doubt(id: str, score: Score) -> Json:
    return {"number": id, "score": score.value, "why": why(score)}


def why(score: Score) -> str:
    """By what somebody fits, in words that tell nothing of them: "born: same, family: ..."."""
    return ", ".join(f"{field}: {word}" for field, word in score.parts.items())


def all_subjects(outcomes: Sequence[Outcome]) -> list[str]:
    """Everybody whom these tell of, each once, for the audit."""
    return list(dict.fromkeys(one for outcome in outcomes for one in outcome.subjects))
