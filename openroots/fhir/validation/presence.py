"""Invariants that only ask which elements are there, written as one Python condition.

For `rules`. `code.empty() or system.exists()` becomes `not ('code' in v) or ('system' in v)`: no
expression is evaluated for it. What asks anything else is left to FHIRPath.

Source: FHIRPath N1 2.0.0, the operators of section 6.5, which on two truth values are Python's.
"""

import re

from openroots.fhir.definitions import Node

TOKEN = re.compile(r"\s*(?:([A-Za-z]+)\.(exists|empty)\(\)|(\.not\(\))|([a-z]+|!=|=|[()]))")
STRENGTH = {"implies": 1, "or": 2, "xor": 2, "and": 3, "=": 4, "!=": 4}
DEEPEST = 20


class _Other(Exception):
    """It asks something else than what is there."""


def presence_test(expression: str, node: Node) -> str:
    """The expression as a Python condition on the dict `v`; "" where it asks anything else."""
    try:
        reading = _Reading(expression, node)
        test = reading.binary(1)
        return test if reading.at == len(reading.tokens) else ""
    except _Other:
        return ""


class _Reading:
    """The tokens of an expression, read from left to right."""

    def __init__(self, expression: str, node: Node) -> None:
        self.node = node
        self.at = 0
        self.depth = 0
        self.tokens: list[tuple[str, str]] = []
        end = 0
        while expression[end:].strip():
            found = TOKEN.match(expression, end)
            if found is None:
                raise _Other
            name, how, negated, word = found.groups()
            self.tokens.append((name, how) if name else (negated or word, ""))
            end = found.end()

    def binary(self, least: int) -> str:
        """What stands from here on, with operators that bind at least so tightly."""
        left = self._single()
        while STRENGTH.get(self._next(), 0) >= least:
            operator = self.tokens[self.at][0]
            self.at += 1
            right = self.binary(STRENGTH[operator] + 1)
            left = _joined(operator, left, right)
        return left

    def _next(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def _single(self) -> str:
        self.depth += 1
        if self.at >= len(self.tokens) or self.depth > DEEPEST:
            raise _Other
        word, how = self.tokens[self.at]
        self.at += 1
        if how:
            made = self._there(word, how)
        elif word == "(":
            made = self.binary(1)
            if self._next() != ")":
                raise _Other
            self.at += 1
        else:
            raise _Other
        if self._next() == ".not()":
            self.at += 1
            made = f"(not {made})"
        return made

    def _there(self, name: str, how: str) -> str:
        kids = self.node.kids or {}
        if name in kids:
            names = [name]
        elif f"{name}[x]" in kids:
            choice = kids[f"{name}[x]"]
            names = [choice.named(type.code) for type in choice.types]
        else:
            raise _Other
        tests = " or ".join(f"{each!r} in v or {'_' + each!r} in v" for each in names)
        return f"({tests})" if how == "exists" else f"(not ({tests}))"


def _joined(operator: str, left: str, right: str) -> str:
    if operator in ("or", "and"):
        return f"({left} {operator} {right})"
    if operator == "implies":
        return f"(not {left} or {right})"
    return f"({left} {'==' if operator == '=' else '!='} {right})"
