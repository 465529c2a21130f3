"""Whom a mandate binds: by care setting, type of organisation and region; and what eases it."""

import pytest

from tests.services.standards_register.office import DRAFT, MANDATE, PLAIN, SAFETY, WAVE

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"


@pytest.fixture
def mandated(office):
    """A standard that is enforced in hospitals from 1 September 2027."""
    office.publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    return office


def status(office, key):
    return office.nation.ask("GET", JANE, headers={"apikey": key}).status


@pytest.mark.parametrize(
    ("bounds", "bound"),
    [
        ({}, {"trust", "london", "nobody"}),
        ({"organisation_types": ["RO197"]}, {"trust"}),
        ({"regions": ["Y56"]}, {"london"}),
        ({"organisation_types": ["RO197"], "regions": ["Y56"]}, set()),
    ],
)
def test_a_wave_binds_those_whom_it_names(office, bounds, bound):
    """By type of organisation and region, besides the care setting."""
    keys = {
        "trust": office.application("trust", **{"organisation-type": "RO197", "region": "Y62"}),
        "london": office.application("london", region="Y56"),
        "nobody": office.application("nobody"),
        "practice": office.application("practice", "general-practice", region="Y56"),
    }
    office.publish()
    office.post(f"{PLAIN}/mandates", {"reason": "in waves", "waves": [{**WAVE, **bounds}]})
    office.on("2027-09-01")
    assert {name for name, key in keys.items() if status(office, key) == 403} == bound


def test_a_waiver_lifts_a_standard_until_its_last_day(mandated):
    """For the application that it names, and for no other."""
    heron, alder = mandated.application("heron"), mandated.application("alder")
    waiver = {"kind": "waiver", "applications": ["heron"], "due": "2027-12-31", "reason": "rare"}
    mandated.post(f"{PLAIN}/exemptions", waiver)
    mandated.on("2027-12-31")
    assert (status(mandated, heron), status(mandated, alder)) == (200, 403)
    mandated.on("2028-01-01")
    assert status(mandated, heron) == 403


def test_a_plan_that_is_not_kept_ends_in_refusal_once_that_is_signed(mandated):
    """Warned until its day and 90 days more; then refused, if a safety officer signed."""
    heron, alder = mandated.application("heron"), mandated.application("alder")
    plan = {"kind": "plan", "applications": ["heron"], "due": "2027-12-01", "reason": "late"}
    made = mandated.post(f"{PLAIN}/exemptions", plan)
    mandated.on("2027-10-01")
    assert (status(mandated, heron), status(mandated, alder)) == (200, 403)
    mandated.post(f"/exemptions/{made['id']}/sites", {"applications": ["alder"]})
    assert status(mandated, alder) == 200
    mandated.on("2027-12-01")
    site = {"applications": ["alder"]}
    assert mandated.refusal(f"/exemptions/{made['id']}/sites", site)[0] == 409
    mandated.on("2028-02-29")
    assert status(mandated, heron) == 200
    sign = {"reason": "no harm comes of it"}
    assert mandated.refusal(f"/exemptions/{made['id']}/sign-offs", sign)[0] == 403
    mandated.post(f"/exemptions/{made['id']}/sign-offs", sign, SAFETY)
    assert (status(mandated, heron), status(mandated, alder)) == (403, 403)
    mandated.on("2028-02-28")
    assert status(mandated, heron) == 200


def test_a_sign_off_is_of_the_sites_of_a_plan_that_its_supplier_filed_too(mandated):
    """Whatever was added to it: none is warned for good where the others are refused."""
    heron, alder = mandated.application("heron"), mandated.application("alder")
    filed = {"kind": "plan", "applications": ["heron"], "due": "2027-12-01", "reason": "late"}
    filed = mandated.post(f"{PLAIN}/exemptions", filed, heron)
    agreed = {"kind": "plan", "proposal": filed["id"], "reason": "agreed"}
    plan = mandated.post(f"{PLAIN}/exemptions", agreed)["id"]
    mandated.post(f"/exemptions/{plan}/sites", {"applications": ["alder"]})
    mandated.post(f"/exemptions/{plan}/sign-offs", {"reason": "no harm comes of it"}, SAFETY)
    mandated.on("2028-02-28")
    assert (status(mandated, heron), status(mandated, alder)) == (200, 200)
    mandated.on("2028-02-29")
    assert (status(mandated, heron), status(mandated, alder)) == (403, 403)


def test_a_brake_stops_all_refusals_of_a_standard(mandated):
    """It is a clinical safety officer's to pull, and to let go."""
    heron = mandated.application("heron")
    mandated.on("2027-09-01")
    brake = {"kind": "brake", "reason": "admissions wait"}
    assert mandated.refusal(f"{PLAIN}/exemptions", brake)[0] == 403
    pulled = mandated.post(f"{PLAIN}/exemptions", brake, SAFETY)
    told = mandated.nation.ask("GET", JANE, headers={"apikey": heron})
    assert (told.status, "deprecation" in told.headers) == (200, True)
    end = f"/exemptions/{pulled['id']}/ends"
    assert mandated.refusal(end, {"reason": "mended"})[0] == 403
    mandated.post(end, {"reason": "mended"}, SAFETY)
    assert status(mandated, heron) == 403
    assert mandated.refusal(end, {"reason": "mended"}, SAFETY)[0] == 409


def test_use_of_a_retired_standard_is_warned_of_then_refused(office):
    """A clause that recognises the use of a standard counts from its deprecation on."""
    clause = {
        "id": "1",
        "on": "request",
        "recognises": True,
        "words": "The old way.",
        "expected": "The old header X-Old is no longer sent.",
        "mend": "Leave out X-Old.",
        "applies": {"services": ["demographics"]},
        "condition": {"fact": "header.x-old", "present": True},
    }
    office.publish(clause=[clause])
    heron = office.application("heron")
    office.move("deprecated", on="2026-12-01", source="told of elsewhere")
    office.move("retired", on="2027-06-01")

    def old(**headers):
        return office.nation.ask("GET", JANE, headers={"apikey": heron, **headers})

    assert "deprecation" not in old().headers
    warned = old(**{"X-Old": "1"})
    assert (warned.status, warned.headers["sunset"]) == (200, "Tue, 01 Jun 2027 00:00:00 GMT")
    office.on("2027-06-01")
    assert (old(**{"X-Old": "1"}).status, old().status) == (403, 200)
    told = old(**{"X-Old": "1", "apikey": ""})
    assert (told.status, "deprecation" in told.headers) == (200, False)


def test_no_mandate_shuts_the_register_itself(office):
    """What asks more than anybody sends can still be taken back through the API."""
    everything = {**MANDATE["waves"][0], "settings": ["citizen"]}
    clause = {
        "id": "1",
        "on": "request",
        "words": "Nobody can.",
        "expected": "Nobody can.",
        "mend": "Nothing helps.",
        "condition": {"fact": "header.x-impossible", "present": True},
    }
    office.publish(clause=[clause])
    office.post(f"{PLAIN}/mandates", {"reason": "a mistake", "waves": [everything]})
    office.on("2027-10-01")
    office.post(f"{PLAIN}/take-backs", {"reason": "it was one"})
    stood = office.get(PLAIN)
    assert (len(stood["decisions"]), stood["inForce"]) == (2, [])


def test_a_mandated_standard_goes_back_only_where_no_mandate_stands(office):
    """Otherwise a draft would refuse calls, and whoever edits it would change what is enforced."""
    office.publish()
    office.post(f"{PLAIN}/mandates", MANDATE)
    back = {"stage": "draft", "reason": "begun anew", "source": "a notice"}
    text = {"definition": {**DRAFT, "title": "Plainer words"}, "reason": "r"}
    for whom in ({}, {"settings": ["hospital"]}, {"organisation_types": ["RO197"]}):
        status, said = office.refusal(f"{PLAIN}/moves", {**back, **whom})
        assert (status, "made-00000001 mandates" in said) == (409, True)
    office.move("draft", source="a notice", settings=["dentistry"])
    office.move("draft", source="a notice", on="2026-05-01")
    assert office.refusal(PLAIN, text, method="PUT")[0] == 409
    office.post(f"{PLAIN}/take-backs", {"reason": "begun anew"})
    office.post(f"{PLAIN}/moves", back)
    assert office.ask("PUT", PLAIN, text).status == 200


FIGURES = {"trial.organisations": 9, "trial.days": 90, "trial.pass_rate": 1}


def test_what_can_be_counted_in_a_trial_cannot_be_attested(office):
    """Where nothing was counted though there are clauses to judge calls by, there was nothing: what
    was told of it, by whoever it was, does not end the trial."""
    office.agree()
    office.move("trial")
    for key, value in FIGURES.items():
        office.know(key, value, source="certified")
    publish = {"stage": "published", "reason": "it works"}
    told = office.on("2027-06-01").refusal(f"{PLAIN}/moves", publish)
    assert told == (409, "The trial ends with 3 organisations at least; so far 0")


def test_the_figures_of_a_trial_without_clauses_are_told_by_somebody(office):
    """No call is judged by such a standard, so that its figures are facts of its case, which say
    who told them."""
    office.agree(listed=True, clause=None)
    office.move("trial")
    facts = [office.know(key, value) for key, value in FIGURES.items()]
    assert {(fact["source"], fact["by"]) for fact in facts} == {
        ("attested", "national.standards (national-standards-office)")
    }
    office.on("2027-06-01").move("published")


def test_a_trial_in_one_care_setting_says_nothing_of_another(office):
    """Its days, organisations and figures are those of where it is tried."""
    office.agree()
    office.move("trial", settings=["general-practice"])
    for number, name in enumerate(("ash", "birch", "cedar")):
        office.application(name, setting="general-practice", ods_code=f"Y9100{number}")
        office.sent(name, "2027-02-20", met=40, organisations=(f"Y9100{number}",))
    office.application("heron")
    office.on("2027-03-01").move("trial", settings=["hospital"])
    office.sent("heron", "2027-03-02", met=1, not_met=9)
    office.on("2027-03-15")
    publish = {"stage": "published", "reason": "it works"}
    told = office.refusal(f"{PLAIN}/moves", {**publish, "settings": ["hospital"]})
    assert told == (409, "The trial ends with 3 organisations at least; so far 1")
    office.move("published", settings=["general-practice"])
    for number, name in enumerate(("wren", "robin")):
        office.application(name, ods_code=f"Y9200{number}")
        office.sent(name, "2027-03-20", met=100, organisations=(f"Y9200{number}",))
    told = office.on("2027-03-30").refusal(f"{PLAIN}/moves", {**publish, "settings": ["hospital"]})
    assert told == (409, "The trial ends with 30 days at least; so far 29")
    office.sent("robin", "2027-03-21", not_met=15)
    told = office.on("2027-03-31").refusal(f"{PLAIN}/moves", {**publish, "settings": ["hospital"]})
    assert told == (409, "The trial ends with a pass rate of 95% at least; so far 89.3%")
    office.sent("wren", "2027-03-22", met=300)
    office.move("published", settings=["hospital"])
