"""What patients may change of a record, and of whose."""

import pytest

from openroots.problem import Json
from tests.services.demographics.desk import JANE, MINIMAL, Desk, patient_access
from tests.services.demographics.patches import (
    GENDER,
    UK_CORE,
    add,
    emergency,
    op,
    pharmacy,
    telecom,
)

PATIENTS: dict[str, tuple[list[Json], str]] = {
    "address in part": (
        [op("add", "/address/0/id", "456"), op("replace", "/address/0/line/0", "x")],
        "",
    ),
    "emergency contact": (emergency(), ""),
    "mobile": (add("telecom", telecom("phone", "mobile", "07700900001")), ""),
    "home phone": (add("telecom", telecom("phone", "work", "07700900001")), "field-refused"),
    "email": (
        [
            op(
                "replace",
                "/telecom/1",
                telecom("email", "home", "jane@example.org") | {"id": "790"},
            )
        ],
        "",
    ),
    "email in part": (
        [op("add", "/telecom/1/id", "790"), op("replace", "/telecom/1/value", "jane@example.org")],
        "field-refused",
    ),
    "email removed": ([op("test", "/telecom/1/id", "790"), op("remove", "/telecom/1")], ""),
    "phone removed": (
        [op("test", "/telecom/0/id", "789"), op("remove", "/telecom/0")],
        "field-refused",
    ),
    "pharmacy": ([op("replace", "/extension/0", pharmacy("NominatedPharmacy"))], ""),
    "preference": (
        [
            op("test", "/extension/5/url", UK_CORE + "ContactPreference"),
            op("remove", "/extension/5"),
        ],
        "field-refused",
    ),
    "gender": ([GENDER], "field-refused"),
}


@pytest.mark.parametrize(("patches", "row"), PATIENTS.values(), ids=PATIENTS)
def test_what_patients_may_change(desk: Desk, patches: list[Json], row: str) -> None:
    """A patient may change where and how they are reached, and some of it as a whole only."""
    assert desk.patch(JANE, *patches, caller=patient_access(JANE)).row == row


def test_patients_change_their_own_record(desk: Desk) -> None:
    """A patient cannot change the record of another."""
    assert desk.patch(MINIMAL, *emergency(), caller=patient_access(JANE)).status == 403
