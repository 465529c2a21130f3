"""What each part of a Patient may look like when a client writes it, put together from shapes.

For patching and creating: `PARTS` and `EXTENSIONS` say for every part that can be updated what may
be in it.

Source: PDS FHIR API, schema of the Patient resource and the rules of "Update patient details";
UK Core code systems HumanLanguage, PreferredContactMethod, PreferredWrittenCommunicationFormat.
"""

import re
from typing import Any

from openroots.fhir import dates
from openroots.fhir import patient as about
from openroots.services.demographics.codes import (
    CONTACT_METHODS,
    LANGUAGES,
    WRITTEN_FORMATS,
)
from openroots.services.demographics.shapes import (
    PERHAPS_NOTHING,
    Shape,
    by_url,
    choice,
    coded,
    holding,
    listed,
    members,
    text,
    that,
    valued,
)

NOT_BLANK = re.compile(r"\s*\S.*", re.DOTALL)
DAY = that(dates.is_day)
ID = text(re.compile(r"[A-Za-z0-9\-.]{1,64}"))
ODS_CODE = text(re.compile(r"[A-Z0-9]{3,10}"))
NAME_USES = ("usual", "temp", "nickname", "old", "maiden")
MOST_GIVEN = 5  # names
SUFFIX = text(re.compile(r"[A-Z].*"), 35)
PHARMACY_CODE = text(re.compile(r"[A-Za-z0-9]{3,10}"))
COUNTRY = text(re.compile(r"[A-Z]{3}|[123479]|10"))
PERIOD = members("start", start=DAY, end=DAY)
ORGANISATION = members("value", value=ODS_CODE, system=text(), period=PERIOD)
# A PAF key has eight digits; one that was sent without its leading zeroes is given them.
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
    use=choice(*NAME_USES),
    period=PERIOD,
    prefix=listed(text(PERHAPS_NOTHING, 35)),
    given=listed(text(PERHAPS_NOTHING, 35), most=MOST_GIVEN),
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


def _telecom(period: Shape) -> Shape:
    """A way to reach a person."""
    return members(
        "system value",
        id=ID,
        system=choice("phone", "fax", "email", "other"),
        use=choice("home", "work", "temp", "mobile"),
        value=text(re.compile(r"\S(.*\S)?")),
        period=period,
        extension=listed(by_url(OTHER_SYSTEM), most=1),
    )


TELECOM = _telecom(PERIOD)  # of a newcomer
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
GENDERS = ("male", "female", "unknown")
# Every part that can be updated. Of lists, the shape of one item.
PARTS: dict[str, Shape] = {
    "name": NAME,
    "address": ADDRESS,
    # An update need not say when a telecom begins: then it is today.
    "telecom": _telecom(members(start=DAY, end=DAY)),
    "contact": CONTACT,
    "generalPractitioner": PRACTICE,
    "managingOrganization": members(
        "identifier", type=choice("Organization"), identifier=ORGANISATION
    ),
    "gender": choice(*GENDERS),
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
        language=valued("valueCodeableConcept", coded(choice(*LANGUAGES, legacy=("en",)))),
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
