"""Who takes part in the story of a standard, and how they ask: over HTTP, on the movable time."""

import json
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen
from uuid import uuid4

from openroots.gateway.counting import count_trails
from openroots.gateway.registration import registration
from tests.pages.reading import words_of

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
REGISTER = "/standards-register"
TEAM, SAFETY = "national-standards-key", "clinical-safety-key"
PATH = "/standards/call-purpose"
SUPPLIER = "Meadow Health Software"

DRAFT = {
    "id": "call-purpose",
    "version": "1.0",
    "title": "Every call says what it is for",
    "sort": "technical",
    "force": "regard",
    "publisher": "OpenRoots",
    "why": "So that people can be told why their record was opened.",
    "sources": ["invented for this test"],
    "section": [
        {"number": "1", "title": "Purpose", "text": "Each call names its purpose in one word."},
        {"number": "2", "title": "Privacy", "text": "The purpose names no person."},
    ],
    "clause": [
        {
            "id": "1",
            "on": "request",
            "words": "Every call carries the header X-Purpose.",
            "expected": "Every call carries the header X-Purpose.",
            "mend": "Send the header X-Purpose with one word.",
            "applies": {"services": ["demographics"]},
            "condition": {"fact": "header.x-purpose", "present": True},
        }
    ],
}


class Person:
    """Somebody with the key of an application, or with none."""

    def __init__(self, nation, key=""):
        self.nation, self.key = nation, key

    def get(self, path, on=""):
        return self.send("GET", REGISTER + path + (f"?on={on}" if on else ""))[2]

    def post(self, path, body, expect=201, method="POST"):
        status, _, told = self.send(method, REGISTER + path, body)
        assert status == expect, told
        return told

    def read_jane(self, purpose=None):
        more = {"X-Purpose": purpose} if purpose else {}
        return self.send("GET", JANE, **more)

    def send(self, method, path, body=None, **more):
        data = json.dumps(body).encode() if body is not None else None
        headers = {"X-Request-ID": str(uuid4()), **more}
        headers |= {"apikey": self.key} if self.key else {}
        headers |= {"Content-Type": "application/json"} if data else {}
        try:
            answer = urlopen(Request(self.nation.url + path, data, headers, method=method))
        except HTTPError as error:
            answer = error
        with answer:
            raw = answer.read()
            is_json = "json" in answer.headers["content-type"]
            return answer.status, dict(answer.headers), json.loads(raw) if is_json else raw.decode()


class Story:
    """The nation, its people, the day that it is, and what pages told on each day so far."""

    def __init__(self, nation):
        self.nation = nation
        self.team, self.safety = Person(nation, TEAM), Person(nation, SAFETY)
        self.anybody = Person(nation)
        for number, (id, setting) in enumerate(
            (("willow", "general-practice"), ("heron", "hospital"), ("alder", "hospital"))
        ):
            nation.holds(*registration(application(id, setting, number), f"{id}-key"))
        self.practice, self.hospital = Person(nation, "willow-key"), Person(nation, "heron-key")
        self.other = Person(nation, "alder-key")
        self.told = {}

    def day(self, day):
        """It is that day, at ten in the morning."""
        self.nation.move_clock(f"{day}T10:00:00")

    def counted(self):
        """What was sent is counted, as happens every minute."""
        house = self.nation.house
        self.nation.run(house.journal.settled())
        self.nation.run(count_trails(house.world, house.settings.state / "trails"))

    def flag(self, application, on=""):
        """What the supplier's page shows for an application, and how its calls are treated."""
        owed = self.anybody.get(f"/suppliers/{quote(SUPPLIER)}", on)["applications"]
        [own] = [one for one in owed if one["application"] == application]
        found = [one for one in own["standards"] if one["standard"] == "call-purpose"]
        return (found[0]["flag"], found[0]["mode"]) if found else None

    def page(self, path, on=""):
        """What anybody reads on a page of the register; "" where it is not there."""
        status, _, page = self.anybody.send("GET", f"{quote(path)}{f'?on={on}' if on else ''}")
        assert status in (200, 404), path
        return words_of(page) if status == 200 else ""

    def reads(self, *words, of=PATH):
        """All of these words stand on a page today; and so they are to be told of this day later
        on, whatever has happened since."""
        self.counted()
        page, today = self.page(of), self.nation.house.world.time.now().date().isoformat()
        assert [each for each in words if each not in page] == [], page
        self.told[today, of] = (*self.told.get((today, of), ()), *words)

    def stages(self, on):
        """Where the standard stands on a day, by care setting."""
        told = self.anybody.get("/standards/call-purpose", on)["settings"]
        return {one["setting"]: one["stage"] for one in told}


def application(id, setting, number):
    return {
        "id": id,
        "name": id.title(),
        "supplier": SUPPLIER,
        "ods_code": f"Y9100{number}",
        "setting": setting,
        "products": [],
    }
