"""The register as the store keeps it: what it is made of as resources, and the rulebook of it all.

For the seeding of a world, its opening, the service of the register and the tooling that takes new
decisions. All of it is reference data, and nobody's.

    Decision     mandates, and their taking back        Exemption   waivers, plans, brakes
    Case         subjects on their way                  Fact        what is known of subjects
    Edition      texts of drafts                        Comment     what was said of them
    Notice       what suppliers were told               StandardCount  who met what, day by day

Source: none.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from openroots.identity.applications import APPLICATION
from openroots.register.bearer import Bearer, bearer_of
from openroots.register.carried import carried_in
from openroots.register.case import Case, course_of
from openroots.register.conformance import Tallied
from openroots.register.consultation import Comment
from openroots.register.decision import Decision
from openroots.register.draft import Edition, further_on, newest, standard_of
from openroots.register.exemption import Exemption
from openroots.register.fact import Fact
from openroots.register.rulebook import Rulebook, compile_rulebook
from openroots.register.signed import standards_of
from openroots.register.standard import Standard, load_standards
from openroots.register.timeline import ends
from openroots.storage import Change, How, Json, Query, Row, Snapshot, Term
from openroots.storage.submission import Written

DECISION = "Decision"
EXEMPTION = "Exemption"
CASE = "Case"
FACT = "Fact"
EDITION = "Edition"
COMMENT = "Comment"
NOTICE = "Notice"
COUNT = "StandardCount"

# What a rulebook is made from: where one of these changes, another takes its place.
MAKES_RULES = frozenset({DECISION, EXEMPTION, CASE, EDITION})

COURSE = "course."  # and a programme: what cases are counted by
STANDARDS = "standards"  # the programme of which standards are the cases
OFFICE = "register-roles"  # the attribute of an application that acts for the national team
LAST = datetime.max.replace(tzinfo=UTC)
MOST = 100_000  # far more than a register takes in its life
PAGE = 10_000


def as_change(decision: Decision) -> Change:
    """What to commit so that a new decision is kept. It is reference data, and nobody's."""
    return Change(DECISION, decision.id, decision.to_json(), expect=0)


def decisions_in(db: Snapshot) -> list[Decision]:
    """Every decision that the register has taken, in the order of their ids; where the rulebook of
    another node is carried, those of its register."""
    if carried := carried_in(db):
        return [Decision.from_json(one) for one in carried.published.content["decisions"]]
    return [Decision.from_json(row.body) for row in db.search(Query(DECISION, limit=MOST)).rows]


def exemptions_in(db: Snapshot) -> list[Exemption]:
    """Everything that eases a mandate, or ends what did, in the order of their ids; likewise."""
    if carried := carried_in(db):
        return [Exemption.from_json(one) for one in carried.published.content["exemptions"]]
    return [Exemption.from_json(row.body) for row in db.search(Query(EXEMPTION, limit=MOST)).rows]


def standards_in(db: Snapshot, on: date | None = None) -> list[Standard]:
    """Every standard, by id: those that the program brings and those drafted since, as far as they
    came; or as they were by the end of a day. Two searches, however many there are. Where the
    rulebook of another node is carried: the standards that it holds."""
    if carried := carried_in(db):
        return standards_of(carried.published.content)
    cases = {case.subject.id: case for case in cases_in(db, STANDARDS)}
    drafted: dict[str, list[Edition]] = {}
    for row in _all(db, Query(EDITION, limit=PAGE)):
        edition = Edition.from_json(row.body)
        drafted.setdefault(edition.standard, []).append(edition)
    found = [_brought(one, cases.get(one.id)) for one in load_standards()]
    for id, editions in drafted.items():
        if standard := drafted_standard(editions, cases.get(id), on):
            found.append(standard)
    return sorted(found, key=lambda one: one.id)


def standard_in(db: Snapshot, id: str, on: date | None = None) -> Standard | None:
    """One standard, likewise. A read and a search."""
    if carried_in(db):
        return next((one for one in standards_in(db) if one.id == id), None)
    case = case_in(db, STANDARDS, id)
    for brought in load_standards():
        if brought.id == id:
            return _brought(brought, case)
    return drafted_standard(editions_of(db, id), case, on)


def drafted_standard(
    editions: Iterable[Edition], case: Case | None, on: date | None = None
) -> Standard | None:
    """The standard of a draft, in its last edition, or that of a day. Where its history was
    recorded later, its first edition stands for what there was before; None where it was not."""
    made = list(editions)
    last = newest(made, on)
    if last is None and case and on and case.stage(on):
        last = made[0] if made else None
    return standard_of(last.definition, case) if last else None


def case_in(db: Snapshot, programme: str, subject: str) -> Case | None:
    """The case of a subject in a programme, or None."""
    row = case_row(db, programme, subject)
    return Case.from_json(row.body) if row else None


def case_row(db: Snapshot, programme: str, subject: str) -> Row | None:
    """The same as the store has it."""
    return db.get(CASE, case_id(programme, subject))


def _brought(standard: Standard, case: Case | None) -> Standard:
    return further_on(standard, case) if case else standard


def rulebook_of(db: Snapshot, on: date | None = None) -> Rulebook:
    """The rulebook of all standards and of what was decided on them, here or where the one that is
    carried was made; or only of what had been decided by the end of a day."""
    until = ends(on) if on else LAST
    standards, decisions, exemptions = standards_in(db, on), decisions_in(db), exemptions_in(db)
    decided = [one for one in decisions if one.decided_at <= until]
    return compile_rulebook(
        standards, decided, (one for one in exemptions if one.decided_at <= until)
    )


def makes_rules(changes: Iterable[Change | Written]) -> bool:
    """Whether another rulebook follows from these changes."""
    return any(change.type in MAKES_RULES for change in changes)


def cases_in(db: Snapshot, programme: str) -> list[Case]:
    """Every case of a programme."""
    return [Case.from_json(row.body) for row in case_rows(db, programme)]


def case_rows(
    db: Snapshot, programme: str, courses: Sequence[str] = (), page: int = PAGE
) -> Iterator[Row]:
    """The same as rows, a page at a time, so that a large register need not fit in memory; where
    courses are named, of the cases that went through one of these."""
    by_course = Term(f"{COURSE}{programme}", tuple(courses)) if courses else None
    term = by_course or Term("programme", (programme,))
    yield from _all(db, Query(CASE, (term,), limit=page))


def courses_in(db: Snapshot, programme: str) -> dict[str, int]:
    """How many cases of a programme went through each course: one question, however many."""
    return db.tally(CASE, f"{COURSE}{programme}")


def counted_in(db: Snapshot, programme: str) -> dict[str, int]:
    """The same, for a count of all that a programme is about: those standards too that have no case
    of their own, as the program brings them."""
    if programme != STANDARDS:
        return courses_in(db, programme)
    courses = (standard.stages for standard in standards_in(db))
    return Counter(
        ",".join(f"{one.start.isoformat()} {one.stage.value}" for one in stages)
        for stages in courses
    )


def case_id(programme: str, subject: str) -> str:
    """The id of the one case that a subject has in a programme."""
    return f"{programme}.{subject}"


def editions_of(db: Snapshot, standard: str) -> list[Edition]:
    """Every edition of a draft, the first first."""
    rows = _all(db, Query(EDITION, (Term("standard", (standard,)),), limit=PAGE))
    return [Edition.from_json(row.body) for row in rows]


def comments_on(db: Snapshot, standard: str) -> list[Comment]:
    """Every comment on a standard, in the order in which they were made."""
    rows = _all(db, Query(COMMENT, (Term("standard", (standard,)),), limit=PAGE))
    return [Comment.from_json(row.body) for row in rows]


def facts_of(db: Snapshot, subject: str) -> list[Fact]:
    """Every fact that was ever told of a subject."""
    rows = _all(db, Query(FACT, (Term("subject", (subject,)),), limit=PAGE))
    return [Fact.from_json(row.body) for row in rows]


def counts_of(
    db: Snapshot, *, standard: str = "", application: str = "", since: date = date.min
) -> list[Tallied]:
    """What was counted from a day on: of a standard, of an application, or of both."""
    named = (("standard", standard), ("application", application))
    terms = [Term(name, (value,)) for name, value in named if value]
    from_then = Term("day", (since.isoformat(),), How.FROM)
    query = Query(COUNT, (*terms, from_then), limit=PAGE)
    return [Tallied.from_json(row.body) for row in _all(db, query)]


def notices_in(db: Snapshot) -> list[str]:
    """The ids of all notices that were given."""
    return [row.id for row in _all(db, Query(NOTICE, limit=PAGE))]


def applications_in(db: Snapshot) -> list[Json]:
    """The registered applications that standards can bind: not those of the national team."""
    bodies = [row.body for row in _all(db, Query(APPLICATION, limit=PAGE))]
    return [body for body in bodies if not is_office(body)]


def is_office(application: Json) -> bool:
    """Whether it acts for the national team, which no standard binds."""
    return bool((application.get("attributes") or {}).get(OFFICE))


def bearers_in(db: Snapshot) -> list[Bearer]:
    """The same, as bearers of standards."""
    return [bearer_of(application) for application in applications_in(db)]


def terms_of(type: str, body: Json) -> Iterator[tuple[str, str]]:
    """What resources of the register are found by."""
    for name in INDEXED.get(type, ()):
        if value := body.get(name):
            yield name, str(value)
    if type == COMMENT:
        yield "numbered", body["id"]
    if type == CASE:
        yield f"{COURSE}{body['programme']}", course_of(body)


INDEXED = {
    CASE: ("programme",),
    EDITION: ("standard",),
    COMMENT: ("standard",),
    FACT: ("subject",),
    COUNT: ("standard", "application", "day"),
    EXEMPTION: ("standard",),
    NOTICE: ("application",),
}


def every(db: Snapshot, type: str) -> Iterator[Row]:
    """Every resource of a type, by id."""
    yield from _all(db, Query(type, limit=PAGE))


def _all(db: Snapshot, query: Query) -> Iterator[Row]:
    """Everything that a query finds, page by page."""
    while True:
        page = db.search(query)
        yield from page.rows
        if not page.next:
            return
        query = Query(query.type, query.where, query.limit, page.next)
