"""The story of a mandate: what passed yesterday is refused today, explained, and mended.

A supplier's system numbers its requests, where the national team asks for ids that were made to
be unique. It is told by the real server over HTTP, and by the door that the command uses.
"""

import json
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from openroots.testing import KEY

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"


class Supplier:
    """The supplier's system: it reads and updates Jane, numbering its requests as they come."""

    def __init__(self, url):
        self.url = url
        self.sent = 0

    def numbered(self):
        """The next of its ids: a counter in the shape of a UUID."""
        self.sent += 1
        return f"00000000-0000-0000-0000-{self.sent:012}"

    def read(self, request_id=None):
        return self.send("GET", request_id=request_id or self.numbered())

    def patch(self, version, gender, request_id=None):
        body = {"patches": [{"op": "replace", "path": "/gender", "value": gender}]}
        more = {"If-Match": version, "Content-Type": "application/json-patch+json"}
        return self.send("PATCH", body, request_id=request_id or self.numbered(), **more)

    def send(self, method, body=None, *, request_id, **more):
        data = json.dumps(body).encode() if body else None
        headers = {"X-Request-ID": request_id, "apikey": KEY, **more}
        return call(Request(self.url + JANE, data, headers, method=method))


class Team:
    """The national team, at the door that the command uses."""

    def __init__(self, nation):
        self.url = f"{nation.url}/_openroots"
        token = (nation.house.settings.state / "token").read_text().strip()
        self.headers = {"X-OpenRoots-Token": token, "Content-Type": "application/json"}

    def get(self, path):
        return call(Request(f"{self.url}/{path}", headers=self.headers))[2]

    def post(self, path, body):
        data = json.dumps(body).encode()
        return call(Request(f"{self.url}/{path}", data, self.headers, method="POST"))[2]


def call(request):
    """Status, headers and parsed body of an answer, whatever its status."""
    try:
        answer = urlopen(request)
    except HTTPError as error:
        answer = error
    with answer:
        return answer.status, dict(answer.headers), json.loads(answer.read())


@pytest.fixture
def supplier(openroots):
    return Supplier(openroots.url)


@pytest.fixture
def team(openroots):
    return Team(openroots)


def test_a_mandate_from_notice_to_withdrawal(openroots, supplier, team):
    """A standard is warned of, then enforced on its day; the refusal is explained and mended; and
    when the mandate is taken back, the old call passes again."""
    # Before anything is in force, the supplier reads and updates Jane, and hears nothing.
    status, headers, jane = supplier.read()
    assert (status, jane["name"][0]["family"]) == (200, "Smith")
    assert "deprecation" not in headers
    status, headers, _ = supplier.patch(headers["etag"], "male")
    assert (status, headers["etag"]) == (200, 'W/"3"')

    # The team sees who would be refused on the day, before it presses the button.
    dry_run = team.get("dry-run?standard=request-identity&on=2027-04-01")
    assert "2 of 2 calls from 1 application would be refused" in json.dumps(dry_run)

    # In the months of warning the same call passes, and says what will come and when.
    team.post("clock", {"to": "2027-02-01"})
    status, headers, _ = supplier.read()
    assert status == 200
    warned = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
    assert headers["deprecation"] == f"@{warned}"
    assert headers["sunset"] == "Thu, 01 Apr 2027 00:00:00 GMT"
    assert "/standards/request-identity" in headers["link"]

    # On the day it is refused: the standard, the clause, the date and how to mend it.
    team.post("clock", {"to": "2027-04-01"})
    status, headers, refused = supplier.read()
    assert status == 403
    words = refused["issue"][0]["diagnostics"]
    assert "request-identity clause 2, in force since 2027-04-01" in words
    assert "uuid4()" in words

    # `why` says the same from the trail alone.
    why = team.get(f"why/{headers['x-openroots-trail']}")
    assert any(step == "refused" and "uuid4()" in mend for step, _, _, mend in why["steps"])

    # Mended, the call passes, and is warned of nothing.
    status, headers, _ = supplier.read(request_id=str(uuid4()))
    assert status == 200
    assert "deprecation" not in headers

    # The audit shows all of it.
    entries = [entry for entry in openroots.audit() if entry["application"].startswith("ashby")]
    assert [entry["status"] for entry in entries] == [200, 200, 200, 403, 200]

    # Taken back by one command, the old call passes again; a clock moved back changes nothing.
    team.post("rulebook/back", {"standard": "request-identity", "reason": "a supplier needs time"})
    assert supplier.read()[0] == 200


def test_moving_the_clock_back_is_right(supplier, team):
    """What is refused on a day is not refused on the day before, in whatever order they come."""
    for day, status in (("2027-04-01", 403), ("2027-03-31", 200), ("2027-04-02", 403)):
        team.post("clock", {"to": day})
        assert supplier.read()[0] == status


def test_open_access_is_only_observed(openroots, team):
    """A caller without a key is in no care setting: for it the standard is noted, not enforced."""
    team.post("clock", {"to": "2028-01-01"})
    request = Request(
        openroots.url + JANE, headers={"X-Request-ID": "0" * 8 + "-0000" * 3 + "-" + "0" * 12}
    )
    assert call(request)[0] == 200
