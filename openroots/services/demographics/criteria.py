"""What a search asks for: from the parameters of a request to criteria, or a refusal.

The checks are made in this order: that there are parameters, that all are known, that each has a
value of its form, that there is a birth date, and that there is enough to search by.

Source: PDS FHIR API, "Search for a patient"; the order is that of its test servers.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from openroots.fhir import patient as about
from openroots.fhir.dates import is_day
from openroots.fhir.patch import brief
from openroots.service import Access, Problem, Query, Request
from openroots.services.demographics.days import Days
from openroots.services.demographics.wildcards import is_pattern, starts_too_early
from openroots.tracing.person import phone_key

PARAMETERS = {
    "family": "The family name. A wildcard * may follow its first two characters.",
    "given": "A given name; repeat it for further ones, in their order. A wildcard * may follow "
    "the first two characters of the first.",
    "gender": "male, female, other or unknown.",
    "birthdate": "eq, ge or le and a day, such as ge2010-10-22; give two for a range.",
    "death-date": "As birthdate, of the date of death.",
    "address-postcode": "The postcode of any address. A wildcard may follow two characters.",
    "address-postalcode": "The same as address-postcode; only one of the two may be given.",
    "general-practitioner": "The ODS code of the GP practice.",
    "managing-organization": "The ODS code of the organisation that keeps the record.",
    "email": "An email address, in full.",
    "phone": "A telephone number, in full.",
    "_fuzzy-match": "true to find names that sound alike, are transposed or were used before.",
    "_exact-match": "true to find only who fits with a score of 1.",
    "_history": "true to look at previous names and addresses too.",
    "_max-results": "How many people to find at most, 1 to 50; for an application on its own, 1.",
}
MOST_VALUES = {"given": 5, "birthdate": 2, "death-date": 2}  # of others, one
LONGEST = {"family": 35, "given": 35, "email": 90}
USUALLY_LONGEST = 35
GENDERS = ("male", "female", "other", "unknown")
TRUTHS = {"true": True, "false": False}
DATE = re.compile(r"(eq|ge|le)?(.{10})", re.DOTALL)
STRETCHES: dict[str | None, Callable[[str], Days]] = {
    "ge": Days.since,
    "le": Days.until,
    "eq": lambda day: Days(day, day),
    None: lambda day: Days(day, day),
}
NUMBER = re.compile(r"[1-9]\d?", re.ASCII)
MOST_RESULTS = 50
WITHOUT_USER = frozenset({Access.APPLICATION, Access.PRIVILEGED})
FUZZY_MINIMUM = (
    {"given", "family"},
    {"family", "gender", "postcode"},
    {"given", "gender", "postcode"},
)


class Criteria(NamedTuple):
    """What a search asks for, each part as it is compared; "" is what is not asked."""

    born: Days
    died: Days | None = None
    family: str = ""
    given: tuple[str, ...] = ()
    gender: str = ""
    postcode: str = ""
    practice: str = ""
    organisation: str = ""
    phone: str = ""
    email: str = ""
    fuzzy: bool = False
    exact: bool = False
    history: bool = False
    most: int = MOST_RESULTS

    @property
    def patterned(self) -> bool:
        """Whether a name or the postcode has a wildcard."""
        return any(map(is_pattern, (self.family, self.postcode, *self.given)))

    @property
    def says_where(self) -> bool:
        """Whether it asks where somebody is: then nobody who is restricted may be found."""
        return bool(self.postcode or self.practice or self.organisation)

    @property
    def looks_back(self) -> bool:
        """Whether what is no longer so counts."""
        return self.fuzzy or self.history


def criteria_of(request: Request) -> Criteria:
    """What the request asks for. Raises Problem for what cannot be searched for."""
    query = request.query
    if not query:
        raise Problem("search-empty")
    for name, values in query.items():
        _refuse_malformed(name, values)
    if "address-postcode" in query and "address-postalcode" in query:
        raise Problem("postcode-twice")
    born, died = _days(query, "birthdate"), _days(query, "death-date")
    asked = {part: read(query) for name, (part, read) in PARTS.items() if name in query}
    most = _most(query, request.caller.access)
    if born is None:
        raise Problem(
            "value-missing", field="birth_date/birth_date_range_start/birth_date_range_end"
        )
    criteria = Criteria(born, died, **asked, most=most)
    _refuse_too_little(criteria)
    return criteria


def _refuse_malformed(name: str, values: tuple[str, ...]) -> None:
    most = MOST_VALUES.get(name, 1)
    if len(values) > most:
        raise Problem("too-many-values", field=name, most=most)
    longest = LONGEST.get(name, USUALLY_LONGEST)
    for value in values:
        if not value.strip() or len(value) > longest or not value.isprintable():
            raise Problem("value-invalid", value=brief(value), field=name)


def _days(query: Query, name: str) -> Days | None:
    """The days that satisfy every value of a date parameter; None where there is none."""
    if name not in query:
        return None
    days = Days()
    for value in query[name]:
        found = DATE.fullmatch(value)
        if found is None or not is_day(found[2]):
            raise Problem("value-invalid", value=brief(value), field=name)
        days = days.within(STRETCHES[found[1]](found[2]))
    return days


def _most(query: Query, access: Access) -> int:
    """How many people may be found."""
    [asked] = query.get("_max-results", ("1" if access in WITHOUT_USER else str(MOST_RESULTS),))
    if access in WITHOUT_USER and asked != "1":
        raise Problem("too-many-results", access=access.value)
    if not NUMBER.fullmatch(asked) or int(asked) > MOST_RESULTS:
        raise Problem("value-invalid", value=brief(asked), field="_max-results")
    return int(asked)


def _family(query: Query) -> str:
    return _fold(query["family"][0], "family")


def _fold(value: str, name: str) -> str:
    """A name, which must have something left when case and accents are gone."""
    folded = about.fold(value)
    if not folded:
        raise Problem("value-invalid", value=brief(value), field=name)
    return folded


def _given(query: Query) -> tuple[str, ...]:
    return tuple([_fold(value, "given") for value in query["given"]])


def _gender(query: Query) -> str:
    [gender] = query["gender"]
    if gender not in GENDERS:
        raise Problem("value-invalid", value=brief(gender), field="gender")
    return gender


def _postcode(query: Query) -> str:
    [postcode] = query.get("address-postcode") or query["address-postalcode"]
    return about.postcode_key(postcode)


def _truth(name: str) -> Callable[[Query], bool]:
    def read(query: Query) -> bool:
        [value] = query[name]
        if value not in TRUTHS:
            raise Problem("value-invalid", value=brief(value), field=name)
        return TRUTHS[value]

    return read


def _code(name: str) -> Callable[[Query], str]:
    return lambda query: query[name][0].strip().upper()


# Which part each parameter gives, and what reads it where it is there; the first that cannot be
# read is told of.
PARTS: dict[str, tuple[str, Callable[[Query], Any]]] = {
    "family": ("family", _family),
    "given": ("given", _given),
    "gender": ("gender", _gender),
    "address-postcode": ("postcode", _postcode),
    "address-postalcode": ("postcode", _postcode),
    "general-practitioner": ("practice", _code("general-practitioner")),
    "managing-organization": ("organisation", _code("managing-organization")),
    "phone": ("phone", lambda query: phone_key(query["phone"][0])),
    "email": ("email", lambda query: query["email"][0].strip().lower()),
    "_fuzzy-match": ("fuzzy", _truth("_fuzzy-match")),
    "_exact-match": ("exact", _truth("_exact-match")),
    "_history": ("history", _truth("_history")),
}


def _refuse_too_little(criteria: Criteria) -> None:
    """Raises Problem where what is asked does not meet the minimum for the kind of search."""
    if criteria.fuzzy:
        enough = any(all(getattr(criteria, part) for part in wanted) for wanted in FUZZY_MINIMUM)
        if criteria.patterned or not enough:
            raise Problem("search-not-fuzzy")
    early = map(starts_too_early, (criteria.family, criteria.postcode, *criteria.given))
    if not criteria.family and not criteria.fuzzy or any(early):
        raise Problem("search-too-little")
