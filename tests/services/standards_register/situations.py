"""How things stand at an office before it refuses: drafts, consultations, mandates, cases.

Each is done in turn to an office, and each begins where another ends.
"""

from openroots.register.carried import Carried
from tests.services.standards_register.office import DRAFT, MANDATE, PLAIN

MOVES, COMMENTS, EASED = f"{PLAIN}/moves", f"{PLAIN}/comments", f"{PLAIN}/exemptions"
MANDATES, THEMES = f"{PLAIN}/mandates", f"{PLAIN}/themes"
CASES = "/programmes/app-accreditation/cases"
WAIVER = {"kind": "waiver", "applications": ["heron"], "due": "2027-12-01", "reason": "r"}
PLAN = {**WAIVER, "kind": "plan"}
PRODUCT = {"id": "thing", "name": "Thing", "owner": "Y91000", "reason": "new"}


def nothing(office):
    """Nothing need be there."""


def carries(office):
    """The node has the rulebook of another in force."""
    signed = office.ask("GET", "/rulebook/signed", key="").raw.decode()
    carried = Carried("http://first.example", office.nation.house.world.keys.kid, signed)
    office.nation.holds(marks=[carried.mark()])


def drafted(office):
    office.draft()


def consulted(office):
    office.consult()


def commented(office):
    office.consult()
    office.comment("objection", "No.", theme="tone")


def asked(office):
    office.consult()
    office.comment("question", "Why?")
    office.on("2027-02-08")


def agreed(office):
    office.agree()


def tried(office):
    office.agree()
    office.move("trial")


def published(office):
    office.publish()


def binding(office):
    office.publish(force="binding")


def toothless(office):
    office.publish(force="none")


def listed(office):
    office.publish(listed=True, clause=None)


def used(office):
    office.publish(clause=[{**DRAFT["clause"][0], "recognises": True}])
    office.move("deprecated", on="2026-12-01", source="a notice")
    office.application("heron")
    office.sent("heron", "2027-01-10", met=1, not_met=1)


def mandated(office):
    office.publish()
    office.application("heron")
    office.post(MANDATES, MANDATE)


def unready(office):
    office.publish()
    office.application("heron")
    office.sent("heron", "2027-01-10", met=1, not_met=1)


def planned(office):
    mandated(office)
    office.post(EASED, PLAN)


def overdue(office):
    planned(office)
    office.on("2027-12-01")


def opened(office):
    office.application("heron")
    office.post(CASES, PRODUCT)


def assessing(office):
    office.application("thing")
    office.sent("thing", "2027-01-10", met=9)
    office.post(CASES, PRODUCT)
    for key, value, source in (
        ("product.cso", "a nurse, NMC", "attested"),
        ("product.hazard_log", "https://example.org/hazards", "attested"),
        ("product.personal_data", False, "attested"),
        ("org.ico_registration", "Z0000000", "registry"),
        ("org.cyber_essentials", "2027-12-31", "attested"),
    ):
        told = {"key": key, "value": value, "source": source}
        office.post(f"{CASES}/thing/facts", told)
    office.post(f"{CASES}/thing/moves", {"stage": "assessment", "reason": "r"})
