"""`--on DATE`, before any server is asked."""

import pytest


@pytest.mark.parametrize(
    "verb",
    ["standards list", "standards show usual-name", "dry-run usual-name", "programme count x"],
)
@pytest.mark.parametrize("date", ["yesterday", "2027-02-30", ""])
def test_what_is_no_date_is_told_with_one_that_is(command, verb, date):
    assert command(*verb.split(), "--on", date) == 2
    assert f"{date!r} is no date; give one such as 2027-04-01." in command.err
