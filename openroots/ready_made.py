"""Applications and staff that every sandbox knows from its first second, and that no other does.

Their keys and secrets are no secret: they open nothing but a world of made-up people. The private
key of each application is made with the world and kept in its state folder.

Source: none; all of them are invented.
"""

from dataclasses import dataclass

from openroots.identity.applications import by_key, fingerprint, is_active
from openroots.problem import Json
from openroots.storage import Snapshot

CALLBACKS = ["http://localhost:8080/callback", "https://example.com/callback"]


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """An application with the key and the secret that it is known by."""

    key: str
    secret: str
    body: Json

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.body["id"])


def _application(id: str, name: str, ods_code: str, setting: str, **more: object) -> ReadyMade:
    stem = "-".join(id.split("-")[:2])
    body = {
        "id": id,
        "name": name,
        "supplier": "Example Health Software",
        "ods_code": ods_code,
        "setting": setting,
        "redirect_uris": CALLBACKS,
        "secrets": [fingerprint(f"{stem}-secret")],
        **more,
    }
    return ReadyMade(f"{stem}-key", f"{stem}-secret", body)


# The first has no attribute; the second has all that PDS goes by, so it may update without a user
# and is shown more.
APPLICATIONS = (
    _application("ashby-practice-system", "Ashby practice system", "Y90001", "general-practice"),
    _application(
        "ferndale-records-service",
        "Ferndale records service",
        "Y90002",
        "hospital",
        attributes={
            "apim-app-flow-vars": {"pds": {"app-restricted": {"update": True}}},
            "return-confidential-reason-for-removal": "true",
            "return-nhs-record-sharing-consent": "true",
            "return-empty-address-lines": "true",
        },
    ),
    # May publish and subscribe to every event of the catalogue.
    _application(
        "larkfield-events-hub",
        "Larkfield events hub",
        "Y90003",
        "community-health",
        attributes={
            "product-id": "larkfield-events",
            "apim-app-flow-vars": {"mns": {"permissions": "events:create:*,events:subscribe:*"}},
        },
    ),
    # Those who act for the national team in the standards register; they are in no care setting, so
    # no standard binds them.
    _application(
        "national-standards-office",
        "National standards office",
        "Y90004",
        "",
        supplier="Example National Team",
        attributes={
            "register-roles": [
                *("national.standards", "national.login"),
                *("national.app-assurance", "assessor"),
            ]
        },
    ),
    _application(
        "clinical-safety-office",
        "Clinical safety office",
        "Y90005",
        "",
        supplier="Example National Team",
        attributes={"register-roles": ["cso"]},
    ),
)


def known_in(db: Snapshot) -> list[ReadyMade]:
    """Those whose key opens this world. One that an earlier version made may have fewer, and each
    may have been revoked, or given another key."""
    found = [(each, by_key(each.key, db)) for each in APPLICATIONS]
    return [each for each, application in found if application and is_active(application)]


def _role(id: str, organisation: str, code: str, name: str) -> Json:
    return {"id": id, "organisation": organisation, "code": code, "name": name}


def _person(id: str, given: str, family: str, *roles: Json) -> Json:
    name = f"{given} {family}"
    names = {"given_name": given, "family_name": family, "name": name}
    return {"id": id, **names, "status": "active", "roles": list(roles)}


DOCTOR = '"Clinical":"Clinical Provision":"Medical Practitioner"'
NURSE = '"Clinical":"Clinical Provision":"Nurse"'
CLERK = '"Support":"Support":"Admin/Clinical Support Access Role"'
PRIVACY = '"Support":"Support":"Privacy Officer"'

STAFF = (
    _person("910000000012", "Amara", "Quill", _role("910000001011", "Y90001", "R8000", DOCTOR)),
    _person(
        "910000000023",
        "Bryn",
        "Halloway",
        _role("910000001022", "Y90001", "R8001", NURSE),
        _role("910000001033", "Y90002", "R8001", NURSE),
    ),
    _person("910000000034", "Chidi", "Marlow", _role("910000001044", "Y90001", "R8008", CLERK)),
    _person("910000000045", "Dilys", "Fenn", _role("910000001055", "Y90002", "R8016", PRIVACY)),
    _person("910000000056", "Edwin", "Sparrow"),
)
