"""The areas that subscriptions of NEMS go by: who lives in one, or is registered in one.

    UHV_POSTCODE_LACODE, CHO_POSTCODE_CCG    who lives there, or has just moved away
    CHO_GP_CCG                               who is registered with a practice there
    COUNTRYCODE                              who is registered with a practice of that country

An area is named by an organisation. There is no directory of postcodes here that would say which
council or commissioner each belongs to; so it is the postcode area, the letters with which
postcodes begin, in which the organisation has its address.

Source: National Events Management Service, its generic subscription rules; Royal Mail's form of a
postcode, for the areas.
"""

import re

from openroots.fhir.patient import postcode_key
from openroots.problem import Json
from openroots.service import Problem
from openroots.services.events.names import AREA
from openroots.storage import Query, Snapshot

BY_HOME = frozenset({"UHV_POSTCODE_LACODE", "CHO_POSTCODE_CCG"})
BY_PRACTICE, BY_COUNTRY = "CHO_GP_CCG", "COUNTRYCODE"
RULES = BY_HOME | {BY_PRACTICE, BY_COUNTRY}
LETTERS = re.compile(r"[A-Z]{1,2}(?=\d)", re.ASCII)
GP_PRACTICE = "RO76"  # the role of an organisation
MOST = 20_000  # organisations that are looked through

Condition = tuple[str, tuple[str, ...]]


def areas_of(resource: Json) -> list[str]:
    """The postcode areas of the addresses of a person or an organisation, each once."""
    postcodes = [address.get("postalCode") or "" for address in resource.get("address") or ()]
    found = [LETTERS.match(postcode_key(text)) for text in postcodes]
    return list(dict.fromkeys(each[0] for each in found if each))


def condition_of(rule: str, code: str, db: Snapshot) -> Condition:
    """What must hold of an event for a rule, where the area is that of this organisation. Raises
    Problem where nobody knows where it is."""
    row = db.get("Organization", code)
    place = _country_of if rule == BY_COUNTRY else areas_of
    places = place(row.body) if row else []
    if not places:
        raise Problem("area-unknown", organisation=code)
    if rule in BY_HOME:
        return AREA, tuple(places)
    found = [each.body for each in db.search(Query("Organization", limit=MOST)).rows]
    there = [
        each["id"] for each in found if _is_practice(each) and not _differ(place(each), places)
    ]
    return "generalpractitioner", tuple(there)


def _country_of(resource: Json) -> list[str]:
    return [each["country"] for each in resource.get("address") or () if each.get("country")]


def _is_practice(organisation: Json) -> bool:
    types = organisation.get("type") or ()
    return any(coding.get("code") == GP_PRACTICE for each in types for coding in each["coding"])


def _differ(one: list[str], other: list[str]) -> bool:
    return set(one).isdisjoint(other)
