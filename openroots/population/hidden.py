"""What only some applications are shown of a made-up person: a confidential reason for removal from
registration, a line of an address that holds nothing.

For the population. It is written into a record that is made already, with a chance of its own, so
that nobody else is otherwise for it.

Source: PDS FHIR API, the custom attributes that its tests give to applications; NHS Data Model and
Dictionary, the reasons for removal that the armed forces notify.
"""

from random import Random

from openroots.population.days import period_of
from openroots.population.extensions import NOMINATED_PHARMACY, removal_of
from openroots.population.lives import Life
from openroots.storage import Json

ENLISTED = ("AFN", "Armed Forces (Notified by the Armed Forces)")
DEPENDANT = ("SDN", "Services Dependant (Notified by the Armed Forces)")
CONFIDENTIAL = (ENLISTED, DEPENDANT)
OF_SERVICE = range(18, 55)  # years old


def removed_in_confidence(body: Json, one: Life, today: int, chance: Random) -> Json:
    """The record of somebody who was removed for a reason that is not told to all; their life is
    made to agree. The dead are left as they are."""
    if one.died:
        return body
    one.removed = ENLISTED if one.age(today) in OF_SERVICE else DEPENDANT
    registered = max(one.since, one.registered, one.married)
    one.removal = one.removal or registered + int(chance.random() * (today - registered + 1))
    return _without_practice(body, one) | {"extension": _extensions(body, one)}


def with_an_empty_line(body: Json) -> Json:
    """The record with a home address whose first line, for the name of a house, is empty; as it is
    where a house has a name."""
    home, *others = body["address"]
    if not home["line"][0][0].isdigit():
        return body
    return body | {"address": [home | {"line": ["", *home["line"]]}, *others]}


def _without_practice(body: Json, one: Life) -> Json:
    left = {name: body[name] for name in body if name not in ("generalPractitioner", "extension")}
    for practice in body.get("generalPractitioner", ()):
        period = period_of(one.registered, one.removal)
        identifier = practice["identifier"] | {"period": period}
        left["managingOrganization"] = {"type": "Organization", "identifier": identifier}
    return left


def _extensions(body: Json, one: Life) -> list[Json]:
    assert one.removed  # said just before
    removal = removal_of(*one.removed, one.removal)
    gone = (removal["url"], NOMINATED_PHARMACY)
    return [removal, *(item for item in body.get("extension", ()) if item["url"] not in gone)]
