"""An invented standard and decisions about it, for the tests of the register."""

from datetime import UTC, date, datetime

from openroots.register.decision import Decision
from openroots.register.standard import Standard, load_standards, parse_standard

PLAIN = """
id = "plain"
version = "1.0"
title = "A plain standard"
sort = "technical"
force = "regard"
publisher = "OpenRoots"
why = "So that there is one to test with."
sources = ["none"]

[[stage]]
stage = "draft"
from = 2026-01-01

[[stage]]
stage = "trial"
from = 2026-03-01

[[stage]]
stage = "published"
from = 2026-06-01

[[clause]]
id = "1"
on = "request"
words = "Calls say who they are."
expected = "Calls say who they are."
mend = "Send the header X-Who."
condition = { fact = "header.x-who", present = true }

[[clause]]
id = "2"
on = "record"
words = "A Note says something."
expected = "A Note says something."
mend = "Send its text."
applies = { types = ["Note"] }
condition = { fact = "text", matches = ".+" }
"""


def plain(text: str = PLAIN) -> Standard:
    """The invented standard, or a changed text of it."""
    return parse_standard(text, "plain.toml")


def brought(id: str) -> Standard:
    """The standard of this id that the program brings."""
    return next(one for one in load_standards() if one.id == id)


def moment(words: str) -> datetime:
    """A moment in UTC: "2027-01-01" is the beginning of that day."""
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def mandated(
    number: int,
    decided: str,
    warn: str = "2027-01-01",
    enforce: str | None = "2027-04-01",
    settings: tuple[str, ...] = ("hospital",),
    standard: str = "plain",
    supersedes: str = "",
) -> Decision:
    """A mandate of the invented standard, published on the day on which it was first tried."""
    return Decision(
        id=f"made-{number:08d}",
        standard=standard,
        kind="mandate",
        decided_at=moment(decided),
        by="national.standards",
        reason="A test.",
        settings=settings,
        published=date(2026, 3, 1),
        warn_from=date.fromisoformat(warn),
        enforce_from=date.fromisoformat(enforce) if enforce else None,
        supersedes=supersedes,
    )


def ending(*uses: bool) -> Standard:
    """The invented standard as it is deprecated from 1 June 2027 on and retired from 1 December,
    with a clause on calls for each of these: whether it recognises the use of the standard."""
    ends = "".join(
        f'\n[[stage]]\nstage = "{stage}"\nfrom = {day}\n'
        for stage, day in (("deprecated", "2027-06-01"), ("retired", "2027-12-01"))
    )
    asked = "".join(
        f'\n[[clause]]\nid = "{number}"\non = "request"\nrecognises = {str(use).lower()}\n'
        'words = "w"\nexpected = "e"\nmend = "m"\n'
        f'condition = {{ fact = "header.x-{number}", present = true }}\n'
        for number, use in enumerate(uses, 1)
    )
    return plain(PLAIN[: PLAIN.index("[[clause]]")] + ends + asked)
