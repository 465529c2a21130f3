"""Which people to look at for a search: the questions put to the index, the narrowest term first.

Source: none; how people are indexed is in `indexing`.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from openroots.services.demographics.criteria import Criteria
from openroots.services.demographics.days import Days
from openroots.services.demographics.former import FORMER
from openroots.services.demographics.indexing import (
    FAMILY_BORN,
    NAME,
    START_BORN,
    TRACE,
    WAS,
)
from openroots.services.demographics.matching import starts_as
from openroots.services.demographics.wildcards import (
    LITERAL_START,
    WILDCARD,
    is_pattern,
    literal_start,
)
from openroots.storage import Query, Term
from openroots.storage.search import How
from openroots.tracing import Wanted, keys
from openroots.tracing.blocking import APART, OF_PLACE, heard_of

MOST_LOOKED_AT = 250  # people for one search; more are too many matches


def is_plain(criteria: Criteria) -> bool:
    """Whether the index answers it all: whoever is found fits exactly."""
    return not (criteria.looks_back or criteria.patterned)


def plain_query(criteria: Criteria, form: str) -> Query:
    """The question that finds just those who fit a plain search, in this form."""
    where = (*_of_name(criteria), *_of_facts(criteria))
    return Query("Patient", where, limit=criteria.most, form=form)


def sought(criteria: Criteria) -> Wanted:
    """Who is sought by a fuzzy search; of those born in a stretch of days, without the date."""
    born = criteria.born.first if criteria.born.one else ""
    return Wanted(criteria.family, criteria.given, born, postcode=criteria.postcode)


def together(wanted: Wanted) -> Query:
    """The one question that finds everyone, born on one day, who might fit a fuzzy search, with
    what was once so of them."""
    trace = (Term(TRACE, keys(wanted, doubt=False)),)
    return Query("Patient", trace, limit=MOST_LOOKED_AT, also=(FORMER,))


def queries(criteria: Criteria) -> Iterator[Query]:
    """The questions that find everyone who might fit, and few others."""
    if criteria.fuzzy:
        trace = (_of_trace(criteria),)
        yield from (_looked_at(trace), _looked_at(trace, FORMER))
    elif criteria.history:
        was = tuple(_of_name(criteria, WAS))
        yield from (_looked_at(_of_name(criteria)), _looked_at(was), _looked_at(was, FORMER))
    else:
        # Where only an exact fit counts, how well somebody fits decides as well.
        counts = _is_decided(criteria) and not criteria.exact
        limit = criteria.most if counts else MOST_LOOKED_AT
        where = (*_of_name(criteria), *_of_facts(criteria))
        yield Query("Patient", where, limit=limit)


def _looked_at(where: Iterable[Term], type: str = "Patient") -> Query:
    return Query(type, tuple(where), limit=MOST_LOOKED_AT)


def _is_decided(criteria: Criteria) -> bool:
    """Whether whoever the index finds fits, though not how well: each wildcard stands last, and
    nothing is asked of a name after it."""
    names = (criteria.family, *criteria.given)
    at_the_end = all(text.find(WILDCARD) in (-1, len(text) - 1) for text in names)
    postcode = criteria.postcode.find(WILDCARD) in (-1, len(criteria.postcode) - 1)
    return at_the_end and postcode and not any(map(is_pattern, names[:-1]))


def _of_name(criteria: Criteria, was: str = "") -> Iterator[Term]:
    """The family name with the birth date leads; then the given names, of that family name."""
    pattern = is_pattern(criteria.family)
    lead = START_BORN if pattern else FAMILY_BORN
    family = criteria.family[:LITERAL_START] if pattern else criteria.family
    yield _dated(was + lead, (family,), criteria.born)
    start = starts_as(criteria)
    if (pattern or criteria.given) and start != family:  # else the first term says as much
        yield Term(was + NAME, (start,), How.STARTS)


def _of_trace(criteria: Criteria) -> Term:
    """The keys of who is sought. Of a stretch of days, in which many are born, only how the family
    name sounds, or the given name and what else it may be."""
    days, family, given = criteria.born, criteria.family, criteria.given
    if days.one:
        return Term(TRACE, keys(sought(criteria), doubt=False))
    said = heard_of(Wanted(family) if family else Wanted(given=given))
    return _dated(TRACE, tuple(dict.fromkeys(said)), days)


def _dated(name: str, values: tuple[str, ...], days: Days) -> Term:
    """One of these values, with a date within these days."""
    beginnings = tuple(days.beginnings()) or ("none",)
    pairs = tuple(APART.join(pair) for pair in product(values, beginnings))
    return Term(name, pairs, How.IS if days.one else How.STARTS)


def _of_facts(criteria: Criteria) -> Iterator[Term]:
    """What the index says of a person's present, besides names."""
    if criteria.gender:
        # Not IS, which PostgreSQL would take for a narrow term and lead with.
        yield Term("gender", (criteria.gender,), How.STARTS)
    if criteria.postcode:
        end = "" if is_pattern(criteria.postcode) else APART
        start = f"{OF_PLACE}{literal_start(criteria.postcode)}{end}"
        yield Term(TRACE, (start,), How.STARTS)
    for name in ("phone", "email", "practice", "organisation"):
        if value := getattr(criteria, name):
            yield Term(name, (value,))
    if criteria.died:
        yield Term("death-date", tuple(criteria.died.beginnings()) or ("none",), How.STARTS)
