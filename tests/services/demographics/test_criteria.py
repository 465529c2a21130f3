"""What cannot be searched for: each refusal, its words, and which comes first."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openroots.service import Access, Caller
from openroots.services.demographics.criteria import PARAMETERS
from openroots.storage import Change

PATIENTS = "/personal-demographics/FHIR/R4/Patient"
BORN = "family=Smith&birthdate=2010-10-22"
LITTLE = (
    "Invalid search data provided - 'No searches were performed as the search criteria did not "
    "meet the minimum requirements'"
)
NOT_FUZZY = (
    "Invalid search data provided - 'A fuzzy search was requested however the data given did not "
    "meet the fuzzy search criteria'"
)
NO_BIRTHDATE = "Missing value - 'birth_date/birth_date_range_start/birth_date_range_end'"
UNEXPECTED = "Invalid request with error - Additional properties are not allowed "


def ask(nation, query, access=Access.HEALTHCARE_WORKER, **headers):
    """What a search with this query string is answered."""
    caller = Caller("test", "Y12345", access)
    return nation.ask("GET", f"{PATIENTS}?{query}", caller=caller, headers=headers)


def invalid(value, field):
    """The words of a value that is not of its form."""
    return f"Invalid value - '{value}' in field '{field}'"


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("", "UNSUPPORTED_SERVICE", None),
        ("year=1", "ADDITIONAL_PROPERTIES", UNEXPECTED + "('year' was unexpected)"),
        (
            f"{BORN}&year=1&model=2",
            "ADDITIONAL_PROPERTIES",
            UNEXPECTED + "('model', 'year' were unexpected)",
        ),
        ("Family=x", "ADDITIONAL_PROPERTIES", UNEXPECTED + "('Family' was unexpected)"),
        ("family=Smith", "MISSING_VALUE", NO_BIRTHDATE),
        ("email=j.smith@example.com&phone=0163", "MISSING_VALUE", NO_BIRTHDATE),
        ("family=Smith&given=Jane&_fuzzy-match=true", "MISSING_VALUE", NO_BIRTHDATE),
        ("birthdate=2010-10-22", "INVALID_SEARCH_DATA", LITTLE),
        ("birthdate=2010-10-22&given=Jane&gender=female", "INVALID_SEARCH_DATA", LITTLE),
        ("birthdate=2010-10-22&family=*", "INVALID_SEARCH_DATA", LITTLE),
        ("birthdate=2010-10-22&family=S*", "INVALID_SEARCH_DATA", LITTLE),
        ("birthdate=2010-10-22&family=S*h", "INVALID_SEARCH_DATA", LITTLE),
        ("birthdate=2010-10-22&family=S%EF%BC%8Ah", "INVALID_SEARCH_DATA", LITTLE),
        (f"{BORN}&given=J*", "INVALID_SEARCH_DATA", LITTLE),
        (f"{BORN}&given=Jane&given=A*", "INVALID_SEARCH_DATA", LITTLE),
        (f"{BORN}&address-postalcode=L*", "INVALID_SEARCH_DATA", LITTLE),
        (f"{BORN}&address-postcode=L *", "INVALID_SEARCH_DATA", LITTLE),
        (f"{BORN}&_fuzzy-match=true", "INVALID_SEARCH_DATA", NOT_FUZZY),
        (f"{BORN}&_fuzzy-match=true&gender=male", "INVALID_SEARCH_DATA", NOT_FUZZY),
        (f"{BORN}&_fuzzy-match=true&given=Ja*", "INVALID_SEARCH_DATA", NOT_FUZZY),
        (f"{BORN}&_fuzzy-match=true&given=J*", "INVALID_SEARCH_DATA", NOT_FUZZY),
        (
            f"{BORN}&_fuzzy-match=true&given=Jane&address-postalcode=LS*",
            "INVALID_SEARCH_DATA",
            NOT_FUZZY,
        ),
        (
            "given=Jane&birthdate=2010-10-22&_fuzzy-match=true&gender=female",
            "INVALID_SEARCH_DATA",
            NOT_FUZZY,
        ),
        (
            f"{BORN}&address-postcode=LS16AE&address-postalcode=LS16AE",
            "INVALID_SEARCH_DATA",
            "Invalid search data provided - 'address-postcode and address-postalcode must not be "
            "given together'",
        ),
        ("family=Smith&birthdate=20101022", "INVALID_VALUE", invalid("20101022", "birthdate")),
        ("birthdate=eq2010-02-29", "INVALID_VALUE", invalid("eq2010-02-29", "birthdate")),
        ("birthdate=gt2010-02-28", "INVALID_VALUE", invalid("gt2010-02-28", "birthdate")),
        ("birthdate=2010", "INVALID_VALUE", invalid("2010", "birthdate")),
        ("birthdate=2010-10-22T00:00", "INVALID_VALUE", invalid("2010-10-22T00:00", "birthdate")),
        ("birthdate=0000-01-01", "INVALID_VALUE", invalid("0000-01-01", "birthdate")),
        (f"{BORN}&death-date=1.1.2011", "INVALID_VALUE", invalid("1.1.2011", "death-date")),
        (f"{BORN}&gender=Female", "INVALID_VALUE", invalid("Female", "gender")),
        (f"{BORN}&_history=yes", "INVALID_VALUE", invalid("yes", "_history")),
        (f"{BORN}&_fuzzy-match=1", "INVALID_VALUE", invalid("1", "_fuzzy-match")),
        (f"{BORN}&_exact-match=TRUE", "INVALID_VALUE", invalid("TRUE", "_exact-match")),
        (f"{BORN}&_max-results=0", "INVALID_VALUE", invalid("0", "_max-results")),
        (f"{BORN}&_max-results=51", "INVALID_VALUE", invalid("51", "_max-results")),
        (f"{BORN}&_max-results=-1", "INVALID_VALUE", invalid("-1", "_max-results")),
        (f"{BORN}&_max-results=1.5", "INVALID_VALUE", invalid("1.5", "_max-results")),
        (f"{BORN}&_max-results=%D9%A1", "INVALID_VALUE", invalid("١", "_max-results")),
        ("family=&birthdate=2010-10-22", "INVALID_VALUE", invalid("", "family")),
        ("family=+&birthdate=2010-10-22", "INVALID_VALUE", invalid(" ", "family")),
        ("family=%CC%81&birthdate=2010-10-22", "INVALID_VALUE", invalid("\u0301", "family")),
        (f"{BORN}&given=a%00b", "INVALID_VALUE", invalid("a\0b", "given")),
        (f"{BORN}&given=a%09b", "INVALID_VALUE", invalid("a\tb", "given")),
        (f"{BORN}&given={'a' * 36}", "INVALID_VALUE", invalid("a" * 36, "given")),
        (f"{BORN}&phone=", "INVALID_VALUE", invalid("", "phone")),
        (
            f"{BORN}&family=Jones",
            "INVALID_VALUE",
            "Invalid request with error - parameter 'family' must be supplied once only",
        ),
        (
            BORN + "&given=a" * 6,
            "TOO_MANY_VALUES_SUBMITTED",
            "Too many values - at most 5 in field 'given'",
        ),
        (
            BORN + "&birthdate=ge2010-10-22" * 2,
            "TOO_MANY_VALUES_SUBMITTED",
            "Too many values - at most 2 in field 'birthdate'",
        ),
        (
            "family=%ff&birthdate=2010-10-22",
            "INVALID_VALUE",
            "Invalid request with error - the path and parameters are not UTF-8 text",
        ),
    ],
)
def test_refusals(openroots, query, code, words):
    """What cannot be searched for is refused with its reason, and finds nobody."""
    told = ask(openroots, query)
    assert (told.status, told.code) == (400, code)
    assert told.body["issue"][0].get("diagnostics") == words


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("year=1&birthdate=x", "ADDITIONAL_PROPERTIES"),
        ("family=*&birthdate=x", "INVALID_VALUE"),
        ("family=Smith&address-postcode=a&address-postalcode=b", "INVALID_SEARCH_DATA"),
        ("given=Jane&_max-results=99", "INVALID_VALUE"),
        ("given=Jane&_fuzzy-match=true", "MISSING_VALUE"),
    ],
)
def test_the_order_of_refusals(openroots, query, code):
    """Where several things are wrong, unknown parameters come first, then values, then too few."""
    assert ask(openroots, query).code == code


def test_headers_come_before_parameters(openroots):
    """A search without an X-Request-ID, or in a role that is none, is refused for that."""
    caller = Caller("test", "Y12345", Access.HEALTHCARE_WORKER)
    path = f"{PATIENTS}?year=1"
    told = openroots.ask("GET", path, caller=caller, headers={"X-Request-ID": ""})
    assert told.code == "MISSING_VALUE"
    told = openroots.ask("GET", path, caller=caller, headers={"NHSD-Session-URID": "x"})
    assert "NHSD-Session-URID" in told.body["issue"][0]["diagnostics"]


@pytest.mark.parametrize("most", ["2", "50", "51", "0"])
@pytest.mark.parametrize("access", [Access.APPLICATION, Access.PRIVILEGED])
def test_an_application_finds_one_at_most(openroots, access, most):
    """An application on its own may ask for one person, which is also what it gets unasked, and
    for no other number of them."""
    for query in (BORN + "&gender=female", BORN + "&gender=female&_max-results=1"):
        assert ask(openroots, query, access).body["total"] == 1
    told = ask(openroots, f"{BORN}&_max-results={most}", access)
    assert (told.status, told.code) == (403, "INVALID_VALUE")
    [issue] = told.body["issue"]
    assert issue["code"] == "token"
    assert (
        issue["diagnostics"]
        == "Your app has insufficient permissions to perform this search. Please contact support."
    )
    assert issue["details"]["coding"][0]["display"] == (
        f"Cannot retrieve more than one result with {access.value} access token"
    )


ANYTHING = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["Smith", "Sm*", "2010-10-22", "ge1900-01-01", "true", "LS1*", "female", "50", "*", "\u0130"]
)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(sorted(PARAMETERS)), ANYTHING), max_size=6))
def test_any_parameters_are_answered(openroots, parameters):
    """Whatever the values, a search is answered or refused, and nothing breaks."""
    usual = [("family", "Smith"), ("birthdate", "2010-10-22")]
    for pairs in (parameters, [*usual, *parameters]):
        query = "&".join(f"{name}={quote(value)}" for name, value in pairs)
        assert ask(openroots, query).status in (200, 400)


NAMES = st.text(st.characters(codec="latin-1", categories=["L"]), min_size=1, max_size=12)
DAYS = st.dates().map(lambda day: day.isoformat())


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(family=NAMES, first=NAMES, born=DAYS, other=DAYS, kept=st.integers(1, 3))
def test_whoever_is_there_is_found(openroots, family, first, born, other, kept):
    """Whatever a person's name and birth date, a search for both finds them, and no search finds
    a person whose birth date is outside what was asked."""
    number = "9999900003"
    store = openroots.house.world.store
    row = store.snapshot().get("Patient", number)
    name = {"use": "usual", "family": family, "given": [first]}
    body = {"resourceType": "Patient", "id": number, "name": [name], "birthDate": born}
    openroots.holds(Change("Patient", number, body, row.version if row else 0, "subject"))
    asked = f"family={quote(family)}&given={quote(first)}"
    for how in ("", "&_history=true", "&_fuzzy-match=true"):
        assert number in _found(openroots, f"{asked}&birthdate={born}{how}")
        assert _found(openroots, f"{asked}&birthdate=ge{born}&birthdate=le{born}{how}")
        for query in (f"birthdate={other}", f"birthdate=ge{other}", f"birthdate=le{other}"):
            holds = {"=g": born >= other, "=l": born <= other}.get(query[9:11], born == other)
            assert (number in _found(openroots, f"{asked}&{query}{how}")) == holds


def _found(nation, query):
    told = ask(nation, query).body
    return {entry["resource"]["id"] for entry in told.get("entry", ())}
