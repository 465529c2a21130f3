"""What a condition looks at: paths into records, and the facts of a request."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openroots.register.path import read_record, read_request

JANE = {
    "name": [
        {"use": "usual", "family": "Smith", "given": ["Jane", "Ann"]},
        {"use": "old", "family": "Jones"},
        {"use": "usual"},
    ],
    "active": True,
    "extension": [{"url": "https://example.org/a.b", "valueCode": "x"}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("name.family", ["Smith", "Jones", None]),
        ("name[use=usual].family", ["Smith", None]),
        ("name[use=usual][family=Smith].given", ["Jane", "Ann"]),
        ("name[use=nickname].family", []),
        ("name[use=old]", [{"use": "old", "family": "Jones"}]),
        ("extension[url=https://example.org/a.b].valueCode", ["x"]),
        ("active", [True]),
        ("gender", [None]),
        ("address.line", []),
        ("active.since", []),
    ],
)
def test_a_path_finds_every_match(path, found):
    """A path goes into lists, and tells an object that lacks its last member from no object."""
    assert read_record(path)(JANE) == found


def test_an_empty_list_is_no_value():
    """A list with nothing in it counts as a member that is not there."""
    names = {"name": [{"given": []}, {"given": ["Jane"]}]}
    assert read_record("name.given")(names) == [None, "Jane"]


def test_truth_values_are_filtered_by_their_words():
    """A filter compares text, so that true and numbers are written as they are in JSON."""
    marks = {"mark": [{"on": True, "n": 1}, {"on": False, "n": 2}, {"n": 3}]}
    assert read_record("mark[on=true].n")(marks) == [1]
    assert read_record("mark[n=3].n")(marks) == [3]


@pytest.mark.parametrize("path", ["", ".", "name.", "name[use]", "name[use=usual", "na me", "1st"])
def test_what_is_no_path_is_refused(path):
    """Text that is not a path is refused, with the step that is wrong."""
    with pytest.raises(ValueError, match="is not a step of a path"):
        read_record(path)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["name", "use", "family"]), inner, max_size=3),
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(JSON)
def test_no_record_makes_a_path_fail(record):
    """Whatever a client sends, reading it gives values or none, and never an error."""
    assert isinstance(read_record("name[use=usual].family")(record), list)


def test_facts_of_a_request():
    """A request has a method and headers; a header that was not sent has no value."""
    sent = ("GET", {"x-request-id": "1"})
    assert list(read_request("method")(sent)) == ["GET"]
    assert list(read_request("header.x-request-id")(sent)) == ["1"]
    assert list(read_request("header.accept")(sent)) == [None]


@pytest.mark.parametrize("fact", ["", "body", "header.", "header.X-Request-ID", "headers.x"])
def test_other_facts_of_a_request_are_refused(fact):
    """A request is asked for its method and for headers in lower case only."""
    with pytest.raises(ValueError, match="is neither method nor header"):
        read_request(fact)
