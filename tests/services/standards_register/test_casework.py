"""Casework: a supplier's product through another programme, which is a file and nothing else."""

import pytest

from tests.services.standards_register.office import PRACTICE

CASES = "/programmes/app-accreditation/cases"
PRODUCT = {"id": "heron", "name": "Heron", "owner": "Y91000", "reason": "new"}
TOLD = {
    "product.cso": "a nurse, NMC",
    "product.hazard_log": "https://example.org/hazards",
    "product.personal_data": True,
    "product.dpia": "https://example.org/dpia",
    "product.data_location": "GB",
    "org.cyber_essentials": "2027-12-31",
}


@pytest.fixture
def supplier(office):
    """The key of a supplier whose product has a case."""
    key = office.application("heron")
    office.post(CASES, PRODUCT, key)
    return key


def asked(office, on=""):
    return [one["question"] for one in office.get(f"{CASES}/heron", on)["asked"]]


def test_a_product_is_accredited_from_what_is_known_of_it(office, supplier):
    """Typed answers, a registry's, what was really sent, and an assessor who is not the owner."""
    assert "data.assessment" not in asked(office)
    for key, value in TOLD.items():
        fact = office.post(f"{CASES}/heron/facts", {"key": key, "value": value}, supplier)
    office.post(
        f"{CASES}/heron/answers", {"question": "security.certificate", "fact": fact["id"]}, supplier
    )
    assert asked(office) == ["data.commissioner", "interoperability.met"]
    registered = {"key": "org.ico_registration", "value": "Z0000000", "source": "registry"}
    assert office.refusal(f"{CASES}/heron/facts", registered, supplier)[0] == 400
    office.post(f"{CASES}/heron/facts", registered)
    office.sent("heron", "2027-01-10", met=5)
    assert asked(office) == []
    for part in ("safety", "data", "security", "interoperability"):
        found = {"part": part, "outcome": "met", "reason": "looked at"}
        office.post(f"{CASES}/heron/assessments", found)
    for stage in ("assessment", "accredited"):
        office.post(f"{CASES}/heron/moves", {"stage": stage, "reason": "as found"})
    assert office.get("/programmes/app-accreditation")["sentence"] == "1 accredited"
    # What it sends tomorrow is asked again, without anybody's doing.
    office.on("2027-01-13").sent("heron", "2027-01-12", not_met=1)
    assert asked(office) == ["interoperability.met"]
    assert asked(office, "2027-01-11") == []


def test_what_a_case_costs_is_counted(office):
    """What was known before is not asked again; what is told twice counts as done over."""
    key = office.application("heron")
    first = {"key": "product.cso", "value": "a nurse, NMC"}
    office.post(CASES, PRODUCT, key)
    office.post(f"{CASES}/heron/facts", first, key)
    burden = office.get(f"{CASES}/heron")["burden"]
    assert (burden["asked"], burden["told"], burden["left"]) == (6, 1, 5)
    assert burden["characters"] == len(first["value"])
    office.post(f"{CASES}/heron/facts", {**first, "value": "a doctor"}, key)
    office.post(f"{CASES}/heron/facts", {"key": "product.personal_data", "value": True}, key)
    registered = {"key": "org.ico_registration", "value": "Z0000000", "source": "registry"}
    office.post(f"{CASES}/heron/facts", registered)
    office.sent("heron", "2027-01-10", met=5)
    missed = {"part": "safety", "outcome": "not-met", "reason": "no log"}
    office.post(f"{CASES}/heron/assessments", missed)
    burden = office.get(f"{CASES}/heron")["burden"]
    assert {name: burden[name] for name in ("asked", "computed", "known", "told", "left")} == {
        **{"asked": 8, "computed": 1, "known": 1, "told": 2, "left": 4},
    }
    assert (burden["again"], burden["failed"]) == (1, 1)
    assert office.get(f"{CASES}/heron", "2027-01-10")["burden"]["told"] == 0


def test_a_case_is_held_and_goes_on(office, supplier):
    """At once from either stage, and nowhere but where the programme says."""
    moves = f"{CASES}/heron/moves"
    office.post(moves, {"stage": "held", "reason": "the maker was sold"})
    assert office.get("/programmes/app-accreditation")["sentence"] == "1 on hold"
    assert office.refusal(moves, {"stage": "accredited", "reason": "r"})[0] == 409


def test_an_answer_pins_its_fact(office, supplier):
    """A fact that is told later takes the place of no answer, and is shown beside it."""
    facts = f"{CASES}/heron/facts"
    first = office.post(facts, {"key": "product.data_location", "value": "GB"}, supplier)
    answer = {"question": "data.place", "fact": first["id"]}
    office.post(f"{CASES}/heron/answers", answer, supplier)
    office.post(facts, {"key": "product.data_location", "value": "IE"}, supplier)
    told = office.get(f"{CASES}/heron")
    assert [one["fact"] for one in told["answers"]] == [first["id"]]
    assert [one["value"] for one in told["facts"]] == ["GB", "IE"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("product.personal_data", "yes", "must be true or false"),
        ("org.cyber_essentials", "soon", "must be date"),
        ("product.dpia", "somewhere", "must be url"),
        ("product.cso", "", "must be text"),
        ("product.conformance", True, ""),
        ("product.luck", 1, "the programme goes by"),
    ],
)
def test_a_fact_is_of_its_kind(office, supplier, key, value, words):
    """What is no date is no date; what a machine sees nobody can say."""
    told = {"key": key, "value": value}
    source = {"source": "computed"} if key == "product.conformance" else {}
    status, said = office.refusal(f"{CASES}/heron/facts", {**told, **source}, supplier)
    assert (status, words in said) == (400, True)


def test_another_supplier_tells_nothing_of_a_product(office, supplier):
    """Nor opens a case for what is not its own, nor moves it."""
    other = office.application("alder", ods_code="Y92000")
    fact = {"key": "product.cso", "value": "x"}
    assert office.refusal(f"{CASES}/heron/facts", fact, other)[0] == 403
    assert office.refusal(CASES, {**PRODUCT, "id": "other"}, other)[0] == 403
    move = {"stage": "withdrawn", "reason": "r"}
    assert office.refusal(f"{CASES}/heron/moves", move, supplier)[0] == 403


def test_programmes_are_listed_with_their_definitions(office):
    listed = {one["id"] for one in office.get("/programmes")["programmes"]}
    assert listed == {"app-accreditation", "login-onboarding", "standards"}
    told = office.get("/programmes/login-onboarding")
    assert told["definition"]["owner"] == "national.login"
    assert office.refusal(CASES, PRODUCT, PRACTICE)[0] == 403
