"""Verbs about the register: standards, dry-run, rulebook.

Source: none.
"""

from collections.abc import Iterable
from urllib.parse import quote

import click

from openroots.cli.client import Server, asks
from openroots.cli.on_date import on_date
from openroots.cli.rulebooks import VERBS, show_carried
from openroots.cli.terminal import (
    BAD,
    GOOD,
    WARNING,
    Json,
    day,
    faint,
    mark,
    say,
    some,
    strong,
    table,
    when,
)

AS_IT_STANDS = "As it stands on this date; today's unless told."
MODES = {None: "not judged", "observe": "observed", "warn": "warned of", "refuse": "refused"}


@click.group()
def standards() -> None:
    """What is asked of whoever uses the services."""


def _show_list(answer: Json) -> None:
    for standard in answer["standards"]:
        _show_summary(standard)
        say()
    say(faint(f"As on {day(answer['on'])}. openroots standards show ID tells all of one."))


@standards.command("list")
@on_date(AS_IT_STANDS)
@asks(_show_list)
def list_standards(server: Server, on: str | None) -> Json:
    """Every standard and how it stands in each care setting."""
    return server.get("/standards", on=on)


def _show_standard(answer: Json) -> None:
    _show_summary(answer)
    say()
    say(answer["why"], "  ", "  ")
    for clause in answer["clauses"]:
        say()
        say(clause["words"], f"  {strong('clause ' + clause['id'])}  ", " " * 12)
        say(clause["mend"], faint("  to mend:  "), " " * 12)
    if answer["decisions"]:
        say()
    _show_decisions(answer["decisions"], set(answer["inForce"]))
    say()
    for source in answer["sources"]:
        say(source, faint("  source    "), " " * 12)


@standards.command("show")
@click.argument("id")
@on_date(AS_IT_STANDS)
@asks(_show_standard)
def show_standard(server: Server, id: str, on: str | None) -> Json:
    """One standard: why it is there, its clauses, what was decided."""
    return server.get(f"/standards/{quote(id, safe='')}", on=on)


def _show_summary(standard: Json) -> None:
    say(standard["title"], f"{strong(standard['id'])} {standard['version']}  ", "  ")
    table([*_standings(standard["settings"]), *_turns(standard["next"])])


def _standings(settings: Iterable[Json]) -> Iterable[tuple[str, str, str, str]]:
    """How it stands, the settings in which it stands alike together."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for one in settings:
        since = f"since {day(one['since'])}" if one["since"] else ""
        key = (one["stage"] or "not begun", MODES[one["mode"]], since)
        alike.setdefault(key, []).append(one["setting"])
    if len(alike) == 1:
        return [(*key, "every care setting") for key in alike]
    return [(*key, ", ".join(names)) for key, names in alike.items()]


def _turns(turns: Iterable[Json]) -> Iterable[tuple[str, str, str, str]]:
    return [
        (
            faint(turn["stage"] or "not begun"),
            faint(MODES[turn["mode"]]),
            faint(f"from {day(turn['date'])}"),
            faint(", ".join(turn["settings"])),
        )
        for turn in turns
    ]


def _show_run(answer: Json) -> None:
    not_met = answer["calls"]["notMet"] + answer["records"]["notMet"]
    say(strong(f"{answer['sentence']}."), f"{mark(WARNING if not_met else GOOD)} ", "  ")
    left_out = answer["calls"]["notJudged"]
    beside = f"; {some(left_out, 'call')} not judged" if left_out else ""
    say(faint(f"By {answer['standard']} {answer['version']}, on {day(answer['on'])}{beside}"), "  ")
    for client in answer["applications"]:
        if client["calls"]["notMet"] + client["records"]["notMet"]:
            _show_client(client)
    for clause in answer["clauses"]:
        if clause["notMet"]:
            say()
            say(clause["expected"], f"  {strong('clause ' + clause['clause'])}  ", " " * 12)
            say(clause["mend"], faint("  to mend:  "), " " * 12)


def _show_client(client: Json) -> None:
    who = " ".join(word for word in (client["organisation"], client["setting"]) if word)
    counts = [
        f"{client[kind]['notMet']} of {some(client[kind]['judged'], noun)}"
        for kind, noun in (("calls", "call"), ("records", "record"))
        if client[kind]["judged"]
    ]
    say()
    sign = mark(BAD if client["mode"] == "refuse" else WARNING)
    say(f"{sign} {strong(client['application'])}  {who}".rstrip(), "  ", "    ")
    say(f"{' and '.join(counts)} did not meet it, which is {MODES[client['mode']]}", "    ", "    ")


@click.command("dry-run")
@click.argument("standard")
@on_date("The date to try.", required=True)
@asks(_show_run)
def dry_run(server: Server, standard: str, on: str) -> Json:
    """Whom a standard would refuse on a date.

    What was really sent, and is stored, is judged as it would be on that date.
    """
    return server.get("/dry-run", standard=standard, on=on)


@click.group()
def rulebook() -> None:
    """What is enforced, and taking it back."""


def _show_rulebook(answer: Json) -> None:
    say(f"{strong('Rulebook')} {answer['hash'][:12]}  {faint(when(answer['time']))}")
    if carried := answer["carried"]:
        show_carried(carried)
    say(faint(f"Signed here by {answer['key']}"), "  ", "  ")
    table([(one["id"], one["version"], one["title"]) for one in answer["standards"]])
    say()
    held = {one["id"] for one in answer["decisions"] if one["stands"]}
    _show_decisions(answer["decisions"], held)


@rulebook.command("show")
@asks(_show_rulebook)
def show_rulebook(server: Server) -> Json:
    """The rulebook in force, and every decision that made it."""
    return server.get("/rulebook")


def _show_decisions(decisions: Iterable[Json], held: set[str]) -> None:
    """Each decision; of the mandates, whether it is among those that are held. Nothing undoes a
    taking back."""
    for decision in decisions:
        stands = decision["kind"] != "mandate" or decision["id"] in held
        if decision["kind"] == "mandate":
            dates = [f"warns from {day(decision['warn_from'])}"]
            if decision["enforce_from"]:
                dates.append(f"refuses from {day(decision['enforce_from'])}")
            words = f"{', '.join(dates)}: {_whom(decision)}"
        else:
            words = f"takes back {decision['supersedes']}"
        gone = "" if stands else faint("  (no longer holds)")
        named = f"{strong(decision['id'])} of {decision['standard']}{gone}"
        say(f"{mark(GOOD if stands else BAD)} {named}", "  ")
        say(words, "    ", "    ")
        by = f"{decision['by']}, {day(decision['decided_at'][:10])}: {decision['reason']}"
        say(faint(by), "    ", "    ")


def _whom(mandate: Json) -> str:
    """Whom a mandate is for: its care settings, and who in them where it names some."""
    bounds = (("organisation_types", "organisations of type"), ("regions", "in region"))
    named = [f"{words} {', '.join(mandate[key])}" for key, words in bounds if mandate.get(key)]
    return "; ".join([", ".join(mandate["settings"]), *named])


def _show_back(answer: Json) -> None:
    decision = answer["decision"]
    say(f"{mark(GOOD)} {strong(decision['supersedes'])} of {decision['standard']} is taken back")
    words = (
        f"by {decision['id']}; the rulebook is now {answer['hash'][:12]}, from the next request on"
    )
    say(faint(words), "  ", "  ")


@rulebook.command("back")
@click.argument("standard", required=False)
@click.option("--reason", default="", help="Why, for the register.")
@asks(_show_back)
def back(server: Server, standard: str | None, reason: str) -> Json:
    """Take back the newest mandate in force. Where STANDARD is named, of that one."""
    return server.post("/rulebook/back", standard=standard, reason=reason)


for verb in VERBS:
    rulebook.add_command(verb)
