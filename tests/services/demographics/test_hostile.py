"""What no client should send, and some will: PATCH answers it, and the record stays sound."""

from json import dumps
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.fhir.patch import MOST_ITEMS, MOST_OPERATIONS, holds_null

JANE = "/personal-demographics/FHIR/R4/Patient/9000000009"
PARTS = (
    *("name", "gender", "birthDate", "deceasedDateTime", "multipleBirthInteger", "address"),
    *("telecom", "contact", "generalPractitioner", "managingOrganization", "extension", "meta"),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "use", "url", "family", "period", "start", "value", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
PATHS = st.builds(
    "/".join,
    st.tuples(
        st.just(""),
        st.sampled_from(PARTS),
        st.sampled_from(["", "-", "0", "1", "7", "id", "0/id", "0/given/-", "0/period/start"]),
    ),
).map(lambda path: path.rstrip("/"))
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "test"]), "path": PATHS, "value": VALUES}
    )
    | st.fixed_dictionaries({"op": st.just("remove"), "path": PATHS}),
    min_size=1,
    max_size=3,
)


def patch(nation, *operations):
    """What a list of operations on Jane as she is now is answered."""
    version = nation.ask("GET", JANE).headers["etag"]
    # Not by the product's own encoder: clients write integers of any length, and Infinity.
    body = dumps({"patches": operations}).encode()
    return nation.ask("PATCH", JANE, body, headers={"If-Match": version})


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize(
    "path",
    [
        *("/gender", "/birthDate", "/name/-", "/name/0", "/address/-", "/extension/-"),
        *("/telecom/-", "/multipleBirthInteger", "/managingOrganization", "/deceasedDateTime"),
    ],
)
@pytest.mark.parametrize("value", [None, [None], {"use": "old", "family": None}])
def test_null_is_never_written(openroots, op, path, value):
    """FHIR has no null: one that is to be written, anywhere in a value, is refused by its place."""
    told = patch(openroots, {"op": op, "path": path, "value": value})
    assert (told.status, told.code) == (400, "INVALID_VALUE")
    assert told.body["issue"][0]["diagnostics"].endswith("in field '0/value'")


def test_a_number_is_kept_as_the_kind_it_must_be(openroots):
    """A birth order of 1.0 is not the 1 that was there: it is looked at, and refused."""
    told = patch(openroots, {"op": "add", "path": "/multipleBirthInteger", "value": 1.0})
    assert told.status == 400


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(OPERATIONS)
def test_any_operations_are_done_or_refused(openroots, operations):
    """Whatever is sent is answered 200, 400 or 403, and what is then stored holds no null and can
    be read and updated as before."""
    told = patch(openroots, *operations)
    assert told.status in (200, 400, 403)
    read = openroots.ask("GET", JANE)
    assert read.status == 200
    assert not holds_null(read.body)
    assert read.body["id"] == "9000000009"


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        *[('W/"2"', 200), ('W/"1"', 409), ('W/"99999999999999999999"', 409)],
        *[('W/"02"', 409), ("2", 412), ('"2"', 412), ("*", 412), ('W/"2", W/"3"', 412)],
    ],
)
def test_the_version_is_named_as_it_was_told(openroots, if_match, status):
    """If-Match is the ETag as it was read: well formed and another is stale, else it is missing."""
    body = {"patches": [{"op": "replace", "path": "/gender", "value": "male"}]}
    assert openroots.ask("PATCH", JANE, body, headers={"If-Match": if_match}).status == status


def test_a_refusal_that_shows_the_record_is_audited_with_its_subject(openroots):
    """A refused test tells what the record holds: the audit says whose record that was."""
    told = patch(openroots, {"op": "test", "path": "/address", "value": 5})
    assert b"Trevelyan" in told.raw
    read, refused = openroots.audit()
    assert (refused["status"], refused["subjects"]) == (400, read["subjects"])


NAME = {"use": "old", "family": "Bloggs"}


def test_ten_thousand_operations_are_refused(openroots):
    """A patch of more operations than anyone needs is refused by its size, or by their number."""
    short = {"op": "remove", "path": "/x"}
    assert patch(openroots, *[short] * 10_000).status == 413
    told = patch(openroots, *[short] * 5_000)
    assert (told.status, told.code) == (400, "TOO_MANY_VALUES_SUBMITTED")
    assert told.body["issue"][0]["diagnostics"] == (
        f"Too many values - at most {MOST_OPERATIONS} in field 'patches'"
    )


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/name/0/id", "value": "123"},
        {"op": "replace", "path": "/name/0/id", "value": "123"},
        {"op": "add", "path": "/name/0/family", "value": "Smith"},
        {"op": "replace", "path": "/name/0/given/0", "value": "Jane"},
        {"op": "add", "path": "/name/0/given/0", "value": "Jane"},
        {"op": "test", "path": "/name/0" + "/x" * 15, "value": 1},
    ],
)
def test_the_most_operations_do_not_hold_the_house_up(openroots, operation):
    """As many operations as are allowed are answered at once: each costs no more than one alone."""
    named = {"op": "test", "path": "/name/0/id", "value": "123"}
    before = process_time()
    told = patch(openroots, *[named, operation] * (MOST_OPERATIONS // 2))
    assert process_time() - before < 1
    assert told.status in (200, 400)


def test_a_list_does_not_grow_without_end(openroots):
    """A list that is added whole is bounded like one that grows item by item."""
    minimal = "/personal-demographics/FHIR/R4/Patient/9000000033"
    most = {"op": "add", "path": "/name", "value": [NAME] * (MOST_ITEMS + 1)}
    told = openroots.ask("PATCH", minimal, {"patches": [most]}, headers={"If-Match": 'W/"2"'})
    assert told.code == "TOO_MANY_VALUES_SUBMITTED"
    many = {"op": "add", "path": "/name", "value": [NAME] * MOST_ITEMS}
    told = openroots.ask("PATCH", minimal, {"patches": [many]}, headers={"If-Match": 'W/"2"'})
    assert len(told.body["name"]) == MOST_ITEMS
    assert len({name["id"] for name in told.body["name"]}) == MOST_ITEMS


@pytest.mark.parametrize(
    ("operation", "row"),
    [
        ({"op": "add", "path": "/gender/-", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "add", "path": "/birthDate/-/-", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "add", "path": "/name/0/-", "value": "x"}, "ADDITIONAL_PROPERTIES"),
        ({"op": "add", "path": "/name/0/period/-", "value": "x"}, "ADDITIONAL_PROPERTIES"),
        ({"op": "replace", "path": "/name/0/given/-", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "remove", "path": "/name/0/given/-"}, "INVALID_UPDATE"),
        ({"op": "add", "path": "/name/0/given/00", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "add", "path": "/name/0/given/1e0", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "add", "path": "/name/0/given/\u0661", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "replace", "path": "/name/-1", "value": NAME}, "INVALID_UPDATE"),
        ({"op": "add", "path": "/name/0/", "value": "x"}, "ADDITIONAL_PROPERTIES"),
        ({"op": "add", "path": "//0", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "add", "path": "/name" + "/0" * 16, "value": "x"}, "INVALID_VALUE"),
        ({"op": "add", "path": "/__class__", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "add", "path": "/name/0/__class__/__init__", "value": "x"}, "INVALID_UPDATE"),
        ({"op": "copy", "path": "/name/0", "from": "/name/0"}, "INVALID_VALUE"),
        ({"op": "move", "path": "/name/0", "from": "/name/0"}, "INVALID_VALUE"),
        ({"op": "TEST", "path": "/gender", "value": "female"}, "INVALID_VALUE"),
        ({"op": "test", "path": "gender", "value": "female"}, "INVALID_VALUE"),
        ({"op": "test", "path": "/gender"}, "MISSING_VALUE"),
    ],
)
def test_paths_that_lead_nowhere(openroots, operation, row):
    """A path is followed by the letter of JSON Pointer, through what the record holds only."""
    named = {"op": "test", "path": "/name/0/id", "value": "123"}
    told = patch(openroots, named, operation)
    assert (told.status, told.code) == (400, row)
    assert openroots.ask("GET", JANE).headers["etag"] == 'W/"2"'


def test_of_two_who_tested_the_same_one_is_told(openroots):
    """A test holds for the version that If-Match names: who comes second changes nothing."""
    tested = {"op": "test", "path": "/gender", "value": "female"}
    changed = {"op": "replace", "path": "/gender", "value": "male"}
    body = {"patches": [tested, changed]}
    first, second = (
        openroots.ask("PATCH", JANE, body, headers={"If-Match": 'W/"2"'}) for _ in range(2)
    )
    assert (first.status, second.status, second.code) == (200, 409, "RESOURCE_VERSION_MISMATCH")
    again = patch(openroots, tested, changed)
    assert "is not equal to tested value" in again.body["issue"][0]["diagnostics"]


def test_a_test_sees_what_was_done_before_it(openroots):
    """Operations are applied in turn; where a later one fails, none has been."""
    told = patch(
        openroots,
        {"op": "replace", "path": "/gender", "value": "male"},
        {"op": "test", "path": "/gender", "value": "male"},
        {"op": "test", "path": "/gender", "value": "female"},
    )
    assert told.status == 400
    assert openroots.ask("GET", JANE).body["gender"] == "female"
