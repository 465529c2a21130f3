"""A made-up nation is like England: its ages, names, families, moves, deaths and practices."""

import re
from collections import Counter
from datetime import date, timedelta

from openroots import population
from openroots.population import Household, Person
from openroots.storage import Json
from tests.population.nation import TODAY

PERMITTED = re.compile(r"[A-Za-zÀ-ÖØ-öø-ſ0-9 \-'.]+")
TEMPORARY = {
    *("Second Home", "Student Accommodation", "Respite Care Address", "Holiday Home"),
    *("Temporary Residence Address", "Convalescence Home", "Mobile Home"),
}


def extension(body: Json, name: str) -> Json | None:
    return next((e for e in body.get("extension", ()) if e["url"].endswith(name)), None)


def age(body: Json) -> int:
    return int((TODAY - date.fromisoformat(body["birthDate"])).days // 365.25)


def test_ages_are_like_englands(people: list[Person]) -> None:
    """Of the living, the shares of broad ages are within two and a half points of England's."""
    ages = [age(p.patient) for p in people if "deceasedDateTime" not in p.patient]
    for low, high, percent in (
        (0, 16, 18.5),
        (16, 40, 31),
        (40, 65, 32),
        (65, 85, 16),
        (85, 130, 2.4),
    ):
        share = 100 * sum(low <= one < high for one in ages) / len(ages)
        assert abs(share - percent) < 2.5, (low, high, share)
    assert 0 in ages
    assert max(ages) < 108


def test_common_names_are_common(people: list[Person]) -> None:
    """The commonest names stand out, and most names are rare."""
    families = Counter(p.patient["name"][0]["family"] for p in people)
    assert "Smith" in dict(families.most_common(5))
    top = sum(count for _, count in families.most_common(10))
    assert 0.05 < top / len(people) < 0.2
    assert families["Smith"] > 20 * sorted(families.values())[len(families) // 2]
    assert len(families) > 900


def test_further_given_names_are_of_one_word(people: list[Person]) -> None:
    """As PDS holds them: the first may be of several, and there are five at most."""
    given = [name["given"] for p in people for name in p.patient["name"]]
    assert any(" " in names[0] for names in given)
    assert not [names for names in given if any(" " in one for one in names[1:])]
    assert max(map(len, given)) <= 5
    lives = [one.life.given for one in people]
    assert any(" " in one for names in lives for one in names[1:])  # or it would not be tried


def test_names_go_by_the_years(people: list[Person]) -> None:
    """Olivia is a child, and Dorothy is not."""
    born = {"Olivia": [], "Margaret": []}
    for person in people:
        first = person.patient["name"][0]["given"][0]
        if first in born:
            born[first].append(int(person.patient["birthDate"][:4]))
    assert sorted(born["Olivia"])[len(born["Olivia"]) // 2] > 1990
    assert sorted(born["Margaret"])[len(born["Margaret"]) // 2] < 1970


def test_a_household_mostly_shares_a_family_name(households: list[Household]) -> None:
    """In most households with a child somebody grown up has the child's family name."""
    with_child = shared = 0
    for household in households:
        bodies = [person.patient for person in household.people]
        children = [body for body in bodies if age(body) < 16]
        if children:
            with_child += 1
            adults = {body["name"][0]["family"] for body in bodies if age(body) >= 18}
            shared += children[0]["name"][0]["family"] in adults
    assert with_child > 300
    assert 0.7 < shared / with_child < 0.99


def test_only_permitted_characters_are_in_names(people: list[Person]) -> None:
    """Names hold what the Personal Demographics Service takes, and some hold more than ASCII."""
    texts = set()
    for person in people:
        for name in person.patient["name"]:
            texts.update((*name["given"], name["family"]))
    assert [text for text in texts if not PERMITTED.fullmatch(text)] == []
    assert any(not text.isascii() for text in texts)
    assert max(map(len, texts)) <= 35  # what the service takes
    for mark in "'-. ":
        assert any(mark in text for text in texts)
    assert any(len(text) == 1 for text in texts)


def test_twins_share_birth_and_home(households: list[Household]) -> None:
    """Twins have one birth date, one home and one family, and their places in the birth."""
    pairs = same_sex = 0
    for household in households:
        twins = [p.patient for p in household.people if p.patient.get("multipleBirthInteger")]
        if len(twins) != 2:
            assert not twins or household is households[-1]
            continue
        pairs += 1
        same_sex += twins[0]["gender"] == twins[1]["gender"]
        assert [twin["multipleBirthInteger"] for twin in twins] == [1, 2]
        assert twins[0]["birthDate"] == twins[1]["birthDate"]
        assert twins[0]["address"][0]["line"] == twins[1]["address"][0]["line"]
        assert twins[0]["name"][0]["given"] != twins[1]["name"][0]["given"]
    assert pairs > same_sex > pairs / 3


def test_the_dead_died_after_birth_and_before_tomorrow(people: list[Person]) -> None:
    """The dead have a date, a notice that fits it, and a practice until then."""
    dead = [p.patient for p in people if "dead" in p.kinds]
    assert 0.02 < len(dead) / len(people) < 0.07
    for body in dead:
        died = body["deceasedDateTime"].removesuffix("T00:00:00+00:00")
        assert body["birthDate"] <= died <= TODAY.isoformat()
        notice = extension(body, "DeathNotificationStatus")
        assert notice is not None
        status = notice["extension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        recent = TODAY - date.fromisoformat(died) <= timedelta(days=20)
        assert status == ("1" if recent else "2")
        assert body["generalPractitioner"][0]["identifier"]["period"]["end"] == died


def test_a_child_is_younger_than_its_parents(households: list[Household]) -> None:
    """In a household with children somebody is at least sixteen years older than each."""
    for household in households:
        births = [date.fromisoformat(p.patient["birthDate"]) for p in household.people]
        if max(births) > date(2010, 7, 1):
            assert (max(births) - min(births)).days > 16 * 365


def test_no_period_begins_before_birth_or_ends_before_it_begins(people: list[Person]) -> None:
    """Each period of a record begins in the person's life, not in the future, and ends later."""
    for person in people:
        body = person.patient
        parts = [*body["name"], *body["address"], *body.get("telecom", ())]
        practice = body.get("generalPractitioner") or [body["managingOrganization"]]
        parts += [one["identifier"] for one in practice]
        for part in parts:
            start, end = part["period"]["start"], part["period"].get("end", "9")
            assert body["birthDate"] <= start <= TODAY.isoformat()
            assert start <= end
            assert end <= TODAY.isoformat() or end == "9" or part.get("use") == "temp"
            assert start <= body.get("deceasedDateTime", "9")


def test_addresses_follow_each_other(people: list[Person]) -> None:
    """There is one home; an earlier address, which PDS keeps but never shows, ends by the day on
    which the next begins."""
    for person in people:
        home, *others = person.patient["address"]
        assert (home["use"], "end" in home["period"]) == ("home", False)
        assert all(address["use"] == "temp" and address["period"]["end"] for address in others)
        assert all(address["text"] in TEMPORARY for address in others)
        until = home["period"]["start"]
        for address in former_addresses(person):
            assert (address["use"], address["period"]["end"] <= until) == ("old", True)
            until = address["period"]["start"]


def former_addresses(person: Person) -> list[Json]:
    """Where somebody lived before, the latest first."""
    rows = [change.body for change in person.changes if change.type == "FormerPart"]
    return [address for body in rows if body for address in body["address"]]


def test_a_changed_name_keeps_the_one_before(people: list[Person]) -> None:
    """A name taken in marriage begins when the former one ends."""
    married = 0
    for person in people:
        usual, *others = person.patient["name"]
        assert usual["use"] == "usual"
        for name in others:
            if name["use"] == "maiden":
                married += 1
                assert name["family"] != usual["family"]
                assert name["period"]["end"] <= usual["period"]["start"]
    assert married > 300


def test_a_care_home_is_one_address(households: list[Household]) -> None:
    """The residents of a care home share its address, and its Organization comes with them."""
    homes = [h for h in households if h.places]
    assert len(homes) >= 2
    for home in homes[:-1]:
        assert 25 <= len(home.people) <= 60
        addresses = {tuple(p.patient["address"][0]["line"]) for p in home.people}
        assert len(addresses) == 1
        (place,) = home.places
        assert place.body is not None
        assert place.body["name"] == addresses.pop()[0].upper()
        assert all("care-home" in p.kinds for p in home.people)


def test_sensitive_records_are_labelled(people: list[Person]) -> None:
    """A label says what the record's security says; about one in two hundred has one."""
    labels = Counter()
    for person in people:
        code = person.patient["meta"]["security"][0]["code"]
        for change in person.changes:
            assert change.labels == (frozenset() if code == "U" else {code})
        labels[code] += 1
    assert 0.004 < labels["R"] / len(people) < 0.006
    assert 0 < labels["V"] < labels["R"]


def test_everyone_is_registered_with_an_organisation_that_exists(people: list[Person]) -> None:
    """Practices and pharmacies of records are in the directory, each code once."""
    changes = list(population.organisations())
    codes = {change.id for change in changes}
    assert len(codes) == len(changes)
    assert "Y12345" in codes
    used = set()
    for person in people:
        body = person.patient
        practice = body.get("generalPractitioner") or [body["managingOrganization"]]
        used.add(practice[0]["identifier"]["value"])
        if pharmacy := extension(body, "NominatedPharmacy"):
            used.add(pharmacy["valueReference"]["identifier"]["value"])
    assert used <= codes
    assert all(not change.subject and not change.holder for change in changes)
