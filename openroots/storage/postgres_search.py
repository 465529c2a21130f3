"""Queries as SQL for PostgreSQL: which ids a query finds at some commit, within a scope.

For the PostgreSQL store, which reads the rows of those ids, and for guards.

Source: PostgreSQL's documentation of its planner; `storage.search` for what a query means.
"""

from collections.abc import Iterator, Sequence

from openroots.storage.search import EXISTS, LAST_CHARACTER, How, Query, Term
from openroots.storage.types import Scope

INDEXED = 200  # the characters of a value that the index holds


def compile_query(query: Query, scope: Scope) -> tuple[str, list[str]]:
    """SQL for what a query finds as at `$2`, one more than its limit, and the texts that are `$1`.

    All texts travel as one array, so that a guard can carry its question within a commit and ask
    it where the lock is held. One term leads, a narrow one if there is any; each other is looked
    up within the resource that the first has found. OFFSET 0 keeps it so: the planner would join
    them, and where it errs about how many there are, one page takes minutes.
    """
    texts = _Texts()
    first, *others = sorted(query.where or (Term(EXISTS, ("",)),), key=_breadth)
    types = [texts.one(type) for type in query.types]
    where = [
        f"a.type IN ({', '.join(types)})" if query.also else f"a.type = {types[0]}",
        _term("a", first, texts),
        f"a.id > {texts.one(query.after)}",
        *_within(scope, texts),
    ]
    for term in others:
        where.append(
            "EXISTS (SELECT FROM term b WHERE b.subject = a.subject AND b.type = a.type"
            f" AND b.id = a.id AND {_term('b', term, texts)} OFFSET 0)"
        )
    found = f"FROM term a WHERE {' AND '.join(where)} ORDER BY a.id LIMIT {query.limit + 1:d}"
    if not query.also:
        return f"SELECT DISTINCT a.type, a.id, a.id AS n {found}", texts.all
    sql = (
        "SELECT k.type, i.id, row_number() OVER (ORDER BY i.id, k.at) AS n"
        f" FROM (SELECT DISTINCT a.id {found}) i"
        f" CROSS JOIN unnest(ARRAY[{', '.join(types)}]) WITH ORDINALITY AS k(type, at)"
    )
    return sql, texts.all


def compile_tally(type: str, name: str, scope: Scope) -> tuple[str, list[str]]:
    """SQL for how many resources have each value of a name as at `$2`, and the texts."""
    texts = _Texts()
    where = [
        f"a.type = {texts.one(type)} AND a.name = {texts.one(name)}",
        "a.since <= $2 AND a.until > $2",
        *_within(scope, texts),
    ]
    sql = f"SELECT a.value, count(*) FROM term a WHERE {' AND '.join(where)} GROUP BY a.value"
    return sql, texts.all


class _Texts:
    """The texts of a statement, in one array, and the words by which SQL reaches them."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def one(self, text: str) -> str:
        self.all.append(text)
        return f"($1::text[])[{len(self.all)}]"

    def several(self, texts: Sequence[str]) -> str:
        start = len(self.all) + 1
        self.all += texts
        return f"($1::text[])[{start}:{len(self.all)}]"


def _within(scope: Scope, texts: _Texts) -> Iterator[str]:
    for mark, bound in (("subject", scope.subjects), ("holder", scope.holders)):
        if bound is not None:
            yield f"a.{mark} = ANY ({texts.several(['', *sorted(bound)])})"
    if scope.hidden:
        yield f"NOT a.labels && {texts.several(sorted(scope.hidden))}"
    if scope.without:
        yield (
            "(a.subject = '' OR NOT EXISTS (SELECT FROM term o"
            f" WHERE o.type = {texts.one(scope.without)} AND o.name = ''"
            f" AND left(o.value, {INDEXED}) = ''"
            " AND o.id = a.subject AND o.since <= $2 AND o.until > $2))"
        )


def _breadth(term: Term) -> int:
    return (How.IS, How.STARTS, How.FROM, How.TO).index(term.how)


def _term(alias: str, term: Term, texts: _Texts) -> str:
    value = f"{alias}.value"
    name = f"{alias}.name = {texts.one(term.name)} AND {alias}.since <= $2 AND {alias}.until > $2"
    match term.how:
        case How.IS:
            compared = _equal(value, term.values, texts)
        case How.FROM:
            compared = _compared(value, ">=", term.values[0], texts)
        case How.TO:
            compared = _compared(value, "<=", term.values[0], texts)
        case How.STARTS:
            compared = " OR ".join(_starts(value, prefix, texts) for prefix in term.values)
    return f"{name} AND ({compared})"


def _equal(value: str, values: Sequence[str], texts: _Texts) -> str:
    """One value is compared with `=`, for which the index gives ids in order."""
    if len(values) == 1:
        start, whole = texts.one(values[0][:INDEXED]), texts.one(values[0])
        return f"left({value}, {INDEXED}) = {start} AND {value} = {whole}"
    starts, wholes = texts.several([text[:INDEXED] for text in values]), texts.several(values)
    return f"left({value}, {INDEXED}) = ANY ({starts}) AND {value} = ANY ({wholes})"


def _compared(value: str, sign: str, bound: str, texts: _Texts) -> str:
    """What holds for two texts holds for their beginnings, which is what the index knows."""
    start, whole = texts.one(bound[:INDEXED]), texts.one(bound)
    return f"left({value}, {INDEXED}) {sign} {start} AND {value} {sign} {whole}"


def _starts(value: str, prefix: str, texts: _Texts) -> str:
    """Beginning with `prefix`: the index narrows by its range, and `starts_with` decides."""
    whole = texts.one(prefix)
    low = texts.one(prefix[:INDEXED])
    high = texts.one(prefix[:INDEXED].ljust(INDEXED, LAST_CHARACTER))
    narrowed = f"left({value}, {INDEXED}) >= {low} AND left({value}, {INDEXED}) <= {high}"
    return f"({narrowed} AND starts_with({value}, {whole}))"
