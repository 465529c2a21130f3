"""Verbs that tell what happened: why, audit.

Source: none.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from openroots.cli.client import Server, asks, with_state
from openroots.cli.documents import parsed
from openroots.cli.terminal import (
    BAD,
    FILE,
    GOOD,
    NOT_FOUND,
    USAGE,
    WARNING,
    Json,
    Number,
    Stop,
    day,
    faint,
    mark,
    prints,
    say,
    some,
    strong,
    sure,
    table,
    when,
)

if TYPE_CHECKING:
    from openroots.identity.public_keys import PublicKeys
    from openroots.storage.verdict import Verdict

REFUSED = "refused"  # the step
OTHER_KEYS = (
    "Some of it is signed by a key that is not among these: by another server, as after a restore "
    "into a folder with other keys, or by anybody. If you trust that server, give the public.jwks "
    "of both: --keys FILE --keys FILE"
)
NO_CHECKPOINT = (
    "There is no checkpoint: that a whole segment is gone, or the end of one, is found only from "
    "what was kept elsewhere"
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
    # What it was refused for comes first; what is only observed or warned of can wait.
    told = sorted((step for step in steps if step[3]), key=lambda step: step[0] != REFUSED)
    for mend in dict.fromkeys(mend for *_, mend in told):
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
    if name == REFUSED or outcome.endswith(REFUSING):
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
    by = f"{who}  {told}".strip()  # together, so that 80 columns do for the others
    return sign, when(entry["wall"]), status, entry["endpoint"], by


@audit.command("show")
@click.option("--subject", metavar="NHSNUMBER", help="Only what is about this person.")
@click.option("--limit", type=Number(1), help="How many at most; 20 unless told.")
@asks(_show_entries)
def show(server: Server, subject: str | None, limit: int | None) -> Json:
    """The newest audit entries, the newest first."""
    return server.get("/audit", subject=subject, limit=limit)


def _show_erased(answer: Json) -> None:
    entries = some(answer["entries"], "entry", "entries")
    say(f"{entries} of the log can no longer be told to be about this person", f"{mark(GOOD)} ")


@audit.command("erase")
@click.argument("subject", metavar="NHSNUMBER")
@sure("Nobody can undo this. Erase this person from the audit log?")
@asks(_show_erased)
def erase(server: Server, subject: str) -> Json:
    """Erase a person from the audit log and from every copy of it.

    The log stays whole: what goes is the key without which it cannot be told whom an entry is
    about. Copies of the folder of keys have to be made anew.
    """
    return server.post("/audit/erase", subject=subject.replace(" ", ""))


def _show_erased_person(answer: Json) -> None:
    versions = some(answer["versions"], "version", "versions")
    say(f"{versions} in the store hold nothing any more", f"{mark(GOOD)} ")
    _show_erased(answer)


@click.command("erase")
@click.argument("subject", metavar="NHSNUMBER")
@sure("Nobody can undo this. Erase all that is held of this person?")
@asks(_show_erased_person)
def erase_person(server: Server, subject: str) -> Json:
    """Take a person out of all that is kept here.

    What stays is that their number was given, so that nobody else gets it. A saved state is not
    changed: when it is restored into this folder, they are erased from it again.
    """
    return server.post("/erase", subject=subject.replace(" ", ""))


def _show_verified(answer: Json) -> None:
    for segment in answer["segments"]:
        entries = some(segment["entries"], "entry", "entries")
        words = f"{segment['file']}: {entries}"
        if segment["broken"]:
            say(f"{words}, and entry {segment['broken']} is not as it was written", f"{mark(BAD)} ")
        elif last := segment["unsigned"]:
            sign = mark(WARNING if last == segment["entries"] else GOOD)
            say(f"{words}, and nobody has signed for the last {last:,} yet", f"{sign} ")
        else:
            say(f"{words}, each as it was written", f"{mark(GOOD)} ")
    for name, count in answer["pruned"].items():
        say(f"segment {name}: {some(count, 'entry', 'entries')} of old went, as was signed")
    for wrong in answer["wrong"]:
        place = f"{wrong['segment']} {wrong['entry']}" if wrong["entry"] else wrong["segment"]
        say(f"{place} {wrong['what']}", f"  {mark(BAD)} ", "    ")
    if any(wrong["key"] for wrong in answer["wrong"]):
        say(OTHER_KEYS)
    if not answer["checkpoints"]:
        say(NO_CHECKPOINT, f"{mark(WARNING)} ", "  ")
    for file, size in answer["torn"].items():
        words = f"{file}: {some(size, 'byte')} that a start took for torn by a power cut"
        say(f"{words}; look there if none was", f"{mark(WARNING)} ", "  ")
    signed = some(answer["signed"], "entry is", "entries are")
    checkpoints = some(answer["checkpoints"], "checkpoint", "checkpoints")
    say(f"{signed} signed for; {checkpoints}, {some(answer['receipts'], 'receipt', 'receipts')}")


@audit.command("verify")
@click.option("--receipt", multiple=True, type=FILE, help="A file with receipts, one a line.")
@click.option(
    "--checkpoint",
    multiple=True,
    type=FILE,
    help="A checkpoint kept elsewhere, or the answer that told it.",
)
@click.option(
    "--keys",
    multiple=True,
    type=FILE,
    help="Public keys; those of the state folder unless told. Name several files for several.",
)
@prints(_show_verified, failed=lambda answer: not answer["whole"])
@with_state
def verify(
    server: Server, receipt: tuple[Path, ...], checkpoint: tuple[Path, ...], keys: tuple[Path, ...]
) -> Json:
    """Check that the log is as it was written. No server is needed.

    A receipt is what the header OpenRoots-Receipt of an answer held. That the end of the log was
    cut off, or all of it written anew, is found from receipts and checkpoints. What nobody has
    signed for yet, the server signs within ten seconds; where none runs, nothing shows who wrote
    it.
    """
    from openroots.storage.checkpoint import FILE as CHECKPOINTS
    from openroots.storage.verifying import verify as read_all

    folder = server.state / "audit"
    # Where there are checkpoints there was a log: what they name and is not there is told.
    if not any(folder.glob("*.jsonl")) and not (folder / CHECKPOINTS).exists():
        mend = "openroots up keeps one from its first request on; --state names another folder."
        raise Stop(f"{server.state} holds no audit log", mend, NOT_FOUND)
    signer = _public_keys(keys or (server.state / "keys" / "public.jwks",))
    receipts = [line for file in receipt for line in _lines(file)]
    notes = [_note(file) for file in checkpoint]
    verdict = read_all(folder, signer, receipts, notes)
    if verdict.wrong:  # the server may have been in the middle of a line: it is looked at again
        verdict = read_all(folder, signer, receipts, notes)
    return _told(verdict, folder)


def _told(verdict: "Verdict", folder: Path) -> Json:
    """What was found of the log in this folder; of each segment, its first entry that is wrong."""
    entries = [wrong for wrong in reversed(verdict.wrong) if not wrong.key]
    broken = {wrong.segment: wrong.entry for wrong in entries}
    # Where a key is not known, who signed cannot be told.
    unsigned = verdict.unsigned if len(entries) == len(verdict.wrong) else {}
    segments = [
        {
            "file": str(folder / f"{name}.jsonl"),
            "entries": count,
            "broken": broken.get(name, 0),
            "unsigned": unsigned.get(name, 0),
        }
        for name, count in verdict.entries.items()
    ]
    return {
        "whole": not verdict.wrong,
        "segments": segments,
        "wrong": [wrong._asdict() for wrong in verdict.wrong],
        "signed": verdict.signed,
        "pruned": verdict.pruned,
        "checkpoints": verdict.checkpoints,
        "receipts": verdict.receipts,
        "torn": {str(path): path.stat().st_size for path in sorted(folder.glob("*.torn"))},
    }


def _public_keys(files: tuple[Path, ...]) -> "PublicKeys":
    from openroots.identity.public_keys import public_keys

    there = [file for file in files if file.exists()]  # there is none before anything was signed
    try:
        return public_keys(*there)
    except ValueError as error:
        mend = "Give the server's keys/public.jwks, as it was made."
        raise Stop(f"{', '.join(map(str, there))}: {error}", mend, USAGE) from error


def _note(file: Path) -> bytes:
    """The note of a checkpoint: by itself, or in the answer in which it was told."""
    kept = file.read_bytes()
    try:
        told = parsed(kept)
    except ValueError:
        return kept
    note = told.get("checkpoint") if isinstance(told, dict) else None
    return note.encode(errors="replace") if isinstance(note, str) else kept


def _lines(file: Path) -> list[str]:
    text = file.read_text("utf-8", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]
