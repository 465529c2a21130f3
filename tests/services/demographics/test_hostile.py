"""What no client should send, and some will: PATCH answers it, and the record stays sound."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.fhir.patch import holds_null

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
    return nation.ask("PATCH", JANE, {"patches": operations}, headers={"If-Match": version})


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
        *[('W/"02"', 412), ("2", 412), ('"2"', 412), ("*", 412), ('W/"2", W/"3"', 412)],
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
