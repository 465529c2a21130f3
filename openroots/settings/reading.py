"""Where settings are read from: flags, the environment, and a file; and values put in their place.

For the command. Flags win over the environment (`OPENROOTS_PORT`), that over `openroots.toml` in
the working directory, that over the defaults.

    openroots.toml: port: 'abc' is no whole number. Give one from 0 to 65535.

Source: none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from openroots.settings import KINDS, SETTINGS, Settings
from openroots.settings.values import SettingError, read_value

FILE = "openroots.toml"
PREFIX = "OPENROOTS_"
TRUTHS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def load(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path = Path(),
) -> Settings:
    """The settings of a run: flags over the environment over the file over the defaults.

    A flag that is None was not given. Raises SettingError for the first value that cannot be.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    for name, value, place in (
        *_in_file(folder / FILE),
        *_in_environment(environment or {}),
        *((name, value, f"--{name}") for name, value in given.items()),
    ):
        values[name] = read_value(name, value, place)
        origins[name] = place
    settings = Settings(**values, origins=tuple(_named(origins)))
    if settings.mode == "live" and settings.auth == "open":
        mend = "Leave auth out, or run in sandbox mode."
        raise SettingError(origins["auth"], "live mode always asks for a key", mend)
    if settings.mode == "live" and settings.stateless:
        mend = "Leave stateless out, or run in sandbox mode."
        raise SettingError(origins["stateless"], "live mode keeps what it is told", mend)
    if settings.mode == "live" and settings.rulebook and "#" not in settings.rulebook:
        mend = "Add # and the key's id, as openroots keys list shows it there."
        raise SettingError(origins["rulebook"], "live mode trusts no key at first sight", mend)
    return settings


def changed(settings: Settings, values: Mapping[str, Any], place: str) -> Settings:
    """The settings with these values in place of theirs. Raises SettingError, naming the place."""
    return replace(
        settings, **{name: read_value(name, value, place) for name, value in values.items()}
    )


def misspelt(environment: Iterable[str]) -> dict[str, str]:
    """Variables that look like one of ours but are none, each with the one that may be meant."""
    from difflib import get_close_matches

    known = [f"{PREFIX}{name.upper()}" for name in SETTINGS]
    strangers = sorted(name for name in environment if name.startswith(PREFIX))
    found = {name: get_close_matches(name, known, 1, 0.85) for name in strangers}
    return {name: near[0] for name, near in found.items() if near and name not in known}


def _named(origins: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Without the key, which stands beside it: "openroots.toml", and not "openroots.toml: port"."""
    return ((name, place.partition(": ")[0]) for name, place in origins.items())


def _in_file(path: Path) -> Iterable[tuple[str, Any, str]]:
    """(name, value, place) of each setting in the file, which need not be there."""
    if not path.exists():
        return
    import tomllib  # here, as most runs have no file and the command is to be quick

    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))  # as some editors write it
    except OSError as error:
        raise SettingError(FILE, error.strerror or str(error), "Make it readable.") from error
    except ValueError as error:  # tomllib's own, or what is not UTF-8
        raise SettingError(FILE, f"is not TOML: {error}", "See https://toml.io.") from error
    for name, value in table.items():
        if name not in SETTINGS:
            raise SettingError(f"{FILE}: {name}", "is no setting", _nearest(name))
        yield name, value, f"{FILE}: {name}"


def _in_environment(environment: Mapping[str, str]) -> Iterable[tuple[str, Any, str]]:
    for name in SETTINGS:
        variable = f"{PREFIX}{name.upper()}"
        if variable in environment:
            yield name, _from_text(name, environment[variable]), variable


def _from_text(name: str, text: str) -> Any:
    """What a variable's text stands for; text that stands for nothing `read_value` refuses."""
    if KINDS[name] is int and text.isascii() and text.removeprefix("-").isdigit():
        return int(text)
    if KINDS[name] is bool:
        return TRUTHS.get(text.lower(), text)
    return text


def _nearest(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, SETTINGS, 1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"There are {', '.join(SETTINGS)}."
