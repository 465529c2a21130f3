"""Reads people who are to be traced, from a CSV file: one line each, as much as is known of them.

For the command `trace` and the tooling. Names of columns are taken as those of people who are
loaded are. `reference` is whatever the sender calls the line by.

    reference,family_name,given_names,gender,birth_date,postcode
    A-17,Ashworth,Mary Ann,female,1984-03-02,LS1 4AP

Source: none; what people are found by is as the PDS FHIR API has it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from openroots.fhir.dates import is_day
from openroots.loading.columns import GENDERS, LINES, Values, day, named
from openroots.loading.reading import Found, rows
from openroots.problem import Json, Problem
from openroots.tracing import Address, Name, Wanted

COLUMNS = (
    *("reference", "family_name", "given_names", "gender", "birth_date", *LINES, "postcode"),
    *("phone", "email", "former_family_name", "former_postcode"),
)
REQUIRED = ("birth_date",)
LONGEST = 200  # characters of one value
CONTROL = re.compile(r"[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # but for what is a space
PLAIN = ("reference", "family", "gender", "postcode", "phone", "email")  # fields that are one text
LISTS = ("given", "lines", "former")  # fields that are several
TOLD = frozenset({*PLAIN, *LISTS, "born"})
TOLD_GENDERS = ("", "female", "male", "other", "unknown")


def sought(file: IO[bytes]) -> Iterator[Found]:
    """Who is sought in each line, or what is wrong with it. Raises Problem where the file is no
    such file."""
    return rows(file, columns, told)


def columns(head: Sequence[str]) -> tuple[str, ...]:
    """The columns that a first line names. Raises Problem where it names others, or too few."""
    try:
        found = named(head, COLUMNS, REQUIRED)
    except Problem as problem:
        raise Problem("nothing-sought") if problem.row == "file-strange" else problem from None
    if "family_name" not in found and "given_names" not in found:
        raise Problem("columns-missing", names="family_name")
    return found


def told(values: Values) -> Json:
    """What a line tells of one person. Raises Problem for a value that cannot be read, or where
    it tells too little of anybody."""
    said = {name: value.strip() for name, value in values.items() if value.strip()}
    if "birth_date" not in said:
        raise Problem("told-too-little", names="birth_date")
    if "family_name" not in said and "given_names" not in said:
        raise Problem("told-too-little", names="family_name")
    for column, value in said.items():
        if len(value) > LONGEST:
            raise Problem("value-long", column=column, limit=LONGEST)
        if CONTROL.search(value):
            raise Problem("value-control", column=column)
    gender = said.get("gender", "").lower()
    return {
        "reference": said.get("reference", ""),
        "family": said.get("family_name", ""),
        "given": said.get("given_names", "").split(),
        "born": day(said, "birth_date"),
        "gender": _gender(GENDERS.get(gender, gender)),
        "postcode": said.get("postcode", ""),
        "lines": [said[name] for name in LINES if name in said],
        "phone": said.get("phone", ""),
        "email": said.get("email", ""),
        "former": [said.get("former_family_name", ""), said.get("former_postcode", "")],
    }


def _gender(gender: str) -> str:
    if gender not in TOLD_GENDERS:
        wanted = {"wanted": "a gender of FHIR", "example": "female, male, other or unknown"}
        raise Problem("value-strange", column="gender", value=gender[:40], **wanted)
    return gender


def wanted_of(one: Mapping[str, object]) -> Wanted:
    """What is told of somebody, as it is traced. Raises ValueError where it is of another form,
    or tells too little."""
    texts = [one.get(name, "") for name in PLAIN]
    lists = [one.get(name, []) for name in LISTS]
    if not all(map(_is_text, texts)) or not all(map(_is_texts, lists)):
        raise ValueError("not as `told` gives it")
    if not is_day(one.get("born")):
        raise ValueError("no date as year-month-day")
    if not one.get("family") and not one.get("given"):
        raise ValueError("nobody's name")
    if not one.keys() <= TOLD or one.get("gender", "") not in TOLD_GENDERS:
        raise ValueError("something that means nothing here")
    return _wanted(dict(one))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and not CONTROL.search(value)


def _wanted(told: Json) -> Wanted:
    family, postcode = (*told.get("former", ()), "", "")[:2]
    given = tuple(told.get("given", ()))
    return Wanted(
        told.get("family", ""),
        given,
        told.get("born", ""),
        told.get("gender", ""),
        told.get("postcode", ""),
        tuple(told.get("lines", ())),
        told.get("phone", ""),
        told.get("email", ""),
        names=(Name(family, given),) if family else (),
        addresses=(Address(postcode),) if postcode else (),
    )
