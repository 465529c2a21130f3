"""What was asked: roles, days and bodies, read so that each mistake is told by its key.

Source: none.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from openroots.identifiers import without_nhs_numbers
from openroots.problem import Problem
from openroots.register.bearer import ORGANISATION_TYPE, REGION
from openroots.register.definition import ID, UNSEEN, Table
from openroots.register.kept import OFFICE
from openroots.register.standard import SETTINGS
from openroots.service import Request

LONGEST = 10_000  # characters of one text
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
YEARS = range(1900, 3000)  # far from where days come to an end
TEAM = "national.standards"
SAFETY = "cso"


def must_be(request: Request, *roles: str) -> str:
    """Who acts, for the record. Raises Problem where the application holds none of these roles."""
    held = request.caller.attributes.get(OFFICE) or ()
    for role in roles:
        if role in held or role in request.caller.roles:
            return f"{role} ({request.caller.application})"
    raise Problem("role-missing", roles=" or ".join(roles))


def holds(request: Request, role: str) -> bool:
    """Whether the application holds this role."""
    return role in (request.caller.attributes.get(OFFICE) or ()) or role in request.caller.roles


def parameter(request: Request, name: str, otherwise: str = "") -> str:
    """The value of a parameter."""
    return request.query.get(name, (otherwise,))[0]


def day_asked(request: Request) -> date:
    """The day as of which is asked: `on`, or today."""
    given = parameter(request, "on")
    if "on" not in request.query:
        return request.time.date()
    day = _day(given)
    if day is None:
        raise Problem("date-wrong", parameter="on", value=given)
    return day


@contextmanager
def well_formed(row: str = "body-wrong") -> Iterator[None]:
    """Raises Problem, with what is wrong and where, for a body that is not as it should be."""
    try:
        yield
    except ValueError as error:
        raise Problem(row, words=str(error)) from error


class Body(Table):
    """The body of a request. What nobody has read when it is closed is refused."""

    @classmethod
    def of(cls, asked: Request | Table) -> "Body":
        """The body of a request, or a part of one. Raises Problem where it is no JSON object."""
        if isinstance(asked, Table):
            return cls(asked.data, asked.place)
        if not isinstance(asked.body, dict):
            raise Problem("body-wrong", words="body: must be a JSON object")
        return cls(asked.body, "body")

    def words_or(self, key: str, otherwise: str = "") -> str:
        """Text that may be left out."""
        return self.words(key) if self.has(key) else otherwise

    def words(self, key: str) -> str:
        """Text that must say something, laid out as it was written."""
        text = self.take(key, str).strip()
        if not any(map(_is_seen, text)):
            raise self.wrong(key, "must not be empty")
        if len(text) > LONGEST:
            raise self.wrong(key, f"is longer than {LONGEST} characters")
        if UNSEEN.search(text):
            raise self.wrong(key, "holds a control character")
        return text

    def public(self, key: str) -> str:
        """Text that will be published, or "". Raises Problem where it holds an NHS number."""
        return _without_people(key, self.words_or(key))

    def published(self, key: str) -> str:
        """Text that must say something, and will be published. Raises Problem where it holds an
        NHS number."""
        return _without_people(key, self.words(key))

    def published_list(self, key: str) -> tuple[str, ...]:
        """A list of such texts, which may be left out."""
        each = {f"{key}[{number}]": text for number, text in enumerate(self.texts(key), 1)}
        return tuple(map(Body(each, self.place).published, each))

    def public_name(self, key: str) -> str:
        """A name that will be published, or "". Raises Problem where it holds an NHS number."""
        return _without_people(key, self.name(key) if self.has(key) else "")

    def day(self, key: str) -> date:
        """A date, written as 2027-04-01."""
        found = _day(self.take(key, str))
        if found is None:
            raise self.wrong(key, "must be a date such as 2027-04-01")
        return found

    def day_or_none(self, key: str) -> date | None:
        """A date that may be left out."""
        return self.day(key) if self.has(key) else None

    def name(self, key: str) -> str:
        """An id that can stand in a path."""
        text = self.take(key, str)
        if not NAME.fullmatch(text):
            raise self.wrong(key, "must be letters, digits, dots, hyphens and underscores")
        return text

    def names(self, key: str) -> tuple[str, ...]:
        """A list of such ids."""
        names = self.texts(key)
        if wrong := [name for name in names if not NAME.fullmatch(name)]:
            raise self.wrong(key, f"'{wrong[0][:40]}' is no id")
        return names


def _without_people(key: str, text: str) -> str:
    if without_nhs_numbers(text) != text:
        raise Problem("holds-nhs-number", field=key)
    return text


def settings_of(table: Table) -> tuple[str, ...]:
    """The care settings that a part of a body names."""
    return table.texts("settings", SETTINGS)


def types_of(table: Table) -> tuple[str, ...]:
    """The types of organisation that a part of a body names. Raises ValueError for no role."""
    return _fitting(table, "organisation_types", ORGANISATION_TYPE, "an ODS role such as RO197")


def regions_of(table: Table) -> tuple[str, ...]:
    """The regions that a part of a body names. Raises ValueError for what is no code of one."""
    return _fitting(table, "regions", REGION, "a region's ODS code such as Y56")


def standard_id(text: str) -> str:
    """The id of a standard. Raises Problem for what can be none."""
    if not ID.fullmatch(text):
        raise Problem("standard-unknown", id=shown(text))
    return text


def shown(text: str) -> str:
    """What a client sent, as an answer may show it."""
    return UNSEEN.sub("?", text)[:60]


def path_name(text: str, row: str) -> str:
    """An id from a path. Raises Problem of this row for what can be none."""
    if not NAME.fullmatch(text):
        raise Problem(row, id=shown(text))
    return text


def _fitting(table: Table, key: str, form: re.Pattern[str], words: str) -> tuple[str, ...]:
    values = table.texts(key)
    if wrong := [value for value in values if not form.fullmatch(value)]:
        raise table.wrong(key, f"'{wrong[0][:40]}' is not {words}")
    return values


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _is_seen(letter: str) -> bool:
    """Whether it shows anything: what joins or marks letters, and a space, shows nothing alone."""
    return letter.isprintable() and not letter.isspace()
