"""Shapes: what a part of a Patient may look like when a client writes it.

A shape is a function of a value and of the name of its field. It raises Problem, naming the field,
where the value does not fit. The small ones at the top are put together into `PARTS` and
`EXTENSIONS`, which say for every part that can be updated what may be in it.

Source: PDS FHIR API, schema of the Patient resource and the rules of "Update patient details";
UK Core code systems HumanLanguage, PreferredContactMethod, PreferredWrittenCommunicationFormat.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.fhir.patch import brief
from openroots.problem import Problem
from openroots.services.demographics.codes import (
    CONTACT_METHODS,
    LANGUAGES,
    WRITTEN_FORMATS,
)

Shape = Callable[[Any, str], None]

ANYTHING = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]+")
PERHAPS_NOTHING = re.compile(r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*")  # what is blank is left out
NOT_BLANK = re.compile(r"\s*\S.*", re.DOTALL)


def text(pattern: re.Pattern[str] = ANYTHING, longest: int = 255) -> Shape:
    """Text of which all matches the pattern."""
    matches = pattern.fullmatch

    def check(value: Any, field: str) -> None:
        if type(value) is not str or len(value) > longest or not matches(value):
            raise Problem("value-invalid", value=brief(value), field=field)

    return check


def choice(*values: str, legacy: tuple[str, ...] = ()) -> Shape:
    """One of some codes. The legacy ones are told apart: they are read, and never written."""

    allowed = frozenset(values)

    def check(value: Any, field: str) -> None:
        if type(value) is str and value in allowed:
            return
        row = "value-unsupported" if value in legacy else "value-invalid"
        raise Problem(row, value=brief(value), field=field)

    return check


def that(fits: Callable[[Any], bool]) -> Shape:
    """Any value of which a question is true."""

    def check(value: Any, field: str) -> None:
        if not fits(value):
            raise Problem("value-invalid", value=brief(value), field=field)

    return check


def listed(shape: Shape, least: int = 0, most: int = 20) -> Shape:
    """A list of such values."""

    def check(value: Any, field: str) -> None:
        if not isinstance(value, list):
            raise Problem("value-invalid", value=brief(value), field=field)
        if len(value) < least:
            raise Problem("too-few-values", field=field, least=least)
        if len(value) > most:
            raise Problem("too-many-values", field=field, most=most)
        for at, item in enumerate(value):
            try:
                shape(item, "")
            except Problem as problem:
                _place(problem, f"{field}/{at}")
                raise

    return check


def members(required: str = "", /, **shapes: Shape) -> Shape:
    """An object with these members and no others; `required` names those it must have."""
    wanted = required.split()
    known = shapes.keys()

    def check(value: Any, field: str) -> None:
        if not isinstance(value, dict):
            raise Problem("value-invalid", value=brief(value), field=field)
        for name in wanted:
            if name not in value:
                raise Problem("value-missing", field=f"{field}/{name}")
        if not known >= value.keys():
            refuse_unexpected([name for name in value if name not in shapes])
        try:
            for name, member in value.items():
                shapes[name](member, "")
        except Problem as problem:
            _place(problem, f"{field}/{name}")
            raise

    return check


def _place(problem: Problem, place: str) -> None:
    """Put the place of what holds it before the field of a problem that was found within.

    So the name of a field is put together only where there is something to say of it.
    """
    if "field" in problem.fields:
        problem.fields["field"] = f"{place}{problem.fields['field']}"


def refuse_unexpected(names: list[str]) -> None:
    """Raises Problem if there are any names here, telling of all of them."""
    if names:
        row = "property-unexpected" if len(names) == 1 else "properties-unexpected"
        raise Problem(row, names=brief("', '".join(sorted(names))))


def by_url(shapes: Mapping[str, Shape]) -> Shape:
    """An extension whose url is one of these, and which fits the shape given for it."""

    def check(value: Any, field: str) -> None:
        if not isinstance(value, dict):
            raise Problem("value-invalid", value=brief(value), field=field)
        if "url" not in value:
            raise Problem("value-missing", field=f"{field}/url")
        url = value["url"]
        if not isinstance(url, str) or url not in shapes:
            raise Problem("value-invalid", value=brief(url), field=f"{field}/url")
        shapes[url](value, field)

    return check


def holding(required: str, /, **shapes: Shape) -> Shape:
    """An extension made of others, each told by its url and there at most once."""
    inner = listed(by_url(shapes), least=1, most=len(shapes))
    outer = members("extension", url=text(), extension=inner)
    wanted = required.split()

    def check(value: Any, field: str) -> None:
        outer(value, field)
        urls = [part["url"] for part in value["extension"]]
        for url in wanted:
            if url not in urls:
                raise Problem("value-missing", field=f"{field}/extension/{url}")
        for url in urls:
            if urls.count(url) > 1:
                raise Problem("kind-repeated", kind=url)

    return check


def valued(name: str, shape: Shape) -> Shape:
    """An extension with one value, under this name."""
    return members(name, url=text(), **{name: shape})


def coded(code: Shape, *systems: str, needs: str = "code") -> Shape:
    """A CodeableConcept of exactly one code, of one of these systems where any are given."""
    system = choice(*systems) if systems else text()
    coding = members(needs, code=code, system=system, version=text(), display=text())
    return members("coding", coding=listed(coding, least=1, most=1))


DAY = that(dates.is_day)
ID = text(re.compile(r"[A-Za-z0-9\-.]{1,64}"))
ODS_CODE = text(re.compile(r"[A-Z0-9]{3,10}"))
SUFFIX = text(re.compile(r"[A-Z].*"), 35)
PHARMACY_CODE = text(re.compile(r"[A-Za-z0-9]{3,10}"))
COUNTRY = text(re.compile(r"[A-Z]{3}|[123479]|10"))
PERIOD = members("start", start=DAY, end=DAY)
ORGANISATION = members("value", value=ODS_CODE, system=text(), period=PERIOD)

# A PAF key has eight digits; one that was sent without its leading zeroes is known too.
KEY_DIGITS = {"PAF": text(re.compile(r"[0-9]{1,8}")), "UPRN": text(re.compile(r"[0-9]{1,12}"))}
KEY_TYPE = members("system code", code=choice(*KEY_DIGITS), system=text())
KEY = holding(
    "type value",
    type=valued("valueCoding", KEY_TYPE),
    value=valued("valueString", text()),
)


def address_key(value: Any, field: str) -> None:
    """Where an address is found in one of the files of all addresses."""
    KEY(value, field)
    [type] = [part for part in value["extension"] if part["url"] == "type"]
    for at, part in enumerate(value["extension"]):
        if part["url"] == "value":
            digits = KEY_DIGITS[type["valueCoding"]["code"]]
            digits(part["valueString"], f"{field}/extension/{at}/valueString")


ADDRESS_KEY = {about.UK_CORE + "AddressKey": address_key}
OTHER_SYSTEM = {
    about.UK_CORE + "OtherContactSystem": valued(
        "valueCoding", members("code", code=text(), system=text(), display=text())
    )
}

NAME = members(
    "use family",
    id=ID,
    use=choice("usual", "temp", "nickname", "old", "maiden"),
    period=PERIOD,
    prefix=listed(text(PERHAPS_NOTHING, 35)),
    given=listed(text(PERHAPS_NOTHING, 35), most=5),
    family=text(NOT_BLANK, 35),
    suffix=listed(SUFFIX),
)
ADDRESS = members(
    "use",
    id=ID,
    use=choice("home", "temp", "billing", legacy=("work",)),
    period=PERIOD,
    text=text(),
    line=listed(text(PERHAPS_NOTHING), most=5),
    postalCode=text(longest=10),
    extension=listed(by_url(ADDRESS_KEY), most=2),
)
TELECOM = members(
    "system value",
    id=ID,
    system=choice("phone", "fax", "email", "other"),
    use=choice("home", "work", "temp", "mobile"),
    value=text(re.compile(r"\S(.*\S)?")),
    period=PERIOD,
    extension=listed(by_url(OTHER_SYSTEM), most=1),
)
EMERGENCY_TELECOM = members(
    "system value",
    id=ID,
    system=choice("phone", "email", "other"),
    value=text(re.compile(r"\S(.*\S)?")),
    extension=listed(by_url(OTHER_SYSTEM), most=1),
)
CONTACT = members(
    "relationship telecom",
    id=ID,
    period=PERIOD,
    relationship=listed(coded(choice("C")), least=1, most=1),
    telecom=listed(EMERGENCY_TELECOM, least=1),
)
PRACTICE = members("identifier", id=ID, type=choice("Organization"), identifier=ORGANISATION)

# Every part that can be updated. Of lists, the shape of one item.
PARTS: dict[str, Shape] = {
    "name": NAME,
    "address": ADDRESS,
    "telecom": TELECOM,
    "contact": CONTACT,
    "generalPractitioner": PRACTICE,
    "managingOrganization": members(
        "identifier", type=choice("Organization"), identifier=ORGANISATION
    ),
    "gender": choice("male", "female", "unknown"),
    "birthDate": DAY,
    "deceasedDateTime": that(lambda value: dates.is_utc(value) and value[0] in "12"),
    "multipleBirthInteger": that(lambda value: type(value) is int and 1 <= value <= 9),
}

PHARMACY = valued(
    "valueReference",
    members(
        "identifier", identifier=members("value", value=PHARMACY_CODE, system=text(), period=PERIOD)
    ),
)
PHARMACIES = (about.NOMINATED_PHARMACY, about.PREFERRED_DISPENSER, about.APPLIANCE_SUPPLIER)

EXTENSIONS: dict[str, Shape] = {
    **dict.fromkeys(PHARMACIES, PHARMACY),
    about.DEATH_NOTIFICATION: holding(
        "deathNotificationStatus",
        deathNotificationStatus=valued(
            "valueCodeableConcept",
            coded(choice("1", "2", legacy=("U",)), needs="system code"),
        ),
        systemEffectiveDate=valued("valueDateTime", that(dates.is_moment)),
    ),
    about.COMMUNICATION: holding(
        "language",
        language=valued("valueCodeableConcept", coded(choice(*LANGUAGES.split(), legacy=("en",)))),
        interpreterRequired=valued("valueBoolean", that(lambda value: isinstance(value, bool))),
    ),
    about.CONTACT_PREFERENCE: holding(
        "",
        PreferredWrittenCommunicationFormat=valued(
            "valueCodeableConcept",
            coded(choice(*WRITTEN_FORMATS), about.UK_CODES + "PreferredWrittenCommunicationFormat"),
        ),
        PreferredContactMethod=valued(
            "valueCodeableConcept",
            coded(choice(*CONTACT_METHODS), about.UK_CODES + "PreferredContactMethod"),
        ),
        PreferredContactTimes=valued("valueString", text(longest=40)),
    ),
    about.BIRTH_PLACE: valued(
        "valueAddress", members(city=text(), district=text(), country=COUNTRY)
    ),
}
