"""What a client is told of a standard that it does not meet yet."""

from dataclasses import replace
from datetime import date
from email.utils import parsedate_to_datetime

from openroots.problem import Failure
from openroots.register.rulebook import Finding, Mode
from openroots.register.warning import (
    refusal,
    refused_by,
    warned_of,
    warning_headers,
    warning_issues,
    warning_words,
)

WARNED = Finding(
    standard="request-identity",
    version="1.0",
    clause="2",
    met=False,
    mode=Mode.WARN,
    since=date(2027, 1, 1),
    refused_from=date(2027, 4, 1),
    expected="It is a UUID.",
    mend="Make one.",
)
REFUSED = replace(WARNED, mode=Mode.REFUSE, since=date(2027, 4, 1))
LATER = replace(
    WARNED, standard="usual-name", since=date(2026, 12, 1), refused_from=date(2027, 7, 1)
)
NOT_WARNED = (replace(WARNED, met=True), replace(WARNED, mode=Mode.OBSERVE), REFUSED)


def test_headers_of_one_warning():
    """A warning gives its dates as RFC 9745 and RFC 8594 write them, and links to the standard."""
    assert warning_headers([WARNED]) == (
        ("Deprecation", "@1798761600"),
        ("Sunset", "Thu, 01 Apr 2027 00:00:00 GMT"),
        ("Link", '</standards/request-identity>; rel="deprecation"; type="text/html"'),
    )


def test_headers_of_several_warnings():
    """Of several warnings the earliest dates are given, and a link to each standard once."""
    headers = warning_headers([LATER, WARNED, replace(WARNED, clause="1")])
    assert [name for name, _ in headers] == ["Deprecation", "Sunset", "Link", "Link"]
    told = dict(headers)
    assert told["Deprecation"] == "@1796083200"
    assert parsedate_to_datetime(told["Sunset"]).date() == date(2027, 4, 1)


def test_no_sunset_without_a_date():
    """A mandate that sets no date for refusal gives no Sunset."""
    headers = warning_headers([replace(WARNED, refused_from=None)])
    assert [name for name, _ in headers] == ["Deprecation", "Link"]


def test_only_warnings_warn():
    """What is met, only observed, or refused adds no header and no words to an answer."""
    assert warned_of(NOT_WARNED) == ()
    assert warning_headers(NOT_WARNED) == ()
    assert warning_issues(NOT_WARNED) == []


def test_words_of_a_warning():
    """The sentence names the standard, its clause, the date, what is expected and the mend."""
    assert warning_words(WARNED) == (
        "request-identity 1.0 clause 2 is not met, and calls like this one will be refused from "
        "2027-04-01: It is a UUID. Make one."
    )
    assert "from a date that is not yet set" in warning_words(replace(WARNED, refused_from=None))
    [issue] = warning_issues([WARNED, *NOT_WARNED])
    assert issue == {
        "severity": "warning",
        "code": "business-rule",
        "diagnostics": warning_words(WARNED),
    }


def test_a_refusal_names_what_to_mend():
    """A request is refused by the first clause in force that it does not meet, and told of it."""
    assert refused_by([WARNED, *NOT_WARNED]) is REFUSED
    assert refused_by([WARNED, replace(REFUSED, met=True)]) is None
    problem = refusal(REFUSED)
    row = Failure(403, "X", words="{standard} clause {clause} since {date}: {expected} {mend}")
    told = "request-identity clause 2 since 2027-04-01: It is a UUID. Make one."
    assert (problem.row, row.told(problem.fields).words) == ("standard-refused", told)
