"""Searching for people by who they are, where their NHS number is not known.

Source: PDS FHIR API, "Search for a patient".
"""

from collections.abc import Iterator

from openroots.fhir.bundle import Entry, searchset
from openroots.problem import Json
from openroots.service import ANYONE, Access, Problem, Reply, Request
from openroots.services.demographics import described, service
from openroots.services.demographics.candidates import (
    is_plain,
    plain_query,
    queries,
    sought,
    together,
)
from openroots.services.demographics.criteria import (
    MOST_VALUES,
    PARAMETERS,
    Criteria,
    criteria_of,
)
from openroots.services.demographics.former import FORMER, once
from openroots.services.demographics.headers import check_role
from openroots.services.demographics.matching import Candidate, best, matched
from openroots.services.demographics.views import SEARCH
from openroots.storage import Key, Row, Snapshot
from openroots.tracing import Wanted
from openroots.tracing.person import NOTHING

REFUSALS = (
    *("role-invalid", "search-empty", "value-invalid", "value-missing"),
    *("too-many-values", "postcode-twice", "search-too-little"),
    *("search-not-fuzzy", "too-many-results", "too-many-matches"),
)


@service.interaction(
    "search",
    "Patient",
    access=ANYONE - {Access.PATIENT},
    query=PARAMETERS,
    query_schemas=described.SEARCH,
    several=tuple(MOST_VALUES),
    asking=(check_role,),
    needs=described.NEEDED_TO_SEARCH,
    given={"family": "Smith", "birthdate": "eq2010-10-22"},
    reads=6,
    fails=REFUSALS,
)
def search_patient(request: Request, db: Snapshot) -> Reply:
    """Search for a patient.

    The best match comes first. Who fits is shown as they are now, whatever they were found by.
    """
    criteria = criteria_of(request)
    base = f"{request.origin}{service.base}/Patient/"
    found = _plain(criteria, db) if is_plain(criteria) else _looked_at(criteria, db)
    entries = [Entry(base + row.id, row.raw, score) for row, score in found]
    about = tuple([row.subject for row, _ in found])
    return Reply(searchset(entries, request.time), about=about)


Found = list[tuple[Row, float]]


def _plain(criteria: Criteria, db: Snapshot) -> Found:
    """Those whom the index finds: each fits exactly, so their records are not looked at."""
    page = db.search(plain_query(criteria, SEARCH))
    if page.next:
        raise Problem("too-many-matches").telling_of()
    return [(row, 1.0) for row in page.rows]


def _looked_at(criteria: Criteria, db: Snapshot) -> Found:
    """Those of the candidates who fit when their records are looked at."""
    wanted = sought(criteria)
    found = (
        matched(criteria, wanted, Candidate(row.body, row.labels, past))
        for row, past in _candidates(criteria, wanted, db)
    )
    matches = best(criteria, [match for match in found if match])
    if len(matches) > criteria.most:
        raise Problem("too-many-matches").telling_of()
    keys = [("Patient", match.number) for match in matches]
    rows = db.read(keys, SEARCH) if keys else {}
    return [(rows["Patient", match.number], match.score) for match in matches]


def _candidates(criteria: Criteria, wanted: Wanted, db: Snapshot) -> Iterator[tuple[Row, Json]]:
    """Everyone who might fit, with what was once so of them where that is asked for."""
    rows = _rows(criteria, wanted, db)
    people = [row for (type, _), row in rows.items() if type == "Patient"]
    formers = {id: row for (type, id), row in rows.items() if type == FORMER}
    past = once(people, formers, db) if criteria.looks_back else {}
    return ((row, past.get(row.id, NOTHING)) for row in people)


def _rows(criteria: Criteria, wanted: Wanted, db: Snapshot) -> dict[Key, Row]:
    if criteria.fuzzy and criteria.born.one:
        page = db.search(together(wanted))
        if not page.next:
            return {(row.type, row.id): row for row in page.rows}
    # Together they may be too many where those of today and those of the past are not.
    rows: dict[Key, Row] = {}
    for query in queries(criteria):
        page = db.search(query)
        if page.next:
            raise Problem("too-many-matches").telling_of()
        rows.update(((row.type, row.id), row) for row in page.rows)
    if criteria.looks_back and rows:
        numbers = dict.fromkeys(number for _, number in rows)
        both = [(type, number) for number in numbers for type in ("Patient", FORMER)]
        rows |= db.read([key for key in both if key not in rows])
    return rows
