"""A world in which pages have something to show: a draft and what was said of it, a mandate and who
does not meet it, a subscription and its log, somebody who looked at a record in an emergency.

For the tests of pages.
"""

from openroots.ready_made import APPLICATIONS
from openroots.service import Access, Caller
from openroots.testing import Nation
from tests.gateway.governed import agree_instead
from tests.services.standards_register.office import MANDATE, PLAIN, TEAM, Office

JANE, JANET = "9000000009", "9000000025"
HUB = "larkfield-events-key"
SUBSCRIPTIONS = "/multicast-notification-service/subscriptions"
NURSE = Caller("ashby-practice-system", "Y90001", Access.HEALTHCARE_WORKER, subject="910000000023")
SYSTEM = Caller("ferndale-records-service", "Y90002", Access.APPLICATION)
RECORD = f"/personal-demographics/FHIR/R4/Patient/{JANE}"
DRAFT = "/standards/kind-letters"
SUBSCRIPTION = {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "To keep our list as it should be",
    "criteria": "eventType='pds-record-change-2'",
    "channel": {
        "type": "rest-hook",
        "endpoint": "http://127.0.0.1:9/nobody-listens",
        "payload": "application/json",
    },
}


def live_in(nation: Nation) -> Nation:
    """Have all that happen in a world; its date is 1 February 2028 afterwards."""
    assert APPLICATIONS[2].key == HUB
    office = Office(nation)
    _mandate(office)
    consult(office)
    _connect(office)
    _look(nation)
    subscribe(nation)
    return nation


def subscribe(nation: Nation) -> str:
    """Subscribe the hub, to a webhook where nobody listens; the id of its subscription."""
    headers = {"apikey": HUB, "x-correlation-id": "1"}
    made = nation.ask("POST", SUBSCRIPTIONS, SUBSCRIPTION, headers=headers)
    assert made.status == 201, made.raw
    return str(made.body["id"])


def _mandate(office: Office) -> None:
    """Heron does not meet it and has a plan, alder neither, wren does."""
    office.on("2027-01-11").publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    for name in ("heron", "alder", "wren"):
        office.application(name, supplier={"wren": "Hillside"}.get(name, "Meadow Systems"))
    plan = {"kind": "plan", "applications": ["heron"], "due": "2028-03-01", "reason": "It is big."}
    office.post(f"{PLAIN}/exemptions", plan)
    for name, met in (("heron", 0), ("alder", 0), ("wren", 5)):
        office.sent(name, "2028-01-31", met=met, not_met=5 - met)


def consult(office: Office) -> None:
    """Draft a standard and consult on it, with an objection that is answered; 1 February 2028."""
    office.on("2028-01-20")
    changed = {"id": "kind-letters", "title": "Letters are kind"}
    office.draft(**changed)
    office.post(f"{DRAFT}/moves", {"stage": "consultation", "reason": "say"})
    office.on("2028-01-21")
    said = {"kind": "objection", "text": "Far too short.", "theme": "length", "name": "A. Writer"}
    told = office.post(f"{DRAFT}/comments", {**said, "section": "1", "quote": "short"}, "")
    office.post(f"/comments/{told['id']}/answers", {"outcome": "accepted", "said": "It is longer."})
    theme = {"theme": "length", "said": "It is too short.", "did": "We made it longer."}
    office.post(f"{DRAFT}/themes", theme, TEAM)
    office.on("2028-02-01")


def _connect(office: Office) -> None:
    """Three services on their way to the login, entered with what was told of them."""
    path, told = "/programmes/login-onboarding/cases", {"reason": "told", "source": "an article"}
    for number in range(3):
        case = {"id": f"service-{number}", "name": f"Service {number}", "on": "2019-06-01"}
        office.post(path, {**told, **case})
    for number, stage, on in (
        (0, "coming", "2019-10-01"),
        (1, "coming", "2019-10-01"),
        (0, "connected", "2020-01-15"),
    ):
        office.post(f"{path}/service-{number}/moves", {**told, "stage": stage, "on": on})


def _look(nation: Nation) -> None:
    """A nurse and a system look; then a doctor does, who has no relationship and says why."""
    for caller in (NURSE, SYSTEM):
        assert nation.ask("GET", RECORD, caller=caller).status == 200
    agree_instead(nation, conditions={"relationship": True})
    doctor = nation.token(NURSE.application, "staff:910000000012")
    claim = {"patient": JANE, "reason": "Found without a pulse"}
    as_json = {"content-type": "application/json"}
    broke = nation.ask(
        "POST", "/legitimate-relationships/break-glass", claim, headers=doctor | as_json
    )
    assert broke.status == 201, broke.raw
    assert nation.ask("GET", RECORD, headers=doctor).status == 200
