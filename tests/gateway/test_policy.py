"""May they: agreements, purposes, roles, relationships, proxies; what ends, ends at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from openroots.register.agreement import moved
from openroots.register.kept_agreements import agreement_in, changes_to
from openroots.service import Access, Caller
from openroots.storage import Change
from tests.gateway.governed import (
    AGREEMENT,
    FOUNDING,
    agree,
    agree_instead,
    make_proxy,
    move,
    object_to_research,
    relate,
    subject_of,
)

PDS = "/personal-demographics/FHIR/R4"
JANE, JAYNE, SUSAN = "9000000009", "9000000017", "9732019395"
READ = f"{PDS}/Patient/{JANE}"
SEARCH = f"{PDS}/Patient?family=Smith&gender=female&birthdate=eq2010-10-22"
USER, OTHER_USER = "910000000012", "910000000023"
STAFF = Caller(
    *("app", "Y90001", Access.HEALTHCARE_WORKER, USER),
    assurance="aal2",
    setting="general-practice",
    name="App",
    acting=frozenset({"R8000"}),
)
PATIENT = Caller("app", "Y90001", Access.PATIENT, subject=JANE, assurance="P9.Cp.Cd", name="App")
RESEARCH = Caller("lab", "RZ01", Access.APPLICATION, name="Lab", attributes={"purposes": "HRESCH"})


def status(nation, caller=STAFF, path=READ, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return nation.ask("GET", path, caller=caller, headers=named).status


def refused_by(nation):
    """The rule by which the newest request was refused, as its audit entry has it."""
    return nation.audit()[-1]["rules"]


def test_demographics_rest_on_an_agreement_and_end_with_it(openroots):
    """Everybody may read demographics because the nation agreed so; from the end of that agreement
    on nobody may, whoever asks, and the refusal says which rule it was and how to mend it."""
    assert [status(openroots), status(openroots, None), status(openroots, PATIENT)] == [200] * 3
    move(openroots, "end")
    assert [status(openroots), status(openroots, None), status(openroots, PATIENT)] == [403] * 3
    told = openroots.ask("GET", READ, caller=STAFF)
    assert told.code == "ACCESS_DENIED"
    assert told.body["issue"][0]["diagnostics"] == (
        "No agreement in force lets Y90001 read demographics data to treat the person"
    )
    assert refused_by(openroots) == ["agreement"]
    told = {step: (outcome, mend) for step, outcome, _, mend in openroots.trails()[-1]["steps"]}
    assert told["policy"][0] == "by the rule agreement: refused"
    mend = told["refused"][1]
    assert mend.endswith(f"not in force now: {FOUNDING}.")


def test_what_is_suspended_comes_back_when_it_is_resumed(openroots):
    """An agreement that is suspended permits nothing until it is resumed."""
    move(openroots, "suspend")
    assert status(openroots) == 403
    move(openroots, "resume")
    assert status(openroots) == 200


def test_an_agreement_holds_within_its_dates_on_the_worlds_time(openroots):
    """An agreement begins and ends by the movable time of the world, also when it is moved back."""
    agree_instead(openroots, **{"from": "2026-12-01", "to": "2026-12-31"})
    found = []
    days = ("2026-11-30", "2026-12-01", "2026-12-30", "2026-12-31", "2026-12-15", "2026-11-01")
    for day in days:
        openroots.move_clock(day)
        found.append(status(openroots))
    assert found == [403, 200, 200, 403, 200, 403]


@pytest.mark.parametrize(
    ("recipients", "seen"),
    [
        (["Y90001"], 200),
        (["setting:general-practice"], 200),
        (["*"], 200),
        (["Y90002", "setting:hospital"], 403),
    ],
)
def test_an_agreement_is_with_those_whom_it_names(openroots, recipients, seen):
    """Recipients are organisations, whoever works in a care setting, or everybody."""
    agree_instead(openroots, recipients=recipients)
    assert status(openroots) == seen


def test_an_agreement_covers_the_actions_that_it_names(openroots):
    """An agreement to read lets nobody search or change anything."""
    agree_instead(openroots, actions=["read"])
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    match = {"If-Match": 'W/"2"'}
    assert [status(openroots), status(openroots, path=SEARCH)] == [200, 403]
    assert openroots.ask("PATCH", READ, patch, caller=STAFF, headers=match).status == 403


def test_agreements_of_one_organisation_do_not_share_what_is_the_nations(openroots):
    """What the nation keeps is shared by agreements that name the nation, not a part of it."""
    agree_instead(openroots, controllers=["RZ1"])
    assert status(openroots) == 403


def test_a_role_or_level_that_an_agreement_asks_for_must_be_there(openroots):
    """Staff who act in another role, or are not known as surely, are refused by that rule; nobody
    is asked for either who was not asked who they are."""
    agree_instead(openroots, conditions={"roles": ["R8000"], "assurance": "aal3"})
    sure = replace(STAFF, assurance="aal3")
    assert status(openroots, sure) == 200
    assert status(openroots, replace(sure, acting=frozenset({"R8008"}))) == 403
    assert refused_by(openroots) == ["role"]
    assert status(openroots, STAFF) == 403
    assert refused_by(openroots) == ["assurance"]
    assert status(openroots, PATIENT) == 200
    assert status(openroots, None) == 200


def test_a_purpose_is_one_that_the_application_is_registered_for(openroots):
    """A request may state its purpose; another than those of its application is refused, and so is
    a text that is none, which is not repeated to anybody."""
    agree(openroots, purposes=["HRESCH"], conditions={"opt_out": True})
    assert status(openroots, OpenRoots_Purpose="ETREAT") == 200
    assert status(openroots, OpenRoots_Purpose="HRESCH") == 403
    assert refused_by(openroots) == ["purpose"]
    assert status(openroots, OpenRoots_Purpose="9000000009") == 403
    assert JANE not in str(openroots.trails())
    assert [status(openroots, RESEARCH), openroots.audit()[-1]["purpose"]] == [200, "HRESCH"]


@pytest.mark.parametrize("told", [5, None, ["TREAT", 5], {"TREAT": 1}, "treat", ""])
def test_what_is_no_purpose_registers_for_none(openroots, told):
    """An application that was registered for something else before it was looked at is refused by
    the rule, whatever it asks for: it is no defect of the server."""
    caller = replace(STAFF, attributes={"purposes": told})
    assert status(openroots, caller) == 403
    assert refused_by(openroots) == ["purpose"]


def test_who_opted_out_does_not_exist_beyond_their_care(openroots):
    """Under an agreement that honours the national data opt-out, who has opted out is found by no
    read and no search; those who treat them see them as before."""
    agree(openroots, purposes=["HRESCH"], conditions={"opt_out": True})
    assert [status(openroots, RESEARCH), status(openroots)] == [200, 200]
    object_to_research(openroots, JANE)
    assert [status(openroots, RESEARCH), status(openroots)] == [404, 200]
    found = openroots.ask("GET", SEARCH, caller=RESEARCH).body
    assert JANE not in str(found)
    assert JANE in str(openroots.ask("GET", SEARCH, caller=STAFF).body)


def test_who_opted_out_is_there_for_their_own_care(openroots):
    """An agreement that is for care and for research, and honours the opt-out, leaves nobody out
    of their care, nor of their own record."""
    both = {"purposes": ["TREAT", "PATRQT", "HRESCH"], "conditions": {"opt_out": True}}
    agree_instead(openroots, **both)
    object_to_research(openroots, JANE)
    assert [status(openroots, each) for each in (STAFF, PATIENT, RESEARCH)] == [200, 200, 404]
    assert JANE in str(openroots.ask("GET", SEARCH, caller=STAFF).body)


def test_a_relationship_that_an_agreement_asks_for_is_looked_up_each_time(openroots):
    """Where an agreement asks for a legitimate relationship, one with the user or with their
    organisation permits for as long as it stands, and registration needs no other."""
    agree_instead(openroots, conditions={"relationship": True})
    assert status(openroots) == 403
    assert refused_by(openroots) == ["relationship"]
    change = relate(openroots, JANE, f"user:{USER}", to="2026-12-01T00:00:00+00:00")
    assert status(openroots) == 200
    assert "relationship:referral" in openroots.audit()[-1]["rules"]
    assert status(openroots, path=f"{PDS}/Patient/{JAYNE}") == 403
    assert status(openroots, replace(STAFF, subject=OTHER_USER)) == 403
    openroots.move_clock("2026-12-01")
    assert status(openroots) == 403
    openroots.move_clock("2026-11-30")
    assert status(openroots) == 200
    openroots.holds(Change(change.type, change.id, None, 1, change.subject))
    assert status(openroots) == 403
    assert status(openroots, replace(STAFF, ods_code="Y12345")) == 200
    assert "relationship:registration" in openroots.audit()[-1]["rules"]


def test_nobody_learns_who_exists_where_a_relationship_is_asked_for(openroots):
    """A number that is nobody's is refused in the very words in which a stranger's is."""
    agree_instead(openroots, conditions={"relationship": True})
    answers = {
        openroots.ask("GET", f"{PDS}/Patient/{number}", caller=STAFF).raw
        for number in (JANE, "9111231130", "9990003343", "5900053636")
    }
    assert len(answers) == 1


def test_a_search_finds_those_only_with_whom_one_has_a_relationship(openroots):
    """Where a relationship is asked for, a search for people is one among those whom it is with."""
    agree_instead(openroots, conditions={"relationship": True})
    assert openroots.ask("GET", SEARCH, caller=STAFF).body["total"] == 0
    relate(openroots, JANE, "organisation:Y90001")
    assert openroots.ask("GET", SEARCH, caller=STAFF).body["entry"][0]["resource"]["id"] == JANE


def test_a_proxy_may_do_what_the_patient_permitted(openroots):
    """Who acts for a patient needs a role that stands and permits what they do, at each request:
    none, another permission, an end, a withdrawal and another patient are each refused."""
    proxy = replace(PATIENT, actor=SUSAN)
    assert status(openroots, proxy) == 403
    assert refused_by(openroots) == ["proxy"]
    make_proxy(openroots, JANE, SUSAN, "demographics:update", "appointments:*")
    assert status(openroots, proxy) == 403
    make_proxy(openroots, JANE, SUSAN, "demographics:read", to="2026-12-01T00:00:00+00:00")
    assert status(openroots, proxy) == 200
    assert "proxy" in openroots.audit()[-1]["rules"]
    assert status(openroots, proxy, path=f"{PDS}/Patient/{JAYNE}") == 403
    assert status(openroots, replace(PATIENT, actor=JAYNE)) == 403
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    match = {"If-Match": 'W/"2"'}
    assert openroots.ask("PATCH", READ, patch, caller=proxy, headers=match).status == 403
    openroots.move_clock("2026-12-02")
    assert status(openroots, proxy) == 403
    openroots.move_clock("2026-11-22")
    assert status(openroots, proxy) == 200
    make_proxy(openroots, JANE, SUSAN, "demographics:read", status="inactive")
    assert status(openroots, proxy) == 403
    assert status(openroots, PATIENT) == 200


def test_a_role_that_is_taken_away_is_gone_from_the_next_request_on(openroots):
    """A token goes on, but what it lets its user do follows from the roles that they have now."""
    agree_instead(openroots, conditions={"roles": ["R8000"]})
    token = openroots.token("ashby-practice-system", f"staff:{USER}")
    assert openroots.ask("GET", READ, headers=token).status == 200
    row = openroots.house.world.store.snapshot().read([("StaffUser", USER)])["StaffUser", USER]
    roles = [{**row.body["roles"][0], "code": "R8008"}]
    openroots.holds(Change("StaffUser", USER, {**row.body, "roles": roles}, row.version))
    assert openroots.ask("GET", READ, headers=token).status == 403


class EndsMeanwhile:
    """A store in which somebody ends an agreement just before the first commit of somebody else."""

    def __init__(self, store, changes):
        self._store, self._changes = store, changes

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def commit(self, changes=(), guards=(), signals=(), marks=(), *, by, across=False):
        ending, self._changes = self._changes, ()
        if ending:
            await self._store.commit(ending, by=by)
        return await self._store.commit(changes, guards, signals, marks, by=by, across=across)


def test_a_write_whose_permission_ended_before_it_was_kept_is_refused(openroots):
    """An agreement that ends after a write was permitted and before it is committed stops it: the
    write is refused by that rule, and nothing of it is kept."""
    world = openroots.house.world
    db = world.store.snapshot()
    body, _ = agreement_in(db, FOUNDING)
    ending = changes_to([moved(body, "end", world.time.now())], db)
    world.store = EndsMeanwhile(world.store, ending)
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    match = {"If-Match": 'W/"2"'}
    assert openroots.ask("PATCH", READ, patch, caller=STAFF, headers=match).status == 403
    assert refused_by(openroots) == ["agreement"]
    assert world.store.snapshot().read([("Patient", JANE)])["Patient", JANE].version == 2


def test_a_write_goes_on_where_another_agreement_changed_meanwhile(openroots):
    """A change of agreements that leaves a write permitted does not stop it, nor does it look to
    its client as if the record had changed."""
    world = openroots.house.world
    meanwhile = changes_to([{**AGREEMENT, "id": "other"}], world.store.snapshot())
    world.store = EndsMeanwhile(world.store, meanwhile)
    patch = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    match = {"If-Match": 'W/"2"'}
    assert openroots.ask("PATCH", READ, patch, caller=STAFF, headers=match).status == 200


def test_the_audit_entry_names_purpose_agreement_and_rules(openroots):
    """Each answer says in its audit entry for what purpose, under which agreement, by which rules,
    and the agreements as they stood."""
    status(openroots)
    entry = openroots.audit()[-1]
    assert (entry["purpose"], entry["agreement"]) == ("TREAT", FOUNDING)
    assert entry["rules"] == ["access-mode:healthcare-worker", f"agreement:{FOUNDING}"]
    assert len(entry["agreements"]) == 64


def test_nothing_is_read_for_agreements_that_did_not_change(openroots):
    """A commit that changes no agreement makes no other index; one that does makes one."""
    gateway, store = openroots.house.gateway, openroots.house.world.store
    status(openroots)
    first = gateway.policy.standing(store, store.snapshot()).agreements
    openroots.wall.advance(timedelta(seconds=1))
    openroots.holds(Change("Patient", subject_of(openroots, JANE), {"a": 1}, 0))
    assert gateway.policy.standing(store, store.snapshot()).agreements is first
    agree(openroots)
    assert gateway.policy.standing(store, store.snapshot()).agreements is not first
