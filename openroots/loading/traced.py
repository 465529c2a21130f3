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

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from openroots.fhir.patient import SENSITIVE, VERY_RESTRICTED
from openroots.problem import Json
from openroots.services.demographics.former import FORMER, once
from openroots.services.demographics.former import terms as terms_of_former
from openroots.services.demographics.indexing import TRACE
from openroots.storage import Query, Row, Snapshot, Term
from openroots.tracing import (
    Doubtful,
    Judgement,
    Known,
    Match,
    Score,
    Wanted,
    judge,
    keys,
    keys_of,
    known,
    score,
)
from openroots.tracing.judging import Found
from openroots.tracing.person import NOTHING, as_of_now

MOST = 500  # people looked at for one who is sought
KEYS_AT_ONCE, ROWS_AT_ONCE = 1000, 5000
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


class Held(NamedTuple):
    """Somebody who may be sought: their record, and what is held of them."""

    row: Row
    known: Known


def trace(people: Sequence[Wanted], db: Snapshot) -> list[Outcome]:
    """What comes of looking for each of these people in the store, in their order.

    All are looked up together: what one costs is a share of a few questions to the index.
    """
    sought = [keys(wanted) for wanted in people]
    held, under = _looked_up({key for each in sought for key in each}, db)
    return [
        _traced(wanted, {id for key in each for id in under.get(key, ())}, held)
        for wanted, each in zip(people, sought, strict=True)
    ]


def _traced(wanted: Wanted, ids: Iterable[str], held: Mapping[str, Held]) -> Outcome:
    found = [(id, held[id]) for id in sorted(ids)]
    few = [(id, one) for id, one in found[:MOST] if _may_be_found(wanted, one.row)]
    verdict = judge((id, score(wanted, one.known)) for id, one in few)
    if len(found) > MOST and isinstance(verdict, Match):  # somebody not looked at may be nearer
        verdict = Doubtful((Found(*verdict),))
    return _outcome(verdict, held)


def _looked_up(sought: set[str], db: Snapshot) -> tuple[dict[str, Held], dict[str, list[str]]]:
    """Everybody who is found under any of these keys, by number, and whom each key finds."""
    patients, formers = _rows("Patient", sought, db), _rows(FORMER, sought, db)
    for type, rows, others in (("Patient", patients, formers), (FORMER, formers, patients)):
        missing = [(type, id) for id in sorted(others.keys() - rows.keys())]
        rows.update((row.id, row) for row in db.read(missing).values())
    past = once(list(patients.values()), formers, db)
    held: dict[str, Held] = {}
    under: defaultdict[str, list[str]] = defaultdict(list)
    for id, row in patients.items():
        held[id], found_by = _held(row, past.get(id, NOTHING))
        for key in found_by:
            under[key].append(id)
    return held, under


def _held(row: Row, past: Json) -> tuple[Held, set[str]]:
    """Somebody with what was once so of them, and the keys under which the index has them."""
    patient = row.body
    held = known(patient, past)
    found_by = set(keys_of(as_of_now(held, patient)))
    found_by.update(value for name, value in terms_of_former(past) if name == TRACE)
    return Held(row, held), found_by


def _rows(type: str, sought: Iterable[str], db: Snapshot) -> dict[str, Row]:
    """The rows of this type that the index has under any of these keys, by id."""
    rows: dict[str, Row] = {}
    left = iter(sorted(sought))
    while some := tuple(islice(left, KEYS_AT_ONCE)):
        after, going = "", True
        while going:
            page = db.search(Query(type, (Term(TRACE, some),), ROWS_AT_ONCE, after))
            rows.update((row.id, row) for row in page.rows)
            after = page.next
            going = bool(after)
    return rows


def _may_be_found(wanted: Wanted, row: Row) -> bool:
    """Whether to find somebody by this would not tell more of them than may be told."""
    if wanted.lived and not row.labels.isdisjoint(SENSITIVE):
        return False
    return not ((wanted.phone or wanted.email) and VERY_RESTRICTED in row.labels)


def _outcome(verdict: Judgement, held: Mapping[str, Held]) -> Outcome:
    if isinstance(verdict, Match):
        about: tuple[str, ...] = (held[verdict.id].row.subject,)
        return Outcome(MATCH, verdict.id, verdict.score.value, (), about)
    if isinstance(verdict, Doubtful):
        found = tuple(_doubt(one.id, one.score) for one in verdict.found)
        result = DOUBT if len(found) == 1 else MANY
        about = tuple(held[one.id].row.subject for one in verdict.found)
        return Outcome(result, "", 0.0, found, about)
    return Outcome(NONE)


def _doubt(id: str, score: Score) -> Json:
    return {"number": id, "score": score.value, "why": why(score)}


def why(score: Score) -> str:
    """By what somebody fits, in words that tell nothing of them: "born: same, family: ..."."""
    return ", ".join(f"{field}: {word}" for field, word in score.parts.items())


def all_subjects(outcomes: Sequence[Outcome]) -> list[str]:
    """Everybody whom these tell of, each once, for the audit."""
    return list(dict.fromkeys(one for outcome in outcomes for one in outcome.subjects))
