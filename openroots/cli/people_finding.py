"""The verb `people find`: people to test with, published ones or of a kind.

Source: none.
"""

import click

from openroots.cli.client import Server, asks
from openroots.cli.terminal import Json, Number, faint, say, strong, table


def _show_people(answer: Json) -> None:
    people = answer["people"]
    if not people:
        say(
            f"Nobody here is of this kind. openroots people make --like {answer['kind']} makes one."
        )
        return
    say(strong(f"{_sentence(answer['kind'].replace('-', ' '))}: {answer['words']}"))
    table(
        [(faint(_spaced(person["number"])), person["name"], _details(person)) for person in people]
    )


def _details(person: Json) -> str:
    if "words" in person:
        return str(person["words"])
    told = [f"born {person['born']}", person["gender"], person["practice"]]
    former = [f"formerly {_spaced(number)}" for number in person["former"]]
    return ", ".join(word for word in (*told, *former) if word)


def _spaced(number: str) -> str:
    return f"{number[:3]} {number[3:6]} {number[6:]}"


class _WithKinds(click.Command):
    """A command with a flag for each kind of test person, found only when it is called."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The flags of the kinds, then the others."""
        from openroots.population import KINDS

        flags = [
            click.Option((f"--{kind}", "kind"), flag_value=kind, help=f"{_sentence(words)}.")
            for kind, words in KINDS.items()
        ]
        return [*flags, *super().get_params(ctx)]


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


@click.command("find", cls=_WithKinds)
@click.option("--limit", type=Number(1), help="How many at most; 10 of a kind unless told.")
@asks(_show_people)
def find(server: Server, kind: str | None, limit: int | None) -> Json:
    """Find test people: published ones, or of a kind."""
    return server.get("/people", kind=kind, limit=limit)
