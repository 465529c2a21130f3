"""Reads a FHIRPath expression: text in, its parts out.

For the compiler. Operators bind as in the grammar, tightest first: `.` and `[]`, signs,
`* / div mod`, `+ - &`, `|`, `< <= > >=`, `is as`, `= ~ != !~`, `in contains`, `and`, `or xor`,
`implies`. After a dot, words that are operators elsewhere may name an element, as `text.div`.

Source: FHIRPath N1 2.0.0, section 11 (the grammar).
"""

from decimal import Decimal

from openroots.fhir.path.errors import PathSyntaxError
from openroots.fhir.path.lexer import Token, tokens
from openroots.fhir.path.quantity import CALENDAR, Quantity
from openroots.fhir.path.syntax import (
    Call,
    Index,
    Literal,
    Member,
    Operation,
    Sign,
    Special,
    Syntax,
    TypeTest,
    Variable,
)
from openroots.fhir.path.temporal import temporal

DEEPEST = 100  # brackets in brackets
BINDING = {
    **dict.fromkeys(("*", "/", "div", "mod"), 11),
    **dict.fromkeys(("+", "-", "&"), 10),
    "|": 9,
    **dict.fromkeys(("<", "<=", ">", ">="), 8),
    **dict.fromkeys(("is", "as"), 7),
    **dict.fromkeys(("=", "~", "!=", "!~"), 6),
    **dict.fromkeys(("in", "contains"), 5),
    "and": 4,
    **dict.fromkeys(("or", "xor"), 3),
    "implies": 2,
}
SIGNS = 12
KEYWORDS = frozenset(BINDING) | {"true", "false"}
NAMES_TOO = frozenset({"as", "contains", "in", "is"})
LARGEST_INTEGER = 2**31 - 1
TEMPORALS = {"date": "Date", "datetime": "DateTime", "time": "Time"}


def parse(text: str) -> Syntax:
    """The parts of an expression. Raises PathSyntaxError."""
    parser = _Parser(text)
    whole = parser.expression(0)
    if parser.next.kind != "end":
        raise parser.wrong("something that does not belong")
    return whole


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def wrong(self, reason: str, token: Token | None = None) -> PathSyntaxError:
        token = token or self.next
        what = "the expression ends too early" if token.kind == "end" else reason
        return PathSyntaxError(what, self.text, token.position)

    def take(self) -> Token:
        token = self.next
        self.at += token.kind != "end"
        return token

    def is_next(self, *symbols: str) -> bool:
        return self.next.kind == "symbol" and self.next.text in symbols

    def must(self, symbol: str) -> None:
        if not self.is_next(symbol):
            raise self.wrong(f"'{symbol}' is missing")
        self.at += 1

    def expression(self, least: int) -> Syntax:
        """What binds tighter than `least`. Operators of one strength bind from the left."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(f"more than {DEEPEST} levels")
        left = self.signed()
        while (binding := self.binding()) > least:
            token = self.take()
            if token.text in ("is", "as"):
                left = TypeTest(token.text, left, self.type(), token.position)
            else:
                right = self.expression(binding)
                left = Operation(token.text, left, right, token.position)
        self.depth -= 1
        return left

    def binding(self) -> int:
        token = self.next
        return BINDING.get(token.text, 0) if token.kind in ("symbol", "word") else 0

    def signed(self) -> Syntax:
        if not self.is_next("+", "-"):
            return self.path()
        token = self.take()
        return Sign(token.text, self.expression(SIGNS), token.position)

    def path(self) -> Syntax:
        left = self.term()
        while self.is_next(".", "["):
            token = self.take()
            if token.text == ".":
                left = self.invocation(left)
            else:
                left = Index(left, self.expression(0), token.position)
                self.must("]")
        return left

    def term(self) -> Syntax:
        token = self.next
        if token.kind in ("word", "delimited"):
            if token.kind == "word" and token.text in ("true", "false"):
                return Literal((self.take().text == "true",), token.position)
            return self.invocation(None)
        if token.kind == "special":
            return Special(self.take().text, token.position)
        if token.kind == "symbol":
            return self.bracketed()
        return self.literal()

    def bracketed(self) -> Syntax:
        token = self.take()
        if token.text == "(":
            inner = self.expression(0)
            self.must(")")
            return inner
        if token.text == "{":
            self.must("}")
            return Literal((), token.position)
        if token.text == "%" and self.next.kind in ("word", "string", "delimited"):
            return Variable(self.take().text, token.position)
        raise self.wrong("something that begins no value", token)

    def literal(self) -> Literal:
        token = self.take()
        if token.kind == "string":
            return Literal((token.text,), token.position)
        if token.kind in TEMPORALS:
            value = temporal(TEMPORALS[token.kind], token.text.lstrip("@T"))
            if value is None:
                raise self.wrong("a date or time that does not exist", token)
            return Literal((value,), token.position)
        if token.kind != "number":
            raise self.wrong("something that begins no value", token)
        return self.number(token)

    def number(self, token: Token) -> Literal:
        unit = self.next
        if unit.kind == "string" or (unit.kind == "word" and unit.text in CALENDAR):
            self.take()
            name = unit.text if unit.kind == "string" else CALENDAR[unit.text]
            return Literal((Quantity(Decimal(token.text), name),), token.position)
        if "." in token.text:
            return Literal((Decimal(token.text),), token.position)
        if len(token.text) > 10 or int(token.text) > LARGEST_INTEGER + 1:
            raise self.wrong("a number that is too large for an integer", token)
        return Literal((int(token.text),), token.position)

    def invocation(self, of: Syntax | None) -> Syntax:
        if of is not None and self.next.kind == "special":
            raise self.wrong("$this, $index and $total stand at the beginning")
        token = self.name(after_dot=of is not None)
        if not self.is_next("("):
            return Member(of, token.text, token.position)
        self.take()
        return Call(of, token.text, tuple(self.arguments()), token.position)

    def arguments(self) -> list[Syntax]:
        found: list[Syntax] = []
        while not self.is_next(")"):
            if found:
                self.must(",")
            found.append(self.expression(0))
        self.take()
        return found

    def name(self, after_dot: bool) -> Token:
        token = self.next
        is_word = token.kind == "word" and (
            after_dot or token.text not in KEYWORDS or token.text in NAMES_TOO
        )
        if not is_word and token.kind != "delimited":
            raise self.wrong("a name is missing")
        return self.take()

    def type(self) -> str:
        first = self.name(after_dot=False).text
        if not self.is_next("."):
            return first
        self.take()
        return f"{first}.{self.name(after_dot=True).text}"
