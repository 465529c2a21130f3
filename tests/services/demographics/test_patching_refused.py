"""A patch that is refused: what is told first, and that nothing of it is done."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.demographics.desk import JANE, JANET, MINIMAL, SUSAN, Desk, stored
from tests.services.demographics.patches import GENDER, HOME, NAME, PRACTICE, notified, op, pharmacy

BAD = {"x_request_id": "1234", "if_match": "2", "content_type": "text/plain"}


@pytest.mark.parametrize(
    ("number", "asked", "row"),
    [
        ("9000000000", {**BAD}, "resource-id-invalid"),
        ("9111231130", {**BAD}, "if-match-missing"),
        ("9111231130", {**BAD, "if_match": 'W/"2"'}, "body-type"),
        ("9111231130", {"x_request_id": "1234"}, "header-invalid"),
        ("9111231130", {"body": {}}, "not-found"),
        (JANET, {"body": {}}, "record-sensitive"),
        (JANE, {"body": {}, "version": 9}, "no-patches"),
        (JANE, {"body": {"patches": {}}}, "no-patches"),
        (JANE, {"body": {"patches": "x"}}, "no-patches"),
        (JANE, {"body": []}, "no-patches"),
        (JANE, {"body": {"patches": [{"op": "bad"}]}, "version": 9}, "version-differs"),
        (JANE, {"body": {"patches": [GENDER, {"op": "bad"}]}}, "value-invalid"),
    ],
)
def test_order_of_checks(desk: Desk, number: str, asked: dict[str, Any], row: str) -> None:
    """Of several faults, that one is told which PDS looks for first."""
    assert desk.patch(number, **asked).row == row


@pytest.mark.parametrize("value", ['"2"', "2", 'W/"two"', "W/2", 'w/"2"', "*", ""])
def test_if_match_has_one_form(desk: Desk, value: str) -> None:
    """An If-Match that is not of the form W/"2" counts as none."""
    told = desk.patch(JANE, GENDER, if_match=value)
    assert (told.status, told.code) == (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize("value", [None, "text/plain", "application/fhir+json"])
def test_content_types(desk: Desk, value: str | None) -> None:
    """A body that is not said to be a JSON Patch is refused."""
    told = desk.patch(JANE, GENDER, content_type=value)
    assert (told.status, told.code, told.words) == (400, "UNSUPPORTED_SERVICE", None)


@pytest.mark.parametrize(
    "value", ["application/json", "application/json-patch+json; charset=utf-8"]
)
def test_accepted_content_types(desk: Desk, value: str) -> None:
    """Plain JSON, and a charset beside the type, do as well."""
    assert desk.patch(JANE, GENDER, content_type=value).status == 200


def test_missing_id_is_told_before_bounds(desk: Desk) -> None:
    """An item that is not told apart is refused before it is looked for."""
    assert desk.patch(JANE, op("replace", "/address/9/line/0", "x")).row == "identity-missing"


def test_absent_lists_are_out_of_bounds(desk: Desk) -> None:
    """To change an item of a list that a record has not is out of bounds, whatever its id."""
    told = desk.patch(
        MINIMAL, op("replace", "/address/0/id", "456"), op("replace", "/address/0/line/0", "x")
    )
    assert told.words == "Invalid update with error - Invalid patch - index '0' is out of bounds"


PATHS = ["", "/", "/-", "/0", "/9", "/0/id", "/0/use", "/0/period", "/0/given/0", "/0/url", "/x/~1"]
PARTS = ["name", "address", "telecom", "contact", "generalPractitioner", "extension", "gender"]
PARTS += ["birthDate", "deceasedDateTime", "managingOrganization", "multipleBirthInteger", "pets"]
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats()
ANY_JSON = st.recursive(
    SCALARS | st.sampled_from([NAME, HOME, PRACTICE, notified("1"), pharmacy("NominatedPharmacy")]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "url", "use", "family", "period", "value", "extension"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
OPERATION = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "replace", "remove", "test"]),
        "path": st.builds("/{}{}".format, st.sampled_from(PARTS), st.sampled_from(PATHS)),
        "value": ANY_JSON,
    }
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    number=st.sampled_from([JANE, MINIMAL, SUSAN]),
    patches=st.lists(OPERATION, max_size=5) | ANY_JSON,
)
def test_no_patch_does_half(desk: Desk, number: str, patches: Any) -> None:
    """Any patch is either taken whole, as the next version, or refused and leaves no trace."""
    sent, before = copy.deepcopy(patches), stored(desk, number)
    version = int(before["meta"]["versionId"])
    told = desk.patch(number, body={"patches": patches}, version=version)
    after = stored(desk, number)
    assert str(patches) == str(sent)
    if told.status == 200:
        assert after["meta"]["versionId"] == str(version + 1)
        assert after["id"] == before["id"]
    else:
        assert after == before
