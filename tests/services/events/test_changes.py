"""Which of these people have changed since: lists that are sent, and lists that are kept."""

from typing import Any

import pytest

from openroots.problem import Json
from openroots.services.events.matching import matcher_of
from openroots.services.events.told import event_of
from openroots.storage import Change
from openroots.testing import Nation, Told
from tests.services.events.asking import (
    JANE,
    JANET,
    JAYNE,
    OTHER,
    application,
    ask,
    errors,
    feed,
    move,
    patch,
    subscribe,
    subscription,
)

MAN = {"op": "replace", "path": "/gender", "value": "male"}
PEOPLE = [JANE, JAYNE, JANET]
NOBODY = "9111231130"


def changes(nation: Nation, body: Any, query: str = "", type: str = "", **headers: str) -> Told:
    """Who of these has changed."""
    type = type or ("text/plain" if isinstance(body, bytes) else "application/json")
    return ask(nation, "POST", f"/changes{query}", body, type=type, **headers)


def keep(nation: Nation, *numbers: str) -> str:
    """The id of a list of these people."""
    body = {"name": "Rosewood House", "numbers": list(numbers)}
    told = ask(nation, "POST", "/lists", body, type="application/json")
    assert told.status == 201, told.raw
    id: str = told.body["id"]
    return id


def test_a_pasted_list_is_answered_from_where_it_was_left(openroots: Nation) -> None:
    """The first answer says where to go on from; each further one who has changed since, and in
    which parts."""
    first = changes(openroots, {"numbers": PEOPLE}).body
    assert (first["changes"], first["digest"]["people"]) == ([], 3)
    patch(openroots, JANE, MAN)
    second = changes(openroots, {"numbers": PEOPLE, "since": first["next"]}).body
    [change] = second["changes"]
    assert change == {
        "nhsNumber": JANE,
        "currentNhsNumber": JANE,
        "changed": ["gender"],
        "versionid": 'W/"3"',
    }
    assert second["digest"] == {"people": 3, "changed": 1, "parts": {"gender": 1}}
    third = changes(openroots, {"numbers": PEOPLE, "since": second["next"]}).body
    assert third["changes"] == []


@pytest.mark.parametrize(
    "since", ["2026-11-21", "2026-11-21T12:00:00Z", "2026-11-21t14:00:00+02:00"]
)
def test_it_can_be_asked_since_a_day_or_a_moment(openroots: Nation, since: str) -> None:
    """By the world's time; what the world began with has been there for ever."""
    openroots.move_clock("2026-11-21T11:30:00Z")
    patch(openroots, JANE, MAN)
    openroots.move_clock("2026-11-22T13:00:00Z")
    patch(openroots, JAYNE, MAN)
    told = changes(openroots, {"numbers": PEOPLE, "since": since}).body["changes"]
    found = {each["nhsNumber"]: each["changed"] for each in told}
    assert found.pop(JAYNE) == ["gender"]
    assert found == ({JANE: ["gender"]} if since == "2026-11-21" else {})
    assert changes(openroots, {"numbers": PEOPLE}, "?since=2026-11-22").body == (
        changes(openroots, {"numbers": PEOPLE, "since": "2026-11-22T00:00:00Z"}).body
    )
    early = changes(openroots, {"numbers": [JANE], "since": "2020-01-01"}).body["changes"]
    assert early == [{**early[0], "changed": ["gender"]}]
    leap = changes(openroots, {"numbers": [JANE], "since": "2016-12-31T23:59:60Z"}).body["changes"]
    assert leap == early


def test_who_had_no_record_is_told_of_as_new(openroots: Nation) -> None:
    """Not part by part."""
    since = changes(openroots, {"numbers": [NOBODY]}).body["next"]
    openroots.holds(Change("Patient", NOBODY, {"id": NOBODY, "gender": "male"}, 0))
    [change] = changes(openroots, {"numbers": [NOBODY], "since": since}).body["changes"]
    assert change["changed"] == ["record"]


def test_who_asks_since_before_what_is_kept_is_told_of_every_part(openroots: Nation) -> None:
    """How it was cannot be known any more: nothing that may be otherwise is left out."""
    since = changes(openroots, {"numbers": [JANE]}).body["next"]
    patch(openroots, JANE, MAN)
    store, later = openroots.house.world.store, openroots.wall.now().replace(year=2027)
    openroots.run(store.prune(later, store.snapshot().t + 1))
    [change] = changes(openroots, {"numbers": [JANE], "since": since}).body["changes"]
    assert {"gender", "birthDate", "address"} <= set(change["changed"])


def test_what_was_changed_and_changed_back_is_no_change(openroots: Nation) -> None:
    """Only what is other than it was is told."""
    since = changes(openroots, {"numbers": [JANE]}).body["next"]
    patch(openroots, JANE, MAN)
    patch(openroots, JANE, MAN | {"value": "female"})
    assert changes(openroots, {"numbers": [JANE], "since": since}).body["changes"] == []


def test_a_table_goes_in_and_comes_out(openroots: Nation) -> None:
    """A list can be pasted from a spreadsheet, and the answer opened in one."""
    sheet = b"\xef\xbb\xbfNHS number,Room\r\n900 000 0009,1\r\n\r\n9000000017,2\r\n"
    since = changes(openroots, sheet, type="text/csv").body["next"]
    patch(openroots, JANE, MAN)
    told = changes(openroots, sheet, f"?since={since}", accept="text/csv")
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    assert told.raw.decode().splitlines() == [
        "nhs_number,changed,version,current_nhs_number",
        f"{JANE},gender,3,{JANE}",
    ]
    assert told.headers["x-next"] == changes(openroots, sheet).body["next"]


def test_a_superseded_number_is_told(openroots: Nation) -> None:
    """Whoever keeps a number that is no longer good learns the one that is."""
    since = changes(openroots, {"numbers": [JANE]}).body["next"]
    openroots.holds(Change("NHSNumber", JANE, {"status": "superseded", "by": JAYNE}, 0))
    [change] = changes(openroots, {"numbers": [JANE], "since": since}).body["changes"]
    assert (change["changed"], change["currentNhsNumber"]) == (["nhsNumber"], JAYNE)


def test_a_restricted_person_has_not_moved(openroots: Nation) -> None:
    """Nothing is told of where somebody restricted is, not even that it is another place."""
    since = changes(openroots, {"numbers": [JANET]}).body["next"]
    key = ("Patient", JANET)
    row = openroots.house.world.store.snapshot().read([key])[key]
    body = row.body | {"address": [{"use": "home", "line": ["1 New Street"]}], "gender": "male"}
    openroots.holds(Change(*key, body, row.version, row.subject, row.holder, row.labels))
    [change] = changes(openroots, {"numbers": [JANET], "since": since}).body["changes"]
    assert change["changed"] == ["gender"]


def test_who_is_not_known_is_not_told_of(openroots: Nation) -> None:
    """A number without a record has not changed."""
    since = changes(openroots, {"numbers": [JANE]}).body["next"]
    asked = {"numbers": ["9111231130"], "since": since}
    assert changes(openroots, asked).body["changes"] == []


@pytest.mark.parametrize(
    "body", [{}, [], {"numbers": []}, {"numbers": ["9000000000"]}, {"numbers": [7]}, b"no\nbody"]
)
def test_what_is_no_list_of_numbers(shared: Nation, body: Any) -> None:
    """One number that is none refuses the list: nobody is left out unseen."""
    assert list(errors(changes(shared, body))) == ["numbers"]


@pytest.mark.parametrize(
    "since",
    [
        "yesterday",
        "",
        "dDE=",
        "dC0x",
        "dDk5OTk5OTk",
        7,
        "2999-01-01",
        "2026-02-30",
        "2026-11-01T09:00",
    ]
    + ["0001-01-01T00:00:00+14:00"],
)
def test_a_place_that_was_never_given(shared: Nation, since: Any) -> None:
    """Only what an answer gave is a place to go on from; the future is none."""
    told = changes(shared, {"numbers": [JANE], "since": since})
    assert list(errors(told)) == ["since"]


@pytest.mark.parametrize("name", ["sinse", "Since", "", "9000000009"])
def test_a_misspelt_name_is_not_passed_over(shared: Nation, name: str) -> None:
    """Else nobody would have changed; what is told back holds no NHS number."""
    body = {"numbers": [JANE]}
    for told in (
        changes(shared, {**body, name: "2026-11-01"}),
        changes(shared, body, f"?{name}=2026-11-01"),
        ask(shared, "POST", "/lists", {**body, name: "x"}, type="application/json"),
        ask(shared, "POST", f"/lists?{name}=x", body, type="application/json"),
    ):
        [(field, words)] = errors(told).items()
        assert (told.status, words) == (400, "Please provide a request without it")
        assert field == name or "9000000009" not in field
    twice = changes(shared, body, "?since=2026-11-01&since=2026-11-02")
    assert (twice.status, twice.body) == (400, {"errors": "since must be sent once only"})


def test_a_list_can_be_sent_back_as_it_was_read(openroots: Nation) -> None:
    id = keep(openroots, JANE)
    told = ask(openroots, "GET", f"/lists/{id}").body
    again = {**told, "numbers": [JANE, JAYNE]}
    assert ask(openroots, "PUT", f"/lists/{id}", again, type="application/json").status == 204


def test_whoever_may_not_subscribe_may_not_ask(openroots: Nation) -> None:
    """To ask needs the permission to be told of changes of records."""
    caller = application(permissions="events:create:*")
    asked: Json = {"numbers": [JANE]}
    for path in ("/changes", "/lists"):
        assert ask(openroots, "POST", path, asked, caller, type="application/json").status == 403


def test_who_is_asked_about_is_audited(openroots: Nation) -> None:
    """The audit says about whom it was asked."""
    changes(openroots, {"numbers": [JANE, JAYNE]})
    assert len(openroots.audit()[-1]["subjects"]) == 2


def test_a_list_is_kept_read_changed_and_removed(openroots: Nation) -> None:
    """By its owner; to another application there is none."""
    id = keep(openroots, JANE, JAYNE)
    path = f"/lists/{id}"
    body = ask(openroots, "GET", path).body
    assert (body["name"], body["numbers"]) == ("Rosewood House", [JANE, JAYNE])
    [told] = ask(openroots, "GET", "/lists").body["lists"]
    assert told == {"id": id, "name": "Rosewood House", "people": 2}
    assert ask(openroots, "GET", "/lists", caller=OTHER).body["lists"] == []
    assert ask(openroots, "GET", path, caller=OTHER).status == 404
    assert ask(openroots, "PUT", f"{path}?name=R", b"9000000017", type="text/csv").status == 204
    assert ask(openroots, "GET", path).body["numbers"] == [JAYNE]
    assert ask(openroots, "DELETE", path).status == 204
    assert ask(openroots, "GET", path).status == 404
    assert ask(openroots, "GET", "/lists/1").body["errors"].startswith("Please provide a valid")


def test_a_kept_list_is_asked_for_its_changes(openroots: Nation) -> None:
    """Since it was made, or since an earlier answer."""
    id = keep(openroots, *PEOPLE)
    patch(openroots, JANE, MAN)
    first = ask(openroots, "GET", f"/lists/{id}/changes").body
    assert [each["nhsNumber"] for each in first["changes"]] == [JANE]
    again = ask(openroots, "GET", f"/lists/{id}/changes?since={first['next']}").body
    assert again["changes"] == []


def test_a_care_home_is_told_of_the_people_on_its_list(openroots: Nation) -> None:
    """A subscription by list brings events of those people, and of those on it after a change."""
    id = keep(openroots, JANE)
    mine = subscribe(openroots, f"eventType='pds-record-change-2' AND list='{id}'")
    body = {"numbers": [JAYNE]}
    ask(openroots, "PUT", f"/lists/{id}", body, type="application/json")
    for number in (JANE, JAYNE):
        patch(openroots, number, MAN)
    db = openroots.house.world.store.snapshot()
    events = [event for told in feed(openroots) if (event := event_of(told, db))]
    matcher = matcher_of(db)
    assert [matcher.matching(event) for event in events] == [[], [mine]]


def test_a_care_home_is_told_of_who_lives_there(openroots: Nation) -> None:
    """A subscription by residence brings events of those who live at the organisation's address,
    move in, or move out; where the organisation has no address, it is refused."""
    home = {"name": "ROSEWOOD HOUSE", "address": [{"line": ["1 Elm Way"], "postalCode": "LS1 6AE"}]}
    openroots.holds(Change("Organization", "VZ999", {"resourceType": "Organization", **home}, 0))
    mine = subscribe(openroots, "eventType='pds-record-change-2' AND residence='VZ999'")
    move(openroots, JANE, ["Rosewood House", "1 Elm Way", "", "Leeds", ""], "LS1 6AE")
    db = openroots.house.world.store.snapshot()
    [event] = [event for told in feed(openroots) if (event := event_of(told, db))]
    assert matcher_of(db).matching(event) == [mine]
    told = ask(
        openroots,
        "POST",
        "/subscriptions",
        subscription("eventType='pds-record-change-2' AND residence='VZ998'"),
    )
    assert list(errors(told)) == ["criteria"]


def test_a_list_that_a_subscription_names_stays(openroots: Nation) -> None:
    """It cannot be deleted, and a list of somebody else's cannot be named."""
    id = keep(openroots, JANE)
    criteria = f"eventType='pds-record-change-2' AND list='{id}'"
    mine = subscribe(openroots, criteria)
    told = ask(openroots, "DELETE", f"/lists/{id}")
    words = f"The list is named by the subscription with id: {mine}"
    assert (told.status, told.body) == (409, {"errors": words})
    told = ask(openroots, "POST", "/subscriptions", subscription(criteria), OTHER)
    assert errors(told) == {"criteria": "Please provide the id of a list of yours"}


def test_a_name_has_an_end(openroots: Nation) -> None:
    """A list's name has two hundred characters at most."""
    body: Json = {"numbers": [JANE], "name": "x" * 201}
    told = ask(openroots, "POST", "/lists", body, type="application/json")
    assert list(errors(told)) == ["name"]
