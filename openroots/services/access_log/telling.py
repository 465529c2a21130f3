"""What an audit entry says, in words: to the person whom it is about, or of them to others.

Source: none; the codes of purposes are those of HL7 v3 PurposeOfUse.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from openroots.identity.applications import APPLICATION
from openroots.identity.staff import STAFF
from openroots.problem import Json
from openroots.register.proxy_role import names_of
from openroots.register.relationship import broken_glass_about, stands
from openroots.service import Access
from openroots.storage import Key, Snapshot
from openroots.storage.looks import Deed, Look

BREAK_GLASS, ASKED = "BTG", "PATRQT"
PURPOSES = {
    "TREAT": "To give care",
    "ETREAT": "To give care in an emergency",
    BREAK_GLASS: "In an emergency, without the relationship that is usually needed",
    "CAREMGT": "To plan and coordinate care",
    "COC": "To coordinate care",
    "HOPERAT": "To run the health service",
    "HSYSADMIN": "To run these systems",
    "HRESCH": "For research",
    "PUBHLTH": "For public health",
}
USUAL = {
    Access.HEALTHCARE_WORKER.value: "TREAT",
    Access.PATIENT.value: ASKED,
    Access.APPLICATION.value: "HOPERAT",
    Access.PRIVILEGED.value: "HOPERAT",
}
OPERATOR = "HSYSADMIN"
STAFF_MEMBER, SYSTEM, PATIENT, PROXY, LOCAL = "staff", "system", "patient", "proxy", "operator"
KINDS = {
    Access.HEALTHCARE_WORKER.value: STAFF_MEMBER,
    Access.APPLICATION.value: SYSTEM,
    Access.PRIVILEGED.value: SYSTEM,
    "operator": LOCAL,
}
NAMELESS = {
    STAFF_MEMBER: "A member of staff who was not asked who they are",
    SYSTEM: "A computer system",
    LOCAL: "Who runs this installation",
}


class Spoken(NamedTuple):
    """How the patient is spoken of: as which kind of asker, by what name; their proxy, if nobody
    says what they are called; and what is done at their wish."""

    kind: str
    patient: str
    proxy: str
    asked: str


TO_THEM = Spoken(
    "you", "You", "Somebody who acts for you", "Because you asked, or somebody who acts for you"
)
OF_THEM = Spoken(
    *(PATIENT, "The patient", "Somebody who acts for the patient"),
    "Because the patient asked, or somebody who acts for them",
)


def people_named(looks: Sequence[Look], subject: str, db: Snapshot) -> Mapping[Key, str]:
    """The names of the staff, applications, organisations and proxies that these entries about a
    person mention, as far as they are there. A patient may not see the record of who acts for them;
    the role says what they are called. One read, and one search where a proxy is among them."""
    keys: dict[Key, None] = {}
    for look in looks:
        entry = look.entry
        keys[(APPLICATION, entry.get("application", ""))] = None
        keys[(STAFF, entry.get("user", ""))] = None
        keys[("Organization", entry.get("organisation", ""))] = None
        if kind_of(look) == PROXY:
            keys[("Patient", look.acting[-1])] = None
    wanted = [key for key in keys if key[1]]
    rows = db.read(wanted) if wanted else {}
    proxies = names_of(subject, db) if any(kind_of(look) == PROXY for look in looks) else {}
    told = {("Patient", number): name for number, name in proxies.items()}
    return told | {key: name for key, row in rows.items() if (name := _name(row.body))}


def with_reasons(looks: Sequence[Look], subject: str, db: Snapshot) -> Sequence[Look]:
    """The entries, and with those by broken glass the reason that was given for it. The log itself
    holds none, as it may name a person. One search where there is such an entry."""
    if not any(purpose_of(look) == BREAK_GLASS for look in looks):
        return looks
    broken = broken_glass_about(subject, db)
    return [look._replace(entry=_reason(look.entry, broken) | look.entry) for look in looks]


def _reason(entry: Json, broken: Iterable[Json]) -> Json:
    """Why its user had broken the glass where they acted, as a part of the entry, if they had."""
    if entry.get("purpose") != BREAK_GLASS:
        return {}
    by, time = (entry.get("user"), entry.get("organisation")), datetime.fromisoformat(entry["time"])
    theirs = (one for one in broken if (one["by"], one["organisation"]) == by and stands(one, time))
    newest = max(theirs, key=lambda one: str(one["from"]), default=None)
    return {"reason": newest["reason"]} if newest else {}


def page_of(
    looks: Sequence[Look],
    receipts: Sequence[str],
    deeds: Mapping[str, Deed],
    named: Mapping[Key, str],
    spoken: Spoken,
) -> Json:
    """The entries as groups by day and organisation, the newest first."""
    told = [
        _told(look, receipts[at] if receipts else "", deeds, named, spoken)
        for at, look in enumerate(looks)
    ]
    pairs = list(zip(looks, told, strict=True))
    pairs.sort(key=lambda pair: pair[0].entry.get("organisation", ""))  # stable: newest stay first
    pairs.sort(key=lambda pair: _day(pair[0]), reverse=True)
    groups = [
        {"day": day, "organisation": _organisation(code, named), "looks": [one for _, one in all]}
        for (day, code), all in groupby(pairs, key=lambda pair: _group(pair[0]))
    ]
    return {"groups": groups}


def kind_of(look: Look) -> str:
    """Who asked: staff, a system, the patient, a proxy, or who runs the installation."""
    access = look.entry.get("access", "")
    if access == Access.PATIENT:
        return PROXY if len(look.acting) > 1 else PATIENT
    return KINDS.get(access, SYSTEM)


def purpose_of(look: Look) -> str:
    """The code of what it was done for: as stated, or what is usual for who asked."""
    stated: str = look.entry.get("purpose", "")
    return stated or USUAL.get(look.entry.get("access", ""), OPERATOR)


def who(look: Look, named: Mapping[Key, str], spoken: Spoken) -> str:
    """Who asked, by name where there is one."""
    kind, entry = kind_of(look), look.entry
    if kind == PATIENT:
        return spoken.patient
    if kind == PROXY:
        return named.get(("Patient", look.acting[-1]), spoken.proxy)
    if kind == STAFF_MEMBER and entry.get("user"):
        return named.get((STAFF, entry["user"]), entry["user"])
    if kind == SYSTEM and entry.get("application"):
        return named.get((APPLICATION, entry["application"]), entry["application"])
    return NAMELESS[kind]


def _told(
    look: Look,
    receipt: str,
    deeds: Mapping[str, Deed],
    named: Mapping[Key, str],
    spoken: Spoken,
) -> Json:
    entry, purpose, kind = look.entry, purpose_of(look), kind_of(look)
    purposes = PURPOSES | {ASKED: spoken.asked}
    deed, application = deeds.get(entry["endpoint"]), entry.get("application", "")
    told: Json = {
        "at": entry["wall"],
        "by": {
            "kind": spoken.kind if kind == PATIENT else kind,
            "name": who(look, named, spoken),
        },
        "application": {
            "id": application,
            "name": named.get((APPLICATION, application), application),
        },
        "did": deed.words if deed else _in_words(entry["endpoint"]),
        "endpoint": entry["endpoint"],
        "purpose": {"code": purpose, "words": purposes.get(purpose, purpose)},
        "breakGlass": purpose == BREAK_GLASS,
        "refused": entry.get("status", 200) >= 400,
        "trail": entry["trail"],
    }
    told |= {name: entry[name] for name in ("agreement", "reason") if entry.get(name)}
    return {**told, "receipt": receipt} if receipt else told


def _in_words(endpoint: str) -> str:
    """What was done that is no endpoint of a service: by whoever runs the installation."""
    return f"With the command of this installation: {endpoint.rpartition('.')[2]}."


def _day(look: Look) -> str:
    day: str = look.entry["wall"][:10]
    return day


def _group(look: Look) -> tuple[str, str]:
    return _day(look), look.entry.get("organisation", "")


def _organisation(code: str, named: Mapping[Key, str]) -> Json:
    return {"code": code, "name": named.get(("Organization", code), code)}


def _name(body: Json) -> str:
    """What a person, an application or an organisation is called."""
    name = body.get("name", "")
    if isinstance(name, list) and name:
        parts = (*name[0].get("given", ()), name[0].get("family", ""))
        return " ".join(part for part in parts if part)
    return name if isinstance(name, str) else ""
