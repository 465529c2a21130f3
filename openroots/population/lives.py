"""Made-up people and what happens to them: names, marriage, children, moves and death.

For households, which say who lives together, and for records, which write it down. Days are
counted as date.toordinal does, which is quicker than dates are, and says the same.

Source: shares and ages are rough figures of what the census of England and Wales publishes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from openroots.population.names import Culture
from openroots.population.places import Address, Town

YEAR = 365.25
ADULT = int(18 * YEAR)
# Born on these days are the people whom published search scenarios look for, and nobody else.
PUBLISHED_BIRTHS = frozenset(
    date.fromisoformat(day).toordinal() for day in ("2010-10-22", "2005-06-16", "1982-07-10")
)
MARRIED_BY = ((25, 0.1), (35, 0.48), (50, 0.68), (130, 0.86))  # of couples, up to these ages
REMOVALS = (
    ("EMB", "Embarkation"),
    ("SCT", "Transferred to Scotland"),
    ("NIT", "Transferred to Northern Ireland"),
    ("TRA", "Temporary resident not returned"),
    ("ORR", "Other Reason"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when a household is made up, and the chance it is made up by."""

    chance: Random
    town: Town
    towns: Sequence[Town]
    practices: Sequence[str]  # of the town
    pharmacies: Sequence[str]
    today: int

    def happens(self, share: float) -> bool:
        """Whether something that befalls this share does so now."""
        return self.chance.random() < share

    def between(self, first: int, last: int) -> int:
        """A day from the first to the last; the first where there is none between."""
        return first + int(self.chance.random() * max(last - first + 1, 1))


@dataclass(frozen=True, slots=True)
class Stay:
    """An address and the days between which somebody lived there. `text` says what it is."""

    address: Address
    start: int
    end: int
    text: str = ""


@dataclass(slots=True)
class Life:
    """One made-up person. `lineage` is the family name as a man bears it, for the children."""

    sex: str
    born: int
    culture: Culture
    given: tuple[str, ...]
    family: str
    lineage: str
    plain: bool = False  # written by a system without accents
    birth_order: int = 0  # of a multiple birth
    married: int = 0
    maiden: str = ""
    formerly: str = ""  # a first name that was changed
    changed: int = 0  # when it was
    died: int = 0
    home: Address | None = None
    since: int = 0
    before: list[Stay] = field(default_factory=list)
    temporary: Stay | None = None
    practice: str = ""
    pharmacy: str = ""
    registered: int = 0
    removed: tuple[str, str] | None = None
    removal: int = 0
    landline: str = ""
    birthplace: Town | None = None
    care_home: bool = False
    same_name: bool = False
    partner: "Life | None" = field(default=None, repr=False, compare=False)
    parents: "tuple[Life, ...]" = field(default=(), repr=False, compare=False)

    def age(self, today: int) -> int:
        """In whole years, near enough; of the dead, when they died."""
        return int(((self.died or today) - self.born) / YEAR)


def person(
    scene: Scene, culture: Culture, sex: str, born: int, lineage: str = "", family: str = ""
) -> Life:
    """A newly made person; of a given family, or of one of the culture's own."""
    chance, born = scene.chance, unpublished(born)
    lineage = lineage or culture.family(chance)
    family = family or culture.own_family(chance, sex, lineage)
    given = culture.given_names(chance, sex, date.fromordinal(born).year)
    return Life(sex, born, culture, given, family, lineage)


def unpublished(born: int) -> int:
    """The day, or the one before it where only published people are born on it."""
    return born - 1 if born in PUBLISHED_BIRTHS else born


def adult(scene: Scene, born: int, sex: str = "", culture: Culture | None = None) -> Life:
    """An adult of one of the town's communities."""
    sex = sex or ("female" if scene.happens(0.51) else "male")
    return person(scene, culture or scene.town.communities.draw(scene.chance), sex, born)


def partner_of(scene: Scene, one: Life) -> Life:
    """A partner of about the same age, of the same community more often than not."""
    chance = scene.chance
    same_sex = scene.happens(0.025)
    sex = one.sex if same_sex else "male" if one.sex == "female" else "female"
    older = chance.gauss(2.2 if sex == "male" else -2.2, 3.5)
    born = min(one.born - int(older * YEAR), scene.today - ADULT)
    culture = None if scene.happens(0.1) else one.culture
    other = adult(scene, born, sex, culture)
    one.partner, other.partner = other, one
    return other


def marry(scene: Scene, one: Life, other: Life) -> None:
    """Let a couple marry, if they do; one of them may take the other's name."""
    youngest = max(one.born, other.born)
    age = (scene.today - youngest) / YEAR
    share = next(share for below, share in MARRIED_BY if age < below)
    day = youngest + ADULT + int(scene.chance.triangular(0, 25, 7) * YEAR)
    if scene.happens(share) and day < scene.today:
        one.married = other.married = day
        taker, giver = (one, other) if one.sex == "female" else (other, one)
        _take_name(scene, taker, giver)


def _take_name(scene: Scene, taker: Life, giver: Life) -> None:
    if taker.family in taker.culture.women or not scene.happens(taker.culture.takes):
        return
    name = giver.culture.borne(giver.lineage, taker.sex, as_wife=True)
    if name == taker.family:
        return
    taker.maiden, taker.family, taker.lineage = taker.family, name, giver.lineage
    if scene.happens(0.05) and (taker.maiden + name).replace("'", "").isalpha():
        taker.family = f"{taker.maiden}-{name}"


def married_before(scene: Scene, one: Life) -> None:
    """Let somebody have been married to one who is in no record, if they were."""
    years = (scene.today - one.born) / YEAR - 28
    if one.sex == "female" and scene.happens(min(years / 50, 0.85)):
        one.married = one.born + ADULT + int(scene.chance.random() * (years + 8) * YEAR)
        culture = one.culture
        husband = person(scene, culture, "male", one.born)
        _take_name(scene, one, husband)


def child(scene: Scene, born: int, lineage: str, parents: Sequence[Life]) -> Life:
    """A child of these parents: of one's community, and of the family name that is handed on."""
    chance = scene.chance
    sex = "female" if scene.happens(0.488) else "male"
    culture = chance.choice(parents).culture
    made = person(scene, culture, sex, born, lineage)
    made.parents = tuple(parents)
    if scene.happens(0.6):
        made.birthplace = scene.town
    if sex == "male" and (fathers := [one for one in parents if one.sex == "male"]):
        _name_after(scene, made, fathers[0])
    return made


def _name_after(scene: Scene, son: Life, father: Life) -> None:
    if father.family == son.family and scene.happens(0.05):
        son.given = father.given
        son.same_name = True


def twin_of(scene: Scene, first: Life) -> Life:
    """Another child of the same birth; often with a name that begins as the other's does."""
    sex = first.sex if scene.happens(0.66) else "male" if first.sex == "female" else "female"
    alike = scene.happens(0.5)
    family = first.family if sex == first.sex else ""
    for _ in range(30):
        other = person(scene, first.culture, sex, first.born, first.lineage, family)
        differs = other.given[0] != first.given[0]
        if differs and (not alike or other.given[0][0] == first.given[0][0]):
            break
    first.birth_order, other.birth_order = 1, 2
    other.birthplace, other.parents = first.birthplace, first.parents
    return other


def settle(scene: Scene, lives: Sequence[Life], home: Address, years: float) -> None:
    """Let people move to a home together, so many years ago more or less, from where they were."""
    last = max(one.died or scene.today for one in lives)
    eldest = min(one.born for one in lives)
    earliest = eldest + ADULT if eldest + ADULT < last else eldest
    moved = max(last - int(scene.chance.expovariate(1 / years) * YEAR), earliest)
    stays = _stays(scene, moved, earliest) if scene.happens(0.66) else []
    practice, pharmacy = _registered_at(scene)
    kept = int(scene.chance.random() * 8 * YEAR) if scene.happens(0.4) else -scene.between(0, 30)
    for one in lives:
        _arrive(one, home, moved, one.died or scene.today)
        one.before = [
            _clipped(stay, one.born) for stay in stays if one.born < stay.end <= one.since
        ]
        one.practice, one.pharmacy = practice, pharmacy
        one.registered = min(max(one.born, one.since - kept), one.died or scene.today)
        if scene.happens(0.05):
            one.practice, one.pharmacy = _registered_at(scene)


def _arrive(one: Life, home: Address, moved: int, last: int) -> None:
    # Who died before the others moved is recorded at their home, as if it had been theirs by then.
    start = moved if moved < last else last - int(5 * YEAR)
    one.home, one.since = home, min(max(one.born, start), last)


def _stays(scene: Scene, moved: int, earliest: int) -> list[Stay]:
    """One or two addresses before the present one, the latest first."""
    stays: list[Stay] = []
    for _ in range(2 if scene.happens(0.3) else 1):
        start = moved - 60 - int(scene.chance.expovariate(0.2) * YEAR)
        start = max(start, min(earliest, moved - 60))
        town = scene.town if scene.happens(0.7) else scene.chance.choice(scene.towns)
        address = town.flat(scene.chance) if scene.happens(0.3) else town.house(scene.chance)
        stays.append(Stay(address, start, moved))
        moved = start
    return stays


def _clipped(stay: Stay, born: int) -> Stay:
    return stay if stay.start >= born else Stay(stay.address, born, stay.end)


def _registered_at(scene: Scene) -> tuple[str, str]:
    return scene.chance.choice(scene.practices), scene.chance.choice(scene.pharmacies)


def befall(scene: Scene, one: Life, after: int) -> None:
    """Let the rarer things happen: an early death, a removal, a stay away, a new first name.

    `after` is the day of the last birth in the household, which a death must not come before.
    """
    if one.died:
        return
    years = one.age(scene.today)
    after = max(after, one.since, one.registered, one.married)
    if scene.happens(0.0015):
        one.died = scene.between(after, scene.today)
    elif years >= 18 and scene.happens(0.004):
        one.removed = scene.chance.choice(REMOVALS)
        one.removal = scene.between(after, scene.today)
    else:
        _stay_away(scene, one, years)
    if years >= 18 and scene.happens(0.004):
        _change_name(scene, one)


def _change_name(scene: Scene, one: Life) -> None:
    former = one.culture.first_name(scene.chance, one.sex, 2000)
    if former not in one.given:
        one.formerly = former
        one.changed = scene.between(one.born + ADULT, one.died or scene.today)


def _stay_away(scene: Scene, one: Life, years: int) -> None:
    student = 18 <= years <= 22
    if not scene.happens(0.12 if student else 0.02 if years >= 80 else 0.002):
        return
    chance, town = scene.chance, scene.chance.choice(scene.towns)
    start = max(scene.today - int(chance.random() * 300), one.since)
    if student:
        one.temporary = Stay(town.hall(chance), start, start + 300, "Student Accommodation")
    elif years >= 80:
        text = chance.choice(("Respite Care Address", "Convalescence Home"))
        one.temporary = Stay(town.care_home(chance), start, start + 330, text)
    else:
        text = chance.choice(("Temporary Residence Address", "Second Home", "Holiday Home"))
        one.temporary = Stay(town.flat(chance), start, start + 365, text)
