"""The story of a standard, from first draft to the day on which everybody meets it.

Told over HTTP on the movable time, by the national team, a hospital's supplier and a practice's.
What the register, the supplier's page and the gateway say is asked on each of its days.
"""

import json
from datetime import UTC, datetime
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from openroots.gateway.access import registration
from openroots.gateway.counting import count_trails

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
REGISTER = "/standards-register"
TEAM, SAFETY = "national-standards-key", "clinical-safety-key"
NOTIFIED = ("call-purpose", "willow")
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
    """The nation, its people, and the day that it is."""

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


@pytest.fixture
def story(openroots):
    return Story(openroots)


def test_a_standard_from_first_draft_to_green(story):
    """Drafted, discussed, agreed, tried, mandated in two waves, refused on the day, mended."""
    team, anybody = story.team, story.anybody
    path = "/standards/call-purpose"

    # Drafted, and open to everybody for four weeks.
    story.day("2027-01-11")
    team.post("/standards", {"definition": DRAFT, "reason": "people ask why"})
    told = team.post(f"{path}/moves", {"stage": "consultation", "reason": "say what you think"})
    assert told["closes"] == "2027-02-08"
    comment = {"kind": "objection", "section": "1", "quote": "in one word", "theme": "wording"}
    objection = anybody.post(f"{path}/comments", {**comment, "text": "One word is too little."})
    agreed = {"stage": "agreed", "reason": "everybody was heard"}
    assert "until 2027-02-08" in team.post(f"{path}/moves", agreed, expect=409)["message"]

    # An edit keeps the objection where its words went.
    edited = {**DRAFT, "section": [{**DRAFT["section"][0], "text": "Name it in one word, or two."}]}
    team.post(path, {"definition": edited, "reason": "two words"}, expect=200, method="PUT")
    [seen] = anybody.get(f"{path}/comments")["comments"]
    assert (seen["text"], seen["anchor"]["state"]) == ("One word is too little.", "kept")

    # Agreed only once each objection and theme is answered, and two implementations pass.
    story.day("2027-02-09")
    assert objection["id"] in team.post(f"{path}/moves", agreed, expect=409)["message"]
    team.post(f"/comments/{objection['id']}/answers", {"outcome": "accepted", "said": "Two."})
    assert "wording" in team.post(f"{path}/moves", agreed, expect=409)["message"]
    team.post(f"{path}/themes", {"theme": "wording", "said": "one is too little", "did": "two"})
    assert "standard.suite" in team.post(f"{path}/moves", agreed, expect=409)["message"]
    facts = "/programmes/standards/cases/call-purpose/facts"
    team.post(facts, {"key": "standard.suite", "value": "https://example.org/suite"})
    team.post(facts, {"key": "standard.implementations", "value": 2, "source": "certified"})
    team.post(f"{path}/moves", agreed)

    # Tried for a month in three organisations: what they send is counted, and nobody is told.
    team.post(f"{path}/moves", {"stage": "trial", "reason": "to see"})
    for person in (story.practice, story.other, story.hospital):
        status, headers, _ = person.read_jane("care")
        assert (status, "deprecation" in headers) == (200, False)
    published = {"stage": "published", "reason": "it works"}
    assert "organisations" in team.post(f"{path}/moves", published, expect=409)["message"]
    story.counted()
    assert "days" in team.post(f"{path}/moves", published, expect=409)["message"]
    story.day("2027-03-15")
    team.post(f"{path}/moves", published)

    # Who is not ready would be refused: that is seen before the button is pressed.
    story.hospital.read_jane()
    story.counted()
    waves = [
        {"settings": ["general-practice"], "warn_from": "2027-04-01", "enforce_from": "2027-10-01"},
        {"settings": ["hospital"], "warn_from": "2027-07-01", "enforce_from": "2028-01-04"},
    ]
    early = [{**waves[0], "enforce_from": "2027-06-01"}]
    mandate = {"reason": "people have a right to know", "waves": waves}
    refused = team.post(f"{path}/mandates", {**mandate, "waves": early}, expect=409)
    assert "2027-09-11 at the earliest: 180 days" in refused["message"]
    assert "heron (0%)" in team.post(f"{path}/mandates", mandate, expect=409)["message"]
    sign = {"kind": "override", "reason": "there is time enough", "due": "2027-03-31"}
    team.post(f"{path}/exemptions", sign, expect=403)
    signed = story.safety.post(f"{path}/exemptions", sign)
    made = team.post(f"{path}/mandates", {**mandate, "override": signed["id"]})
    assert [one["override"] for one in made["decisions"]] == [signed["id"]] * 2
    run = anybody.get(f"{path}/dry-run", "2028-01-04")
    assert run["sentence"] == "1 of 1 calls would be refused"

    # Warned of by headers, in the first wave only.
    story.day("2027-05-04")
    status, headers, _ = story.practice.read_jane()
    assert (status, headers["sunset"]) == (200, "Fri, 01 Oct 2027 00:00:00 GMT")
    assert headers["deprecation"] == f"@{int(datetime(2027, 4, 1, tzinfo=UTC).timestamp())}"
    assert "deprecation" not in story.hospital.read_jane()[1]
    story.counted()
    assert story.flag("willow") == ("amber", "warn")

    # The supplier is told of each step, once, and can have it in a calendar.
    told = team.post("/notices", None)["told"]
    about = [one["act"] for one in told if (one["standard"], one["application"]) == NOTIFIED]
    assert about == ["notify"]
    assert team.post("/notices", None)["told"] == []
    assert "standards-register-notice-1" in story.nation.signals()
    calendar = anybody.send("GET", f"{REGISTER}/calendar.ics?application=willow")[2]
    assert "DTSTART;VALUE=DATE:20271001" in calendar

    # On its day yesterday's call is refused, with standard, clause, date and how to mend it.
    story.day("2027-09-30")
    assert story.practice.read_jane()[0] == 200
    story.day("2027-10-01")
    status, _, refused = story.practice.read_jane()
    words = refused["issue"][0]["diagnostics"]
    assert status == 403
    assert "call-purpose clause 1, in force since 2027-10-01" in words
    assert "Send the header X-Purpose with one word." in words
    assert story.hospital.read_jane()[0] == 200
    story.counted()
    assert story.flag("willow") == ("red", "refuse")

    # A work-off plan, filed by the supplier and agreed by the team, buys time.
    plan = {"kind": "plan", "applications": ["willow"], "due": "2027-11-30", "reason": "soon"}
    filed = story.practice.post(f"{path}/exemptions", {**plan, "steps": ["send the header"]})
    assert story.practice.read_jane()[0] == 403
    agreed = {"kind": "plan", "proposal": filed["id"], "reason": "agreed"}
    agreed = team.post(f"{path}/exemptions", agreed)
    status, headers, _ = story.practice.read_jane()
    assert (status, headers["sunset"]) == (200, "Mon, 28 Feb 2028 00:00:00 GMT")
    story.counted()
    assert story.flag("willow") == ("amber", "warn")

    # The fix passes, and the page turns green.
    story.day("2027-11-01")
    assert "sunset" not in story.practice.read_jane("care")[1]
    story.counted()
    assert story.flag("willow") == ("green", "warn")

    # The second wave comes on its own day; the brake of a safety officer stops it at once.
    story.day("2028-01-04")
    assert story.hospital.read_jane()[0] == 403
    brake = {"kind": "brake", "reason": "admissions wait", "applications": ["heron"]}
    held = story.safety.post(f"{path}/exemptions", brake)
    assert story.hospital.read_jane()[0] == 200
    story.safety.post(f"/exemptions/{held['id']}/ends", {"reason": "mended"})
    assert story.hospital.read_jane()[0] == 403

    # Each of those days can be asked for, from the last of them.
    story.counted()
    days = {
        "2027-01-10": None,
        "2027-01-12": "consultation",
        "2027-02-09": "trial",
        "2027-03-15": "published",
        "2027-04-01": "mandated",
    }
    for day, stage in days.items():
        if stage is None:
            assert anybody.get("/standards/call-purpose", day)["error"] == "not_found"
        else:
            assert story.stages(day)["general-practice"] == stage
    assert story.stages("2027-06-30")["hospital"] == "published"
    assert story.stages("2030-01-01")["hospital"] == "mandated"
    flags = {day: story.flag("willow", day) for day in ("2027-05-04", "2027-10-02", "2027-11-01")}
    assert flags == {
        "2027-05-04": ("amber", "warn"),
        "2027-10-02": ("amber", "warn"),
        "2027-11-01": ("green", "warn"),
    }

    # A mandate that was wrong is taken back by one command; nothing that was said is lost.
    team.post(f"{path}/take-backs", {"reason": "too soon for hospitals"})
    assert story.hospital.read_jane()[0] == 200
    assert len(anybody.get(path)["decisions"]) == 3
    assert anybody.get(f"{path}/comments")["comments"][0]["said"] == "Two."
