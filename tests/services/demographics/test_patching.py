"""Changing a Patient: what a patch does, and what it gives rise to."""

import pytest

from openroots.problem import Json
from openroots.services.demographics.published import person_key
from openroots.storage import Change, Row
from tests.services.demographics.desk import JANE, JAYNE, MINIMAL, Desk, stored
from tests.services.demographics.patches import (
    ADD_DEATH,
    GENDER,
    NAME,
    ODS,
    PAF,
    PRACTICE,
    UK_CORE,
    notified,
    op,
    pharmacy,
)

TODAY = "2026-11-21"
GIVEN_ID = "8F8B957D"


def test_a_patch_makes_the_next_version(desk: Desk) -> None:
    """A patch answers the whole record at the next version, which the next read then gives."""
    told = desk.patch(JANE, GENDER)
    assert (told.status, told.version) == (200, 3)
    assert (told.body["gender"], told.body["meta"]["versionId"]) == ("male", "3")
    assert desk.get(JANE).body == told.body
    assert desk.patch(JANE, GENDER, version=2).status == 409


@pytest.mark.parametrize(
    "patch", [op("test", "/gender", "female"), op("replace", "/gender", "female")]
)
def test_a_patch_that_changes_nothing_makes_the_next_version_too(desk: Desk, patch: Json) -> None:
    """It is an update that succeeds, and of each of these a new version number is published."""
    told = desk.patch(JANE, patch)
    assert (told.status, told.version) == (200, 3)
    assert desk.get(JANE).version == 3


def test_members_that_are_not_published_are_passed_over(desk: Desk) -> None:
    """The published schema lets a body have members besides, unlike that of a create; of those of
    an operation RFC 6902 says that they must be ignored."""
    body = {"patches": [GENDER | {"comment": "as they said"}], "comment": "on the telephone"}
    told = desk.patch(JANE, body=body)
    assert (told.status, told.body["gender"]) == (200, "male")
    assert "comment" not in stored(desk, JANE)


def test_the_row_keeps_its_marks(desk: Desk) -> None:
    """A change leaves whose the record is as it was, whatever its number."""
    renamed = op("replace", "/name/0/family", "Able")
    told = desk.patch(JANE, op("test", "/name/0/id", "123"), renamed)
    assert told.reply is not None
    change, former = told.reply.changes
    assert (change.subject, change.expect) == (person_key(JANE), 2)
    assert (former.subject, former.expect) == (change.subject, 0)
    assert JANE not in change.subject


# The bodies that PDS publishes as examples, and what comes of each where every rule applies.
EXAMPLES: dict[str, tuple[str, list[Json], int]] = {
    "add a date of death": (JANE, [op("add", "/deceasedDateTime", "2010-10-23")], 403),
    "add a pharmacy": (MINIMAL, [op("add", "/extension/-", pharmacy("NominatedPharmacy"))], 200),
    "add a name": (
        JANE,
        [op("add", "/name/-", NAME | {"given": ["Joe", "Horation"], "suffix": ["PhD"]})],
        200,
    ),
    "remove an extension": (
        JANE,
        [
            op("test", "/extension/1/url", UK_CORE + "PreferredDispenserOrganization"),
            op("remove", "/extension/1"),
        ],
        200,
    ),
    "remove the gender": (JANE, [op("remove", "/gender")], 403),
    "remove the usual name": (
        JANE,
        [op("test", "/name/0/id", "123"), op("remove", "/name/0")],
        403,
    ),
    "replace some of an address": (
        JANE,
        [
            op("replace", "/address/0/id", "456"),
            op("replace", "/address/0/line/0", "2 Whitehall Quay"),
            op("replace", "/address/0/postalCode", "LS1 4BU"),
        ],
        200,
    ),
    "replace an address": (
        JANE,
        [
            op(
                "replace",
                "/address/0",
                {
                    "id": "456",
                    "period": {"start": "2020-01-01", "end": "2021-12-31"},
                    "use": "home",
                    "line": ["2 Whitehall Quay", "Leeds", "West Yorkshire"],
                    "postalCode": "LS1 4BU",
                    "extension": [PAF],
                },
            )
        ],
        200,
    ),
    "replace a formal death": (JANE, [op("replace", "/extension/3", notified("1"))], 403),
    "replace the gender": (JANE, [GENDER], 200),
}


@pytest.mark.parametrize(("number", "patches", "status"), EXAMPLES.values(), ids=EXAMPLES)
def test_published_examples(desk: Desk, number: str, patches: list[Json], status: int) -> None:
    """The published example patches do what they say, unless a published rule forbids it."""
    told = desk.patch(number, *patches)
    assert told.status == status, told.body


def test_new_items_get_an_id(desk: Desk) -> None:
    """A new item of a list is given an id by the service, whatever id was sent with it."""
    told = desk.patch(JANE, op("add", "/name/-", NAME | {"id": "mine"}))
    assert told.body["name"][1]["id"] == GIVEN_ID


def test_lists_begin(desk: Desk) -> None:
    """The first item of a list, or a whole list, can be added to a record that has none."""
    assert desk.patch(MINIMAL, op("add", "/name/-", NAME)).body["name"][0]["family"] == "Bloggs"
    home = {"use": "home", "line": ["1 Mill Lane", "Leeds"]}
    told = desk.patch(MINIMAL, op("add", "/address", [home]), version=3)
    assert told.body["address"][0]["id"] == GIVEN_ID


def test_lists_end(desk: Desk) -> None:
    """A list of which the last item is removed is gone, rather than empty."""
    told = desk.patch(JANE, op("test", "/contact/0/id", "C123"), op("remove", "/contact/0"))
    assert "contact" not in told.body


def test_what_is_new_holds_from_today(desk: Desk) -> None:
    """What is added or replaced as a whole without a period holds from today."""
    undated = {"use": "old", "family": "Bloggs"}
    told = desk.patch(
        JANE,
        op("add", "/name/-", undated),
        op("replace", "/address/0", {"id": "456", "use": "home", "line": ["x"]}),
        op("replace", "/generalPractitioner/0", {"id": "254406A3", **PRACTICE}),
    )
    today = {"start": TODAY}
    assert told.body["name"][1]["period"] == today
    assert told.body["address"][0]["period"] == today
    assert told.body["generalPractitioner"][0]["identifier"]["period"] == today


def test_what_is_mended_keeps_its_period(desk: Desk) -> None:
    """To replace some of an item leaves the day from which it holds."""
    told = desk.patch(
        JANE, op("add", "/name/0/id", "123"), op("replace", "/name/0/family", "Smythe")
    )
    assert told.body["name"][0]["period"]["start"] == "2020-01-01"


def test_a_whole_replacement_keeps_the_id_given_beside_it(desk: Desk) -> None:
    """A replacement may be told apart by an operation beside it, and keeps that id."""
    told = desk.patch(
        JANE,
        op("test", "/name/0/id", "123"),
        op("replace", "/name/0", NAME | {"use": "usual"}),
    )
    assert (told.body["name"][0]["id"], told.body["name"][0]["family"]) == ("123", "Bloggs")


def test_names_are_tidied(desk: Desk) -> None:
    """Full stops after a title go, and the common titles get their usual capitals."""
    told = desk.patch(JANE, op("add", "/name/-", NAME | {"prefix": ["mrs.", "DR", "Prof."]}))
    assert told.body["name"][1]["prefix"] == ["Mrs", "Dr", "Prof"]


def test_blank_lines_go(desk: Desk) -> None:
    """The blank lines of an address are left out."""
    lines = ["", "23 Mill Lane", " ", "Leeds", ""]
    told = desk.patch(MINIMAL, op("add", "/address/-", {"use": "home", "line": lines}))
    assert told.body["address"][0]["line"] == ["23 Mill Lane", "Leeds"]


def test_pharmacies_have_no_period(desk: Desk) -> None:
    """A pharmacy is current as long as it is there: a period sent with it is left out."""
    dated = pharmacy("NominatedPharmacy")
    dated["valueReference"]["identifier"]["period"] = {"start": "2020-01-01"}
    told = desk.patch(MINIMAL, op("add", "/extension/-", dated))
    [kept] = told.body["extension"]
    assert kept["valueReference"]["identifier"] == {"system": ODS, "value": "FJ123"}


def test_a_death_is_notified(desk: Desk) -> None:
    """A death is added with its notification, which takes effect at the time of the request."""
    told = desk.patch(JAYNE, *ADD_DEATH)
    assert told.status == 200
    effective = told.body["extension"][0]["extension"][1]
    assert effective["valueDateTime"] == "2026-11-21T12:00:00+00:00"
    assert told.signals == ["pds-death-notification-2", "pds-record-change-2"]


def test_an_informal_death_can_be_corrected(desk: Desk) -> None:
    """The date of a death that is notified informally can be replaced."""
    desk.patch(JAYNE, *ADD_DEATH)
    date = "2020-01-02T10:00:00+00:00"
    told = desk.patch(JAYNE, op("replace", "/deceasedDateTime", date), version=3)
    assert told.body["deceasedDateTime"] == date


@pytest.mark.parametrize(
    ("patch", "signals"),
    [
        (GENDER, ["pds-record-change-2"]),
        (
            op("replace", "/generalPractitioner/0", {"id": "254406A3", **PRACTICE}),
            ["pds-change-of-gp-2", "pds-record-change-2"],
        ),
        (op("replace", "/gender", "female"), []),
        (op("test", "/gender", "female"), []),
    ],
    ids=["record", "GP", "nothing", "test"],
)
def test_signals(desk: Desk, patch: Json, signals: list[str]) -> None:
    """Each change gives its signals, about the person; what changes nothing gives none."""
    told = desk.patch(JANE, patch)
    assert told.status == 200
    assert told.signals == signals
    assert told.reply is not None
    for signal in told.reply.signals:
        assert signal.subject == person_key(JANE)
        assert signal.dataref == f"/personal-demographics/FHIR/R4/Patient/{JANE}"


def test_items_are_named_by_id_and_place(desk: Desk) -> None:
    """An id of another item of the list does not do: the item meant must be sure."""
    told = desk.patch(
        JANE, op("replace", "/address/0/id", "T456"), op("replace", "/address/0/line/0", "x")
    )
    assert told.words == (
        "Invalid update with error - Invalid patch - 456 (<class 'str'>) is not equal to tested "
        "value T456 (<class 'str'>)"
    )


def test_removals_shift_what_follows(desk: Desk) -> None:
    """Operations see the list as those before left it, as in the documented example."""
    for at, family in enumerate(["Parker", "Irwin", "Bruce"]):
        added = op("add", "/name/-", NAME | {"family": family})
        assert desk.patch(JANE, added, version=2 + at).status == 200
    record = stored(desk, JANE)
    for at, item in enumerate(record["name"]):
        item["id"] = str(at)
    row = desk.store.snapshot().read([("Patient", JANE)])["Patient", JANE]
    desk.keep([_change(row, record)])
    shifting = [
        op("test", "/name/1/id", "1"),
        op("remove", "/name/1"),
        op("test", "/name/1/id", "2"),
        op("remove", "/name/1"),
    ]
    unshifted = [*shifting[:2], op("test", "/name/2/id", "2"), op("remove", "/name/2")]
    assert desk.patch(JANE, *unshifted, version=6).row == "test-failed"
    told = desk.patch(JANE, *shifting, version=6)
    assert [name["family"] for name in told.body["name"]] == ["Smith", "Bruce"]


def _change(row: Row, body: Json) -> Change:
    return Change(row.type, row.id, body, row.version, row.subject)
