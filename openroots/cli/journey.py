"""The verb journey: tells a story of a fresh world by asking the running server, step by step.

Each story has a sandbox of its own, which is dropped after it: nobody's world is changed.

Source: none.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import click

from openroots.cli.client import Server, asks, with_state
from openroots.cli.stories import STORIES, TOOLS, Step, Story
from openroots.cli.terminal import BAD, GOOD, Json, faint, mark, say, strong
from openroots.clock import Unpredictable, new_uuid

TRAIL = "x-openroots-trail"
SHOWN = 400  # letters of the body of an answer that is not as told

Ask = Callable[[str, str, Mapping[str, str], str | None], "Answered"]


class Answered(NamedTuple):
    """What came of a request: headers by lower-case names, and the body as text."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def text(self) -> str:
        """Headers and body, as they are looked through."""
        return "\n".join([*(f"{name}: {value}" for name, value in self.headers.items()), self.body])


def told(story: Story, ask: Ask) -> Iterator[Json]:
    """What came of each step, until one is not as told."""
    chance, trail = Unpredictable(), ""
    for count, step in enumerate(story.steps, 1):
        known = {
            "{numbered}": f"00000000-0000-0000-0000-{count:012}",
            "{unique}": new_uuid(chance.bytes),
            "{trail}": trail,
        }
        headers = {name: _filled(value, known) for name, value in step.headers.items()}
        body = json.dumps(step.body) if step.body is not None else None
        answer = ask(step.method, _filled(step.path, known), headers, body)
        trail = answer.headers.get(TRAIL, trail)
        yield (found := _found(step, answer))
        if not found["as_told"]:
            return


def _filled(text: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(name, value)
    return text


def _found(step: Step, answer: Answered) -> Json:
    fits = answer.status == step.status and step.tells in answer.text
    found: Json = {
        "words": step.words,
        "asked": f"{step.method} {step.path}",
        "status": answer.status,
        "tells": step.tells,
        "as_told": fits and step.silent not in answer.text,
    }
    return found if found["as_told"] else {**found, "answer": answer.body[:SHOWN]}


def _show(answer: Json) -> None:
    for story in answer["journeys"]:
        say(strong(story["title"]), f"{mark(GOOD if story['as_told'] else BAD)} ", "  ")
        for step in story["steps"]:
            _show_step(step)
        say()


def _show_step(step: Json) -> None:
    say(step["words"], f"  {mark(GOOD if step['as_told'] else BAD)} ", "    ")
    came = f": {step['tells']}" if step["tells"] else ""
    say(faint(f"{step['asked']}  →  {step['status']}{came}"), "    ", "    ")
    if not step["as_told"]:
        say(f"That is not as it should be. It answered: {step['answer']}", "    ", "    ")


@click.command()
@click.argument("name", required=False, type=click.Choice([story.name for story in STORIES]))
@click.option("--all", "every", is_flag=True, help="Tell every story.")
@asks(_show, lambda answer: not all(one["as_told"] for one in answer["journeys"]), of=with_state)
def journey(server: Server, name: str | None, every: bool) -> Json:
    """Tell a story by asking the server, step by step.

    Without a name it is the first. Each has a sandbox of its own, which is dropped after it. The
    exit code is 1 where a step is not as told.
    """
    chosen = [story for story in STORIES if every or story.name == (name or STORIES[0].name)]
    return {"journeys": [_in_a_sandbox(story, server) for story in chosen]}


def _in_a_sandbox(story: Story, server: Server) -> Json:
    made = server.post("/sandboxes", people=0)["name"]
    try:
        steps = list(told(story, _asking(Server(server.settings, made))))
    finally:
        server.post(f"/sandboxes/{made}/drop")
    return {"name": story.name, "title": story.title, "as_told": _whole(steps), "steps": steps}


def _whole(steps: Iterable[Json]) -> bool:
    return all(step["as_told"] for step in steps)


def _asking(server: Server) -> Ask:
    """What asks a sandbox: an API as anybody, its tools as the user of this machine."""

    def ask(method: str, path: str, headers: Mapping[str, str], body: str | None) -> Answered:
        own = server.opening if path.startswith(TOOLS) else {}
        return Answered(*server.call(method, path, {**headers, **own}, body))

    return ask
