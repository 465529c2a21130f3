"""One line of the performance table.

Source: none.
"""

from dataclasses import dataclass

HEAD = "| work | to reach | measured | repeat with |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Row:
    """What was done, what it should reach, and what it did. `more` stands beneath the table."""

    work: str
    goal: str
    measured: str
    more: str = ""

    def line(self, command: str) -> str:
        """The row in Markdown, with the command that repeats it."""
        return f"| {self.work} | {self.goal} | {self.measured} | `{command}` |"
