"""A made-up nation is the same each time, is like England, and meets nobody who is published."""

import re
from collections import Counter
from datetime import date, timedelta
from itertools import islice

import orjson
import pytest

from openroots import population
from openroots.identifiers import NHSNumber
from openroots.population import Household, Person
from openroots.population.numbers import PUBLISHED, nhs_numbers, person_key
from openroots.storage import Change, Json

TODAY = date(2026, 7, 1)
PEOPLE = 7500
PERMITTED = re.compile(r"[A-Za-zÀ-ÖØ-öø-ſ0-9 \-'.]+")
PUBLISHED_BIRTHS = {"2010-10-22", "2005-06-16", "1982-07-10"}
TEMPORARY = {
    *("Second Home", "Student Accommodation", "Respite Care Address", "Holiday Home"),
    *("Temporary Residence Address", "Convalescence Home", "Mobile Home"),
}


@pytest.fixture(scope="module")
def households() -> list[Household]:
    return list(population.make(PEOPLE, 7, TODAY))


@pytest.fixture(scope="module")
def people(households: list[Household]) -> list[Person]:
    return [person for household in households for person in household.people]


def written(changes: tuple[Change, ...]) -> list[tuple[object, ...]]:
    return [
        (c.type, c.id, orjson.dumps(c.body), c.expect, c.subject, c.holder, c.labels)
        for c in changes
    ]


def extension(body: Json, name: str) -> Json | None:
    return next((e for e in body.get("extension", ()) if e["url"].endswith(name)), None)


def age(body: Json) -> int:
    return int((TODAY - date.fromisoformat(body["birthDate"])).days // 365.25)


# The same each time


def test_the_same_seed_and_day_make_the_same_bytes(households: list[Household]) -> None:
    """The same number of people, seed and day make the same changes, byte by byte."""
    again = population.make(500, 7, TODAY)
    for first, second in zip(households, again, strict=False):
        assert written(second.changes) == written(first.changes[: len(second.changes)])


def test_a_small_nation_is_the_beginning_of_a_large_one(people: list[Person]) -> None:
    """The first people of a large nation are those of a small one, wherever it is cut."""
    for count in (1, 2, 51, 300):
        few = [
            person for household in population.make(count, 7, TODAY) for person in household.people
        ]
        assert len(few) == count
        assert [p.changes for p in few] == [p.changes for p in people[:count]]


def test_another_seed_makes_other_people(people: list[Person]) -> None:
    """Another seed makes other people with other keys, who have the same numbers."""
    others = [p for household in population.make(200, 8, TODAY) for p in household.people]
    assert not {p.subject for p in others} & {p.subject for p in people}
    assert [p.number for p in others][:5] == [p.number for p in people][:5]
    assert [p.patient["name"] for p in others] != [p.patient["name"] for p in people[:200]]


def test_no_people_are_an_empty_stream() -> None:
    """A nation of nobody has no households."""
    assert list(population.make(0, 7, TODAY)) == []


def test_a_large_nation_is_not_made_before_it_is_asked_for() -> None:
    """The first household of millions is there at once."""
    assert next(population.make(8_000_000, 7, TODAY)).people


# Numbers and keys


def test_numbers_are_valid_unique_and_from_999(households: list[Household]) -> None:
    """Every number, old ones too, is an NHS number from 999 that nobody else has."""
    ids = [c.id for h in households for c in h.changes if c.type in ("Patient", "NHSNumber")]
    assert len(set(ids)) == len(ids) > PEOPLE
    assert all(NHSNumber(id).startswith("999") for id in ids)


def test_numbers_go_downwards_from_the_highest() -> None:
    """The numbers go downwards from the highest that is not published."""
    numbers = list(islice(nhs_numbers(), 5000))
    assert numbers[0] == "9999999980"
    assert all(one > other for one, other in zip(numbers, numbers[1:], strict=False))


@pytest.mark.parametrize("published", sorted(PUBLISHED))
def test_no_published_number_is_given_out(published: str) -> None:
    """Where a published number would stand, its neighbours are given out and it is not."""
    near = list(islice(nhs_numbers(int(published[:8])), 12))
    assert any(number[:8] == published[:8] for number in near)
    assert published not in near


def test_published_numbers_are_numbers() -> None:
    """What is left out could have been given out: a slip of the pen in the list would show."""
    assert all(NHSNumber(number) for number in PUBLISHED)


def test_a_key_is_no_number_and_unique(people: list[Person]) -> None:
    """A person's key is the letter p and eleven hexadecimal digits, and each has another."""
    keys = {person.subject for person in people}
    assert len(keys) == len(people)
    assert all(re.fullmatch("p[0-9a-f]{11}", key) for key in keys)
    assert person_key(7, 0) != person_key(8, 0)


def test_a_change_is_about_its_person(people: list[Person]) -> None:
    """All that is written of a person bears their key, names no holder, and must be new."""
    for person in people:
        assert {change.subject for change in person.changes} == {person.subject}
        assert {(change.expect, change.holder) for change in person.changes} == {(0, "")}
        assert person.changes[0].id == person.number == person.patient["identifier"][0]["value"]


def test_old_numbers_lead_to_the_person(people: list[Person]) -> None:
    """A superseded number names the present one; an invalidated one names none."""
    seen = Counter()
    for person in people:
        for change in person.changes:
            if change.type != "NHSNumber":
                continue
            assert change.body in (
                {"status": "superseded", "by": person.number},
                {"status": "invalidated"},
            )
            seen[change.body["status"]] += 1
    assert seen["superseded"] > seen["invalidated"] > 2


# Nobody who is published


def test_nobody_answers_to_a_published_search(people: list[Person]) -> None:
    """Nobody is born when the published people are; no name and no address is one of theirs."""
    for person in people:
        body = person.patient
        assert body["birthDate"] not in PUBLISHED_BIRTHS
        assert not any(name["family"].startswith("McMatch") for name in body["name"])
        values = {part["value"] for part in body.get("telecom", ())}
        assert not values & {"01632960587", "jane.smith@example.com", "johnp.smith@example.com"}


@pytest.mark.parametrize("day", sorted(PUBLISHED_BIRTHS))
def test_nobody_is_born_on_a_published_day_even_today(day: str) -> None:
    """On the very day, the newborn are not born on it, and nobody is born later."""
    today = date.fromisoformat(day)
    for household in population.make(3000, 1, today):
        births = {person.patient["birthDate"] for person in household.people}
        assert day not in births
        assert max(births) < day


# Like England


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


# Lives


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


# Practices, and those who look for a kind of person


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


def test_every_kind_is_found_in_a_small_nation() -> None:
    """Two thousand people are enough to find one of each kind."""
    kinds = Counter(
        kind
        for household in population.make(2000, 1, TODAY)
        for person in household.people
        for kind in person.kinds
    )
    assert kinds.keys() == population.KINDS.keys()


def test_find_gives_only_the_kind_that_was_asked_for() -> None:
    """Whoever is found is of the kind, and an unknown kind is refused with the known ones."""
    twins = list(islice(population.find("twin", 2000, 1, TODAY), 4))
    assert len(twins) == 4
    assert all(twin.patient["multipleBirthInteger"] for twin in twins)
    with pytest.raises(ValueError, match="care-home"):
        population.find("unicorn", 10, 1, TODAY)
