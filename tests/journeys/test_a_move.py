"""The story of a move: a woman tells her practice, and the screening letter comes to her new home.

Her practice's system changes her address in demographics. A screening service that has nothing to
do with that practice is told, reads her record again, and works out anew where letters go. The
screening service is a stand-in, which lives here; it asks over HTTP as any supplier would.
"""

import json
from datetime import date
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from openroots.fhir.patient import home_address, whole_name
from openroots.services.events.delivered import delivered_as
from openroots.services.events.matching import follow, matcher_of
from openroots.services.events.told import event_of

PDS = "/personal-demographics/FHIR/R4"
MNS = "/multicast-notification-service"
JANE, JAYNE = "9000000009", "9000000017"
KEY = "larkfield-events-key"
SCREENED_FROM = 15  # years: the published people are young


class Screening:
    """A stand-in for a screening service: it keeps a recall list, and no addresses of its own."""

    def __init__(self, url):
        self.url = url
        self.recalls = {}
        self.seen = set()

    def call(self, method, path, body=None, **headers):
        data = json.dumps(body).encode() if body else None
        usual = {"apikey": KEY, "X-Request-ID": str(uuid4()), "X-Correlation-ID": "screening"}
        if body:
            usual["Content-Type"] = "application/fhir+json"
        with urlopen(Request(self.url + path, data, usual | headers, method=method)) as answer:
            return json.loads(answer.read() or "null")

    def subscribe(self):
        body = {
            "resourceType": "Subscription",
            "status": "requested",
            "reason": "Letters go to where people live",
            "criteria": "eventType='pds-record-change-2' AND changed_address='true'",
            "channel": {
                "type": "message",
                "endpoint": "arn:aws:sqs:eu-west-2:123456789012:screening",
                "payload": "application/fhir+json",
            },
        }
        return self.call("POST", f"{MNS}/subscriptions", body)["id"]

    def invite(self, number):
        """Put somebody on the recall list, as their record says, if it is time for them."""
        patient = self.call("GET", f"{PDS}/Patient/{number}")
        born = date.fromisoformat(patient["birthDate"])
        if born.year + SCREENED_FROM <= 2026:
            home = home_address(patient)
            letter = [whole_name(patient), *filter(None, home["line"]), home["postalCode"]]
            self.recalls[number] = letter

    def hear(self, body):
        """Take what was delivered: a signal that was seen before changes nothing."""
        signal = json.loads(body)
        if signal["id"] not in self.seen:
            self.seen.add(signal["id"])
            context = signal["entry"][0]["resource"]["parameter"][4]["part"]
            [subject] = [part for part in context if part["name"] == "subject"]
            self.invite(subject["valueReference"]["identifier"]["value"])


@pytest.fixture
def screening(openroots):
    return Screening(openroots.url)


def test_a_move_in_one_place_is_a_letter_to_another(openroots, screening):
    """The address is changed once, in demographics, and the recall list follows by itself."""
    # Both are on the recall list, at the addresses that their records have.
    id = screening.subscribe()
    for number in (JANE, JAYNE):
        screening.invite(number)
    before = dict(screening.recalls)
    assert before[JANE][0] == "Mrs Jane Smith"

    # Jane tells her practice that she has moved; Jayne's telephone number changes, no more.
    move(openroots, JANE, ["12 Harbour Rise", "", "", "Whitby", ""], "YO21 3PA")
    patch(openroots, JAYNE, ("/gender", "male"))

    # One signal is for the screening service. It says whom it is about, and not where they live.
    sent = delivered(openroots, id)
    assert len(sent) == 1
    assert b"Harbour" not in sent[0]

    # It reads the record again, and the letter goes to the new home; told twice, nothing more.
    for body in (*sent, *sent):
        screening.hear(body)
    assert screening.recalls[JANE][1:] == ["12 Harbour Rise", "Whitby", "YO21 3PA"]
    assert screening.recalls[JAYNE] == before[JAYNE]


def delivered(nation, id):
    """What the feed brings to one subscription, followed from its beginning."""
    store = nation.house.world.store
    matcher, bodies = matcher_of(store.snapshot(at=0)), []
    for told in nation.run(store.feed()):
        db = store.snapshot()
        event = None if follow(matcher, told, db) else event_of(told, db, nation.url)
        if event and id in matcher.matching(event):
            subscription = db.read([("Subscription", id)])["Subscription", id].body
            bodies.append(delivered_as(event, subscription, nation.url).body)
    return bodies


def move(nation, number, lines, postcode):
    home = nation.ask("GET", f"{PDS}/Patient/{number}").body["address"][0]
    parts = {"id": home["id"], "line": lines, "postalCode": postcode}
    patch(nation, number, *[(f"/address/0/{part}", value) for part, value in parts.items()])


def patch(nation, number, *replaced):
    path = f"{PDS}/Patient/{number}"
    version = nation.ask("GET", path).headers["etag"]
    patches = [{"op": "replace", "path": path, "value": value} for path, value in replaced]
    told = nation.ask("PATCH", path, {"patches": patches}, headers={"if-match": version})
    assert told.status == 200, told.raw
