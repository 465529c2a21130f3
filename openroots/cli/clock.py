"""The verb about a world's time: show it, or move it.

Source: none.
"""

import re

import click

from openroots.cli.client import Server, asks
from openroots.cli.terminal import Json, faint, how_long, say, strong, when

STEP_BACK = re.compile(r"-\d.*", re.DOTALL)


def _show_clock(answer: Json) -> None:
    moved = "the machine's own time"
    rate = answer.get("rate", 1)
    if answer["moved"]:
        way = "ahead of" if answer["seconds"] > 0 else "behind"
        moved = f"{how_long(answer['seconds'])} {way} the machine"
        moved += "" if rate == 1 else f", running {rate:g} times as fast"
    say(f"{strong(when(answer['time']))}  {faint(moved)}")


class _WithStepsBack(click.Command):
    """A step back is no option, though it begins as one: of -2h, click would take -h for help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        steps = [] if "--" in args else [arg for arg in args if STEP_BACK.fullmatch(arg)]
        others = [arg for arg in args if arg not in steps]
        return super().parse_args(ctx, [*others, "--", *steps] if steps else others)


@click.command(cls=_WithStepsBack)
@click.argument("to", default="show", metavar="[show|+14d|2027-04-01|x60|real]")
@asks(_show_clock)
def clock(server: Server, to: str) -> Json:
    """Show the world's time, or move it.

    By a step in weeks, days, hours or minutes (+2w, -1d), to a day or moment; x60 makes it run 60
    times as fast from where it is, x0 stand still; real puts it back.
    """
    return server.get("/clock") if to == "show" else server.post("/clock", to=to)
