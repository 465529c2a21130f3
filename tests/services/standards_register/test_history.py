"""What the founding articles of the national unit tell can be entered, and asked for any day."""

import pytest

SNOMED = {
    "id": "snomed-ct",
    "version": "1.0",
    "title": "Clinical terms in SNOMED CT",
    "sort": "data-terminology",
    "force": "binding",
    "publisher": "OpenRoots",
    "why": "So that what one system writes another understands.",
    "sources": ["the founding articles"],
    "legal_basis": "Health and Social Care Act 2012, section 250",
    "clause": [
        {
            "id": "1",
            "on": "record",
            "words": "Conditions are coded in SNOMED CT.",
            "expected": "Conditions are coded in SNOMED CT.",
            "mend": "Add a coding of the system http://snomed.info/sct.",
            "applies": {"types": ["Condition"]},
            "codes": {"path": "code", "system": "http://snomed.info/sct"},
        }
    ],
}
ARTICLE = "the unit's article of February 2020"


@pytest.mark.parametrize(
    ("day", "practice", "mental_health", "hospital"),
    [
        ("2018-03-31", None, None, None),
        ("2018-04-01", "published", None, None),
        ("2020-02-05", "published", "consultation", None),
        ("2020-04-02", "published", "consultation", "published"),
        ("2040-01-01", "published", "consultation", "published"),
    ],
)
def test_snomed_stands_elsewhere_in_each_setting(office, day, practice, mental_health, hospital):
    """Final in general practice while it is talked about in mental health: as of any day."""
    office.post("/standards", {"definition": SNOMED, "reason": "entered", "source": ARTICLE})
    for stage, on, setting in (
        ("published", "2018-04-01", "general-practice"),
        ("consultation", "2020-02-05", "mental-health"),
        ("published", "2020-04-01", "hospital"),
    ):
        move = {"stage": stage, "on": on, "settings": [setting], "reason": "as told"}
        office.post("/standards/snomed-ct/moves", {**move, "source": ARTICLE})
    told = office.ask("GET", f"/standards/snomed-ct?on={day}", key="")
    if practice is None:
        assert told.status == 404
        return
    stages = {one["setting"]: one["stage"] for one in told.body["settings"]}
    asked = (stages["general-practice"], stages["mental-health"], stages["hospital"])
    assert asked == (practice, mental_health, hospital)


def test_what_was_entered_is_no_draft_before_it_was_entered(office):
    """The day on which history is entered does not become part of it."""
    office.post("/standards", {"definition": SNOMED, "reason": "entered", "source": ARTICLE})
    assert office.ask("GET", "/standards/snomed-ct?on=2027-01-10", key="").status == 404
    listed = [one["id"] for one in office.get("/standards", "2027-01-10")["standards"]]
    assert "snomed-ct" not in listed


def test_a_register_is_counted_by_stage_for_any_day(office):
    """ "7 connected, 11 coming, 49 approved": from the cases themselves, as of the day."""
    path = "/programmes/login-onboarding/cases"
    for number in range(67):
        told = {"id": f"service-{number}", "name": f"Service {number}", "reason": "asked"}
        office.post(path, {**told, "on": "2019-06-01", "source": ARTICLE})
    for count, stage, on in ((18, "coming", "2019-10-01"), (7, "connected", "2020-01-15")):
        for number in range(count):
            move = {"stage": stage, "on": on, "reason": "as told", "source": ARTICLE}
            office.post(f"{path}/service-{number}/moves", move)
    days = ("2019-05-31", "2019-06-01", "2020-01-14", "2020-02-05", "2035-01-01")
    sentences = [office.get("/programmes/login-onboarding", day)["sentence"] for day in days]
    assert sentences == [
        "none",
        "67 approved",
        "18 coming, 49 approved",
        "7 connected, 11 coming, 49 approved",
        "7 connected, 11 coming, 49 approved",
    ]
    coming = office.ask("GET", f"{path}?on=2020-02-05&stage=coming", key="").body
    assert coming["count"] == 11


def test_standards_are_counted_by_stage_in_each_setting(office):
    """The list says how many standards stand at each stage, in each care setting."""
    office.publish()
    before, after = (
        office.get("/standards", day)["stages"] for day in ("2026-05-31", "2026-06-01")
    )

    def published(stages):
        [one] = [stage for stage in stages if stage["stage"] == "published"]
        return one["standards"], one["settings"].get("dentistry", 0)

    assert [
        after - before for before, after in zip(published(before), published(after), strict=True)
    ] == [1, 1]
