"""What is known of a person who is sought, and what is held of one who may be them.

For tracing. Both are folded as they are made, so that nothing below asks about case, accents or
spaces again.

Source: FHIR R4 4.0.1 and UK Core Patient, as PDS returns them; PDS FHIR API, "Search for a
patient", for which names and addresses count as current, and on restricted patients.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from openroots.fhir import patient as about
from openroots.problem import Json

CURRENT_USES = frozenset({"usual", "nickname", "temp"})
NICKNAME = "nickname"
NOTHING: Json = {}


class Name(NamedTuple):
    """A family name and given names, folded. `now` says whether somebody goes by it, `short`
    whether it is kept as what they like to be called."""

    family: str = ""
    given: tuple[str, ...] = ()
    now: bool = True
    short: bool = False


class Address(NamedTuple):
    """A postcode as postcodes are compared, and folded lines. `now` says whether it is current."""

    postcode: str = ""
    lines: tuple[str, ...] = ()
    now: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of somebody who is sought; "" or () is what is not.

    `born` is YYYY-MM-DD. `names` and `addresses` are further ones, such as those of the past.
    Raises TypeError for a text in the place of several, and for a birth date that is no text.
    """

    family: str = ""
    given: tuple[str, ...] = ()
    born: str = ""
    gender: str = ""
    postcode: str = ""
    lines: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    names: tuple[Name, ...] = ()
    addresses: tuple[Address, ...] = ()

    def __post_init__(self) -> None:
        for field, folded in AS_COMPARED.items():
            if value := getattr(self, field):
                object.__setattr__(self, field, folded(value))

    @property
    def called(self) -> tuple[Name, ...]:
        """All names, the first the one that they are thought to go by."""
        return (Name(self.family, self.given), *self.names)

    @property
    def lived(self) -> tuple[Address, ...]:
        """All addresses, the first the one at which they are thought to live; none is left out
        but what says nothing."""
        first = Address(self.postcode, self.lines)
        return tuple(each for each in (first, *self.addresses) if each.postcode or each.lines)


Contacts = tuple[tuple[str, bool], ...]  # each with whether it is current


class Known(NamedTuple):
    """What is held of a candidate, of today and of the past, folded."""

    names: tuple[Name, ...] = ()
    born: str = ""
    gender: str = ""
    genders: tuple[str, ...] = ()  # of the past
    addresses: tuple[Address, ...] = ()
    phones: Contacts = ()
    emails: Contacts = ()


def known(patient: Json, former: Json = NOTHING, *, lines: bool = True) -> Known:
    """What is held of a person, from their record and from what was once in it; addresses without
    their lines where those are not asked for.

    Where somebody restricted is, is not known; nor how to reach who is very restricted.
    """
    phones, emails = reached(patient, former)
    return Known(
        names=names_of(patient, former),
        born=patient.get("birthDate", ""),
        gender=patient.get("gender", ""),
        genders=tuple(former.get("gender", ())),
        addresses=addresses_of(patient, former, lines=lines),
        phones=phones,
        emails=emails,
    )


def names_of(patient: Json, former: Json = NOTHING) -> tuple[Name, ...]:
    """All names, those of the record first."""
    return tuple([_name(name, now) for name, now in _both(patient, former, "name")])


def addresses_of(
    patient: Json, former: Json = NOTHING, *, lines: bool = True
) -> tuple[Address, ...]:
    """All addresses, those of the record first; none of somebody restricted."""
    if not about.security_codes(patient).isdisjoint(about.SENSITIVE):
        return ()
    addresses = _both(patient, former, "address")
    return tuple([_address(address, now, lines) for address, now in addresses])


def reached(patient: Json, former: Json = NOTHING) -> tuple[Contacts, Contacts]:
    """All telephone numbers and all email addresses; none of somebody very restricted."""
    if about.VERY_RESTRICTED in about.security_codes(patient):
        return (), ()
    telecoms = _both(patient, former, "telecom")
    phones = [(phone_key(value), now) for value, now in _values(telecoms, "phone")]
    return tuple(phones), tuple([(value.lower(), now) for value, now in _values(telecoms, "email")])


def as_of_now(held: Known, patient: Json) -> Known:
    """The same without the names and addresses that were once in the record: those of the record
    stand first."""
    names, addresses = len(patient.get("name", ())), len(patient.get("address", ()))
    return held._replace(names=held.names[:names], addresses=held.addresses[:addresses])


def phone_key(phone: str) -> str:
    """A telephone number as they are compared: without spaces."""
    return "".join(phone.split())


def is_current(name: Json) -> bool:
    """Whether a name is one that the person goes by."""
    return name.get("use") in CURRENT_USES


def _both(patient: Json, former: Json, part: str) -> list[tuple[Json, bool]]:
    found = [(item, True) for item in patient.get(part, ())]
    return found + [(item, False) for item in former[part]] if part in former else found


def _name(name: Json, now: bool) -> Name:
    family, given = about.fold(name.get("family", "")), _folded(name.get("given", ()))
    return Name(family, given, now and is_current(name), name.get("use") == NICKNAME)


def _address(address: Json, now: bool, lines: bool) -> Address:
    postcode = about.postcode_key(address.get("postalCode", ""))
    return Address(postcode, _folded(address.get("line", ())) if lines else (), now)


def _values(telecoms: Iterable[tuple[Json, bool]], system: str) -> Iterator[tuple[str, bool]]:
    for telecom, now in telecoms:
        if telecom.get("system") == system and telecom.get("value"):
            yield str(telecom["value"]), now


def _folded(texts: Iterable[Any]) -> tuple[str, ...]:
    return tuple(filter(None, map(about.fold, texts)))


def _several(texts: Any) -> tuple[str, ...]:
    if isinstance(texts, str):  # each of its letters would be a name, and nobody be found
        raise TypeError("given names and lines stand in a tuple, even where there is one")
    return _folded(texts)


def _written(day: Any) -> str:
    if not isinstance(day, str):  # no other is the same as one that is held
        raise TypeError("a birth date is a text such as 2010-10-22")
    return day


def _lowered(text: str) -> str:
    return text.strip().lower()


# How each field of who is sought is made as it is compared.
AS_COMPARED: Mapping[str, Callable[[Any], Any]] = {
    "family": about.fold,
    "given": _several,
    "born": _written,
    "gender": _lowered,
    "postcode": about.postcode_key,
    "lines": _several,
    "phone": phone_key,
    "email": _lowered,
    "names": lambda names: tuple(
        Name(about.fold(each.family), _several(each.given)) for each in names
    ),
    "addresses": lambda addresses: tuple(
        Address(about.postcode_key(each.postcode), _several(each.lines)) for each in addresses
    ),
}
