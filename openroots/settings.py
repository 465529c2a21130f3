"""What can be set, and where each setting came from.

For `app.py`, which alone decides by it. Flags win over the environment (`OPENROOTS_PORT`), that
over `openroots.toml` in the working directory, that over the defaults here.

    openroots.toml: port: 'abc' is no whole number. Give one from 0 to 65535.

Source: none.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILE = "openroots.toml"
PREFIX = "OPENROOTS_"
ORIGIN = re.compile(
    r"https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?/?",
    re.ASCII | re.IGNORECASE,
)
PATH = re.compile(r"/?[A-Za-z0-9._~/-]*", re.ASCII)
PASSWORD = re.compile(r"([?&](?:ssl)?password=)[^&#]*", re.IGNORECASE)  # as a parameter
KEY = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # the hash of a key, in base64url
TRUTHS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


class SettingError(Exception):
    """A setting that cannot be: where it stands, what is wrong with it, and how to mend it."""

    def __init__(self, place: str, wrong: str, mend: str) -> None:
        super().__init__(f"{place}: {wrong}. {mend}")
        self.place = place
        self.wrong = wrong
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting is for, which is the help of its flag, and what it may be."""

    words: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0


def _setting(default: Any, words: str, *choices: str, least: int = 0, most: int = 0) -> Any:
    metadata = {"setting": Setting(words, choices, least, most)}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """How one run is set up. The words of each field are the help of its flag.

    `origins` says for each field that is not at its default where it was set.
    """

    port: int = _setting(1948, "Port to listen on; 0 takes any free one", most=65535)
    host: str = _setting("localhost", "Address to listen on; localhost is both loopback ones")
    workers: int = _setting(1, "Processes that answer requests", least=1, most=64)
    state: Path = _setting(Path("var"), "Folder that keeps everything")
    people: int = _setting(2000, "Made-up people in a new world", most=100_000_000)
    seed: int = _setting(1948, "Number that a new world follows from", most=2**63 - 1)
    mode: str = _setting(
        "sandbox",
        "Made-up people and movable time, or neither",
        "sandbox",
        "live",
    )
    auth: str = _setting(
        "",
        "No key asked for (not in live mode), or one with every request",
        "open",
        "real",
    )
    stateless: bool = _setting(False, "Answer as the public sandboxes do: in full, keeping nothing")
    limits: str = _setting(
        "off",
        "Refuse what is more than an application or an API may be asked, or refuse nothing",
        "real",
        "off",
    )
    tls: bool = _setting(False, "Answer by HTTPS, as a local authority vouches for")
    url: str = _setting(
        "", "Public address, such as https://api.example.com, where a proxy has one"
    )
    store: str = _setting(
        "", "PostgreSQL database (postgresql://...) in place of a file in the state folder"
    )
    rulebook: str = _setting(
        "", "Address of a node whose signed rulebook is enforced here, with #KEY to trust that key"
    )
    log: str = _setting("text", "One line for each request on stderr, or none", "text", "none")
    trails: int = _setting(7, "Days for which it is kept how requests went", least=1, most=3650)
    versions: int = _setting(
        0,
        "Days for which versions of records are kept once others replaced them; 0: for good",
        most=36500,
    )
    audit: int = _setting(
        0, "Days for which entries of the audit log are kept at least; 0: for good", most=36500
    )
    progress: bool = _setting(True, "Do not show how far the start has come")
    tooling: str = _setting(
        "loopback",
        "Whence /_openroots/ may be asked: this machine, or anywhere with the token",
        "loopback",
        "anywhere",
    )
    origins: tuple[tuple[str, str], ...] = ()

    @property
    def requires_key(self) -> bool:
        """Whether every request must carry a key: always so in live mode."""
        return self.mode == "live" or self.auth == "real"

    @property
    def ready_made(self) -> bool:
        """Whether a new world has published people and an application with a known key."""
        return self.mode != "live"

    @property
    def pinned(self) -> bool:
        """Whether it is known by its own address alone, and by no name that a request gives it."""
        return self.mode == "live"

    @property
    def explains_all(self) -> bool:
        """Whether what was answered is explained too, and not only what was refused."""
        return self.mode != "live"

    @property
    def limited(self) -> bool:
        """Whether what is asked is counted, and too much of it refused."""
        return self.limits == "real"

    @property
    def troubled(self) -> bool:
        """Whether troubles can be made on purpose."""
        return self.mode != "live"

    @property
    def recorded(self) -> bool:
        """Whether requests and answers are kept whole for a while, to be looked at."""
        return self.mode != "live" and self.workers == 1

    @property
    def movable(self) -> bool:
        """Whether time can be moved and the world reset."""
        return self.mode != "live"

    def shown(self) -> dict[str, Any]:
        """Every setting as it may be shown to anyone: a password is covered."""
        values = {name: getattr(self, name) for name in SETTINGS}
        auth = self.auth or ("real" if self.requires_key else "open")
        return {
            **values,
            "state": str(self.state),
            "store": without_password(self.store),
            "auth": auth,
        }

    def origin(self, name: str) -> str:
        """Where a setting was set: a flag, a variable, the file, or "default"."""
        return dict(self.origins).get(name, "default")


SETTINGS: dict[str, Setting] = {
    each.name: each.metadata["setting"] for each in fields(Settings) if each.metadata
}
KINDS: dict[str, type] = {
    each.name: Path if isinstance(each.default, Path) else type(each.default)
    for each in fields(Settings)
    if each.metadata
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
        values[name] = _read(name, value, place)
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
    return replace(settings, **{name: _read(name, value, place) for name, value in values.items()})


def misspelt(environment: Iterable[str]) -> dict[str, str]:
    """Variables that look like one of ours but are none, each with the one that may be meant."""
    from difflib import get_close_matches

    known = [f"{PREFIX}{name.upper()}" for name in SETTINGS]
    strangers = sorted(name for name in environment if name.startswith(PREFIX))
    found = {name: get_close_matches(name, known, 1, 0.85) for name in strangers}
    return {name: near[0] for name, near in found.items() if near and name not in known}


def without_password(url: str) -> str:
    """The address of a database as it may be shown."""
    password = urlsplit(url).password
    shown = url.replace(f":{password}@", ":***@") if password else url
    return PASSWORD.sub(r"\1***", shown)


def _named(origins: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Without the key, which stands beside it: "openroots.toml", and not "openroots.toml: port"."""
    return ((name, place.partition(": ")[0]) for name, place in origins.items())


def _in_file(path: Path) -> Iterable[tuple[str, Any, str]]:
    """(name, value, place) of each setting in the file, which need not be there."""
    if not path.exists():
        return
    import tomllib  # here, as most runs have no file and the command is to be quick

    try:
        table = tomllib.loads(path.read_text("utf-8"))
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
    """What a variable's text stands for; text that stands for nothing is left for `_read`."""
    if KINDS[name] is int and text.isascii() and text.isdigit():
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


def _read(name: str, value: Any, place: str) -> Any:
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
    if name == "store" and value and not value.startswith(("postgres://", "postgresql://")):
        mend = "Give postgresql://user@host/name, or leave it out."
        raise SettingError(place, "is no PostgreSQL address", mend)
    return value


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
