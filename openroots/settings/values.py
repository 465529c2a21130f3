"""What the value of a setting may be, and what is said of one that cannot be.

For `reading`.

Source: none.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openroots.settings import KINDS, SETTINGS, Setting

ORIGIN = re.compile(
    r"https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?/?",
    re.ASCII | re.IGNORECASE,
)
PATH = re.compile(r"/?[A-Za-z0-9._~/-]*", re.ASCII)
KEY = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # the hash of a key, in base64url


class SettingError(Exception):
    """A setting that cannot be: where it stands, what is wrong with it, and how to mend it."""

    def __init__(self, place: str, wrong: str, mend: str) -> None:
        super().__init__(f"{place}: {wrong}. {mend}")
        self.place = place
        self.wrong = wrong
        self.mend = mend


def read_value(name: str, value: Any, place: str) -> Any:
    """The value, of the right kind and within its bounds. Raises SettingError."""
    setting, kind = SETTINGS[name], KINDS[name]
    if kind is Path and isinstance(value, str | Path) and str(value):
        return Path(value)
    if kind is bool and not isinstance(value, bool):
        raise SettingError(place, f"{value!r} is neither true nor false", "Give one of the two.")
    if kind is int:
        return _whole_number(setting, value, place)
    if kind is not bool and not isinstance(value, str | Path):
        raise SettingError(place, f"{value!r} is no text", "Put it in quotation marks.")
    if kind is Path or (name == "host" and not value):
        raise SettingError(place, "is empty", "Give a value, or leave it out.")
    if setting.choices and value not in setting.choices:
        mend = f"Give {' or '.join(setting.choices)}."
        raise SettingError(place, f"{value!r} is not one of its values", mend)
    if name == "url" and value:
        return _origin(value, place)
    if name == "rulebook" and value:
        return _source(value, place)
    if name == "store" and value and not _is_database(value):
        mend = "Give postgresql://user@host/name, or leave it out."
        raise SettingError(place, "is no PostgreSQL address", mend)
    return value


def _is_database(url: str) -> bool:
    """Whether this begins as the address of a database does, and can be taken apart. What stands in
    it is for the client of that database to know."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return url.startswith(("postgres://", "postgresql://"))


def _origin(value: str, place: str) -> str:
    """The scheme and host of a public address, without a slash at its end. Raises SettingError."""
    if not ORIGIN.fullmatch(value):
        mend = "Give a scheme and a host, such as https://api.example.com."
        raise SettingError(place, f"{value!r} is no address of a server", mend)
    return value.lower().removesuffix("/")


def _source(value: str, place: str) -> str:
    """The address of a rulebook. By plain HTTP from elsewhere, the key that signs it is to be
    known: nobody can say otherwise whose it is. Raises SettingError."""
    url, _, key = value.partition("#")
    found = ORIGIN.match(url)
    if not found or (rest := url[found.end() :]) and not PATH.fullmatch(rest):
        mend = "Give the address of a node, such as https://roots.example.org."
        raise SettingError(place, f"{value!r} is no address of a rulebook", mend)
    if "#" in value and not KEY.fullmatch(key):
        mend = "Give it as openroots keys list shows it on that node."
        raise SettingError(place, f"{key!r} is no id of a key", mend)
    is_here = found[1].lower() in ("localhost", "127.0.0.1", "[::1]")
    if not key and not is_here and url.lower().startswith("http:"):
        mend = "Add # and the key's id, as openroots keys list shows it there, or use https."
        raise SettingError(place, "is not safe from others on the way", mend)
    return value


def _whole_number(setting: Setting, value: Any, place: str) -> int:
    bounds = f"Give one from {setting.least} to {setting.most}."
    if not isinstance(value, int) or isinstance(value, bool):
        raise SettingError(place, f"{value!r} is no whole number", bounds)
    if not setting.least <= value <= setting.most:
        raise SettingError(place, f"{value} is out of range", bounds)
    return value
