"""The columns of a CSV file of people, and the Patient that one line of it describes.

Names of columns are taken with or without capitals, spaces, hyphens and underlines, and under the
names that other systems give them.

    nhs_number,family_name,given_names,gender,birth_date,address_line_1,postcode
    9990548609,Ashworth,Mary Ann,female,1984-03-02,4 Mill Lane,LS1 4AP

Source: none; values as the PDS FHIR API has them.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from openroots.fhir import patient as about
from openroots.problem import Json, Problem
from openroots.services.demographics.deaths import INFORMAL

LINES = tuple(f"address_line_{n}" for n in range(1, 6))
REQUIRED = ("family_name", "gender", "birth_date", "address_line_1")
COLUMNS = (
    *("nhs_number", "prefix", "given_names", "family_name", "gender", "birth_date", "death_date"),
    *(*LINES, "postcode", "phone", "mobile", "email", "practice", "security"),
    "superseded_numbers",
)
OTHERWISE = {
    **dict.fromkeys(("nhsnumber", "nhsno", "nhs"), "nhs_number"),
    **dict.fromkeys(("title",), "prefix"),
    **dict.fromkeys(("given", "givenname", "forename", "forenames", "firstname"), "given_names"),
    **dict.fromkeys(("family", "surname", "lastname"), "family_name"),
    **dict.fromkeys(("sex",), "gender"),
    **dict.fromkeys(("dob", "dateofbirth", "born", "birthdate"), "birth_date"),
    **dict.fromkeys(("dod", "dateofdeath", "died"), "death_date"),
    **dict.fromkeys(("postalcode",), "postcode"),
    **dict.fromkeys(("telephone", "homephone", "landline"), "phone"),
    **dict.fromkeys(("mobilephone", "mobilenumber"), "mobile"),
    **dict.fromkeys(("emailaddress",), "email"),
    **dict.fromkeys(("gp", "gppractice", "gppracticecode", "practicecode", "ods"), "practice"),
    **dict.fromkeys(("restricted", "confidentiality"), "security"),
    **{f"address{n}": f"address_line_{n}" for n in range(1, 6)},
    **{f"addressline{n}": f"address_line_{n}" for n in range(1, 6)},
}
GENDERS = {"m": "male", "f": "female", "u": "unknown"}

Values = Mapping[str, str]


def columns(head: Sequence[str]) -> tuple[str, ...]:
    """The columns that a first line names. Raises Problem where it names others, or too few."""
    return named(head, COLUMNS, REQUIRED)


def named(head: Sequence[str], known: Sequence[str], required: Sequence[str]) -> tuple[str, ...]:
    """Which of the known columns a first line names, also as other systems call them. Raises
    Problem where it names others, one of them twice, or not all that are required."""
    by_name = {name.replace("_", ""): name for name in known}
    by_name |= {other: name for other, name in OTHERWISE.items() if name in known}
    folded = [re.sub(r"[\s_.-]+", "", name).lower() for name in head]
    found = tuple(by_name.get(name, "") for name in folded)
    if not any(found):
        raise Problem("file-strange")
    if strange := [name for name, meant in zip(head, found, strict=True) if not meant]:
        raise Problem("columns-unknown", names=_joined(strange), known=", ".join(known))
    if twice := [name for name, count in Counter(found).items() if count > 1]:
        raise Problem("columns-twice", names=_joined(twice))
    if missing := [name for name in required if name not in found]:
        raise Problem("columns-missing", names=_joined(missing))
    return found


def described(values: Values) -> Json:
    """The Patient that a line describes. Raises Problem for a value that cannot be read."""
    told = {name: value.strip() for name, value in values.items() if value.strip()}
    patient: Json = {"resourceType": "Patient", "name": [_name(told)], "address": [_address(told)]}
    if security := told.get("security"):
        patient["meta"] = {"security": [{"code": security.upper()}]}
    if "gender" in told:
        patient["gender"] = GENDERS.get(told["gender"].lower(), told["gender"].lower())
    if "birth_date" in told:
        patient["birthDate"] = day(told, "birth_date")
    for part, read in PARTS.items():
        if value := read(told):
            patient[part] = value
    return patient


def _name(told: Values) -> Json:
    name: Json = {"use": "usual"}
    if "family_name" in told:
        name["family"] = told["family_name"]
    if "given_names" in told:
        name["given"] = told["given_names"].split()
    if "prefix" in told:
        name["prefix"] = [told["prefix"]]
    return name


def _address(told: Values) -> Json:
    address: Json = {"use": "home", "line": [told.get(name, "") for name in LINES]}
    if "postcode" in told:
        address["postalCode"] = told["postcode"]
    return address


def _identifiers(told: Values) -> list[Json]:
    now = [{"system": about.NHS_NUMBER, "value": _digits(told[n])} for n in NUMBER if n in told]
    former = told.get("superseded_numbers", "").replace(";", " ").split()
    return now + [{"system": about.NHS_NUMBER, "value": each, "use": "old"} for each in former]


NUMBER = ("nhs_number",)


def _telecom(told: Values) -> list[Json]:
    kinds = (("phone", "phone", "home"), ("mobile", "phone", "mobile"), ("email", "email", "home"))
    return [
        {"system": system, "use": use, "value": told[column]}
        for column, system, use in kinds
        if column in told
    ]


def _practice(told: Values) -> list[Json]:
    if "practice" not in told:
        return []
    identifier = {"system": about.ODS_ORGANISATION, "value": told["practice"]}
    return [{"type": "Organization", "identifier": identifier}]


def _death(told: Values) -> str:
    return f"{day(told, 'death_date')}T00:00:00+00:00" if "death_date" in told else ""


def _notified(told: Values) -> list[Json]:
    return [INFORMAL] if "death_date" in told else []


PARTS: Mapping[str, Callable[[Values], object]] = {
    "identifier": _identifiers,
    "telecom": _telecom,
    "generalPractitioner": _practice,
    "deceasedDateTime": _death,
    "extension": _notified,
}


def day(told: Values, column: str) -> str:
    """The date in a column. Raises Problem where it is none."""
    try:
        return date.fromisoformat(told[column]).isoformat()
    except ValueError:
        wanted = {"wanted": "a date as year-month-day", "example": "1984-03-02"}
        raise Problem("value-strange", column=column, value=told[column][:40], **wanted) from None


def _digits(text: str) -> str:
    return "".join(text.split())


def _joined(names: Sequence[str]) -> str:
    return ", ".join(name[:40] or "(no name)" for name in names[:10])
