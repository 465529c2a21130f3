"""The forms of parameters and bodies, as machines are told of them: JSON Schemas, for OpenAPI.

For clients that are made from a description. They say what the form of a request is and no more:
what must hold besides is in the rules, and a refusal tells it.

Source: PDS FHIR API, the schemas of its specification; JSON Schema 2020-12.
"""

from typing import Any

from openroots.problem import Json
from openroots.services.demographics.criteria import (
    GENDERS,
    LONGEST,
    MOST_RESULTS,
    MOST_VALUES,
    PARAMETERS,
    USUALLY_LONGEST,
)
from openroots.services.demographics.parts import NAME_USES

DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
A_DATE = {"x-fhir-type": "date"}  # with its prefixes: what FHIR calls it, and JSON Schema cannot
NUMBER = r"^\d{10}$"
CODE = r"^[a-zA-Z0-9\-,/:'. ]{1,25}$"


def _text(**limits: Any) -> Json:
    return {"type": "string", **limits}


def _object(*needs: str, **members: Json) -> Json:
    return {"type": "object", "required": list(needs or members), "properties": members}


def _listed(item: Json, **limits: int) -> Json:
    return {"type": "array", "items": item, **limits}


def _parameter(name: str) -> Json:
    one = _text(minLength=1, maxLength=LONGEST.get(name, USUALLY_LONGEST))
    if name.endswith(("birthdate", "death-date")):
        one = _text(pattern=f"^(?:eq|ge|le)?{DAY}$", **A_DATE)
    most = MOST_VALUES.get(name, 1)
    return one if most == 1 else _listed(one, minItems=1, maxItems=most)


SEARCH: dict[str, Json] = {
    **{name: _parameter(name) for name in PARAMETERS},
    "gender": _text(enum=list(GENDERS)),
    "_max-results": {"type": "integer", "minimum": 1, "maximum": MOST_RESULTS},
    **dict.fromkeys(("_fuzzy-match", "_exact-match", "_history"), {"type": "boolean"}),
}
NEEDED_TO_SEARCH = ("birthdate",)
IGNORE_MATCHES = _text(enum=["true", "false"])
SUBSCRIBER: Json = _text(pattern=NUMBER, examples=["9000000009"])

OPERATION: Json = {
    "type": "object",
    "required": ["op", "path"],
    "properties": {
        "op": _text(enum=["add", "remove", "replace", "test"]),
        "path": _text(pattern="^/"),
    },
}
PATCH: Json = _object(patches=_listed(OPERATION, minItems=1))

_PERIOD = _object("start", start=_text(format="date"), end=_text(format="date"))
_NAME = {"use": _text(enum=list(NAME_USES)), "family": _text(minLength=1), "period": _PERIOD}
_TELECOM = {"system": _text(), "value": _text(), "period": _PERIOD}
PATIENT: Json = {
    **_object("name", "gender", "birthDate", "address", "extension"),
    "properties": {
        "resourceType": _text(enum=["Patient"]),
        "name": _listed(_object("use", "family", **_NAME), minItems=1, maxItems=1),
        "gender": _text(enum=["male", "female", "unknown"]),
        "birthDate": _text(format="date"),
        "address": _listed(_object("use", "period", use=_text(), period=_PERIOD), minItems=1),
        "telecom": _listed(_object("system", "value", **_TELECOM)),
        "extension": _listed(_object("url", url=_text())),
    },
    "additionalProperties": False,
}

COVERAGE: Json = {
    **_object("status", "beneficiary", "payor", "subscriber", "identifier", "period"),
    "properties": {
        "resourceType": _text(enum=["Coverage"]),
        "status": _text(enum=["active"]),
        "subscriber": _object(identifier=_object(value=_text(pattern=NUMBER))),
        "beneficiary": _object(identifier=_object(value=_text(pattern=CODE))),
        "payor": _listed(
            _object(identifier=_object(value=_text(pattern=CODE.replace("25", "30")))),
            minItems=1,
            maxItems=1,
        ),
        "identifier": _listed(
            _object(
                value=_text(pattern=CODE),
                assigner=_object(
                    identifier=_object(
                        system=_text(enum=["urn:iso:std:iso:3166"]),
                        value=_text(pattern="^[A-Z]{3}$"),
                    )
                ),
            ),
            minItems=1,
            maxItems=1,
        ),
        "period": _object(end=_text(format="date")),
    },
}

BIRTH: Json = {
    **_object("resourceType", "entry"),
    "properties": {
        "resourceType": _text(enum=["Bundle"]),
        "entry": _listed(_object(resource=_object(resourceType=_text())), minItems=3),
    },
}
