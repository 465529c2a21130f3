"""How a made page is written in Markdown: its head, its parts, its tables.

For `make_docs` and the pages that it makes.

Source: none.
"""

from collections.abc import Iterable, Sequence

MADE = "<!-- Made by `make docs` from {source}. Change that, not this. -->"
FACT_HEADS = ("What", "Here")


def page(parts: Iterable[str]) -> str:
    """The parts of a page, with a line between them; those that are empty left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with these heads."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return flowed(text).replace("|", "\\|")


def flowed(text: str) -> str:
    """Text in one line."""
    return " ".join(text.split())
