"""The command: `openroots up` and everything that one does to a running or resting world.

A verb asks the running server over HTTP, prints what it is told and ends with the exit code that
fits; `seed`, `save`, `restore`, `reset`, `doctor`, `config` and what checks files work without a
server too. What is slow to import is imported by the verb that needs it, so that `status` answers
at once.

Source: Command Line Interface Guidelines (clig.dev).
"""

import os
import re
import sys
from typing import Any

import click

from openroots import __version__
from openroots.cli.administrators import admin
from openroots.cli.applications import app, token
from openroots.cli.backup import backup
from openroots.cli.clock import clock
from openroots.cli.conformance import conformance
from openroots.cli.data import prune, reset, restore, save, seed
from openroots.cli.evidence import audit, erase_person, why
from openroots.cli.faults import fault
from openroots.cli.governance import (
    agreements,
    alerts,
    opt_out,
    proxies,
    what_if,
    who_could_read,
)
from openroots.cli.health import config, doctor, status
from openroots.cli.journey import journey
from openroots.cli.keys import keys
from openroots.cli.package import package
from openroots.cli.people import people
from openroots.cli.programme import programme
from openroots.cli.register import dry_run, rulebook, standards
from openroots.cli.requests import requests
from openroots.cli.sandboxes import sandbox
from openroots.cli.staff import staff
from openroots.cli.terminal import DEFECT, INTERRUPTED, OK, REFUSED, USAGE, Stop
from openroots.cli.trace import trace
from openroots.cli.up import up
from openroots.cli.validate import validate

CODES = """\b
Exit codes:
    0  ok
    1  a check failed
    2  wrong usage or setting, or the server cannot start
    3  the server, or its store, cannot be reached
    4  refused
    5  not found
    6  conflict
   70  a defect of OpenRoots
  130  interrupted
"""


class _InOrder(click.Group):
    """A group whose verbs are listed in the order in which one comes to need them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order in which they were added."""
        return list(self.commands)


@click.group(
    cls=_InOrder,
    epilog=CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="OpenRoots", message="%(prog)s %(version)s")
def openroots() -> None:
    """The shared infrastructure of a health service, on your machine."""


VERBS: tuple[click.Command, ...] = (
    *(
        up,
        status,
        why,
        people,
        trace,
        clock,
        app,
        token,
        sandbox,
        fault,
        requests,
        conformance,
        journey,
    ),
    *(standards, dry_run, rulebook, programme, audit, erase_person),
    *(agreements, who_could_read, what_if, opt_out, proxies, staff, alerts),
    *(validate, package),
    *(admin, keys),
    *(seed, reset, save, restore, backup, prune, config, doctor),
)
for verb in VERBS:
    openroots.add_command(verb)


def main() -> None:
    """Run the command with the arguments of this process, and end it with its exit code."""
    _open_what_is_closed()
    # What a terminal or a file of another encoding cannot show is replaced, and stops nothing.
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")
    os.umask(0o077)  # what a world holds is for the one who runs it
    sys.exit(_run())


def _open_what_is_closed() -> None:
    """Whoever starts us with a stream closed (`>&-`) wants nothing of it: what goes there goes
    nowhere, and no file of ours takes its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _run() -> int:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    colour = False if plain else None
    with click.Context(openroots, color=colour):  # also for what is told when the verb has ended
        return _code(colour)


def _code(colour: bool | None) -> int:
    try:
        code = openroots.main(standalone_mode=False, prog_name="openroots", color=colour)
        return code if isinstance(code, int) else OK
    except Stop as stop:
        stop.show()
        return stop.code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.UsageError as error:
        _misused(error).show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        return _failed(error)


def _misused(error: click.UsageError) -> Stop:
    """What was typed wrongly, in one line as all else that goes wrong; click would use four."""
    cause = error.format_message().rstrip(".")
    verb = error.ctx.command_path if error.ctx else "openroots"
    return Stop(cause[:1].lower() + cause[1:], f"{verb} --help tells what it takes.", USAGE)


def _unread(arguments: list[str]) -> str:
    """The first argument with bytes that are no text in the encoding of this run, each of which
    Python keeps as half of a pair of surrogates; "" where none has any."""
    return next((each for each in arguments if re.search("[\udc80-\udcff]", each)), "")


def _failed(error: Exception) -> int:
    """Tell of what no verb has foreseen; the exit code. It is an argument of another encoding, a
    file of somebody else or none at all, a definition that somebody is at work on, or a defect."""
    import traceback

    from openroots.register.definition import WrongDefinition

    match error:
        case UnicodeEncodeError() if unread := _unread(sys.argv[1:]):
            cause = f"'{unread}' cannot be read as {sys.getfilesystemencoding()}"
            stop = Stop(cause, "Type it in UTF-8, in a locale of that: LC_ALL=C.UTF-8.", USAGE)
        case PermissionError():
            cause = f"{error.filename or 'a file'}: {error.strerror}"
            stop = Stop(cause, "Be the user whose it is, or give that one leave.", REFUSED)
        case OSError() if str(error.filename) in sys.argv[1:]:
            cause = f"{str(error.filename)[:100]}: {error.strerror}"
            stop = Stop(cause, "Name one that is there.", USAGE)
        case WrongDefinition():
            stop = Stop(str(error), "openroots programme lint tells its line.", USAGE)
        case _:
            traceback.print_exception(error)
            click.echo(
                "openroots: this is a defect. To mend: please report the lines above.", err=True
            )
            return DEFECT
    stop.show()
    return stop.code
