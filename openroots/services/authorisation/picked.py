"""Who was picked on the login page of a made-up world, and what an ID token says of them.

Source: NHS login, "Interface Specification - Federation" (claims, vectors of trust); CIS2
Authentication, claims of the ID token.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from openroots.fhir.patient import main_name
from openroots.identity import scopes
from openroots.identity.issuers import REALMS
from openroots.identity.staff import staff_of
from openroots.problem import Json
from openroots.services.authorisation.form import once
from openroots.services.authorisation.issuing import Person
from openroots.storage import Snapshot

LEVELS = {scopes.WORKER: ("aal3", "aal2", "aal1"), scopes.PATIENT: ("P9", "P5", "P0")}
VECTORS = {"P9": "P9.Cp.Cd", "P5": "P5.Cp.Cd", "P0": "P0.Cp"}
LIFE = timedelta(hours=1)
NOBODY = "There is nobody of this number here"
NO_LEVEL = "There is no such level of assurance"


@dataclass(frozen=True, slots=True)
class Picked:
    """Who logs in, how surely they are known, and for which other patient, if for one."""

    realm: str
    user: str
    level: str
    body: Json
    patient: str = ""
    patient_body: Json | None = None


def picked(realm: str, form: Mapping[str, tuple[str, ...]], db: Snapshot) -> Picked | str:
    """Whom the form means, or what is wrong with it, for whoever filled it in."""
    kind, user = REALMS[realm], once(form, "username").strip()
    level = once(form, "level") or LEVELS[kind][0]
    if level not in LEVELS[kind]:
        return NO_LEVEL
    body = _body(kind, user, db)
    patient = once(form, "acts_for").strip() if kind == scopes.PATIENT else ""
    patient_body = _body(kind, patient, db) if patient else None
    if body is None or (patient and (patient_body is None or patient == user)):
        return NOBODY
    return Picked(realm, user, level, body, patient, patient_body)


def person_picked(chosen: Picked, session: str) -> Json:
    """What the authorisation server needs of them."""
    kind, known = REALMS[chosen.realm], chosen.level != "P0"
    assurance = VECTORS.get(chosen.level, chosen.level)
    about, actor = (chosen.patient, chosen.user) if chosen.patient else (chosen.user, "")
    user = about if known else ""
    return asdict(Person(kind, user, chosen.level, assurance, session, actor if known else ""))


def id_token_claims(
    chosen: Picked, issuer: str, client: str, login: str, wall: datetime, nonce: str
) -> Json:
    """What the ID token says; under `act`, what that of who acts for the patient says."""
    usual = {
        "iss": issuer,
        "aud": client,
        "iat": int(wall.timestamp()),
        "auth_time": int(wall.timestamp()),
        "exp": int((wall + LIFE).timestamp()),
        "sid": login,
        **({"nonce": nonce} if nonce else {}),
    }
    if REALMS[chosen.realm] == scopes.WORKER:
        return usual | {"jti": login} | _of_staff(chosen.user, chosen.level, chosen.body)
    own = usual | {"jti": login} | _of_patient(chosen.user, chosen.level, chosen.body)
    if chosen.patient_body is None:
        return own
    about = _of_patient(chosen.patient, chosen.level, chosen.patient_body)
    return usual | {"jti": f"{login}-for"} | about | {"act": own}


def _body(kind: str, user: str, db: Snapshot) -> Json | None:
    if kind == scopes.WORKER:
        return staff_of(user, db)
    row = db.get("Patient", user)
    return row.body if row else None


def _of_staff(user: str, level: str, body: Json) -> dict[str, Any]:
    return {
        "sub": user,
        "name": body["name"],
        "acr": f"{level.upper()}_ANY",
        "amr": ["MADE_UP"],
        "authentication_assurance_level": level[-1],
        "id_assurance_level": "3",
    }


def _of_patient(number: str, level: str, body: Json) -> dict[str, Any]:
    """At P0 nobody knows yet whose NHS number it would be."""
    told: Json = {
        "sub": sha256(f"made up {number}".encode()).hexdigest()[:32],
        "vot": VECTORS[level],
        "identity_proofing_level": level,
    }
    if level == "P0":
        return told
    name = main_name(body)
    told["nhs_number"] = number
    told["family_name"] = name.get("family", "")
    if born := body.get("birthDate"):
        told["birthdate"] = born
    return told
