"""Adding an API to the product is adding one file."""

import shutil
import sys
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest

from openroots import services
from openroots.gateway.openapi import openapi
from openroots.gateway.trail import find
from openroots.service import Access, Caller
from openroots.service.coming import arranged
from openroots.storage import Change
from openroots.testing import KEY, open_nation

ONE_FILE = '''
"""Allergy notes: what somebody must not be given.

Source: invented for this test.
"""

from openroots.fhir.spine_r4 import SPINE_R4_DIALECT
from openroots.service import ANYONE, Failure, HeaderRule, Problem, Reply, Request, Service
from openroots.service.coming import moment_of
from openroots.storage import Change, Query, Signal, Snapshot, Term

service = Service(
    name="allergies",
    title="Allergy notes",
    base="/allergy-notes/FHIR/R4",
    source="https://example.org/allergy-notes",
    dialect=SPINE_R4_DIALECT,
    own_failures={
        "not-noted": Failure(404, "RESOURCE_NOT_FOUND", "not-found", "Not noted"),
        "code-missing": Failure(400, "MISSING_VALUE", "required", "Say code"),
    },
)


@service.interaction("read", "AllergyIntolerance", access=ANYONE, fails=("not-noted",))
def read_note(request: Request, db: Snapshot) -> Reply:
    """Read one note."""
    if (row := db.get("AllergyIntolerance", request.params["id"])) is None:
        raise Problem("not-noted")
    return Reply(row.raw, version=row.version)


@service.interaction(
    "search",
    "AllergyIntolerance",
    access=ANYONE,
    query={"code": "what it is"},
    fails=("code-missing",),
)
def search_notes(request: Request, db: Snapshot) -> Reply:
    """Search for notes by code."""
    if not (codes := request.query.get("code")):
        raise Problem("code-missing")
    page = db.search(Query("AllergyIntolerance", (Term("code", codes),)))
    entries = [{"resource": row.body} for row in page.rows]
    return Reply({"resourceType": "Bundle", "total": len(entries), "entry": entries})


@service.indexes("AllergyIntolerance")
def index_note(note):
    yield ("code", note["code"])


@service.comes("Review")
def reviewed(review, db, chance):
    """A note is marked as looked at again on its day."""
    note = db.read([("AllergyIntolerance", review.id)])["AllergyIntolerance", review.id]
    body = note.body | {"recordedDate": moment_of(review).date().isoformat()}
    change = Change("AllergyIntolerance", note.id, body, note.version, note.subject)
    return [change], [Signal("allergy-reviewed", note.subject, note.id)]
'''

BASE = "/allergy-notes/FHIR/R4"
NOTE = {"resourceType": "AllergyIntolerance", "code": "penicillin"}


@pytest.fixture
def nation(openroots_seeded, tmp_path, monkeypatch):
    """A world of a product to which one file was added."""
    folder = tmp_path / "added"
    folder.mkdir()
    (folder / "allergies.py").write_text(ONE_FILE)
    monkeypatch.setattr(services, "__path__", [*services.__path__, str(folder)])
    shutil.copytree(openroots_seeded, tmp_path / "state")
    nation = open_nation(tmp_path / "state")
    yield nation.holds(
        Change("AllergyIntolerance", "a1", {"id": "a1", **NOTE}, expect=0, subject="jane"),
        Change("AllergyIntolerance", "a2", {"id": "a2", **NOTE}, expect=0, subject="john"),
    )
    nation.close()
    sys.modules.pop("openroots.services.allergies")
    del services.allergies


def test_it_is_routed_and_described(nation):
    """The added service answers, in its dialect, and has an OpenAPI document of its own."""
    assert nation.ask("GET", f"{BASE}/AllergyIntolerance/a1").body["code"] == "penicillin"
    missed = nation.ask("GET", f"{BASE}/AllergyIntolerance/none")
    assert (missed.status, missed.code) == (404, "RESOURCE_NOT_FOUND")
    asked = nation.ask("GET", f"{BASE}/AllergyIntolerance")
    assert (asked.status, asked.code) == (400, "MISSING_VALUE")
    (service,) = [s for s in nation.house.gateway.services if s.name == "allergies"]
    described = openapi(service, "http://localhost:1948")
    assert set(described["paths"]) >= {"/AllergyIntolerance/{id}", "/AllergyIntolerance"}


def test_it_is_audited_and_explained(nation):
    """Each answer is audited with whom it was about, and has a trail that can be asked for."""
    told = nation.ask("GET", f"{BASE}/AllergyIntolerance?code=penicillin", headers={"apikey": KEY})
    entry = nation.audit()[-1]
    assert entry["endpoint"] == "allergies.search-notes"
    assert sorted(entry["subjects"]) == ["jane", "john"]
    nation.run(nation.house.journal.settled())
    folder = nation.house.settings.state / "trails"
    trail = find(folder, told.headers["x-openroots-trail"])
    assert [step for step, *_ in trail["steps"]][:4] == ["route", "form", "caller", "policy"]
    assert {standard for standard, *_ in trail["standards"]} == {"request-identity"}


def test_it_is_scoped(nation):
    """A patient finds nothing that is not about them, though the service never asked who asks."""
    stranger = Caller("app", "", Access.PATIENT, subject="9000000009")
    found = nation.ask("GET", f"{BASE}/AllergyIntolerance?code=penicillin", caller=stranger)
    assert found.body["total"] == 0
    assert nation.ask("GET", f"{BASE}/AllergyIntolerance/a1", caller=stranger).status == 404


def test_it_is_listed(nation):
    """The catalogue lists the service and links to its page and its document."""
    with urlopen(f"{nation.url}/catalogue") as page:
        assert "Allergy notes" in page.read().decode()
    with urlopen(f"{nation.url}/catalogue/allergies/openapi.json") as document:
        assert b"AllergyIntolerance" in document.read()
    with urlopen(f"{nation.url}{BASE}/metadata") as statement:
        assert b"AllergyIntolerance" in statement.read()


def test_what_it_arranges_happens_when_its_day_has_come(nation):
    """The world's time is moved past the day: what the service declared is done, once, and told."""
    day = datetime(2026, 12, 1, tzinfo=UTC)
    nation.holds(arranged("Review", "a1", day, subject="jane"))
    nation.move_clock("2026-11-30")
    assert "recordedDate" not in nation.ask("GET", f"{BASE}/AllergyIntolerance/a1").body
    nation.move_clock("2026-12-24")
    told = nation.ask("GET", f"{BASE}/AllergyIntolerance/a1")
    assert (told.body["recordedDate"], told.headers["etag"]) == ("2026-12-01", 'W/"2"')
    nation.move_clock("2027-01-24")
    assert nation.signals() == ["allergy-reviewed"]


def test_what_cannot_happen_keeps_nothing_else_from_happening(nation, caplog):
    """A defect of one service is logged; what others arranged happens."""
    early, late = (datetime(2026, 12, day, tzinfo=UTC) for day in (1, 2))
    nation.holds(
        arranged("Review", "nobody", early, subject="john"),
        arranged("Review", "a1", late, subject="jane"),
    )
    nation.move_clock("2027-01-01")
    told = nation.ask("GET", f"{BASE}/AllergyIntolerance/a1")
    assert told.body["recordedDate"] == "2026-12-02"
    [line] = caplog.messages
    assert line == "what was to come did not happen: Review"


def test_two_files_that_define_the_same_service_are_both_named(tmp_path, monkeypatch):
    """As where somebody begins a file with a copy of another."""
    for name in ("notes", "notes_copied"):
        (tmp_path / f"{name}.py").write_text(ONE_FILE)
    monkeypatch.setattr(services, "__path__", [*services.__path__, str(tmp_path)])
    try:
        with pytest.raises(ValueError, match="^notes and notes_copied both define a service named"):
            services.find()
    finally:
        for name in ("notes", "notes_copied"):
            sys.modules.pop(f"openroots.services.{name}")
            delattr(services, name)
