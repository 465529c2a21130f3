"""Queries as SQL for SQLite: which ids a query finds at some commit, within a scope.

For the SQLite store, which reads the rows of those ids.

Source: SQLite's documentation of its query planner; `storage.search` for what a query means.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import orjson

from openroots.storage.search import EXISTS, How, Query, Term, after_all_with
from openroots.storage.types import EVERYTHING, Scope

MOST_GLIMPSED = 4  # values to look for in a text; of more it would cost as much as its parts

# A resource of some type that stands under the subject key of the row that was found.
_OBJECTION = (
    "SELECT 1 FROM term o WHERE o.type=? AND o.name=? AND o.value='' AND o.id=a.subject"
    " AND o.since<=? AND o.until>?"
)


# A value under some name among the terms that stand beside the version of the row that was found:
# each name and then its value. Of values that are compared by their order there may be as many as
# there are people, of which the index cannot tell which is this one's.
_BESIDE = (
    "SELECT 1 FROM version v CROSS JOIN json_each(iif(v.terms='', '[]', v.terms)) b"
    " WHERE v.type=a.type AND v.id=a.id AND v.version=(SELECT max(o.version) FROM version o"
    " WHERE o.type=a.type AND o.id=a.id AND o.t<=?)"
    " AND b.key % 2 = 1 AND json_extract(v.terms, '$[' || (b.key - 1) || ']')=?"
)


def compiled(query: Query, scope: Scope, t: int) -> tuple[str, list[Any]]:
    """SQL for the ids that a query finds at `t`, one more than its limit, and its values.

    The first term leads; each further one is a look-up by the id that the first has found.
    """
    where = query.where or (Term(EXISTS, ("",)),)
    if len(where) == 1 and where[0].how is How.IS and scope is EVERYTHING:  # by far the most usual
        [term] = where
        values = [*query.types, term.name, t, t, *term.values, query.after, query.limit + 1]
        return _of_one_term(len(query.types), len(term.values)), values
    return _compiled(query, where, scope, t)


@lru_cache
def _of_one_term(types: int, values: int) -> str:
    """SQL for what has one of so many values, whatever they are."""
    term = Term("", ("",) * values)
    return _compiled(Query("", (term,), also=("",) * (types - 1)), (term,), EVERYTHING, 0)[0]


def _compiled(query: Query, terms: Sequence[Term], scope: Scope, t: int) -> tuple[str, list[Any]]:
    first, *others = terms
    tables, where, values = _lead(query.types, first, t)
    id = "a.id" if _in_order_of_ids(first) and not query.also else "+a.id"
    where += f" AND {id} > ?"
    values.append(query.after)
    bounds, bound = _within(scope, t)
    where, values = where + bounds, values + bound
    for term in others:
        inner, more = _also(term, t)
        where += f" AND EXISTS ({inner})"
        values += more
    sql = f"SELECT DISTINCT {id} FROM {tables} WHERE {where} ORDER BY {id} LIMIT ?"
    return sql, [*values, query.limit + 1]


def tallied(type: str, name: str, scope: Scope, t: int) -> tuple[str, list[Any]]:
    """SQL for how many resources have each value of a name at `t`, and its values."""
    within, bound = _within(scope, t)
    sql = (
        "SELECT a.value, count(*) FROM term a"
        f" WHERE a.type=? AND a.name=? AND a.since<=? AND a.until>?{within} GROUP BY a.value"
    )
    return sql, [type, name, t, t, *bound]


def _within(scope: Scope, t: int) -> tuple[str, list[Any]]:
    """What keeps to the scope, as conditions on the term `a`, and their values."""
    where = ""
    values: list[Any] = []
    for mark, bound in (("subject", scope.subjects), ("holder", scope.holders)):
        if bound is not None:
            where += f" AND (a.{mark}='' OR a.{mark} IN ({_places(bound)}))"
            values += bound
    for label in scope.hidden:
        where += " AND instr(a.labels, ?) = 0"
        values.append(f"|{label}|")
    if scope.without:
        where += f" AND (a.subject='' OR NOT EXISTS ({_OBJECTION}))"
        values += [scope.without, EXISTS, t, t]
    return where, values


def _in_order_of_ids(term: Term) -> bool:
    """Whether the index gives what this term finds in the order of ids.

    Where it does not, the plus before the column keeps SQLite from walking all ids of the type to
    have that order, in place of the few rows that the term finds.
    """
    return term.how is How.IS and len(term.values) == 1


def _lead(types: tuple[str, ...], term: Term, t: int) -> tuple[str, str, list[Any]]:
    """The tables, the conditions and their values for the term that leads.

    Of several ranges joined by OR SQLite would use none: each is a row of a table of its own, and
    CROSS JOIN has it looked up in the index, one range after the other.
    """
    ends = [after_all_with(prefix) for prefix in term.values] if term.how is How.STARTS else []
    if len(ends) < 2 or not all(ends):
        within, bounds = _term("a", term, t)
        return "term a", f"{_of(types)} AND {within}", [*types, *bounds]
    ranges = f"(VALUES {','.join('(?,?)' for _ in ends)}) r CROSS JOIN term a"
    where = f"{_of(types)} AND a.name=? AND a.since<=? AND a.until>?"
    bounds = [bound for pair in zip(term.values, ends, strict=True) for bound in pair]
    within = " AND a.value >= r.column1 AND a.value < r.column2"
    return ranges, where + within, [*bounds, *types, term.name, t, t]


def _of(types: tuple[str, ...]) -> str:
    return "a.type=?" if len(types) == 1 else f"a.type IN ({_places(types)})"


def _also(term: Term, t: int) -> tuple[str, list[Any]]:
    """What finds a row just if this term too holds of what the first has found, and its values."""
    if term.how is How.IS:
        compared, values = _term("b", term, t)
        return f"SELECT 1 FROM term b WHERE b.type=a.type AND b.id=a.id AND {compared}", values
    compared, bounds = _comparison("b.value", term)
    return f"{_BESIDE} AND {compared}{_glance(term)}", [t, term.name, *bounds, *_glimpsed(term)]


def _glance(term: Term) -> str:
    """A condition on the text of all terms that holds wherever this one does: a look at the text
    costs a tenth of a look at its parts."""
    sought = " OR ".join("instr(v.terms, ?)" for _ in _glimpsed(term))
    return f" AND ({sought})" if sought else ""


def _glimpsed(term: Term) -> list[str]:
    if term.how is not How.STARTS or len(term.values) > MOST_GLIMPSED:
        return []
    return [orjson.dumps([term.name, value])[1:-2].decode() for value in term.values]


def _term(alias: str, term: Term, t: int) -> tuple[str, list[Any]]:
    sql = f"{alias}.name=? AND {alias}.since<=? AND {alias}.until>?"
    compared, values = _comparison(f"{alias}.value", term)
    return f"{sql} AND {compared}", [term.name, t, t, *values]


def _comparison(column: str, term: Term) -> tuple[str, list[str]]:
    match term.how:
        case How.IS:
            return f"{column} IN ({_places(term.values)})", list(term.values)
        case How.FROM:
            return f"{column} >= ?", list(term.values)
        case How.TO:
            return f"{column} <= ?", list(term.values)
        case How.STARTS:
            ranges = [_range(column, value) for value in term.values]
            return f"({' OR '.join(sql for sql, _ in ranges)})", [
                bound for _, bounds in ranges for bound in bounds
            ]


def _range(column: str, prefix: str) -> tuple[str, list[str]]:
    if end := after_all_with(prefix):
        return f"({column} >= ? AND {column} < ?)", [prefix, end]
    return f"{column} >= ?", [prefix]


def _places(values: Iterable[str]) -> str:
    return ",".join("?" for _ in values)
