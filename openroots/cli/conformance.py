"""Verbs that check clients and servers: conformance client, conformance verify, conformance run.

    openroots conformance client --app ashby-practice-system
    openroots conformance client --json > report.json
    openroots conformance verify report.json
    openroots conformance run --against http://localhost:1948

Source: none.
"""

import re
from pathlib import Path
from typing import Any

import click

from openroots.cli.client import Server, asks, with_state
from openroots.cli.documents import parsed
from openroots.cli.terminal import (
    BAD,
    CONFLICT,
    FILE,
    GOOD,
    USAGE,
    WARNING,
    Json,
    Stop,
    faint,
    mark,
    prints,
    say,
    some,
    strong,
    when,
)

PASS, FAIL, NOT_SEEN, NOT_CHECKABLE = "pass", "fail", "not seen", "not checkable"
HEADS = {
    FAIL: "Broken",
    PASS: "Kept",
    NOT_SEEN: "Not seen yet, and how to have it seen",
    NOT_CHECKABLE: "Not to be told from outside, and how to look at it yourself",
}
SIGNS = {FAIL: BAD, PASS: GOOD, NOT_SEEN: WARNING, NOT_CHECKABLE: WARNING}
APIS = ("demographics",)
MEND = "openroots conformance client --json prints one."


@click.group()
def conformance() -> None:
    """Check clients of OpenRoots, and servers like it."""


def _show_report(answer: Json) -> None:
    report = answer["report"]
    whose = report["application"] or "whoever asked"
    seen = f"{some(report['requests'], 'request')}, {some(report['events'], 'event')}"
    say(strong(f"{whose}: {seen}"))
    if not report["whole"]:
        say("Older requests are kept no more, and were not looked at.", f"{mark(WARNING)} ")
    if not report["application"] and len(report["applications"]) > 1:
        say("Several applications were looked at as one; --app names one.", f"{mark(WARNING)} ")
    for outcome, head in HEADS.items():
        rules = [rule for rule in report["rules"] if rule["outcome"] == outcome]
        if rules:
            say()
            say(strong(head))
        for rule in rules:
            _show_rule(rule)


def _show_rule(rule: Json) -> None:
    outcome = rule["outcome"]
    say(f"{rule['words']} {faint(rule['id'])}", f"  {mark(SIGNS[outcome])} ", "    ")
    if outcome == FAIL:
        for example in rule["examples"]:
            trail = faint(f"  trail {example['trail']}") if example["trail"] else ""
            say(f"{example['told']}{trail}", "      ", "      ")
        say(rule["mend"], f"      {strong('To mend:')} ", "      ")
    elif outcome != PASS:
        say(faint(rule["show"]), "      ", "      ")


def _is_failed(answer: Json) -> bool:
    counts = answer["report"]["counts"]
    return bool(counts[FAIL] or (answer["strict"] and counts[NOT_SEEN]))


@conformance.command("client")
@click.option("--app", "application", metavar="ID", help="Only what this application sent.")
@click.option("--since", metavar="MOMENT|TRAIL", help="Only what came since then.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report in JUnit's XML.",
)
@click.option("--strict", is_flag=True, help="What was not seen is a failure as well.")
@asks(_show_report, failed=_is_failed)
def client(
    server: Server, application: str | None, since: str | None, junit: Path | None, strict: bool
) -> Json:
    """Tell how your client behaves, by what it was seen to send of late.

    Each rule is kept, broken, not seen yet, or one that cannot be told from outside. The exit code
    is 1 where one is broken.
    """
    answer = server.get("/client-report", application=application, since=since)
    if junit is not None:
        _write(junit, answer["report"])
    return {**answer, "strict": strict}


def _write(file: Path, report: Json, verb: str = "client") -> None:
    from openroots.gateway.clients.junit import junit as as_junit

    try:
        file.write_text(as_junit(report, f"openroots conformance {verb}"), "utf-8")
    except OSError as error:
        cause = f"{file} cannot be written: {error.strerror or error}"
        raise Stop(cause, "Name another file.", CONFLICT) from error


def _show_verified(answer: Json) -> None:
    say(answer["words"], f"{mark(GOOD if answer['good'] else BAD)} ", "  ")
    if report := answer.get("report"):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in report["counts"].items())
        whose = report["application"] or "whoever asked"
        say(faint(f"{whose}, {when(report['wall'])}: {counts}"), "  ")


@conformance.command("verify")
@click.argument("file", type=FILE)
@click.option("--keys", type=FILE, help="The public keys to trust; this world's unless told.")
@prints(_show_verified, failed=lambda answer: not answer["good"])
@with_state
def verify(server: Server, file: Path, keys: Path | None) -> Json:
    """Check that a report on a client is as it was signed, and by whom.

    FILE is what `conformance client --json` printed, or the signed text alone. No server is needed.
    """
    from openroots.gateway.clients.signed import verify as verified

    signed, beside = _parts(file.read_text("utf-8", errors="replace"))
    try:
        report = verified(signed, _trusted(keys or server.state / "keys" / "public.jwks"))
    except ValueError as error:
        return {"good": False, "words": str(error)}
    if beside is not None and beside != report:
        return {"good": False, "words": "the report in the file is another than was signed"}
    words = "The report is as it was signed, by a key that is trusted"
    return {"good": True, "words": words, "report": report}


def _parts(text: str) -> tuple[str, Json | None]:
    """The signed text, and the report that stands beside it, if one does."""
    if not text.lstrip().startswith("{"):
        return text, None
    try:
        told = parsed(text)
        return str(told["signed"]), told.get("report")
    except (ValueError, KeyError) as error:
        raise Stop("the file holds no signed report", MEND, USAGE) from error


def _trusted(file: Path) -> Any:
    from openroots.identity.public_keys import public_keys

    mend = "Name a JSON Web Key Set, such as keys/public.jwks of a state folder."
    try:
        return public_keys(file).verify
    except (OSError, ValueError) as error:
        raise Stop(f"{file} holds no public keys", mend, USAGE) from error


def _show_run(answer: Json) -> None:
    cases = some(len(answer["rules"]), "case")
    say(strong(f"{answer['against']}: {cases}, {answer['counts'][FAIL] or 'none'} failed"))
    if answer["faults"]:
        struck = some(sum(bool(case["fault"]) for case in answer["rules"]), "case")
        made = f"Trouble is made there on purpose, and struck {struck}"
        told = f"{made}: {', '.join(answer['faults'])}. openroots fault clear takes it away."
        say(told, f"{mark(WARNING)} ", "  ")
    for case in answer["rules"]:
        _show_rule(case)
        if case["fault"]:
            say(faint(f"the fault {case['fault']} struck it"), "      ", "      ")


@conformance.command("run")
@click.option("--against", metavar="URL", required=True, help="Where the server is.")
@click.option("--api", type=click.Choice(APIS), default=APIS[0], help="Which cases.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="Sent with each.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report in JUnit's XML.",
)
@prints(_show_run, failed=lambda answer: not answer["passed"])
def run(against: str, api: str, headers: tuple[str, ...], junit: Path | None) -> Json:
    """Put published cases to a server, and tell in what it differs.

    They are about the people whom the public sandbox names, and change nothing. URL is that of the
    server, or of the API itself. A token goes in a header: --header "Authorization: Bearer ...".
    """
    from openroots.cli.against import run as put

    answer = put(api, against, dict(map(_header, headers)))
    if junit is not None:
        _write(junit, answer, "run")
    return answer


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z0-9-]+", name) or not value.strip().isprintable():
        raise Stop("--header: no name and value", "Give NHSD-Session-URID:555254240100.", USAGE)
    return name, value.strip()
