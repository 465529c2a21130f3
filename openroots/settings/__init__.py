"""What can be set, and where each setting came from.

For `app.py`, which alone decides by it. `reading` reads them; `values` says what each may be.

Source: none.
"""

import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PASSWORD = re.compile(r"([?&](?:ssl)?password=)[^&#]*", re.IGNORECASE)  # as a parameter


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
    host: str = _setting(
        "localhost", "Address to listen on; localhost is both loopback ones, :: all"
    )
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
    progress: bool = _setting(True, "Do not show how far it has come")
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
    def environment(self) -> str:
        """What the platform calls an environment of this kind: that of its products."""
        return "prod" if self.mode == "live" else "sandbox"

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


def without_password(url: str) -> str:
    """The address of a database as it may be shown."""
    password = urlsplit(url).password
    shown = url.replace(f":{password}@", ":***@") if password else url
    return PASSWORD.sub(r"\1***", shown)
