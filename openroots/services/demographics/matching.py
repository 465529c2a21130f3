"""Who fits what a search asks for, and how well.

Where each criterion is one that the index answers, whoever it finds fits with a score of 1.
Otherwise it gives candidates, whose records are looked at. A score is a product: each liberty that
was taken, such as a homophone or a name no longer used, makes it smaller by a factor.

Source: PDS FHIR API, "Search for a patient"; it publishes what a score means, not how it is
reckoned, so the factors are ours.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from openroots.fhir import patient as about
from openroots.problem import Json
from openroots.services.demographics.criteria import Criteria
from openroots.services.demographics.indexing import (
    APART,
    FAMILY_BORN,
    NAME,
    is_current,
    managing_organisation,
    phone_key,
)
from openroots.services.demographics.phonetics import called, sound_alike
from openroots.services.demographics.views import SENSITIVE, VERY_RESTRICTED
from openroots.services.demographics.wildcards import fits, is_pattern, literal_length
from openroots.storage import Query, Row, Snapshot, Term
from openroots.storage.search import How

# By how much each liberty lessens a score.
HOMOPHONE = 0.85
SHORT_NAME = 0.9
TRANSPOSED = 0.8
FURTHER_NAME_DIFFERS = 0.95
NO_LONGER_SO = 0.95
OTHER_PRACTICE = 0.9
OTHER_DEATH = 0.9
PATTERN_AT_LEAST, PATTERN_BY_LENGTH = 0.75, 0.2

# A fuzzy match is left out where somebody else fits so much better: this share of the best score.
NEAR_THE_BEST = 0.75


NOTHING: Json = {}


class Match(NamedTuple):
    """Somebody who fits, by NHS number, and how well (0..1)."""

    number: str
    score: float


class Known(NamedTuple):
    """What is known of a candidate: the record, how confidential it is, and what was once so."""

    patient: Json
    labels: frozenset[str]
    former: Json = NOTHING


def best(criteria: Criteria, found: Sequence[Match]) -> list[Match]:
    """Those who fit well enough, the best first; of equals, by number."""
    ranked = sorted(found, key=lambda match: (-match.score, match.number))
    least = 1.0 if criteria.exact else 0.0
    if criteria.fuzzy and ranked:
        least = max(least, NEAR_THE_BEST * ranked[0].score)
    return [match for match in ranked if match.score >= least]


def score(criteria: Criteria, known: Known) -> float:
    """How well somebody fits what is asked, to four decimals; 0.0 where they do not."""
    product = 1.0
    for factor in _factors(criteria, known):
        product *= factor
        if not product:
            return 0.0
    return round(product, 4)


def _factors(criteria: Criteria, known: Known) -> Iterator[float]:
    """How well each criterion is met, what rules out most people first."""
    patient = known.patient
    yield criteria.born.holds(patient.get("birthDate", "")) and bool(patient.get("birthDate"))
    yield not _may_not_be_found(criteria, known.labels)
    if criteria.gender:
        yield _now_or_before(criteria, known, "gender", criteria.gender.__eq__)
    yield _name(criteria, known)
    if criteria.postcode:
        yield _now_or_before(criteria, known, "address", partial(_of_postcode, criteria))
    if criteria.phone:
        yield _now_or_before(criteria, known, "telecom", partial(_is_phone, criteria))
    if criteria.email:
        yield _now_or_before(criteria, known, "telecom", partial(_is_email, criteria))
    yield criteria.organisation in ("", managing_organisation(patient))
    if criteria.practice and criteria.practice != about.general_practice(patient):
        yield OTHER_PRACTICE if criteria.fuzzy else 0.0
    if criteria.died and not _died_within(criteria, patient):
        yield OTHER_DEATH if criteria.fuzzy else 0.0


def _may_not_be_found(criteria: Criteria, labels: frozenset[str]) -> bool:
    """Whether to find somebody by this would tell more of them than may be told."""
    if criteria.says_where and not labels.isdisjoint(SENSITIVE):
        return True
    return VERY_RESTRICTED in labels and bool(criteria.phone or criteria.email)


def _died_within(criteria: Criteria, patient: Json) -> bool:
    day = about.death_day(patient)
    return bool(day) and criteria.died is not None and criteria.died.holds(day)


def _now_or_before(
    criteria: Criteria, known: Known, part: str, fit: Callable[[Any], float]
) -> float:
    """How well any item of a part fits; those of former times count where the past does."""
    now = known.patient.get(part, ())
    then = known.former.get(part, ()) if criteria.looks_back else ()
    fits_now = map(fit, [now] if isinstance(now, str) else now)
    return float(max((*fits_now, *(NO_LONGER_SO * fit(item) for item in then)), default=0.0))


def _of_postcode(criteria: Criteria, address: Json) -> float:
    return _written(criteria.postcode, about.postcode_key(address.get("postalCode", "")))


def _is_phone(criteria: Criteria, telecom: Json) -> bool:
    return telecom.get("system") == "phone" and phone_key(telecom["value"]) == criteria.phone


def _is_email(criteria: Criteria, telecom: Json) -> bool:
    return telecom.get("system") == "email" and telecom["value"].lower() == criteria.email


def _name(criteria: Criteria, known: Known) -> float:
    """How well any name fits; those no longer used count where the past does."""
    names = known.patient.get("name", ())
    now = [_of_name(criteria, name) for name in names if is_current(name)]
    if criteria.looks_back:
        then = (*(name for name in names if not is_current(name)), *known.former.get("name", ()))
        now += [NO_LONGER_SO * _of_name(criteria, name) for name in then]
    return max(now, default=0.0)


def _of_name(criteria: Criteria, name: Json) -> float:
    family = about.fold(name.get("family", ""))
    given = tuple(about.fold(given) for given in name.get("given", ()))
    fit = _sounded if criteria.fuzzy else _spelt
    return fit(criteria, family, given)


def _spelt(criteria: Criteria, family: str, given: tuple[str, ...]) -> float:
    """How well a name is written as asked: each given name that is asked, in its place."""
    if len(criteria.given) > len(given):
        return 0.0
    product = _written(criteria.family, family)
    for asked, held in zip(criteria.given, given, strict=False):
        product *= _written(asked, held)
    return product


def _written(asked: str, held: str) -> float:
    if not is_pattern(asked):
        return float(asked == held)
    if not fits(asked, held):
        return 0.0
    return PATTERN_AT_LEAST + PATTERN_BY_LENGTH * literal_length(asked) / max(len(held), 1)


def _sounded(criteria: Criteria, family: str, given: tuple[str, ...]) -> float:
    """How well a name sounds as asked, with family and given name in their places or transposed."""
    first, held = (criteria.given or ("",))[0], (given or ("",))[0]
    straight = _alike(criteria.family, family) * _alike(first, held, given=True)
    crossed = TRANSPOSED * _alike(criteria.family, held) * _alike(first, family)
    others = criteria.given[1:]
    differ = sum(1 for other in others if not any(_alike(other, held) for held in given[1:]))
    return float(max(straight, crossed) * FURTHER_NAME_DIFFERS**differ)


def _alike(asked: str, held: str, *, given: bool = False) -> float:
    if not asked or asked == held:
        return 1.0
    if given and held in called(asked):
        return SHORT_NAME
    return HOMOPHONE if sound_alike(asked, held) else 0.0


def starts_as(criteria: Criteria) -> str:
    """What a name as it is indexed begins with, as far as it is known before any wildcard."""
    parts = (criteria.family, *criteria.given)
    known = APART.join((*parts, ""))
    return known.partition("*")[0]


def namesakes(patient: Json, db: Snapshot, limit: int = 2) -> list[Row]:
    """Those already there who may be this person: of the same usual name and birth date, and of
    the same gender or postcode."""
    rows = db.search(namesake_query(patient)).rows
    return [row for row in rows if _may_be(patient, row.body)][:limit]


def namesake_query(patient: Json) -> Query:
    """The question that finds everyone of this family name, first given name and birth date."""
    family, first = _usual(patient)
    born = Term(FAMILY_BORN, (APART.join((family, patient.get("birthDate", ""))),))
    return Query("Patient", (born, Term(NAME, (APART.join((family, first, "")),), How.STARTS)))


def _usual(patient: Json) -> tuple[str, str]:
    """The usual family name and first given name, as they are compared."""
    name = about.usual_name(patient)
    return about.fold(name.get("family", "")), about.fold((name.get("given") or ("",))[0])


def _may_be(one: Json, other: Json) -> bool:
    home, others = (
        about.postcode_key(about.home_address(patient).get("postalCode", ""))
        for patient in (one, other)
    )
    alike = one.get("gender") == other.get("gender") or (home and home == others)
    return bool(alike) and _usual(one) == _usual(other)
