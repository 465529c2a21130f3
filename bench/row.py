"""One line of the performance table.

Source: none.
"""

from dataclasses import dataclass

HEAD = "| work | to reach | measured | repeat with |\n|---|---|---|---|"
VERDICTS = {True: "reached: ", False: "**not reached**: ", None: ""}


@dataclass(frozen=True, slots=True)
class Row:
    """What was done, what it should reach, what it did, and whether that is enough (None where
    nothing is to be reached). `more` stands beneath the table."""

    work: str
    goal: str
    measured: str
    more: str = ""
    reached: bool | None = None

    def line(self, command: str) -> str:
        """The row in Markdown, with the command that repeats it."""
        measured = f"{VERDICTS[self.reached]}{self.measured}"
        return f"| {self.work} | {self.goal} | {measured} | `{command}` |"
