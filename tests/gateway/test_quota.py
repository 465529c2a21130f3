"""How much may be asked: counted exactly, refused in the words that are published."""

from collections import deque
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openroots.gateway.quota import LONGEST, InMemory, Name, agreed_limits
from openroots.service import Access, Caller, Limit
from openroots.service.endpoint import USUAL_LIMITS
from openroots.services.demographics import service as demographics
from openroots.services.events import service as events
from openroots.storage import Change
from openroots.testing import KEY, openroots_nation

PDS = "/personal-demographics/FHIR/R4"
JANE = f"{PDS}/Patient/9000000009"
MNS = "/multicast-notification-service/subscriptions"
MORE = (
    "Please see: https://digital.nhs.uk/developer/guides-and-documentation/"
    "reference-guide#rate-limits for more details."
)
MINE = {"apikey": KEY}


@pytest.fixture
def limited(openroots_seeded):
    """A world in which limits hold."""
    with openroots_nation(openroots_seeded, limits="real") as nation:
        yield nation


def advance(nation, **by):
    """Let so much wall time pass."""
    nation.wall.advance(timedelta(**by))


def ask_in_peace(nation, count, **asked):
    """Ask so often that there is no spike; all of it must be answered."""
    for _ in range(count):
        advance(nation, milliseconds=101)
        assert nation.ask("GET", JANE, **asked).status == 200


def words(told):
    """The diagnostics of a refusal for too many requests."""
    assert (told.status, told.code) == (429, "TOO_MANY_REQUESTS")
    [issue] = told.body["issue"]
    assert (issue["severity"], issue["code"]) == ("error", "value")
    assert issue["details"]["coding"][0]["display"] == "Too many requests"
    return issue["diagnostics"]


def test_the_eleventh_request_within_a_second_is_a_spike(limited):
    """An application that asks faster than ten times a second is told that it made a spike, by
    its name, and is answered again when the first of them is a second old."""
    for _ in range(10):
        assert limited.ask("GET", JANE, headers=MINE).status == 200
    told = limited.ask("GET", JANE, headers=MINE)
    assert words(told) == (
        "Your application, Ashby practice system, has created a spike in traffic and is being rate "
        f"limited. Please reduce the frequency of your requests. {MORE}"
    )
    assert told.headers["retry-after"] == "1"
    advance(limited, milliseconds=999)
    assert limited.ask("GET", JANE, headers=MINE).status == 429
    advance(limited, milliseconds=1)
    assert limited.ask("GET", JANE, headers=MINE).status == 200


def test_the_301st_request_within_a_minute_is_over_quota(limited):
    """An application has 300 requests in any minute; when they are used up it is told so, and
    after how many seconds the next one is answered. Refused ones are not counted."""
    ask_in_peace(limited, 300, headers=MINE)
    advance(limited, milliseconds=101)
    told = limited.ask("GET", JANE, headers=MINE)
    assert words(told) == (
        "Your application, Ashby practice system, has exceeded its quota of 300 requests every "
        f"1 minute(s) and is being rate limited. {MORE}"
    )
    assert told.headers["retry-after"] == "30"
    for _ in range(20):
        assert limited.ask("GET", JANE, headers=MINE).status == 429
    advance(limited, seconds=30)
    assert limited.ask("GET", JANE, headers=MINE).status == 200


def test_each_application_has_a_quota_of_its_own_with_each_api(limited):
    """What one application has used up is not missing to another, nor to itself elsewhere."""
    for _ in range(11):
        refused = limited.ask("GET", JANE, headers=MINE)
    assert refused.status == 429
    assert limited.ask("GET", JANE).status == 200
    other = Caller("other", "Y12345", Access.APPLICATION, name="Other")
    assert limited.ask("GET", JANE, caller=other).status == 200
    subscription = {"Content-Type": "application/fhir+json", "X-Correlation-ID": "1", **MINE}
    elsewhere = limited.ask("POST", MNS, {"resourceType": "Subscription"}, headers=subscription)
    assert elsewhere.status == 502  # it belongs to no product, as MNS wants of an application


def subscriptions(nation, application):
    """Ask MNS for subscriptions, as one application of many."""
    product = {"product-id": "P.1"}
    caller = Caller(application, "Y12345", Access.APPLICATION, attributes=product)
    return nation.ask("GET", MNS, caller=caller, headers={"X-Correlation-ID": "1"})


def test_an_api_as_a_whole_can_be_too_busy(limited):
    """Where all applications together ask more than an API can take, whoever comes next is told
    that it is not their doing, even if they have not asked before."""
    for number in range(100):
        assert subscriptions(limited, f"app {number // 10}").status == 200
    told = subscriptions(limited, "another")
    assert (told.status, told.headers["retry-after"]) == (429, "1")
    assert told.body["errors"].startswith("This API is currently receiving a high volume")
    advance(limited, seconds=1)
    assert subscriptions(limited, "another").status == 200


def test_a_busy_api_is_told_in_the_published_words(limited):
    """PDS, when it is too busy as a whole, names no application."""
    limited.trouble("demographics.*", "api-busy", seconds=1)
    assert words(limited.ask("GET", JANE)) == (
        "This API is currently receiving a high volume of requests and is being rate limited. "
        + MORE
    )


def test_the_fourth_patient_created_within_a_second_is_refused(limited):
    """Whoever asks, three patients are created in any second; another is told that there have been
    too many, in words of its own, and reading goes on."""
    callers = [Caller(f"app {at}", "Y12345", Access.HEALTHCARE_WORKER) for at in range(4)]
    *first, told = [limited.ask("POST", f"{PDS}/Patient", {}, caller=caller) for caller in callers]
    assert [each.status for each in first] == [400, 400, 400]
    assert words(told) == (
        "There have been too many Create Patient requests. Please try again later."
    )
    assert limited.ask("GET", JANE, caller=callers[3]).status == 200
    advance(limited, seconds=1)
    assert limited.ask("POST", f"{PDS}/Patient", {}, caller=callers[3]).status == 400


def test_plain_apis_tell_it_in_their_own_shape(limited):
    """An API that is not FHIR tells of too many requests in the shape of its errors."""
    path, headers = "/multicast-notification-service/subscriptions", {"X-Correlation-ID": "1"}
    for _ in range(11):
        told = limited.ask("GET", path, headers=headers)
    assert told.status == 429
    assert told.body["errors"].startswith("Your application, open-access, has created")


def test_every_answer_says_how_much_is_left(limited):
    """The headers of every answer, a refusal's too, say what the quota is and what is left."""
    told = limited.ask("GET", JANE, headers=MINE)
    assert told.headers["ratelimit-policy"] == '"quota-exceeded";q=300;w=60'
    assert told.headers["ratelimit"] == '"quota-exceeded";r=299'
    refused = limited.ask("GET", f"{PDS}/Patient/9111231130", headers=MINE)
    assert (refused.status, refused.headers["ratelimit"]) == (404, '"quota-exceeded";r=298')


def test_where_there_is_no_limit_no_count_is_told(limited):
    """As at the authorisation server: neither in the headers nor in the trail."""
    told = limited.ask("GET", "/oauth2/jwks")
    assert "ratelimit" not in told.headers
    step = next(step for step in limited.trails()[-1]["steps"] if step[0] == "limits")
    assert step[1] == "none here"


def test_one_request_too_many_is_proved_and_explained(limited):
    """A refusal for too many requests leaves an audit entry, and a trail that says what to do."""
    for _ in range(11):
        limited.ask("GET", JANE, headers=MINE)
    assert limited.audit()[-1]["status"] == 429
    assert "Ask again after 1 s" in str(limited.trails()[-1]["steps"])


def test_without_limits_nothing_is_counted(openroots):
    """Unless limits are asked for, no request is one too many, and no header speaks of it."""
    for _ in range(11):
        told = openroots.ask("GET", JANE, headers=MINE)
    assert told.status == 200
    assert "ratelimit" not in told.headers


def test_the_limits_are_those_that_are_published():
    """PDS takes 90,000 requests a minute, MNS 6,000; both 300 a minute of each application."""
    shared = {
        service.name: [(limit.most, limit.seconds) for limit in service.limits if not limit.each]
        for service in (demographics, events)
    }
    assert shared == {
        "demographics": [(90_000, 60), (1_500, 1)],
        "events": [(6_000, 60), (100, 1)],
    }
    assert USUAL_LIMITS[0] == Limit(300, 60, "quota-exceeded", each=True)


LIMITS = (Limit(3, 10, "quota"), Limit(2, 1, "spike"))
NAMES = [Name(limit.row, limit) for limit in LIMITS]


@given(st.lists(st.integers(0, 40), max_size=60))
def test_counting_is_exact(gaps):
    """Of requests at whatever times, each is let through exactly where no span that ends with it
    would hold more than its limit."""
    counter, at, passed = InMemory(), 1000.0, deque()
    for gap in gaps:
        at += gap / 8
        too_many = [
            limit
            for limit in LIMITS
            if sum(other > at - limit.seconds for other in passed) >= limit.most
        ]
        counted = counter.count(NAMES, at)
        assert counted.refused == (too_many[0] if too_many else None)
        if counted.refused:
            again = [name for name in NAMES if name.limit is counted.refused]
            later = counter.count(again, at + counted.seconds)
            assert later.refused is None
            return
        passed.append(at)


def test_a_clock_put_back_locks_nobody_out():
    """A wall clock that jumps back far begins all counts again; one that wavers changes nothing."""
    counter = InMemory()
    for at in (5000, 5000, 5000):
        counter.count(NAMES[:1], at)
    assert counter.count(NAMES[:1], 4999).refused
    assert counter.count(NAMES[:1], 4999 - LONGEST).refused is None


def test_a_count_holds_no_more_than_its_limit():
    """However much is asked, what is remembered is bounded by the limits."""
    counter = InMemory()
    for at in range(10_000):
        counter.count(NAMES, at / 100)
    assert sum(map(len, counter._windows.values())) <= 5


AGREED = {
    "personal-demographics-service": {
        "quota": {"enabled": "true", "limit": "3", "interval": "2", "timeunit": "minute"},
        "spikeArrest": {"enabled": "false"},
    }
}


def changed_by(nation, **values):
    """The ready-made application with these values."""
    key = ("Application", "ashby-practice-system")
    row = nation.house.world.store.snapshot().read([key])[key]
    return [Change(*key, {**row.body, **values}, row.version)]


def test_what_was_agreed_with_an_application_holds_in_place_of_the_usual(limited):
    """An application with limits of its own keeps to those, from the next request on."""
    limited.holds(*changed_by(limited, attributes={"ratelimiting": AGREED}))
    statuses = [limited.ask("GET", JANE, headers=MINE).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    limited.holds(*changed_by(limited, attributes={}))
    assert limited.ask("GET", JANE, headers=MINE).status == 200


@pytest.mark.parametrize(
    "agreed",
    [
        {"quota": {"limit": "0"}},
        {"quota": {"limit": "many"}},
        {"quota": {}},
        {"quota": {"limit": "5", "timeunit": "fortnight"}},
        {"spikeArrest": {"ratelimit": "5"}},
        {"spikeArrest": "5ps"},
        "5ps",
    ],
)
def test_limits_that_cannot_be_read_are_not_agreed(agreed):
    """What is no limit is refused when it is agreed, not when it is to hold."""
    with pytest.raises(ValueError, match="cannot be read"):
        agreed_limits({"pds": agreed}, "pds")


def test_limits_are_agreed_by_the_second_or_the_minute():
    """Rates are written as the platform writes them."""
    agreed = {"pds": {"quota": {"limit": 5}, "spikeArrest": {"ratelimit": "600pm"}}}
    assert agreed_limits(agreed, "pds") == {
        "quota-exceeded": Limit(5, 60, "quota-exceeded", each=True),
        "spike-arrested": Limit(600, 60, "spike-arrested", each=True),
    }
    assert agreed_limits(agreed, "other") == agreed_limits(None, "pds") == {}
