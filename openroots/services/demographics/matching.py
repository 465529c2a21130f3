"""Who fits what a search asks for, and how well.

Where each criterion is one that the index answers, whoever it finds fits with a score of 1.
Otherwise it gives candidates, whose records are looked at. A score is a product: each liberty that
was taken, such as a homophone or a name no longer used, makes it smaller by a factor. In a fuzzy
search how well names fit is for `tracing` to say; all else that is asked must be so.

Source: PDS FHIR API, "Search for a patient"; it publishes what a score means, not how it is
reckoned, so the factors are ours.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from openroots.fhir import patient as about
from openroots.fhir.patient import SENSITIVE, VERY_RESTRICTED
from openroots.problem import Json
from openroots.services.demographics.criteria import Criteria
from openroots.services.demographics.indexing import FAMILY_BORN, NAME, WAS, managing_organisation
from openroots.services.demographics.wildcards import (
    fits,
    is_pattern,
    literal_length,
    literal_start,
)
from openroots.storage import Query, Row, Snapshot, Term
from openroots.storage.search import How
from openroots.tracing import Name, Wanted
from openroots.tracing.blocking import APART
from openroots.tracing.naming import GUESSES, NO_LONGER_SO, UNFIT, named
from openroots.tracing.person import Contacts, addresses_of, is_current, names_of, reached

T = TypeVar("T")

# By how much each liberty that is not one of names lessens a score.
OTHER_PRACTICE = 0.9
OTHER_DEATH = 0.9
PATTERN_AT_LEAST, PATTERN_BY_LENGTH = 0.75, 0.2

# A fuzzy match is left out where somebody else fits so much better: this share of the best score.
NEAR_THE_BEST = 0.75


class Match(NamedTuple):
    """Somebody who fits, by NHS number, and how well (0..1); `guessed` where that takes more than
    the liberties that the API publishes, such as a slip of the keyboard."""

    number: str
    score: float
    guessed: bool = False


class Candidate(NamedTuple):
    """Somebody who might fit: the record, how confidential it is, and what was once in it."""

    patient: Json
    labels: frozenset[str]
    former: Json


def best(criteria: Criteria, found: Sequence[Match]) -> list[Match]:
    """Those who fit well enough, the best first; of equals, by number. Whoever fits only by a guess
    is among them where nobody fits without."""
    if not all(match.guessed for match in found):
        found = [match for match in found if not match.guessed]
    ranked = sorted(found, key=lambda match: (-match.score, match.number))
    least = 1.0 if criteria.exact else 0.0
    if criteria.fuzzy and ranked:
        least = max(least, NEAR_THE_BEST * ranked[0].score)
    return [match for match in ranked if match.score >= least]


def matched(criteria: Criteria, names: Wanted, candidate: Candidate) -> Match | None:
    """How well a candidate fits what is asked, to four decimals; None where they do not. `names`
    are those that are asked, for a fuzzy search."""
    guessed, product = False, 1.0
    for factor in _factors(criteria, candidate):
        product *= factor
        if not product:
            return None
    if criteria.fuzzy:
        fit = named(names, names_of(candidate.patient, candidate.former))
        if fit.family in UNFIT or fit.given in UNFIT:
            return None
        guessed = fit.family in GUESSES or fit.given in GUESSES
        product *= round(fit.value, 4)
    return Match(candidate.patient["id"], round(product, 4), guessed)


def _factors(criteria: Criteria, candidate: Candidate) -> Iterator[float]:
    """How well each criterion is met, what rules out most people first."""
    patient, former, back = candidate.patient, candidate.former, criteria.looks_back
    born = patient.get("birthDate", "")
    yield bool(born) and criteria.born.holds(born)
    yield not _may_not_be_found(criteria, candidate.labels)
    if criteria.gender:
        was = ((gender, False) for gender in former.get("gender", ()))
        genders = ((patient.get("gender", ""), True), *was)
        yield _now_or_before(genders, back, criteria.gender.__eq__)
    if not criteria.fuzzy:
        names = ((name, name.now) for name in names_of(patient, former))
        yield _now_or_before(names, back, lambda name: _spelt(criteria, name))
    if criteria.postcode:
        held = addresses_of(patient, former, lines=False)
        places = ((address.postcode, address.now) for address in held)
        yield _now_or_before(places, back, lambda postcode: _written(criteria.postcode, postcode))
    if criteria.phone or criteria.email:
        yield from _by_contact(criteria, *reached(patient, former))
    if criteria.organisation and criteria.organisation != managing_organisation(patient):
        yield OTHER_PRACTICE if criteria.fuzzy else 0.0
    if criteria.practice and criteria.practice != about.general_practice(patient):
        yield OTHER_PRACTICE if criteria.fuzzy else 0.0
    if criteria.died and not _died_within(criteria, patient):
        yield OTHER_DEATH if criteria.fuzzy else 0.0


def _by_contact(criteria: Criteria, phones: Contacts, emails: Contacts) -> Iterator[float]:
    """How well somebody can be reached as is asked."""
    if criteria.phone:
        yield _now_or_before(phones, criteria.looks_back, criteria.phone.__eq__)
    if criteria.email:
        yield _now_or_before(emails, criteria.looks_back, criteria.email.__eq__)


def _may_not_be_found(criteria: Criteria, labels: frozenset[str]) -> bool:
    """Whether to find somebody by this would tell more of them than may be told."""
    if criteria.says_where and not labels.isdisjoint(SENSITIVE):
        return True
    return VERY_RESTRICTED in labels and bool(criteria.phone or criteria.email)


def _died_within(criteria: Criteria, patient: Json) -> bool:
    day = about.death_day(patient)
    return bool(day) and criteria.died is not None and criteria.died.holds(day)


def _now_or_before(
    items: Iterable[tuple[T, bool]], looks_back: bool, fit: Callable[[T], float]
) -> float:
    """How well any item fits, each with whether it is current; those that are not count where the
    past does."""
    fits = (fit(item) * (1.0 if now else NO_LONGER_SO) for item, now in items if now or looks_back)
    return float(max(fits, default=0.0))


def _spelt(criteria: Criteria, name: Name) -> float:
    """How well a name is written as asked: each given name that is asked, in its place. Only in the
    first of them does a wildcard stand for anything."""
    asked, held = criteria.given, name.given
    if len(asked) > len(held) or asked[1:] != held[1 : len(asked)]:
        return 0.0
    product = _written(criteria.family, name.family)
    return product * _written(asked[0], held[0]) if asked else product


def _written(asked: str, held: str) -> float:
    if not is_pattern(asked):
        return float(asked == held)
    if not fits(asked, held):
        return 0.0
    return PATTERN_AT_LEAST + PATTERN_BY_LENGTH * literal_length(asked) / max(len(held), 1)


def starts_as(criteria: Criteria) -> str:
    """What a name as it is indexed begins with, as far as it is known before any wildcard."""
    first = APART.join((criteria.family, *criteria.given[:1], ""))
    if is_pattern(first):
        return literal_start(first)
    return APART.join((criteria.family, *criteria.given, ""))


def namesakes(patient: Json, db: Snapshot, limit: int = 2) -> list[Row]:
    """Those already there who may be this person: of the same main name and birth date, and of
    the same gender or postcode."""
    rows, mine = db.search(namesake_query(patient)).rows, set(likenesses(patient))
    return [row for row in rows if not mine.isdisjoint(likenesses(row.body))][:limit]


def namesake_query(patient: Json) -> Query:
    """The question that finds everyone of this family name, first given name and birth date."""
    family, first = _main(patient)
    was = "" if is_current(about.main_name(patient)) else WAS
    born = Term(was + FAMILY_BORN, (APART.join((family, patient.get("birthDate", ""))),))
    if not first:  # as a family name alone is indexed, which is no other's beginning
        return Query("Patient", (born, Term(was + NAME, (APART.join((family, "")),))))
    named = Term(was + NAME, (APART.join((family, first, "")),), How.STARTS)
    return Query("Patient", (born, named))


def likenesses(patient: Json) -> tuple[str, ...]:
    """What two people who may be one have in common: the same main name and birth date, together
    with the same gender, or with the same postcode."""
    postcode = about.postcode_key(about.home_address(patient).get("postalCode", ""))
    person = APART.join((*_main(patient), str(patient.get("birthDate", ""))))
    by_gender = APART.join((person, "gender", str(patient.get("gender"))))
    by_postcode = APART.join((person, "postcode", postcode))
    return (by_gender, by_postcode) if postcode else (by_gender,)


def _main(patient: Json) -> tuple[str, str]:
    """The family name and first given name by which somebody is told, as they are compared."""
    name = about.main_name(patient)
    return about.fold(name.get("family", "")), about.fold((name.get("given") or ("",))[0])
