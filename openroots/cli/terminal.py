"""What the command prints, and how it ends.

People on a terminal get colour, in a pipe they get the same words without; programs ask for one
JSON document with --json. What goes wrong is one line on stderr that names the cause and the cure.

Source: no-color.org; clig.dev.
"""

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import click

OK, FAILED, USAGE, UNREACHABLE, REFUSED, NOT_FOUND, CONFLICT = 0, 1, 2, 3, 4, 5, 6
DEFECT, INTERRUPTED = 70, 130

GOOD, BAD, WARNING = "✓", "✗", "!"
COLOURS = {GOOD: "green", BAD: "red", WARNING: "yellow"}

NARROWEST = 30  # columns in which a sentence can still be read
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)  # one that a verb reads

Json = dict[str, Any]
Verb = Callable[..., Any]


class Number(click.IntRange):
    """A whole number in a range, which helps call N; click's word for it is INTEGER RANGE."""

    name = "n"


class Stop(click.ClickException):
    """The verb cannot go on: the cause, how to mend it, and the exit code."""

    def __init__(self, cause: str, mend: str, code: int) -> None:
        super().__init__(cause)
        self.mend = mend
        self.code = code

    def show(self, file: IO[Any] | None = None) -> None:
        """Tell it on stderr, in one line."""
        end = "" if self.message.endswith(("?", "?)")) else "."
        line = " ".join(f"{self.message}{end} To mend: {self.mend}".split())
        click.echo(f"{click.style('openroots:', fg='red')} {line}", file=file, err=True)


def prints(
    show: Callable[[Json], None], failed: Callable[[Json], bool] = lambda answer: False
) -> Callable[[Verb], Verb]:
    """For a verb that returns data: `show` prints it for people, --json for programs.

    `failed` says of the data whether a check has failed, which is the exit code then.
    """

    def declare(verb: Verb) -> Verb:
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
        @functools.wraps(verb)
        def printing(*args: Any, as_json: bool, **given: Any) -> int:
            answer = verb(*args, **given)
            with until_nobody_reads():
                if as_json:
                    click.echo(json.dumps(answer, indent=2, ensure_ascii=False, default=str))
                else:
                    show(answer)
            return FAILED if failed(answer) else OK

        return printing

    return declare


def sure(question: str) -> Callable[[Verb], Verb]:
    """For a verb that nobody can undo: whoever calls it is asked first, on stderr, unless they say
    --yes."""

    def ask(ctx: click.Context, param: click.Parameter, yes: bool) -> None:
        if yes or ctx.resilient_parsing:
            return
        try:
            click.confirm(question, abort=True, err=True)
        except click.Abort as error:
            if sys.stdin.isatty():
                raise
            click.echo(err=True)
            mend = "Add --yes where nobody can be asked."
            raise Stop("nobody has said that this is sure", mend, USAGE) from error

    return click.option(
        "--yes",
        is_flag=True,
        expose_value=False,
        callback=ask,
        help="Do not ask whether you are sure.",
    )


def mark(sign: str) -> str:
    """A ✓, ✗ or ! in its colour."""
    return click.style(sign, fg=COLOURS[sign], bold=True)


def strong(text: str) -> str:
    """Text that stands out."""
    return click.style(text, bold=True)


def faint(text: str) -> str:
    """Text that stands back."""
    return click.style(text, dim=True)


def say(text: str = "", first: str = "", rest: str | None = None) -> None:
    """A line that begins with `first`; on a terminal, what does not fit goes on after `rest`, which
    is as far in as `first` unless told."""
    if rest is None:
        rest = " " * (len(first) - len(first.lstrip()))
    columns = _columns()
    if not columns or not text.strip() or _width(first + text) <= columns:
        click.echo(first + text)
        return
    import textwrap

    begun = _width(first)
    lines = textwrap.wrap(
        text,
        max(columns, len(rest) + NARROWEST),
        initial_indent=" " * begun,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    click.echo("\n".join([first + lines[0][begun:], *lines[1:]]))


def table(rows: Iterable[Sequence[object]], indent: int = 2) -> None:
    """Rows in columns as wide as their widest cell; the last goes on as far as it likes."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)][:-1]
    for *row, last in cells:
        padded = [
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        start = " " * indent + "".join(f"{cell}  " for cell in padded)
        if last and 0 < _columns() < _width(start) + min(_width(last), NARROWEST):
            click.echo(start.rstrip())
            start = " " * (indent + 4)
        say(last, start if last else start.rstrip(), " " * _width(start))


def when(moment: str | datetime) -> str:
    """A moment as people read it."""
    at = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y %H:%M:%S} UTC"


def day(text: str | date) -> str:
    """A date as people read it."""
    at = text if isinstance(text, date) else date.fromisoformat(text)
    return f"{at.day} {at:%b %Y}"


def how_long(seconds: float) -> str:
    """A length of time, in its two largest units."""
    units = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    left, words = round(abs(seconds)), []
    for size, name in units:
        count, left = divmod(left, size)
        if count:
            words.append(some(count, name))
    return " ".join(words[:2]) or "0 seconds"


def some(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun: "1 call", "2 calls"."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


@contextmanager
def until_nobody_reads(err: bool = False) -> Iterator[None]:
    """Whoever reads our output, or with `err` what else we tell, may have had enough of it, as
    `head` has: that is no error. Raises Stop where it cannot be written, as on a full disk."""
    stream = sys.stderr if err else sys.stdout
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        _write_no_more(stream)
    except PermissionError:  # a file that is read, as whoever could not write was not begun
        raise
    except OSError as error:
        _write_no_more(stream)
        cause = f"the output cannot be written: {error.strerror or error}"
        raise Stop(cause, "Make room where it goes, or send it elsewhere.", CONFLICT) from error


def _write_no_more(stream: IO[str]) -> None:
    """What is still to be written until the end of the process must go somewhere too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _columns() -> int:
    """How wide the terminal is; 0 where there is none."""
    if not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns


def _width(text: str) -> int:
    return len(click.unstyle(text))
