"""The verb that keeps dated saved states, the newest few of them: backup.

For a timer of the operating system, such as cron. It works while the server runs, and without one.
Older ones are removed only once the new one is whole and on disk.

    var/backups/2026-11-21T120000Z.openroots

Source: ISO 8601, for the names.
"""

import re
from contextlib import ExitStack
from pathlib import Path

import click

from openroots.cli.client import Server, asks, with_state
from openroots.cli.data import saved, tell_left_out
from openroots.cli.folder import made
from openroots.cli.terminal import CONFLICT, GOOD, Json, Number, Stop, faint, mark, say, some

KEPT = 7
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z\.openroots", re.ASCII)


def _show_backup(answer: Json) -> None:
    say(f"{mark(GOOD)} {answer['file']}: {some(len(answer['files']), 'file')}")
    tell_left_out(answer)
    if gone := answer["removed"]:
        say(faint(f"Removed: {some(len(gone), 'older one')}"), "  ", "  ")


@click.command()
@click.option("--keep", type=Number(1), default=KEPT, help="How many at most, 7 by itself.")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Another folder.")
@asks(_show_backup, of=with_state)
def backup(server: Server, keep: int, into: Path | None) -> Json:
    """Save the whole state under a date; keep the newest few.

    They go to the folder "backups" of the state. A disk of their own is better: name it with
    --into. Give one to openroots restore to have it back.
    """
    from openroots.clock import Wall

    folder = (into or server.state / "backups").absolute()
    name = f"{Wall().now():%Y-%m-%dT%H%M%SZ}.openroots"
    with ExitStack() as stack:
        try:
            stack.enter_context(made(folder))
        except OSError as error:
            cause = f"{folder} cannot be written: {error.strerror or error}"
            raise Stop(cause, "Name another folder with --into.", CONFLICT) from error
        return {**saved(server, folder / name), "removed": _thin_out(folder, keep)}


def _thin_out(folder: Path, keep: int) -> list[str]:
    """Remove all but the newest; which were removed. What has another name is left."""
    dated = sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))
    gone = [path.name for path in dated[:-keep]]
    for path in dated[:-keep]:
        path.unlink()
    for half in folder.glob("*.making"):  # whoever made it was killed
        if gone and NAME.fullmatch(half.stem) and half.stem <= gone[-1]:
            half.unlink()
    return gone
