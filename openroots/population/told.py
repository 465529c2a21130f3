"""What somebody tells of a person who is looked for: a form filled in, a label, a referral.

For trying out how people are traced. It is what a record holds of somebody, as far as others know
it, and it can be wrong: see `errors`.

Source: PDS FHIR API, "Search for a patient", for what people are found by.
"""

from dataclasses import dataclass

from openroots.storage import Json

FORMER_USES = frozenset({"maiden", "old"})


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one person. What is empty was not told."""

    family: str
    given: tuple[str, ...]
    born: str
    gender: str = ""
    postcode: str = ""
    lines: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What was once so of a person: family names and postcodes, the latest first."""

    families: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()


def tell(patient: Json) -> Told:
    """All that a Patient's record says of who they are now."""
    name, home = _of_use(patient.get("name"), "usual"), _of_use(patient.get("address"), "home")
    reached = {one["system"]: one["value"] for one in reversed(patient.get("telecom", ()))}
    return Told(
        name.get("family", ""),
        tuple(name.get("given", ())),
        patient.get("birthDate", ""),
        patient.get("gender", ""),
        home.get("postalCode", ""),
        tuple(home.get("line", ())),
        reached.get("phone", ""),
        reached.get("email", ""),
    )


def past_of(patient: Json, former: Json | None = None) -> Past:
    """What was once so, as the record and what is kept beside it (`FormerPart`) hold it."""
    family = tell(patient).family
    names = [name["family"] for name in patient.get("name", ()) if name["use"] in FORMER_USES]
    addresses = (former or {}).get("address", ())
    return Past(
        tuple(name for name in names if name != family),
        tuple(address["postalCode"] for address in addresses if address.get("postalCode")),
    )


def _of_use(parts: list[Json] | None, use: str) -> Json:
    return next((part for part in parts or () if part.get("use") == use), {})
