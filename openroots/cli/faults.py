"""Verbs that make trouble on purpose: fault add, fault list, fault clear.

Source: none.
"""

from math import isnan
from typing import Any

import click

from openroots.cli.client import Server, asks
from openroots.cli.terminal import GOOD, USAGE, Json, Number, Stop, faint, mark, say, some, table


class _WithKinds(click.Command):
    """A command whose help lists the kinds of fault, found only when it is called."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The kinds, one a line."""
        from openroots.gateway.faults.fault import KINDS

        with formatter.section("Kinds"):
            formatter.write_dl(list(KINDS.items()))


class _Part(click.FloatRange):
    """A part of something. What is not a number is in no range, and click lets it through."""

    name = "part"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        part = super().convert(value, param, ctx)
        if isnan(part):
            self.fail(f"{value!r} is not a number", param, ctx)
        return float(part)


@click.group()
def fault() -> None:
    """Make trouble on purpose."""


def _show_fault(answer: Json) -> None:
    say(f"{mark(GOOD)} {_about(answer['fault'])}")


def _show_faults(answer: Json) -> None:
    if not answer["faults"]:
        say("No trouble is made. openroots fault add --help says how to make some.")
        return
    table([(faint(one.get("id", "")), _about(one), _struck(one)) for one in answer["faults"]])


def _about(fault: Json) -> str:
    if fault.get("share"):
        often = f"{100 * fault['share']:g}% of"
    else:
        often = "every" if fault["every"] == 1 else f"one in {fault['every']}"
    told = f"{fault['told']} {fault['ms']} ms" if fault["told"] == "slow" else fault["told"]
    whose = f", of {fault['application']}" if fault.get("application") else ""
    what = fault["of"].removesuffix("s") if often == "every" else fault["of"]
    times = f", {some(fault['times'], 'time')} at most" if fault.get("times") else ""
    return f"{told}: {often} {what} to {fault['endpoint']}{whose}{times}"


def _struck(fault: Json) -> str:
    return f"struck {fault['struck']} of {fault['met']}" if "met" in fault else ""


@fault.command("add", cls=_WithKinds)
@click.argument("endpoint", default="*")
@click.option("--do", "do", metavar="KIND", help="What happens; fail unless told.")
@click.option("--row", help="Which failure of the API, for fail; unavailable unless told.")
@click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="For its words.")
@click.option("--every", type=Number(1), help="Every n-th request; each unless told.")
@click.option("--share", type=_Part(0, 1, min_open=True), help="At random, so many of them: 0.2.")
@click.option("--seed", type=Number(0), help="The same requests each time.")
@click.option("--ms", type=Number(0, 60_000), help="How long, for slow.")
@click.option("--times", type=Number(1), help="How often at most.")
@click.option("--app", "application", metavar="ID", help="Only requests of this application.")
@asks(_show_fault)
def add(server: Server, fields: tuple[str, ...], **given: Any) -> Json:
    """Make a trouble for requests to ENDPOINT.

    ENDPOINT is a pattern: demographics.*, "GET */Patient/{id}", or all unless told; for duplicate
    and reorder it is of the types of events, such as pds-*. It lasts until it is cleared.
    """
    told = {name: value for name, value in given.items() if value is not None}
    if fields:
        told["fields"] = dict(map(_pair, fields))
    return server.post("/faults", **told)


def _pair(text: str) -> tuple[str, str | int]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Stop(f"--field: '{text}' has no name and value", "Give seconds=7.", USAGE)
    return name, int(value) if value.isascii() and value.isdigit() else value


@fault.command("list")
@asks(_show_faults)
def list_faults(server: Server) -> Json:
    """The troubles that are made now."""
    return server.get("/faults")


def _show_cleared(answer: Json) -> None:
    say(f"{mark(GOOD)} {some(answer['cleared'], 'fault')} taken away")


@fault.command("clear")
@click.argument("id", required=False)
@asks(_show_cleared)
def clear(server: Server, id: str | None) -> Json:
    """Take away the fault with this ID, or all."""
    return server.post("/faults/clear", **({} if id is None else {"id": id}))
