"""How FHIRPath fails: an expression that cannot be read, one that cannot be answered, a bound.

For whoever compiles or asks expressions. No message holds a value of the resource that was asked.

Source: FHIRPath N1 2.0.0, sections 4.5 and 6; the bounds are ours.
"""


class PathError(Exception):
    """The expression cannot be answered on this resource: the language says that it ends here."""


class PathSyntaxError(PathError):
    """The text is not an expression. `position` counts its characters from 0."""

    def __init__(self, reason: str, text: str, position: int) -> None:
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        super().__init__(f"{reason}, at line {line}, column {column} of the expression")
        self.reason, self.text, self.position = reason, text, position


class PathLimit(PathError):
    """Answering would take more time or memory than an expression is given."""


class NotCheckable(PathError):
    """The answer needs something that was not given: a terminology, a profile. `what` names it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} cannot be answered with what is loaded")
        self.what = what
