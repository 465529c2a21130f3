"""Those who use the standards register, in process; and a draft for them to work on."""

from datetime import date

from openroots.gateway.registration import registration
from openroots.register.conformance import Tallied
from openroots.register.kept import COUNT
from openroots.storage import Change

BASE = "/standards-register"
TEAM, SAFETY, PRACTICE = "national-standards-key", "clinical-safety-key", "ashby-practice-key"

DRAFT = {
    "id": "plain-words",
    "version": "1.0",
    "title": "Plain words",
    "sort": "technical",
    "force": "regard",
    "publisher": "OpenRoots",
    "why": "So that people understand.",
    "sources": ["invented for these tests"],
    "section": [{"number": "1", "title": "Words", "text": "Words are short and known."}],
    "clause": [
        {
            "id": "1",
            "on": "request",
            "words": "Calls are plain.",
            "expected": "Calls are plain.",
            "mend": "Send the header X-Plain.",
            "applies": {"services": ["demographics"]},
            "condition": {"fact": "header.x-plain", "present": True},
        }
    ],
}
PLAIN = "/standards/plain-words"
WAVE = {"settings": ["hospital"], "warn_from": "2027-03-01", "enforce_from": "2027-09-01"}
MANDATE = {"reason": "it is time", "waves": [WAVE]}


class Office:
    """The register of one world."""

    def __init__(self, nation):
        self.nation = nation

    def on(self, day):
        """Make it that day, at ten in the morning."""
        self.nation.move_clock(f"{day}T10:00:00")
        return self

    def ask(self, method, path, body=None, key=TEAM, **headers):
        named = {**headers, **({"apikey": key} if key else {})}
        return self.nation.ask(method, BASE + path, body, headers=named)

    def get(self, path, on=""):
        told = self.ask("GET", path + (f"?on={on}" if on else ""), key="")
        assert told.status == 200, told.body
        return told.body

    def post(self, path, body=None, key=TEAM):
        told = self.ask("POST", path, body, key)
        assert told.status == 201, told.body
        return told.body

    def refusal(self, path, body=None, key=TEAM, method="POST"):
        """The status and the sentence of a refusal."""
        told = self.ask(method, path, body, key)
        assert told.status >= 400, told.body
        return told.status, told.body["message"]

    def draft(self, **changed):
        """The draft with some parts otherwise; without those that are None."""
        parts = {name: part for name, part in {**DRAFT, **changed}.items() if part is not None}
        return self.post("/standards", {"definition": parts, "reason": "a draft"})

    def consult(self, **changed):
        self.draft(**changed)
        return self.post(f"{PLAIN}/moves", {"stage": "consultation", "reason": "say"})

    def comment(self, kind="comment", text="Well.", key="", **more):
        return self.post(f"{PLAIN}/comments", {"kind": kind, "text": text, **more}, key)

    def know(self, key, value, **more):
        path = "/programmes/standards/cases/plain-words/facts"
        return self.post(path, {"key": key, "value": value, **more})

    def move(self, stage, **more):
        return self.post(f"{PLAIN}/moves", {"stage": stage, "reason": "as planned", **more})

    def agree(self, **changed):
        """Drafted, consulted on and agreed, on 8 February 2027."""
        self.consult(**changed)
        self.know("standard.suite", "https://example.org/suite")
        self.know("standard.implementations", 2)
        self.on("2027-02-08")
        return self.move("agreed")

    def publish(self, **changed):
        """A standard that was published elsewhere before, as its history tells."""
        parts = {**DRAFT, **changed}
        definition = {name: part for name, part in parts.items() if part is not None}
        told = {"definition": definition, "reason": "entered", "source": "a notice"}
        self.post("/standards", told)
        return self.move("published", on="2026-06-01", source="a notice of that day")

    def application(
        self, id, setting="hospital", supplier="Meadow", ods_code="Y91000", **attributes
    ):
        body = {
            "id": id,
            "name": id.title(),
            "supplier": supplier,
            "ods_code": ods_code,
            "setting": setting,
            "products": [],
            "attributes": attributes,
        }
        self.nation.holds(*registration(body, f"{id}-key"))
        return f"{id}-key"

    def sent(
        self, application, day, met=0, not_met=0, standard="plain-words", organisations=("Y91000",)
    ):
        """What was counted of an application on a day."""
        one = Tallied(
            standard, application, organisations, date.fromisoformat(day), met=met, not_met=not_met
        )
        self.nation.holds(Change(COUNT, one.id, one.to_json(), expect=0))
