"""Verbs for governance staff: agreements, who-could-read, what-if, opt-out, proxies, alerts.

Source: none.
"""

import json
from pathlib import Path
from urllib.parse import quote

import click

from openroots.cli.client import Server, asks
from openroots.cli.documents import parsed
from openroots.cli.terminal import (
    BAD,
    FILE,
    GOOD,
    USAGE,
    WARNING,
    Json,
    Number,
    Stop,
    day,
    faint,
    mark,
    say,
    some,
    strong,
    table,
    when,
)

ANYBODY = "*"  # as agreements write it
ACTS = ("sign", "start", "suspend", "resume", "end")


@click.group()
def agreements() -> None:
    """Who may have whose data, to do what with it, and why."""


def _show_list(answer: Json) -> None:
    rows = [
        (
            mark(GOOD if one["permits"] else WARNING),
            one["id"],
            one["state"],
            ", ".join(one["categories"]),
            one["title"],
        )
        for one in answer["agreements"]
    ]
    if rows:
        table(rows)
    for one in answer["agreements"]:
        if one["wrong"]:
            say(f"{one['id']}: {one['wrong']}", f"  {mark(BAD)} ", "    ")
    say(faint(f"{some(len(rows), 'agreement')}, hash {answer['hash'][:12]}"), "  ")


@agreements.command("list")
@asks(_show_list)
def list_all(server: Server) -> Json:
    """Every agreement, and whether it permits anything now."""
    return server.get("/agreements")


MEND_WRONG = "Draft it again as it should be; one that is signed: end it, and draft another."
PARTS = ("controllers", "recipients", "categories", "actions", "purposes")


def _show_agreement(answer: Json) -> None:
    sign = GOOD if answer.get("permits") else WARNING
    say(strong(f"{answer['title']} ({answer['id']})"), f"{mark(sign)} ", "  ")
    if summary := answer.get("summary"):
        say(summary, "  ", "  ")
    rows: list[tuple[object, ...]] = [("state", answer["state"])]
    rows += [(part, ", ".join(answer[part])) for part in PARTS]
    rows.append(("basis", answer.get("basis", "")))
    rows += [(name, json.dumps(value)) for name, value in answer.get("conditions", {}).items()]
    rows.append(("from", day(answer["from"][:10])))
    rows.append(("to", day(answer["to"][:10]) if answer.get("to") else "no end"))
    table(rows)
    if answer.get("wrong"):
        say(answer["wrong"], f"  {mark(BAD)} ", "    ")
        say(MEND_WRONG, f"    {strong('To mend:')} ", "    ")


@agreements.command("show")
@click.argument("id")
@asks(_show_agreement)
def show(server: Server, id: str) -> Json:
    """One agreement in full."""
    return server.get(f"/agreements/{quote(id, safe='')}")


@agreements.command("draft")
@click.argument("file", type=FILE)
@asks(_show_agreement)
def draft(server: Server, file: Path) -> Json:
    """Draw up the agreement that FILE (JSON) tells of. A draft is changed so."""
    try:
        body = parsed(file.read_text("utf-8"))
    except ValueError as error:
        raise Stop(f"{file}: {error}", "Give a file that holds one JSON object.", USAGE) from None
    if not isinstance(body, dict):
        raise Stop(f"{file} holds no object", "Give a file that holds one JSON object.", USAGE)
    return server.post("/agreements", **body)


def _offer(act: str) -> None:
    """Offer a verb for an act by which an agreement passes from one state to the next."""

    @agreements.command(act, help=f"{act.capitalize()} an agreement, from the next request on.")
    @click.argument("id")
    @click.option("--reason", help="Why; kept with the agreement.")
    @asks(_show_agreement)
    def doing(server: Server, id: str, reason: str | None) -> Json:
        return server.post(f"/agreements/{quote(id, safe='')}/{act}", reason=reason or "")


for act in ACTS:
    _offer(act)


def _show_who(answer: Json) -> None:
    for one in answer["who"]:
        say(f"{strong(one['who'])}, by {one['rule']}", "  ", "    ")
        say(f"{', '.join(one['what'])}: {one['words']}", "    ", "    ")
    if answer["optedOut"]:
        say("They have opted out of the use of their data beyond their own care.", "  ", "  ")


@click.command("who-could-read")
@click.argument("nhsnumber")
@asks(_show_who)
def who_could_read(server: Server, nhsnumber: str) -> Json:
    """Who could read this person's record, and by which rule."""
    return server.get("/who-could-read", subject=nhsnumber.replace(" ", ""))


@click.group("what-if")
def what_if() -> None:
    """What would change, before it is done."""


def _show_use(use: Json) -> None:
    whom = "every organisation" if use["recipient"] == ANYBODY else use["recipient"]
    what = f"{use['category']} data for {use['purpose']}"
    if use["lost"]:
        some_go_on = (
            f", but as {', '.join(found)} lets some" if (found := use["coveredForSomeBy"]) else ""
        )
        say(f"{whom} could not {', '.join(use['lost'])} {what}{some_go_on}", f"{mark(BAD)} ", "  ")
    if asked := use["askedInstead"]:
        say(f"{whom} would need {' and '.join(asked)} for {what}", f"{mark(WARNING)} ", "  ")
    if eased := use["noLongerAsked"]:
        say(f"{whom} would have {what} without {' and '.join(eased)}", f"{mark(WARNING)} ", "  ")


def _show_ended(answer: Json) -> None:
    say(strong(f"If {answer['agreement']} ended now:"))
    if not answer["permits"]:
        say("It permits nothing now, so nothing would change.", "  ", "  ")
    for use in answer["uses"]:
        _show_use(use)
    for one in answer["refused"]:
        calls = some(one["requests"], "request")
        by = f"by {one['application']} for {one['organisation'] or 'anyone'}"
        say(f"{calls} to {one['endpoint']} {by}, {one['purpose']}", f"{mark(BAD)} ", "  ")
    since = f" since {when(answer['since'])}" if answer["since"] else ""
    held = some(answer["stillPermitted"], "request")
    say(faint(f"{held}{since} would be permitted still, by another agreement."), "  ", "  ")


@what_if.command("agreement")
@click.argument("id")
@click.argument("what", type=click.Choice(["ends"]), metavar="ends")
@asks(_show_ended)
def agreement(server: Server, id: str, what: str) -> Json:
    """What would be refused if this agreement ended. The trails that are kept are counted."""
    return server.get(f"/what-if/agreements/{quote(id, safe='')}/{what}")


def _show_opt_out(answer: Json) -> None:
    state = "opted out" if answer["optedOut"] else "not opted out"
    say(f"{state}{'' if answer['changed'] else ', as before'}", f"{mark(GOOD)} ")


@click.command("opt-out")
@click.argument("nhsnumber")
@click.option("--lift", is_flag=True, help="They no longer opt out.")
@asks(_show_opt_out)
def opt_out(server: Server, nhsnumber: str, lift: bool) -> Json:
    """Note that a person opts out of uses beyond their care."""
    return server.post("/opt-outs", subject=nhsnumber.replace(" ", ""), lift=lift)


@click.group()
def proxies() -> None:
    """Who may act for whom."""


def _show_proxy(answer: Json) -> None:
    say(f"the role is {answer['status']}", f"{mark(GOOD)} ")


@proxies.command("add")
@click.argument("patient")
@click.argument("proxy")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    default=("demographics:read",),
    help="What PROXY may do; demographics:read unless told.",
)
@asks(_show_proxy)
def add_proxy(server: Server, patient: str, proxy: str, permissions: tuple[str, ...]) -> Json:
    """Let PROXY act for PATIENT, both told by their NHS numbers."""
    return server.post("/proxies", patient=patient, proxy=proxy, permissions=list(permissions))


@proxies.command("end")
@click.argument("patient")
@click.argument("proxy")
@asks(_show_proxy)
def end_proxy(server: Server, patient: str, proxy: str) -> Json:
    """End the role in which PROXY acts for PATIENT (NHS numbers)."""
    return server.post("/proxies", patient=patient, proxy=proxy, end=True)


def _show_alerts(answer: Json) -> None:
    if not answer["alerts"]:
        say("No alerts.")
        return
    table(
        [
            (
                mark(GOOD if one["reviewed"] else WARNING),
                when(one["at"]),
                one["kind"],
                f"{one['user']} of {one['organisation']}",
                f"relationship {one['relationship']}",
            )
            for one in answer["alerts"]
        ]
    )


@click.command()
@click.option("--limit", type=Number(1), help="How many at most; 50 unless told.")
@asks(_show_alerts)
def alerts(server: Server, limit: int | None) -> Json:
    """Who claimed a relationship or broke the glass."""
    return server.get("/alerts", limit=limit)
