"""Stories that `openroots journey` tells: what is asked of a fresh world, and what must come of it.

For that verb, and for the tests, which hold the same steps. A step is one request. In its path and
headers {numbered} is the next of a system's own ids, {unique} one that was made to be unique, and
{trail} that of the request before.

Source: none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from openroots.cli.terminal import Json

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
TOOLS = "/_openroots"
PRACTICE, HOSPITAL = "ashby-practice-key", "ferndale-records-key"
STANDARD = "request-identity"
AGAIN = "11111111-2222-4333-8444-555555555555"


@dataclass(frozen=True, slots=True)
class Step:
    """One request. The answer must have this status; `tells` must stand in its headers or body, and
    `silent` must not."""

    words: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json | None = None
    status: int = 200
    tells: str = ""
    silent: str = "\0"

    def but(self, words: str, **other: Any) -> "Step":
        """The same again, told otherwise."""
        return replace(self, words=words, **other)


@dataclass(frozen=True, slots=True)
class Story:
    """What is told of a fresh world in a row of steps."""

    name: str
    title: str
    steps: tuple[Step, ...]


def read(id: str, key: str = PRACTICE) -> Step:
    """A read of Jane."""
    return Step("", "GET", JANE, {"X-Request-ID": id, "apikey": key})


def update(id: str, version: int, gender: str, key: str = PRACTICE) -> Step:
    """A change of Jane's record, made from this version of it."""
    headers = {"X-Request-ID": id, "apikey": key, "If-Match": f'W/"{version}"'}
    headers["Content-Type"] = "application/json-patch+json"
    body = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
    return Step("", "PATCH", JANE, headers, body)


def tool(method: str, path: str, **body: str) -> Step:
    """What the national team does, at the door that the command uses."""
    return Step("", method, TOOLS + path, body=dict(body) or None)


NUMBERED = read("{numbered}")
UNIQUE = read("{unique}")

MANDATE = Story(
    "mandate",
    "What passed yesterday is refused today, explained, and mended.",
    (
        tool("POST", "/clock", to="2026-12-01").but("It is December 2026."),
        NUMBERED.but(
            "A practice's system reads Jane's record. It numbers its requests from one on.",
            tells='"family":"Smith"',
            silent="deprecation: ",
        ),
        update("{numbered}", 2, "male").but("It updates her record.", tells='etag: W/"3"'),
        tool("GET", f"/dry-run?standard={STANDARD}&on=2027-04-01").but(
            "The national team asks for ids that are made to be unique, and looks who would be "
            "refused on the day.",
            tells="2 of 2 calls from 1 application would be refused",
        ),
        tool("POST", "/clock", to="2027-02-01").but("It is February: two months to go."),
        NUMBERED.but(
            "The same call passes, and says what will come and when.",
            tells="sunset: Thu, 01 Apr 2027 00:00:00 GMT",
        ),
        tool("POST", "/clock", to="2027-04-01").but("The day has come."),
        NUMBERED.but(
            "The call of yesterday is refused: by which clause, since when, and how to mend it.",
            status=403,
            tells=f"{STANDARD} clause 2, in force since 2027-04-01",
        ),
        tool("GET", "/why/{trail}").but("Why says so from the trail alone.", tells="uuid4()"),
        UNIQUE.but("Mended, with an id that is unique, the call passes.", silent="deprecation: "),
        tool("GET", "/audit?limit=3").but("The audit log has all of it.", tells='"status":403'),
        tool("POST", "/rulebook/back", standard=STANDARD, reason="a supplier needs time").but(
            "The mandate is taken back by one command."
        ),
        NUMBERED.but("The old call passes again."),
    ),
)

TWO_SYSTEMS = Story(
    "two-systems",
    "Two systems change one record, and neither loses what the other did.",
    (
        UNIQUE.but("A practice's system reads Jane's record.", tells='etag: W/"2"'),
        read("{unique}", HOSPITAL).but("So does a hospital's.", tells='etag: W/"2"'),
        update("{unique}", 2, "male").but(
            "The practice changes what it has read.", tells='etag: W/"3"'
        ),
        update(AGAIN, 2, "unknown", HOSPITAL).but(
            "The hospital, which has not seen that, may not write over it.",
            status=409,
            tells="RESOURCE_VERSION_MISMATCH",
        ),
        read("{unique}", HOSPITAL).but("It reads again.", tells='"gender":"male"'),
        update("{unique}", 3, "unknown", HOSPITAL).but(
            "Now it knows what it changes.", tells='etag: W/"4"'
        ),
        update(AGAIN.replace("1", "2"), 4, "female").but(
            "The practice changes it back. Say that the answer is lost on its way.",
            tells='etag: W/"5"',
        ),
        update(AGAIN.replace("1", "2"), 4, "female").but(
            "It asks again with the same X-Request-ID: it gets the first answer, and nothing is "
            "done twice.",
            tells='etag: W/"5"',
        ),
        UNIQUE.but("The record is as it was left.", tells='etag: W/"5"'),
    ),
)

STORIES = (MANDATE, TWO_SYSTEMS)
