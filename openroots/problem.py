"""How a request fails: one exception, one table of failures for each service, one dialect each.

A service raises `Problem("no-if-match")`. That names a row of the service's table of `Failure`s,
which holds every word that a client can be told; the service's `Dialect` puts the row into the
shape that clients of that API expect. So there is no error sentence in a handler, and all the
ways a service can fail are on one page.

    raise Problem("index-out-of-bounds", index=3)
        -> Failure(400, "INVALID_UPDATE", "structure", "Update is invalid",
                   "Invalid update with error - Invalid patch - index '{index}' is out of bounds")
        -> OperationOutcome, in the dialect of the Personal Demographics Service

Source: none; the words are each API's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from string import Formatter
from typing import Any

Json = dict[str, Any]

# How to mend what each dialect words in its own way.
A_TOKEN = (
    "Send Authorization: Bearer and a token of /oauth2/token; openroots token --app ID makes one "
    "to try."
)
NEW_TOKEN = "Get a new token from /oauth2/token; openroots token --app ID makes one to try."
ANOTHER_TOKEN = f"{{cause}} {A_TOKEN}"
NOT_BEARER = "The header Authorization begins with something else than Bearer."
NO_TOKEN = "This is no token of this server, or was taken back."
TOKEN_OVER = (
    "The login has ended by which the token was got, or the key or secret is the application's no "
    "more, or the application was revoked meanwhile."
)
APPLICATION_REVOKED = (
    "The application that the token was given to is revoked: openroots app approve ID lets it ask "
    "again."
)
STAFF_GONE = "The member of staff works here no more: openroots staff list shows who does."
SUBSCRIBE = (
    "Subscribe the application to the product {product}, by openroots app subscribe ID {product}, "
    "and get a new token. Where it is subscribed, the API takes tokens of another kind: get one "
    "for a user, or for the application alone."
)


class Problem(Exception):
    """The request cannot be answered as asked. `row` is a key of the service's failures.

    `about` is as in `Reply`: of whom the refusal tells, by subject, where that is less than all
    whose data was read. `marks` are kept although it is refused: what was tried in vain.
    `caller` is as in `Reply` too: who it turned out to be, where nobody was asked at the door.
    """

    about: tuple[str, ...] | None = None
    marks: tuple[Any, ...] = ()
    caller: Any = None

    def __init__(self, row: str, /, **fields: object) -> None:
        super().__init__(row)
        self.row = row
        self.fields = fields

    def telling_of(self, *subjects: str) -> "Problem":
        """The same problem, which tells of these people and of nobody else."""
        self.about = subjects
        return self

    def leaving(self, *marks: Any) -> "Problem":
        """The same problem, with marks to commit before it is told."""
        self.marks = marks
        return self


@dataclass(frozen=True, slots=True)
class Failure:
    """One way to fail, as a client is told it.

    `status` is HTTP's; `code` and `display` are the API's own; `issue` is the FHIR issue type.
    `words` is a template for the details (FHIR diagnostics): `{name}` takes the field of that
    name from the Problem; None where the API publishes none. `mend` is shown by `why`, and in the
    body by the APIs that are our own. `ours` marks a row for which the API publishes nothing, so
    that the docs can say so.
    """

    status: int
    code: str
    issue: str = ""
    display: str = ""
    words: str | None = None
    severity: str = "error"
    headers: tuple[tuple[str, str], ...] = ()
    mend: str = ""
    ours: bool = False

    @property
    def places(self) -> frozenset[str]:
        """The names of the fields that it keeps a place for."""
        headers = (value for _, value in self.headers)
        parsed = map(Formatter().parse, (self.display, self.words or "", self.mend, *headers))
        return frozenset(name for text in parsed for _, name, _, _ in text if name)

    def told(self, fields: Mapping[str, object]) -> "Failure":
        """The same failure with the Problem's fields in the places kept for them in its words and
        headers."""
        return replace(
            self,
            display=self.display.format_map(fields),
            words=None if self.words is None else self.words.format_map(fields),
            headers=tuple((name, value.format_map(fields)) for name, value in self.headers),
            mend=self.mend.format_map(fields),
        )


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one family of APIs words its failures.

    `render` makes the body of a failure that has been `told`, given the id of its trail.
    `failures` holds a row for each of `GATEWAY_ROWS`, the failures that the gateway finds by
    itself. A service may word any of them differently. `schema` is the JSON Schema of the bodies.
    `asked` gives the dialect of another version of the API, where headers of a request ask for it.
    `request_id` is the header in which this API names the request in each answer, if it has one.
    """

    name: str
    media_type: str
    render: Callable[[Failure, str], Json]
    failures: Mapping[str, Failure] = field(default_factory=dict)
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    asked: "Callable[[Mapping[str, str]], Dialect | None] | None" = None
    request_id: str = ""

    def __post_init__(self) -> None:
        if missing := GATEWAY_ROWS - self.failures.keys():
            raise ValueError(f"dialect {self.name} has no row for {', '.join(sorted(missing))}")

    def spoken_to(self, headers: Mapping[str, str]) -> "Dialect":
        """The dialect in which whoever sent these headers is to be told."""
        return (self.asked(headers) if self.asked else None) or self


# What the gateway can find wrong with any request. The fields that each row may use:
GATEWAY_ROWS = frozenset(
    {
        "path-unknown",  # path
        "method-unknown",  # method, allowed
        "header-repeated",  # header
        "parameter-unknown",  # parameter, names, were, known
        "parameter-repeated",  # parameter
        "body-too-large",  # limit (bytes)
        "body-not-json",
        "body-too-deep",  # limit (levels)
        "number-too-large",
        "member-repeated",  # member
        "body-not-utf8",  # of a form, or of plain text
        "body-packed",  # coding
        "body-unwanted",
        "body-type",  # given, wanted (media types)
        "headers-too-large",  # limit (bytes)
        "body-too-slow",  # seconds
        "body-broken-off",
        "key-missing",
        "key-unknown",
        "authorization-empty",
        "token-missing",
        "token-unknown",  # cause
        "token-expired",
        "product-refused",  # api, product
        "quota-exceeded",  # application, most, minutes, seconds
        "spike-arrested",  # application, seconds
        "api-busy",  # seconds
        "access-refused",  # access, method, verb, allowed
        "not-own-record",
        "policy-refused",  # rule, reason, mend
        "not-utf8",
        "repeat-differs",  # request_id
        "resource-invalid",  # place, found, expected
        "conflict",
        "standard-refused",  # standard, clause, date, expected, found, mend
        "not-implemented",
        "unavailable",
        "internal",  # trail
    }
)
