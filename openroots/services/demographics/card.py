"""What is written on a European Health Insurance Card (EHIC), and whether it can be one.

For coverage. A card is sent and kept as a FHIR Coverage; every part of it must be there and in
form. Parts of a Coverage that no card has are left out of what is kept.

Source: PDS FHIR API, "Update a patient's coverage": its required fields, in their order; ISO 3166
for the countries that issue cards.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

from openroots.fhir.dates import is_day
from openroots.fhir.patch import brief
from openroots.fhir.patient import NHS_NUMBER
from openroots.identifiers import NHSNumber
from openroots.problem import Json, Problem

COUNTRY_CODES = "urn:iso:std:iso:3166"
FIRST = "0"  # the only item of a list that has exactly one
FARTHEST = timedelta(days=int(150 * 365.2425))

# The countries that issue the card.
COUNTRIES = {
    **{"AUT": "Austria", "BEL": "Belgium", "BGR": "Bulgaria", "CHE": "Switzerland"},
    **{"CYP": "Cyprus", "CZE": "Czechia", "DEU": "Germany", "DNK": "Denmark", "ESP": "Spain"},
    **{"EST": "Estonia", "FIN": "Finland", "FRA": "France", "GRC": "Greece", "HRV": "Croatia"},
    **{"HUN": "Hungary", "IRL": "Ireland", "ISL": "Iceland", "ITA": "Italy"},
    **{"LIE": "Liechtenstein", "LTU": "Lithuania", "LUX": "Luxembourg", "LVA": "Latvia"},
    **{"MLT": "Malta", "NLD": "Netherlands", "NOR": "Norway", "POL": "Poland"},
    **{"PRT": "Portugal", "ROU": "Romania", "SVK": "Slovakia", "SVN": "Slovenia"},
    "SWE": "Sweden",
}

Fits = Callable[[Any, date], bool]  # a value, today


def _is(wanted: str) -> Fits:
    return lambda value, _: value == wanted


def _matches(pattern: str) -> Fits:
    form = re.compile(pattern, re.ASCII)
    return lambda value, _: isinstance(value, str) and bool(form.fullmatch(value))


def _is_near(value: Any, today: date) -> bool:
    """Whether it is a day, and less than 150 years away."""
    return is_day(value) and abs(date.fromisoformat(value) - today) < FARTHEST


class Part(NamedTuple):
    """One value of a card: where it is, and whether one fits. What is optional may be left out."""

    path: str
    fits: Fits
    optional: bool = False


STATUS = Part("status", _is("active"))
PERSON = Part("beneficiary/identifier/value", _matches(r"[a-zA-Z0-9\-,/:'. ]{1,25}"))
INSTITUTION = Part("payor/0/identifier/value", _matches(r"[a-zA-Z0-9\-,/:'. ]{1,30}"))
SUBSCRIBER = Part("subscriber/identifier/value", lambda value, _: isinstance(value, str))
CARD = Part("identifier/0/value", _matches(r"[a-zA-Z0-9\-,/:'. ]{1,25}"))
COUNTRY = Part("identifier/0/assigner/identifier/value", _matches("[A-Z]{3}"))
EXPIRY = Part("period/end", _is_near)

PARTS = (
    Part("resourceType", _is("Coverage"), optional=True),
    STATUS,
    PERSON,
    INSTITUTION,
    Part("subscriber/identifier/system", _is(NHS_NUMBER), optional=True),
    SUBSCRIBER,
    CARD,
    Part("identifier/0/assigner/identifier/system", _is(COUNTRY_CODES)),
    COUNTRY,
    EXPIRY,
)


def card_in(body: Any, today: date) -> Json:
    """The Coverage to keep of the one that was sent: all that a card has, and nothing else.

    Raises Problem for the first part that is missing, or else for the first that does not fit.
    """
    if not isinstance(body, dict):
        raise Problem("coverage-malformed")
    values = {part: _value(body, part.path) for part in PARTS}
    for part, value in values.items():
        if value is None and not part.optional:
            raise Problem("value-missing", field=part.path)
    for part, value in values.items():
        if value is not None and not part.fits(value, today):
            raise Problem("value-invalid", value=brief(value), field=part.path)
    return _card({part.path: value for part, value in values.items()})


def is_whole(card: Json) -> bool:
    """Whether a card that is held says whom it insures, and with which institution."""
    persons = card.get("beneficiary", {}).get("identifier", {})
    [payor] = card.get("payor") or [{}]
    return bool(persons.get("value") and payor.get("identifier", {}).get("value"))


def subscriber_of(card: Json) -> NHSNumber:
    """The NHS number of whoever holds the card. Raises Problem where it is none."""
    try:
        return NHSNumber(card["subscriber"]["identifier"]["value"])
    except ValueError as error:
        raise Problem("resource-id-invalid") from error


def _value(body: Json, path: str) -> Any:
    """What is at a path, None if nothing is. Raises Problem for what could not lead there."""
    value: Any = body
    steps = path.split("/")
    for at, step in enumerate(steps):
        if value is None:
            return None
        value = _within(value, step, "/".join(steps[:at]))
    return value


def _within(value: Any, step: str, field: str) -> Any:
    wanted = list if step == FIRST else dict
    if not isinstance(value, wanted):
        raise Problem("value-invalid", value=brief(value), field=field)
    if isinstance(value, dict):
        return value.get(step)
    if not value:
        raise Problem("too-few-values", least=1, field=field)
    if len(value) > 1:
        raise Problem("too-many-values", most=1, field=field)
    return value[0]


def _card(values: dict[str, Any]) -> Json:
    country = values[COUNTRY.path]
    assigner: Json = {"identifier": {"system": COUNTRY_CODES, "value": country}}
    if country in COUNTRIES:
        assigner["display"] = COUNTRIES[country]
    subscriber = {"system": NHS_NUMBER, "value": values[SUBSCRIBER.path]}
    return {
        "resourceType": "Coverage",
        "status": values[STATUS.path],
        "subscriber": {"identifier": subscriber, "type": "Patient"},
        "identifier": [{"value": values[CARD.path], "assigner": assigner}],
        "payor": [{"identifier": {"value": values[INSTITUTION.path]}}],
        "beneficiary": {"identifier": {"value": values[PERSON.path]}, "type": "Patient"},
        "period": {"end": values[EXPIRY.path]},
    }
