"""`--on DATE`: for verbs that tell how something stands on a day.

Source: ISO 8601, for how a date is written.
"""

from collections.abc import Callable
from datetime import date

import click

from openroots.cli.terminal import Verb


def on_date(words: str, required: bool = False) -> Callable[[Verb], Verb]:
    """The flag. A date is handed on as it is asked of the server; None where none was given."""
    return click.option("--on", metavar="DATE", callback=_date, required=required, help=words)


def _date(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date; give one such as 2027-04-01") from None
