"""Verbs about signed rulebooks: sign, verify, diff, pull.

    openroots rulebook sign > monday.jws
    openroots rulebook verify monday.jws --keys public.jwks
    openroots rulebook diff monday.jws
    openroots rulebook pull

For whoever carries a rulebook to another node, and for whoever wants to see what changed.

Source: RFC 7515 (JWS).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openroots.cli.client import Server, asks
from openroots.cli.documents import parsed
from openroots.cli.terminal import (
    BAD,
    FAILED,
    FILE,
    GOOD,
    USAGE,
    Json,
    Stop,
    faint,
    mark,
    say,
    some,
    when,
)

if TYPE_CHECKING:
    from openroots.register.signed import Published

SIGNED = "/rulebook/signed"
MEND = "openroots rulebook sign prints the one in force."


def _show_signed(answer: Json) -> None:
    click.echo(answer["signed"])


@click.command("sign")
@asks(_show_signed)
def sign(server: Server) -> Json:
    """The rulebook in force, dated and signed by this world."""
    return server.get(SIGNED)


def _show_verified(answer: Json) -> None:
    sign = mark(GOOD if answer["good"] else BAD)
    say(answer["words"], f"{sign} ", "  ")
    if answer["good"]:
        say(faint(f"{answer['hash']}, signed {when(answer['at'])}"), "  ")


@click.command("verify")
@click.argument("file", type=FILE, required=False)
@click.option("--keys", type=FILE, help="The public keys to trust; this world's unless told.")
@asks(_show_verified, failed=lambda answer: not answer["good"])
def verify(server: Server, file: Path | None, keys: Path | None) -> Json:
    """Check that a signed rulebook is whole, and by whom it was signed.

    FILE holds one, as `rulebook sign` prints it; without one, that of the server is checked.
    """
    from openroots.identity.public_keys import PublicKeys
    from openroots.register.signed import verify as verified

    told = {} if file and keys else server.get(SIGNED)
    text = file.read_text("utf-8", "replace") if file else told["signed"]
    trusted = _keys(keys) if keys else told["keys"]
    try:
        found = verified(_bare(text), PublicKeys(trusted).verify)
    except ValueError as error:
        return {"good": False, "words": str(error)}
    acts = some(found.number, "act")
    words = f"The rulebook is whole: {acts} of the register, by a key that is trusted"
    return {"good": True, "words": words, "hash": found.hash, "at": found.at.isoformat()}


def _show_difference(answer: Json) -> None:
    changed = {kind: found for kind, found in answer["changes"].items() if any(found.values())}
    if not changed:
        say("Nothing has changed", f"{mark(GOOD)} ")
    for kind, found in changed.items():
        for how, ids in found.items():
            for id in ids:
                say(id, f"  {how} {kind}  ")


@click.command("diff")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE, required=False)
@asks(_show_difference)
def diff(server: Server, before: Path, after: Path | None) -> Json:
    """What changed between two signed rulebooks. Without AFTER, since BEFORE."""
    from openroots.register.signed import difference

    old = _read(before.read_text("utf-8", "replace"))
    new = _read(after.read_text("utf-8", "replace") if after else server.get(SIGNED)["signed"])
    return {
        "before": old.hash,
        "after": new.hash,
        "changes": difference(old.content, new.content),
    }


def _read(text: str) -> "Published":
    """What a rulebook holds, whoever signed it. Raises Stop where it is none."""
    from openroots.register.signed import verify as verified

    try:
        return verified(_bare(text), lambda data, signature, kid: True)
    except ValueError as error:
        raise Stop(str(error), MEND, FAILED) from error


def _bare(text: str) -> str:
    """The JWS by itself: also from the JSON document that `sign --json` prints."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return str(parsed(text)["signed"])
    except (ValueError, KeyError) as error:
        raise Stop("the file holds no signed rulebook", MEND, USAGE) from error


def _keys(file: Path) -> Any:
    try:
        return parsed(file.read_text("utf-8", "replace"))
    except ValueError as error:
        mend = "Name a JSON Web Key Set, such as keys/public.jwks of a state folder."
        raise Stop(f"{file} holds no public keys", mend, USAGE) from error


def show_carried(carried: Json) -> None:
    """Say whence a rulebook is, and what is wrong, if anything."""
    say(f"carried from {carried['url']}", "  ", "  ")
    say(faint(f"signed {when(carried['at'])} by {carried['key']}"), "  ", "  ")
    if carried["trouble"]:
        say(carried["trouble"], f"  {mark(BAD)} ", "    ")


@click.command("pull")
@asks(show_carried)
def pull(server: Server) -> Json:
    """Take over now what the node that --rulebook names has published."""
    return server.post("/rulebook/pull")


VERBS = (sign, verify, diff, pull)
