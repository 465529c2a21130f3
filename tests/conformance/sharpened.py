"""A published description made sharper: what it says in words only, said as schemas too.

The schemas of the PDS specification leave open what its text settles: that an id is an NHS number,
how a date of a search is written, which parameters a search needs at least. A request that keeps
to the schemas alone may break those rules, and is then rightly refused. One that keeps to the
schemas as they are sharpened here keeps to all of them.

Source: PDS FHIR API, the text of its specification, quoted at each rule.
"""

from copy import deepcopy
from typing import Any

from openroots.problem import Json

# "Always 10 digits and must be a valid NHS number": people who are published, and nobody.
NUMBERS = ("9000000009", "9000000017", "9000000025", "9000000033", "9111231130", "9727194737")
JANE = NUMBERS[0]  # of whom it is published what her version is

# The characters that are permitted in names, of which the first is a letter or a digit.
LETTER = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f"
NAME = f"^[{LETTER}]{{2}}([{LETTER} '.-]{{0,28}}[{LETTER}])?$"
PATTERN = NAME.removesuffix("$") + r"\*?$"  # "a wildcard but not in the first two characters"
DAY = "(19[2-9][0-9]|200[0-9])-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
SEARCHED_DAY = f"^(eq|ge|le)?{DAY}$"  # "in the format <eq|ge|le>yyyy-mm-dd"
POSTCODE = "^[A-Z][A-Z][1-9] ?[1-9][A-Z][A-Z]$"
ODS_CODE = "^[A-HJ-NP-Z][0-9]{5}$"
PHONE = "^0[0-9]{10}$"
EMAIL = r"^[a-z]{3,20}@[a-z]{2,20}\.com$"

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-"
AUTHORITY_TYPE = {
    "system": "https://fhir.nhs.uk/CodeSystem/UKCore-RegisteringAuthorityType",
    "code": "x",
}
REGISTERING_AUTHORITY = {
    "url": UK_CORE + "RegisteringAuthority",
    "extension": [
        {
            "url": "registeringAuthorityType",
            "valueCodeableConcept": {"coding": [AUTHORITY_TYPE]},
        },
        {"url": "organisationIdentifier", "valueString": "RGS"},
    ],
}


def a_text(pattern: str) -> Json:
    """The schema of a text of this pattern."""
    return {"type": "string", "pattern": pattern}


def one_of(*values: Any) -> Json:
    """The schema of one of these values."""
    return {"enum": list(values)}


def a_list(item: Json, most: int = 1) -> Json:
    """The schema of a list that is not empty."""
    return {"type": "array", "items": item, "minItems": 1, "maxItems": most}


def an_object(*optional: str, **members: Json) -> Json:
    """The schema of an object with these members and no others."""
    return {
        "type": "object",
        "properties": members,
        "required": [name for name in members if name not in optional],
        "additionalProperties": False,
    }


PERIOD = an_object("end", start=a_text(f"^{DAY}$"), end=one_of("2027-01-01"))
NAMED = {"family": a_text(NAME), "given": a_list(a_text(NAME), 2), "period": PERIOD}
ADDRESS = an_object(
    "postalCode",
    use=one_of("home"),
    line=a_list(a_text(NAME), 5),
    postalCode=a_text(POSTCODE),
    period=PERIOD,
)
TELECOM = an_object(system=one_of("phone"), use=one_of("home", "mobile"), value=a_text(PHONE))

# "A patient always has a usual name."
PATIENT = an_object(
    *("telecom", "resourceType"),
    resourceType=one_of("Patient"),
    name=a_list(an_object("given", "period", use=one_of("usual"), **NAMED)),
    gender=one_of("male", "female", "unknown"),
    birthDate=a_text(f"^{DAY}$"),
    address=a_list(ADDRESS),
    telecom=a_list(TELECOM),
    extension=one_of([REGISTERING_AUTHORITY]),
)


def an_operation(op: str, path: str, value: Json) -> Json:
    """The schema of an operation of a patch."""
    return an_object(op=one_of(op), path=one_of(path), value=value)


# "The '-' character must be used to add new items to arrays."
OPERATIONS = [
    an_operation("replace", "/gender", one_of("male", "female", "unknown")),
    an_operation("replace", "/birthDate", a_text(f"^{DAY}$")),
    an_operation("add", "/multipleBirthInteger", one_of(*range(1, 10))),
    an_operation("add", "/name/-", an_object("given", use=one_of("old", "maiden"), **NAMED)),
]
PATCH = an_object(patches=a_list({"oneOf": OPERATIONS}, 3))

# By the name of a parameter of the specification: its schema, and whether it must be there.
PARAMETERS: dict[str, tuple[Json, bool]] = {
    "Id": (one_of(*NUMBERS), True),
    "SubscriberIdentifier": (one_of(*NUMBERS), True),
    "ContentType": (one_of("application/json-patch+json"), True),
    "IfMatch": (one_of('W/"2"'), True),
    # "must be between 1 and 50"
    "MaxResults": ({"type": "integer", "minimum": 1, "maximum": 50}, False),
    "Birthdate": (a_list(a_text(SEARCHED_DAY), 2), True),
    "DeathDate": (a_text(SEARCHED_DAY), False),
    "AddressPostalcode": (a_text(POSTCODE), False),
    "GeneralPractitioner": (a_text(ODS_CODE), False),
    "EmailAddress": (a_text(EMAIL), False),
    "PhoneNumber": (a_text(PHONE), False),
}
SIMPLE = {
    "Family": (a_text(PATTERN), True),
    "Given": (a_list(a_text(NAME), 3), False),
    "FuzzyMatch": (one_of(False), False),
}
# "You cannot use wildcards with a fuzzy search"; what it needs at least is more.
FUZZY = {
    "Family": (a_text(NAME), True),
    "Given": (a_list(a_text(NAME), 3), True),
    "FuzzyMatch": (one_of(True), True),
}
TWICE = "AddressPostcode"  # "If both [...] are provided, an INVALID_SEARCH_DATA error"


def sharpened(document: Json, *, fuzzy: bool) -> Json:
    """The description with its rules as schemas: of searches, either those that are fuzzy or those
    that are not."""
    sharp = deepcopy(document)
    parameters = sharp["components"]["parameters"]
    for name, (schema, required) in (PARAMETERS | (FUZZY if fuzzy else SIMPLE)).items():
        parameters[name] |= {"schema": schema, "required": required}
        parameters[name].pop("example", None)
        parameters[name].pop("examples", None)
    search = sharp["paths"]["/Patient"]["get"]["parameters"]
    search.remove({"$ref": f"#/components/parameters/{TWICE}"})
    _content(sharp, "/Patient", "post")["schema"] = PATIENT
    _content(sharp, "/Patient/{id}", "patch")["schema"] = PATCH
    _sharpen_card(_content(sharp, "/Coverage", "post")["schema"]["properties"])
    return sharp


def _content(document: Json, path: str, method: str) -> Json:
    [content] = document["paths"][path][method]["requestBody"]["content"].values()
    content.pop("example", None)
    content.pop("examples", None)
    found: Json = content
    return found


def _sharpen_card(properties: Json) -> None:
    subscriber = properties["subscriber"]["properties"]["identifier"]["properties"]
    subscriber["value"] = one_of(JANE)
    # "Must be less than 150 years in the past. Must be less than 150 years in the future."
    properties["period"]["properties"]["end"] = a_text(f"^{DAY}$")
