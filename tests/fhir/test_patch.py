"""JSON Patch: what each operation does, and that nothing sent can do anything else."""

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.fhir import patch
from openroots.problem import Json, Problem

PERSON: Json = {
    "name": [{"given": ["Jane"], "family": "Smith"}, {"family": "Jones"}],
    "gender": "female",
    "a/b": {"m~n": 1},
    "active": True,
    "count": 1,
}


def patched(resource: Json, patches: Any) -> Json:
    """A resource with every operation that was sent applied in turn."""
    draft = patch.Draft(resource)
    for operation in patch.parse(patches):
        draft.perform(operation)
    return draft.resource


def put(op: str, path: str, *value: Any) -> Json:
    """The person with one operation applied."""
    sent = {"op": op, "path": path, **({"value": value[0]} if value else {})}
    return patched(PERSON, [sent])


def refused(patches: Any, resource: Json = PERSON) -> Problem:
    """The problem that a patch meets."""
    with pytest.raises(Problem) as caught:
        patched(resource, patches)
    assert caught.value.row in patch.ROWS
    return caught.value


def test_add_sets_a_member() -> None:
    """Add sets a member, whether or not it was there."""
    assert put("add", "/birthDate", "2010-10-22")["birthDate"] == "2010-10-22"
    assert put("add", "/gender", "male")["gender"] == "male"


def test_add_inserts_an_item() -> None:
    """Add puts an item before the one at its index, or at the end."""
    assert put("add", "/name/0/given/0", "Anne")["name"][0]["given"] == ["Anne", "Jane"]
    assert put("add", "/name/0/given/1", "Anne")["name"][0]["given"] == ["Jane", "Anne"]
    assert put("add", "/name/0/given/-", "Anne")["name"][0]["given"] == ["Jane", "Anne"]


def test_replace_takes_a_place() -> None:
    """Replace puts a value in the place of another."""
    assert put("replace", "/name/1", {})["name"] == [PERSON["name"][0], {}]
    assert put("replace", "/gender", "male")["gender"] == "male"


def test_remove_takes_away() -> None:
    """Remove takes away a member, or an item, so that those after it move up."""
    assert "gender" not in put("remove", "/gender")
    assert put("remove", "/name/0")["name"] == [{"family": "Jones"}]


def test_paths_escape() -> None:
    """In a path ~1 is a slash and ~0 a tilde, and a path is written as it was read."""
    assert put("replace", "/a~1b/m~0n", 2)["a/b"] == {"m~n": 2}
    [operation] = patch.parse([{"op": "remove", "path": "/a~1b/m~0n"}])
    assert operation.path == "/a~1b/m~0n"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (None, None, True),
        (None, False, False),
        ("1", 1, False),
        ([1, [2]], [1, [2]], True),
        ([1], [1, 2], False),
        ({"a": 1, "b": [True]}, {"b": [True], "a": 1}, True),
        ({"a": True}, {"a": 1}, False),
        ({}, [], False),
    ],
)
def test_equality_is_of_json(one: Any, other: Any, equal: bool) -> None:
    """Values are equal as JSON has it: numbers by size, objects in any order, true only to true."""
    assert patch.same(one, other) is equal
    assert patch.same(other, one) is equal


@pytest.mark.parametrize(
    ("sent", "row", "fields"),
    [
        ({"op": "test", "path": "/name/2", "value": 1}, "index-out-of-bounds", {"index": "2"}),
        ({"op": "test", "path": "/name/01", "value": 1}, "index-out-of-bounds", {"index": "01"}),
        ({"op": "test", "path": "/name/-", "value": 1}, "index-out-of-bounds", {"index": "-"}),
        ({"op": "add", "path": "/name/3", "value": 1}, "index-out-of-bounds", {"index": "3"}),
        ({"op": "add", "path": "/name/-1", "value": 1}, "index-out-of-bounds", {"index": "-1"}),
        ({"op": "add", "path": "/nick/0", "value": 1}, "index-out-of-bounds", {"index": "0"}),
        ({"op": "add", "path": "/nick/-", "value": 1}, "index-out-of-bounds", {"index": "-"}),
        ({"op": "add", "path": "/nick/x", "value": 1}, "member-absent", {"member": "nick"}),
        ({"op": "add", "path": "/gender/x", "value": 1}, "member-absent", {"member": "x"}),
        ({"op": "add", "path": "/gender/x/y", "value": 1}, "member-absent", {"member": "x"}),
        ({"op": "test", "path": "/line", "value": 1}, "member-absent", {"member": "line"}),
        ({"op": "replace", "path": "/line", "value": 1}, "replace-absent", {"member": "line"}),
        ({"op": "replace", "path": "/name/2", "value": 1}, "index-out-of-bounds", {"index": "2"}),
        ({"op": "remove", "path": "/line"}, "remove-absent", {"member": "line"}),
        ({"op": "remove", "path": "/name/2"}, "remove-absent", {"member": "2"}),
        ({"op": "remove", "path": "/name/-"}, "remove-absent", {"member": "-"}),
        ({"op": "move", "path": "/a"}, "value-invalid", {"value": "move", "field": "0/op"}),
        ({"op": ["add"], "path": "/a"}, "value-invalid", {"value": "['add']", "field": "0/op"}),
        ({"path": "/a"}, "value-missing", {"field": "0/op"}),
        ({"op": "add", "value": 1}, "value-missing", {"field": "0/path"}),
        ({"op": "add", "path": "/a"}, "value-missing", {"field": "0/value"}),
        ({"op": "remove", "path": 1}, "value-invalid", {"value": "1", "field": "0/path"}),
        ({"op": "remove", "path": ""}, "value-invalid", {"value": "", "field": "0/path"}),
        ({"op": "remove", "path": "a"}, "value-invalid", {"value": "a", "field": "0/path"}),
        ({"op": "remove", "path": "/~2"}, "value-invalid", {"value": "/~2", "field": "0/path"}),
        ("remove", "value-invalid", {"value": "remove", "field": "0"}),
    ],
)
def test_refusals(sent: Any, row: str, fields: dict[str, Any]) -> None:
    """What cannot be done is refused with the row and the fields that say why."""
    problem = refused([sent])
    assert (problem.row, problem.fields) == (row, fields)


@pytest.mark.parametrize("patches", [None, [], {}, "", "x", 1])
def test_no_list_is_no_patches(patches: Any) -> None:
    """What is not a list with something in it holds no patches."""
    assert refused(patches).row == "no-patches"


def test_a_failed_test_shows_both_values() -> None:
    """A test that fails tells both values and their types."""
    problem = refused([{"op": "test", "path": "/active", "value": 1}])
    assert problem.fields == {
        "actual": True,
        "actual_type": bool,
        "tested": 1,
        "tested_type": int,
    }


def _nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_depth_is_bounded() -> None:
    """Values and paths that go deeper than any resource are refused."""
    deep = {"op": "add", "path": "/a", "value": _nested(patch.MOST_LEVELS + 1)}
    far = {"op": "remove", "path": "/a" * (patch.MOST_PARTS + 1)}
    assert refused([deep]).fields["field"] == "0/value"
    assert refused([far]).fields["field"] == "0/path"
    assert put("add", "/a", _nested(patch.MOST_LEVELS))


def test_length_is_bounded() -> None:
    """Neither a patch nor a list in a resource grows without end."""
    add = {"op": "add", "path": "/list/-", "value": 1}
    assert refused([add] * (patch.MOST_OPERATIONS + 1)).row == "too-many-values"
    assert refused([add] * (patch.MOST_ITEMS + 1), {"list": []}).row == "too-many-values"


def test_huge_indexes_are_out_of_bounds() -> None:
    """An index of any number of digits is out of bounds rather than a burden."""
    path = "/name/" + "9" * 5000
    assert refused([{"op": "test", "path": path, "value": 1}]).row == "index-out-of-bounds"


def test_long_values_are_told_in_brief() -> None:
    """An error names the beginning of a long value only."""
    assert len(str(refused([{"op": "x" * 10_000, "path": "/a"}]).fields["value"])) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["op", "path", "value", "a", "0"]), inner, max_size=3)
    ),
    max_leaves=10,
)
PATH = st.lists(
    st.sampled_from(["a", "0", "1", "-", "op", "~0", "~1", "~", "", "-1", "00", "٣"]), max_size=4
).map(lambda parts: "/" + "/".join(parts))
OPERATION = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove", "test"]), "path": PATH, "value": JSON}
)


@settings(max_examples=500, deadline=None)
@given(
    resource=st.dictionaries(st.sampled_from(["a", "op", "0"]), JSON, max_size=3),
    patches=st.lists(OPERATION, max_size=6) | JSON,
)
def test_nothing_sent_does_harm(resource: Json, patches: Any) -> None:
    """Any JSON is applied or refused with a Problem, and what was given stays as it was."""
    before = copy.deepcopy((resource, patches))
    with suppress(Problem):
        patched(resource, patches)["mark"] = "changed"
    assert str((resource, patches)) == str(before)


def test_what_was_sent_stays_as_it_was() -> None:
    """A later operation that goes into a value added before it leaves the one that was sent."""
    name: Json = {"given": ["Jane"], "period": {}}
    operations = [
        {"op": "add", "path": "/name/-", "value": name},
        {"op": "add", "path": "/name/2/given/0", "value": "Anne"},
        {"op": "add", "path": "/name/2/period/start", "value": "2020-01-01"},
        {"op": "remove", "path": "/name/2/given/1"},
    ]
    changed = patched(PERSON, operations)
    assert changed["name"][2] == {"given": ["Anne"], "period": {"start": "2020-01-01"}}
    assert name == {"given": ["Jane"], "period": {}}


def test_what_is_not_touched_is_shared() -> None:
    """What no operation goes into is the very object that the resource had."""
    changed = put("replace", "/name/0/family", "Smythe")
    assert changed["a/b"] is PERSON["a/b"]
    assert changed["name"][1] is PERSON["name"][1]
    assert changed["name"][0]["given"] is PERSON["name"][0]["given"]
    assert changed["name"][0] is not PERSON["name"][0]


def test_a_test_copies_nothing() -> None:
    """A test only looks: the resource is then shared whole."""
    assert put("test", "/name/0/given/0", "Jane")["name"] is PERSON["name"]
