"""How far a command has come with a file: a bar on a terminal, elsewhere a line for each tenth.

For verbs that send a large file to a server part by part. It goes to standard error: what comes of
the file is on standard output, for people and programs.

Source: none.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Tell = Callable[[int, int], None]  # so many are done; so many bytes of the file were read


@contextmanager
def shown(size: int, done: str, *, wanted: bool = True) -> Iterator[Tell]:
    """What to tell how far a file of this size has come; `done` says what was done with so many,
    such as "records read"."""
    if not wanted:
        yield lambda count, at: None
    elif sys.stderr.isatty():
        with _bar(size, done) as tell:
            yield tell
    else:
        yield _lines(size, done)


@contextmanager
def _bar(size: int, done: str) -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    words, bar = TextColumn("  {task.description:<32}"), BarColumn(30, finished_style="green")
    columns = (words, bar, TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(f"0 {done}", total=max(size, 1))

        def tell(count: int, at: int) -> None:
            bars.update(task, description=f"{count:,} {done}", completed=at)

        yield tell


def _lines(size: int, done: str) -> Tell:
    told = 0

    def tell(count: int, at: int) -> None:
        nonlocal told
        if (tenth := 10 * at // max(size, 1)) > told:
            told = tenth
            click.echo(f"{count:,} {done}, {10 * tenth} % of the file", err=True)

    return tell
