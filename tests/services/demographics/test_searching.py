"""Searching: who is found by what, how well they fit, and what is shown of them."""

from urllib.parse import urlencode

import pytest

from openroots.service import Access, Caller
from openroots.services.demographics.changes import Difference
from openroots.services.demographics.former import left_behind
from openroots.storage import Change
from openroots.testing import open_nation

PATIENTS = "/personal-demographics/FHIR/R4/Patient"
JANE, JAYNE, JANET, JOHN = "9000000009", "9000000017", "9000000025", "9000000015"
SUSAN = "9732019395"
ROWAN, VERA = "9727022820", "9727024610"
CONTACT = {"email": "jane.smith@example.com", "phone": "01632960587"}
SMITH = {"family": "Smith", "gender": "female", "birthdate": "eq2010-10-22"}
ANYONE_SM = SMITH | {"family": "Sm*"}
LENA = {"family": "Vogel", "birthdate": "1989-05-14"}
FUZZY, PAST, EXACT = {"_fuzzy-match": "true"}, {"_history": "true"}, {"_exact-match": "true"}


def search(nation, asked, access=Access.HEALTHCARE_WORKER):
    """What a search for this is answered."""
    caller = Caller("test", "Y12345", access)
    return nation.ask("GET", f"{PATIENTS}?{urlencode(asked, doseq=True)}", caller=caller)


def found(nation, asked, access=Access.HEALTHCARE_WORKER):
    """The NHS numbers that a search finds, with their scores, in the order given."""
    told = search(nation, asked, access)
    assert told.status == 200, told.body
    body = told.body
    assert body["resourceType"] == "Bundle", body
    entries = body.get("entry", [])
    assert body["total"] == len(entries)
    return {entry["resource"]["id"]: entry["search"]["score"] for entry in entries}


def name(family, *given, use="usual", **others):
    """A name of a made-up person."""
    return {"use": use, "family": family, "given": list(given), "id": "N1", **others}


def person(number, names, born="1931-04-05", security="U", **parts):
    """A change that makes somebody of these names."""
    body = {
        "resourceType": "Patient",
        "id": number,
        "meta": {"versionId": "1", "security": [{"code": security}]},
        "name": names if isinstance(names, list) else [names],
        "birthDate": born,
        "gender": "unknown",
        **parts,
    }
    labels = frozenset() if security == "U" else frozenset({security})
    return Change("Patient", number, body, 0, f"subject-{number}", labels=labels)


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (SMITH | CONTACT, [JANE]),
        (SMITH | {"email": "deb.trotter@example.com", "phone": "0121111111"}, []),
        (ANYONE_SM, [JANE, JAYNE]),
        (ANYONE_SM | CONTACT, [JANE]),
        (ANYONE_SM | CONTACT | {"_max-results": 1}, [JANE]),
        (SMITH | CONTACT | {"birthdate": ["ge2010-10-21", "le2010-10-23"]}, [JANE]),
        (SMITH | CONTACT | FUZZY | {"given": "Jane"}, [JANE]),
        (SMITH | FUZZY | {"given": "Jane"}, [JANE]),
        (
            {
                **{"family": "Smythe", "given": "Janet", "gender": "female"},
                **{"birthdate": "eq2005-06-16", "email": "janet.smythe@example.com"},
                "phone": "01632960587",
            },
            [JANET],
        ),
        (
            {
                **{"family": "Smith", "given": ["John Paul", "James"], "gender": "male"},
                **{"birthdate": "eq2010-10-22", "email": "johnp.smith@example.com"},
                "phone": "01632960587",
            },
            [JOHN],
        ),
    ],
)
def test_published_searches(openroots, asked, numbers):
    """Each search that is published finds whom it is published to find."""
    assert list(found(openroots, asked)) == numbers


@pytest.mark.parametrize(
    ("more", "is_found"),
    [
        ({}, True),
        ({"family": "  sMITH "}, True),
        ({"family": "Smithe"}, False),
        ({"family": "Smi*"}, True),
        ({"family": "Sm*h"}, True),
        ({"family": "Sm*x"}, False),
        ({"family": "Smith|jane"}, False),
        ({"given": "JANE"}, True),
        ({"given": "Ja*"}, True),
        ({"given": "Ann"}, False),
        ({"given": ["Jane", "Ann"]}, False),
        ({"gender": "male"}, False),
        ({"birthdate": "2010-10-22"}, True),
        ({"birthdate": "eq2010-10-21"}, False),
        ({"birthdate": "ge2010-10-22"}, True),
        ({"birthdate": "ge2010-10-23"}, False),
        ({"birthdate": "le2010-10-22"}, True),
        ({"birthdate": "le2010-10-21"}, False),
        ({"birthdate": ["ge2010-10-23", "le2010-10-21"]}, False),
        ({"birthdate": ["ge1999-12-31", "le2031-01-01"]}, True),
        ({"birthdate": ["ge1999-12-31", "le2031-01-01"], "given": "Jane"}, True),
        ({"birthdate": ["ge1999-12-31", "le2031-01-01"], "given": "Joan"}, False),
        ({"birthdate": ["ge1999-12-31", "le2031-01-01"], "family": "Sm*h"}, True),
        ({"death-date": "2010-10-22"}, True),
        ({"death-date": ["ge2010-01-01", "le2010-12-31"]}, True),
        ({"death-date": "ge2011-01-01"}, False),
        ({"address-postcode": "ls16ae"}, True),
        ({"address-postalcode": "LS1 6AE"}, True),
        ({"address-postalcode": " L S 1*"}, True),
        ({"address-postalcode": "LS*AE"}, True),
        ({"address-postalcode": "LS*AB"}, False),
        ({"address-postalcode": "LS2*"}, False),
        ({"general-practitioner": "y12345"}, True),
        ({"general-practitioner": "Y1234"}, False),
        ({"general-practitioner": "Y123*"}, False),
        ({"managing-organization": "Y12345"}, True),
        ({"managing-organization": "Y99999"}, False),
        ({"phone": "0163 296 0587"}, True),
        ({"phone": "0163296058"}, False),
        ({"phone": "0163*"}, False),
        ({"email": "JANE.SMITH@EXAMPLE.COM"}, True),
        ({"email": "jane*"}, False),
    ],
)
def test_what_jane_is_found_by(openroots, more, is_found):
    """Everything that is asked must be so; case, and spaces in numbers and postcodes, are not."""
    assert (JANE in found(openroots, SMITH | more)) == is_found


@pytest.mark.postgres
def test_searches_on_postgresql(new_database, openroots, tmp_path):
    """Every kind of search finds on PostgreSQL whom it finds on SQLite, with the same scores."""
    other = open_nation(tmp_path, people=20, store=new_database())
    people = [person("9999900003", HISTORY), person("9999900011", name("Sm*th", "Ann"))]
    searches = [
        *(SMITH, ANYONE_SM, ANYONE_SM | CONTACT, SMITH | FUZZY | {"given": "Jane"}, LENA | PAST),
        ANYONE_SM | {"birthdate": ["ge2009-12-31", "le2011-01-01"], "address-postcode": "LS1*"},
        SMITH | {"birthdate": ["ge1999-12-31", "le2031-01-01"], "given": "Ja*"},
        SMITH | {"death-date": ["ge2010-01-01"], "general-practitioner": "Y12345"},
        {"family": "Able", "birthdate": "1931-04-05"} | PAST,
        {"family": "Able", "given": "An*", "birthdate": "le1931-04-05"} | PAST,
        {"family": "Aybel", "given": "Ann", "birthdate": "le1931-04-05"} | FUZZY,
    ]
    for nation in (openroots, other):
        nation.holds(*people)
    for asked in searches:
        numbers = found(openroots, asked)
        assert numbers
        assert found(other, asked) == numbers
    other.close()


@pytest.mark.parametrize("names", [("Zoë", "Müller"), ("Zoe", "Muller")])
@pytest.mark.parametrize("asked", [("ZOE", "MÜLLER"), ("Zoë", "muller")])
def test_accents_do_not_matter(openroots, names, asked):
    """With accents or without, a name is the same name."""
    openroots.holds(person("9999900003", name(names[1], names[0])))
    criteria = {"given": asked[0], "family": asked[1], "birthdate": "1931-04-05"}
    assert found(openroots, criteria) == {"9999900003": 1.0}


@pytest.mark.parametrize(
    ("part", "old", "asked"),
    [
        ("name", name("Able", "Ann"), {"family": "Able"}),
        ("name", name("Able", "Ann"), {"family": "Ab*", "given": "A*"}),
        ("gender", "male", {"gender": "male"}),
        ("address", {"postalCode": "AB3 3AA"}, {"address-postcode": "AB33AA"}),
        ("telecom", {"system": "phone", "value": "0113 1"}, {"phone": "01131"}),
        ("telecom", {"system": "email", "value": "a@b.example"}, {"email": "A@b.example"}),
    ],
)
def test_what_a_change_took_away(openroots, part, old, asked):
    """What a change of a record took away is found by a search of history, and by no other."""
    if "given" in asked:
        asked = asked | {"given": "Ann"}
    number = "9999900003"
    openroots.holds(person(number, name("Carter", "Ann")))
    db = openroots.house.world.store.snapshot()
    row = db.read([("Patient", number)])["Patient", number]
    took = [Difference(part, -1, old, None)]
    openroots.holds(*left_behind(took, row.body, row, db))
    asked = {"family": "Carter", "given": "Ann", "birthdate": "1931-04-05"} | asked
    assert found(openroots, asked) == {}
    assert list(found(openroots, asked | PAST)) == [number]
    if "*" not in asked["family"]:
        assert list(found(openroots, asked | FUZZY)) == [number]


def test_what_a_change_took_away_is_added_up(openroots):
    """Each change adds to what is known of the past; the birth date is always that of today."""
    number = "9999900003"
    openroots.holds(person(number, name("Carter", "Ann")))
    for family in ("Able", "Baker"):
        db = openroots.house.world.store.snapshot()
        row = db.read([("Patient", number)])["Patient", number]
        took = [Difference("name", 0, name(family, "Ann"), name("Carter", "Ann"))]
        openroots.holds(*left_behind(took, row.body, row, db))
    body = row.body | {"birthDate": "1931-04-06"}
    db = openroots.house.world.store.snapshot()
    took = [Difference("birthDate", -1, "1931-04-05", "1931-04-06")]
    openroots.holds(
        Change("Patient", number, body, 1, row.subject), *left_behind(took, body, row, db)
    )
    for family in ("Able", "Baker"):
        asked = {"family": family, "birthdate": "1931-04-06"} | PAST
        assert list(found(openroots, asked)) == [number]
        assert found(openroots, asked | {"birthdate": "1931-04-05"}) == {}


@pytest.mark.parametrize(
    "difference",
    [
        Difference("name", 1, None, name("Able", "Ann")),
        Difference("name", 0, name("Able", id="1"), name("Able", id="2")),
        Difference("extension", 0, {"url": "x"}, None),
        Difference("birthDate", -1, "1931-04-05", "1931-04-06"),
    ],
)
def test_a_change_that_takes_nothing_away(openroots, difference):
    """A change that adds, or says the same again, leaves nothing behind."""
    openroots.holds(person("9999900003", name("Able", "Ann")))
    db = openroots.house.world.store.snapshot()
    row = db.read([("Patient", "9999900003")])["Patient", "9999900003"]
    assert left_behind([difference], row.body, row, db) == ()


FUZZY_CASES = [
    # held as; asked as; the score
    (("Smith", "John"), ("Smith", "John"), 1.0),
    (("Smith", "John"), ("Smyth", "John"), 0.85),
    (("Smith", "John"), ("Smyth", "Jon"), 0.7225),
    (("Thomas", "Adam"), ("Adam", "Thomas"), 0.8),
    (("Bloggs", "Joseph"), ("Bloggs", "Joe"), 0.9),
    (("Bloggs", "Joe"), ("Bloggs", "Joseph"), 0.9),
    (("Attison", "Pauline"), ("ATTSÖN", "PÀULINÉ"), 0.85),
    (("Smith-Jones", "Mary"), ("Smith", "Mary"), 0.85),
    (("Ryan", "Mary"), ("Smith-Ryan", "Mary"), 0.85),
    (("Bloggs", "Joseph"), ("Bloggs", "Peter"), None),
    (("Bloggs", "Joseph"), ("Grant", "Joseph"), None),
    (("Łukasz", "Ewa"), ("Lucas", "Ewa"), 0.85),
    (("Ó", "李"), ("Ó", "李"), 1.0),
    (("王", "李"), ("王", "李"), 1.0),
    (("van der Berg", "Jan"), ("Berg", "Jan"), 0.95),
    (("Smith-Jones", "Mary"), ("Smith Jones", "Mary"), 0.98),
    (("Nováková", "Jana"), ("Novák", "Jana"), 0.85),
    (("Xiaoming", "Wang"), ("Wang", "Xiaoming"), 0.8),
    (("Gill", "Harpreet"), ("Kaur", "Harpreet"), None),
    (("Johnson", "Amy"), ("Johson", "Amy"), 0.75),
    (("Johnson", "Amy"), ("Kohnson", "Amy"), 0.75),
    (("Smith", "Mary"), ("Smith", "Mark"), None),
    (("Johnson", "Emily"), ("Kohnson", "Emilx"), None),
]


@pytest.mark.parametrize(("held", "asked", "score"), FUZZY_CASES)
def test_fuzzy_searches(openroots, held, asked, score):
    """Homophones, transposed and short names and other accents are found, each at a lower score."""
    openroots.holds(person("9999900003", name(*held)))
    criteria = {"family": asked[0], "given": asked[1], "birthdate": "1931-04-05"}
    wanted = {} if score is None else {"9999900003": score}
    assert found(openroots, criteria | FUZZY) == wanted


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ({"family": "Vogell", "gender": "female", "address-postcode": "LS16AE"}, True),
        ({"given": "Leena", "gender": "female", "address-postcode": "LS16AE"}, True),
        ({"given": "Vogel", "gender": "female", "address-postcode": "LS16AE"}, True),
        ({"family": "Vogel", "gender": "female", "address-postcode": "LS16AB"}, False),
        ({"family": "Vogel", "gender": "male", "address-postcode": "LS16AE"}, False),
        ({"family": "Vogel", "given": "Lena", "birthdate": "1989-05-15"}, False),
        ({"family": "Vogel", "given": "Lena", "birthdate": "ge1989-05-15"}, False),
        ({"family": "Vogel", "given": "Lena", "birthdate": "ge1989-05-14"}, True),
        ({"family": "Vogel", "given": "Lena", "phone": "1"}, False),
        ({"family": "Vogel", "given": ["Lena", "Marie"]}, True),
    ],
)
def test_the_least_of_a_fuzzy_search(openroots, asked, is_found):
    """One name does with gender and postcode; a wrong birth date never matches."""
    numbers = found(openroots, {"birthdate": "1989-05-14"} | FUZZY | asked)
    assert ("9733162868" in numbers) == is_found


def test_practice_and_death_only_lower_the_score_of_a_fuzzy_search(openroots):
    """Another practice or date of death than is held is no reason not to be found."""
    asked = LENA | FUZZY | {"given": "Lena"}
    assert found(openroots, asked | {"general-practitioner": "Y12345"}) == {"9733162868": 1.0}
    assert found(openroots, asked | {"general-practitioner": "A1"}) == {"9733162868": 0.9}
    assert found(openroots, asked | {"death-date": "2020-01-01"}) == {"9733162868": 0.9}


def test_the_managing_organisation_only_lowers_the_score_of_a_fuzzy_search(openroots):
    """Of who keeps a record a fuzzy search asks as of the practice: it leaves nobody out."""
    asked = LENA | FUZZY | {"given": "Lena", "managing-organization": "Z99999"}
    assert found(openroots, asked) == {"9733162868": 0.9}
    assert found(openroots, LENA | {"managing-organization": "Z99999"}) == {}


def test_a_fuzzy_search_leaves_out_those_who_fit_far_worse(openroots):
    """Where somebody fits exactly, who differs in both names is left out, in one is not."""
    openroots.holds(
        person("9999900003", name("Bloggs", "Jane")),
        person("9999900011", name("Blogs", "Jane")),
        person("9999900038", name("Blogs", "Jayne")),
    )
    asked = {"family": "Bloggs", "given": "Jane", "birthdate": "1931-04-05"} | FUZZY
    assert found(openroots, asked) == {"9999900003": 1.0, "9999900011": 0.85}
    assert found(openroots, asked | EXACT) == {"9999900003": 1.0}


def test_a_guess_is_told_where_nobody_fits_without(openroots):
    """Who fits only where a name was mistyped is found if nobody else is, and not beside others."""
    asked = {"family": "Kohnson", "given": "Amy", "birthdate": "1931-04-05"} | FUZZY
    openroots.holds(person("9999900003", name("Johnson", "Amy")))
    assert found(openroots, asked) == {"9999900003": 0.75}
    openroots.holds(person("9999900011", name("Konson", "Amy")))
    assert found(openroots, asked) == {"9999900011": 0.85}


def test_a_swapped_birth_date_finds_nobody(openroots):
    """Day and month in each other's place are another birth date, for every kind of search."""
    openroots.holds(person("9999900003", name("Johnson", "Amy")))
    asked = {"family": "Johnson", "given": "Amy", "birthdate": "1931-05-04"}
    for how in ({}, PAST, FUZZY, {"family": "Jo*"}):
        assert found(openroots, asked | how) == {}


HISTORY = [
    name("Carter", "Ann"),
    name("Able", "Ann", use="maiden"),
    name("Carter", "Nancy", use="nickname"),
    name("Carter", "Ruby", use="temp"),
]


@pytest.mark.parametrize(
    ("asked", "now", "before"),
    [
        ({"family": "Carter", "given": "Ann"}, 1.0, 1.0),
        ({"family": "Carter", "given": "Nancy"}, 1.0, 1.0),
        ({"family": "Carter", "given": "Ruby"}, 1.0, 1.0),
        ({"family": "Able"}, None, 0.95),
        ({"family": "Able", "given": "Ann"}, None, 0.95),
        ({"family": "Able", "given": "Nancy"}, None, None),
        ({"family": "Ab*"}, None, 0.8075),
        ({"family": "Carter", "address-postcode": "AB1 1AA"}, 1.0, 1.0),
        ({"family": "Carter", "address-postcode": "AB2 2AA"}, 1.0, 1.0),
        ({"family": "Carter", "address-postcode": "AB3 3AA"}, None, 0.95),
        ({"family": "Able", "address-postcode": "AB3*"}, None, 0.7671),
        ({"family": "Able", "birthdate": "1931-04-06"}, None, None),
    ],
)
def test_history(openroots, asked, now, before):
    """Names and addresses of the past are found where history is asked for, at a lower score."""
    number = "9999900003"
    addresses = [
        {"use": "home", "postalCode": "AB1 1AA"},
        {"use": "temp", "postalCode": "AB2 2AA"},
    ]
    openroots.holds(
        person(number, HISTORY, address=addresses),
        Change("FormerPart", number, {"address": [{"postalCode": "AB3 3AA"}]}, 0, "x"),
    )
    asked = {"birthdate": "1931-04-05"} | asked
    assert found(openroots, asked).get(number) == now
    assert found(openroots, asked | PAST).get(number) == before
    assert found(openroots, asked | PAST | EXACT).get(number) == (1.0 if before == 1.0 else None)


def test_a_search_of_history_shows_the_present(openroots):
    """Whoever is found by a former name is shown under the names and at the home of today."""
    home = {"use": "home", "postalCode": "AB1 1AA"}
    openroots.holds(person("9999900003", HISTORY, address=[home, {"use": "temp"}]))
    asked = {"family": "Able", "birthdate": "1931-04-05"} | PAST
    [entry] = search(openroots, asked).body["entry"]
    names = [(name["use"], name["family"]) for name in entry["resource"]["name"]]
    assert names == [("usual", "Carter"), ("nickname", "Carter"), ("temp", "Carter")]
    assert entry["resource"]["address"] == [home]


def test_what_is_shown_of_a_person(openroots):
    """A search shows who somebody is and how to reach them, and none of the extensions."""
    [entry] = search(openroots, SMITH | CONTACT).body["entry"]
    assert list(entry["resource"]) == [
        *("resourceType", "id", "identifier", "meta", "name", "gender", "birthDate"),
        *("multipleBirthInteger", "deceasedDateTime", "address", "telecom", "contact"),
        "generalPractitioner",
    ]
    assert [address["use"] for address in entry["resource"]["address"]] == ["home"]


def test_the_bundle(openroots):
    """The answer is a searchset with the time of the search and an absolute URL for each."""
    headers = {"Host": "pds.example:8443", "X-Forwarded-Proto": "https"}
    path = f"{PATIENTS}?{urlencode(SMITH)}"
    told = openroots.ask("GET", path, headers=headers).body
    assert (told["type"], told["total"]) == ("searchset", 1)
    assert told["timestamp"] == "2026-11-21T12:00:00+00:00"
    assert told["entry"][0]["fullUrl"] == f"https://pds.example:8443{PATIENTS}/{JANE}"
    nobody = search(openroots, SMITH | {"given": "Nobody"}).body
    assert nobody.keys() == {"resourceType", "type", "timestamp", "total"}


PLACES = {"address", "telecom", "contact", "generalPractitioner", "managingOrganization"}
TILLER = {"family": "Tiller", "birthdate": "1974-02-28"}
MARSH = {"family": "Marsh", "birthdate": "1991-09-03"}
ALL_CALLERS = [Access.HEALTHCARE_WORKER, Access.APPLICATION, Access.PRIVILEGED]


@pytest.mark.parametrize("access", ALL_CALLERS)
@pytest.mark.parametrize("how", [{}, PAST, FUZZY | {"given": "Rowan"}, {"family": "Til*"}])
def test_restricted_people_are_found_and_stripped(openroots, access, how):
    """Of a restricted person nobody is told where they are, by any kind of search."""
    [entry] = search(openroots, TILLER | how, access).body["entry"]
    assert entry["resource"]["meta"]["security"][0]["code"] == "R"
    assert PLACES.isdisjoint(entry["resource"])


@pytest.mark.parametrize("how", [{}, PAST, FUZZY | {"given": "Rowan"}, {"family": "Til*"}])
@pytest.mark.parametrize(
    "where",
    [
        {"address-postcode": "LS16AE"},
        {"address-postalcode": "LS*"},
        {"general-practitioner": "Y12345"},
    ],
)
def test_restricted_people_are_not_found_by_where_they_are(openroots, how, where):
    """No search that names a postcode or a practice finds a restricted person, even rightly."""
    if "_fuzzy-match" in how and "LS*" in where.values():
        where = {"address-postalcode": "LS16AE"}
    assert found(openroots, TILLER | how | where) == {}


@pytest.mark.parametrize("how", [{}, PAST, FUZZY | {"given": "Vera"}, {"family": "Ma*"}])
def test_very_restricted_people(openroots, how):
    """Of a very restricted person only number and meta are shown; a telephone finds nobody."""
    [entry] = search(openroots, MARSH | how, Access.PRIVILEGED).body["entry"]
    assert entry["resource"].keys() == {"resourceType", "id", "meta"}
    assert found(openroots, MARSH | how | {"phone": "01632960587"}) == {}
    assert found(openroots, MARSH | how | {"email": "vera.marsh@example.com"}) == {}


def test_a_superseded_person_is_found_once(openroots):
    """A search finds the record that took the place of another, never the other."""
    assert list(found(openroots, {"family": "Pemberton", "birthdate": "1958-11-30"})) == [SUSAN]


@pytest.mark.parametrize("how", [{}, PAST, FUZZY | {"given": "Louisa"}, {"family": "McMatch-M*"}])
@pytest.mark.parametrize(
    ("access", "most"), [(Access.HEALTHCARE_WORKER, {"_max-results": 1}), (Access.APPLICATION, {})]
)
def test_more_than_may_be_told_are_not_told(openroots, how, access, most):
    """Where more people fit than may be found, none is shown, and the answer says so."""
    asked = {"family": "McMatch-Multiple", "birthdate": "1982-07-10"} | how
    assert len(found(openroots, asked)) == 2
    told = search(openroots, asked | most, access)
    assert (told.status, told.code) == (200, "TOO_MANY_MATCHES")
    issue = told.body["issue"][0]
    assert (issue["severity"], issue["code"]) == ("information", "multiple-matches")
    assert "diagnostics" not in issue


def test_fifty_are_found_and_one_more_is_too_many(openroots):
    """Fifty people of one name and birth date are told of, in the order of their numbers."""
    people = [person(str(9999900003 + one), name("Legion", "Max")) for one in range(50)]
    openroots.holds(*people)
    asked = {"family": "Legion", "birthdate": "1931-04-05"}
    for how in ({}, {"family": "Leg*"}, PAST, FUZZY | {"given": "Max"}):
        numbers = list(found(openroots, asked | how))
        assert numbers == sorted(person.id for person in people)
    openroots.holds(person("9999990001", name("Legion", "Max")))
    for how in ({}, {"family": "Leg*"}, PAST, FUZZY | {"given": "Max"}):
        assert search(openroots, asked | how).code == "TOO_MANY_MATCHES"


def test_what_would_take_too_long_is_too_many(openroots):
    """A search that would have to look at hundreds of records is answered without them."""
    people = [person(str(9999900003 + one), name(f"Legion{one}", "Max")) for one in range(260)]
    openroots.holds(*people)
    asked = {"family": "Le*0", "birthdate": ["ge1930-01-01", "le1935-01-01"]}
    assert search(openroots, asked).code == "TOO_MANY_MATCHES"


@pytest.mark.parametrize(
    "more",
    [
        {"family": "Leg*", "given": "Eve"},
        {"family": "Leg*n", "given": "Eve"},
        {"family": "Leg*e"},
        {"given": "Ev*"},
        {"given": ["Ev*", "Lea"]},
        {"given": "Ev*", "address-postcode": "LS*Z"},
    ],
)
def test_those_who_do_not_fit_do_not_count(openroots, more):
    """A search that may find one is not too wide because the index has more to look at."""
    people = [person(str(9999900003 + one), name("Legion", "Max", "Leo")) for one in range(60)]
    home = [{"use": "home", "postalCode": "LS1 6AZ"}]
    eve = person("9999990001", name("Legione", "Eve", "Lea"), address=home)
    twin = person("9999990002", name("Legion", "Eve", "Lea"), address=home)
    openroots.holds(*people, twin if more.get("family", "Leg*n") == "Leg*n" else eve)
    asked = {"family": "Legion", "birthdate": "1931-04-05", "_max-results": 1} | more
    assert len(found(openroots, asked)) == 1


def test_the_best_match_comes_first(openroots):
    """Scores fall from the first to the last; equals stand in the order of their numbers."""
    openroots.holds(
        person("9999900003", name("Smythson", "Ada")),
        person("9999900011", name("Smy", "Ada")),
        person("9999900038", name("Smy", "Ida")),
    )
    scores = found(openroots, {"family": "Sm*", "birthdate": "1931-04-05"})
    assert list(scores) == ["9999900011", "9999900038", "9999900003"]
    assert list(scores.values()) == [0.8833, 0.8833, 0.8]


def test_wildcards_never_match_exactly(openroots):
    """With a wildcard nobody scores 1.0, so an exact match finds nobody."""
    assert found(openroots, SMITH | {"family": "Smith*"} | EXACT) == {}
    assert found(openroots, SMITH | EXACT) == {JANE: 1.0}


def test_a_birth_date_known_to_the_month(openroots):
    """Who was born at some day of a month is found by a range that holds the month, by no day."""
    openroots.holds(person("9999900003", name("Foundling", "Ada"), born="1931-04"))
    asked = {"family": "Foundling", "birthdate": ["ge1931-03-31", "le1931-05-01"]}
    for how in ({}, PAST, {"family": "Fou*"}, FUZZY | {"given": "Ada"}):
        assert list(found(openroots, asked | how)) == ["9999900003"]
        for date in ("1931-04-01", ["ge1931-04-02", "le1931-05-01"]):
            assert found(openroots, asked | how | {"birthdate": date}) == {}


def test_whoever_is_found_is_in_the_audit(openroots):
    """The audit entry of a search names everyone whom it found."""
    search(openroots, ANYONE_SM)
    [entry] = [entry for entry in openroots.audit() if "search" in entry["endpoint"]]
    assert len(entry["subjects"]) == 2
    assert entry["status"] == 200


@pytest.mark.parametrize("how", [FUZZY | {"given": "Jane"}, PAST, {"family": "Bl*s"}])
def test_who_was_only_looked_at_is_not_in_the_audit(openroots, how):
    """The audit entry of a search names who was told of, not who was looked at beside them."""
    openroots.holds(
        person("9999900003", name("Bloggs", "Jane")),
        person("9999900011", name("Bloggs", "Peter", use="old"), gender="male"),
    )
    asked = {"family": "Bloggs", "gender": "unknown", "birthdate": "1931-04-05"} | how
    assert list(found(openroots, asked)) == ["9999900003"]
    assert openroots.audit()[-1]["subjects"] == ["subject-9999900003"]


@pytest.mark.parametrize("how", [{}, FUZZY | {"given": "Jane"}])
def test_of_too_many_matches_nobody_is_in_the_audit(openroots, how):
    """The audit entry of a search that finds too many names none of them, as none was told of."""
    openroots.holds(
        *(person(number, name("Bloggs", "Jane")) for number in ("9999900003", "9999900011"))
    )
    asked = {"family": "Bloggs", "birthdate": "1931-04-05", "_max-results": 1} | how
    assert search(openroots, asked).code == "TOO_MANY_MATCHES"
    assert openroots.audit()[-1]["subjects"] == []


def test_patients_may_not_search(openroots):
    """A patient who searches is refused, whatever they ask."""
    told = search(openroots, SMITH, Access.PATIENT)
    assert (told.status, told.code) == (403, "ACCESS_DENIED")
    coding = told.body["issue"][0]["details"]["coding"][0]
    assert coding["display"] == "Cannot GET resource with patient access token"
