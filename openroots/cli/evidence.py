"""Verbs that tell what happened: why, audit.

Source: none.
"""

from typing import Any
from urllib.parse import quote

import click

from openroots.cli.client import Server, asks, with_state
from openroots.cli.terminal import (
    BAD,
    GOOD,
    NOT_FOUND,
    WARNING,
    Json,
    Stop,
    day,
    faint,
    mark,
    prints,
    say,
    some,
    strong,
    table,
    when,
)

REFUSING = ("refused", "refuse", "unavailable")


def _show_why(trail: Json) -> None:
    fine = trail["status"] < 400
    head = f"{trail['method']} {trail['path']}  →  {trail['status']} in {trail['ms']:.1f} ms"
    say(strong(head), f"{mark(GOOD if fine else BAD)} ", "  ")
    say(faint(_about(trail)), "  ", "  ")
    say()
    steps: list[list[str]] = trail["steps"]
    table([(mark(_sign(step)), step[0], _words(step)) for step in steps], indent=4)
    for mend in dict.fromkeys(mend for *_, mend in steps if mend):
        say()
        say(mend, f"  {strong('To mend:')} ", " " * 11)


def _about(trail: Json) -> str:
    moved = abs(_seconds(trail)) >= 60
    about = [
        when(trail["wall"]),
        f"in the world {day(trail['time'][:10])}" if moved else "",
        trail["application"] or "an unknown caller",
        trail["organisation"],
        trail["setting"],
        f"trail {trail['trail']}",
    ]
    return "  ·  ".join(word for word in about if word)


def _seconds(trail: Json) -> float:
    from datetime import datetime

    apart = datetime.fromisoformat(trail["time"]) - datetime.fromisoformat(trail["wall"])
    return apart.total_seconds()


def _sign(step: list[str]) -> str:
    name, outcome, _, mend = step
    if name == "refused" or outcome.endswith(REFUSING):
        return BAD
    return WARNING if mend or name == "standard" else GOOD


def _words(step: list[str]) -> str:
    _, outcome, words, _ = step
    return f"{outcome}: {words}" if words else outcome


@click.command()
@click.argument("id", default="last", metavar="[ID|last]")
@asks(_show_why)
def why(server: Server, id: str) -> Json:
    """Why a request was answered so, and how to mend it.

    ID is its X-OpenRoots-Trail, X-Correlation-ID or X-Request-ID; without one, the last request.
    """
    return server.get(f"/why/{quote(id, safe='')}")


@click.group()
def audit() -> None:
    """Who did what, and saw whose data."""


def _show_entries(answer: Json) -> None:
    if not answer["entries"]:
        say("Nothing yet.")
        return
    table([_row(entry) for entry in answer["entries"]])


def _row(entry: Json) -> tuple[Any, ...]:
    status = entry.get("status", "")
    sign = mark(GOOD if not status or status < 400 else BAD)
    who = " ".join(word for word in (entry["application"], entry["organisation"]) if word)
    about = some(len(entry["subjects"]), "person", "people") if entry["subjects"] else ""
    wrote = f"commit {entry['t']}" if entry["t"] else ""
    trail = f"trail {entry['trail']}" if entry["trail"] else ""
    told = faint(", ".join(word for word in (about, wrote, trail) if word))
    return sign, when(entry["wall"]), status, entry["endpoint"], who, told


@audit.command("show")
@click.option("--subject", metavar="NHSNUMBER", help="Only what is about this person.")
@click.option("--limit", type=click.IntRange(1), help="How many at most; 20 unless told.")
@asks(_show_entries)
def show(server: Server, subject: str | None, limit: int | None) -> Json:
    """The newest audit entries, the newest first."""
    number = subject.replace(" ", "") if subject else None
    return server.get("/audit", subject=number, limit=limit)


def _show_verified(answer: Json) -> None:
    for segment in answer["segments"]:
        entries = some(segment["entries"], "entry", "entries")
        words = f"{segment['file']}: {entries}"
        if segment["broken"]:
            say(f"{words}, and entry {segment['broken']} is not as it was written", f"{mark(BAD)} ")
        else:
            say(f"{words}, each as it was written", f"{mark(GOOD)} ")


@audit.command("verify")
@prints(_show_verified, failed=lambda answer: not answer["whole"])
@with_state
def verify(server: Server) -> Json:
    """Check that no entry was changed, removed or put in; works without a server too."""
    from openroots.storage.audit import broken_at

    found = []
    for path in sorted((server.state / "audit").glob("*.jsonl")):
        # The server may be in the middle of a line: what is broken is looked at again.
        broken = broken_at(path) and broken_at(path)
        with path.open("rb") as file:
            entries = sum(1 for _ in file)
        found.append({"file": str(path), "entries": entries, "broken": broken})
    if not found:
        mend = "openroots up keeps one from its first request on; --state names another folder."
        raise Stop(f"{server.state} holds no audit log", mend, NOT_FOUND)
    return {"whole": not any(segment["broken"] for segment in found), "segments": found}
