"""Who lives together in a made-up nation: couples, families, people alone, sharers, care homes.

For the population. The kinds of household and the ages of those at their head are drawn from
tables; the ages of all people follow from them, and are near England's.

Source: shares are rough figures of what the census of England and Wales publishes.
"""

from collections.abc import Callable
from random import Random

from openroots.population.lives import (
    ADULT,
    YEAR,
    Life,
    Scene,
    adult,
    befall,
    child,
    married_before,
    marry,
    partner_of,
    settle,
    twin_of,
    unpublished,
)
from openroots.population.names import Weighted

Ages = Weighted[tuple[int, int]]

NEWBORN_DAYS = 28


def _ages(*bands: tuple[int, int, float]) -> Ages:
    return Weighted([(low, high) for low, high, _ in bands], [share for *_, share in bands])


ALONE = _ages(
    *[(18, 25, 3), (25, 35, 10), (35, 45, 11), (45, 55, 16), (55, 65, 21)],
    *[(65, 75, 19), (75, 85, 14), (85, 93, 5.5), (93, 101, 0.5)],
)
COUPLE = _ages(
    *[(19, 25, 4), (25, 35, 14), (35, 45, 6), (45, 55, 17)],
    *[(55, 65, 27), (65, 75, 23), (75, 85, 10), (85, 95, 1)],
)
MOTHER = _ages((19, 25, 2), (25, 30, 7), (30, 40, 36), (40, 50, 37), (50, 60, 18))
NEW_MOTHER = _ages((19, 25, 20), (25, 35, 60), (35, 43, 20))
SHARER = _ages((18, 23, 50), (23, 30, 35), (30, 40, 15))
RESIDENT = _ages((62, 75, 12), (75, 85, 35), (85, 95, 46), (95, 102, 7))
ELDEST = _ages((100, 104, 1))
AT_DEATH = _ages((0, 1, 0.5), (1, 18, 0.5), (18, 50, 6), (50, 70, 18), (70, 85, 40), (85, 101, 35))


def household(index: int, chance: Random, scene: Scene) -> list[Life]:
    """The people of the household with this index, eldest mostly first."""
    lives = _kind(index, chance)(scene)
    home = lives[0].home
    youngest = max(one.born for one in lives)
    for one in lives:
        befall(scene, one, youngest)
    if home and scene.happens(0.72 if scene.today - lives[0].born > 55 * YEAR else 0.25):
        number = scene.town.landline(chance)
        for one in lives:
            one.landline = number
    if not scene.happens(0.6):
        for one in lives:
            one.plain = True
    return lives


def _kind(index: int, chance: Random) -> Callable[[Scene], list[Life]]:
    for every, beginning, kind in RARE:
        if index % every == beginning:
            return kind
    return KINDS.draw(chance)


def alone(scene: Scene) -> list[Life]:
    """One person; of the older ones, about half outlived a partner whose record is kept."""
    one = adult(scene, _born(scene, ALONE))
    lives = [one]
    if one.age(scene.today) >= 60 and scene.happens(0.5):
        lives.append(_late_partner(scene, one))
    else:
        married_before(scene, one)
    _move_in(scene, lives, 11, flats=0.45)
    return lives


def couple(scene: Scene) -> list[Life]:
    """Two people."""
    one = adult(scene, _born(scene, COUPLE), "female")
    other = partner_of(scene, one)
    marry(scene, one, other)
    _move_in(scene, [one, other], 11, flats=0.25)
    return [one, other]


def family(scene: Scene) -> list[Life]:
    """Two parents and their children; some with a grandparent."""
    return _family(scene, _born(scene, MOTHER), both=True)


def lone_parent(scene: Scene) -> list[Life]:
    """A mother and her children."""
    return _family(scene, _born(scene, MOTHER), both=False)


def with_twins(scene: Scene) -> list[Life]:
    """A family in which two children were born at one birth."""
    return _family(scene, _born(scene, MOTHER), both=True, twins=True)


def with_newborn(scene: Scene) -> list[Life]:
    """A family with a child of less than four weeks."""
    born = scene.today - int(scene.chance.random() * NEWBORN_DAYS)
    return _family(scene, _born(scene, NEW_MOTHER), both=True, last_birth=born)


def with_unnamed(scene: Scene) -> list[Life]:
    """A family with a child of a few days, whom nobody has named yet."""
    born = scene.today - int(scene.chance.random() * 6)
    lives = _family(scene, _born(scene, NEW_MOTHER), both=True, last_birth=born)
    youngest = max(lives, key=lambda one: one.born)
    youngest.given, youngest.same_name = ("Baby",), False
    return lives


def sharers(scene: Scene) -> list[Life]:
    """Two to six people who share a flat, each with a past of their own."""
    home = scene.town.flat(scene.chance)
    lives = [adult(scene, _born(scene, SHARER)) for _ in range(scene.between(2, 6))]
    for one in lives:
        settle(scene, [one], home, 1.5)
    return lives


def departed(scene: Scene) -> list[Life]:
    """Somebody who lived alone and has died."""
    days = int(scene.chance.expovariate(1 / 4) * YEAR) % int(15 * YEAR)
    died = scene.today - (days % 30 if scene.happens(0.1) else days)
    low, high = AT_DEATH.draw(scene.chance)
    one = adult(scene, died - int((low + scene.chance.random() * (high - low)) * YEAR))
    one.died = died
    settle(scene, [one], scene.town.house(scene.chance), 11)
    return [one]


def care_home(scene: Scene) -> list[Life]:
    """The residents of a care home: 25 to 60, each with a past of their own; some have died.

    The first is a hundred years old.
    """
    home = scene.town.care_home(scene.chance)
    lives = []
    for nth in range(scene.between(25, 60)):
        born = _born(scene, RESIDENT if nth else ELDEST)
        one = adult(scene, born, "female" if scene.happens(0.7) else "male")
        married_before(scene, one)
        settle(scene, [one], home, 2)
        if nth and scene.happens(0.12):
            after = max(one.since, one.registered, one.married)
            one.died = scene.between(after, scene.today)
        one.care_home = True
        lives.append(one)
    return lives


KINDS: Weighted[Callable[[Scene], list[Life]]] = Weighted(
    [alone, couple, family, lone_parent, sharers, departed],
    [29, 30, 25, 8.5, 4.5, 2],
)
# Rare kinds come at regular intervals of households, so that a small population has each of them.
CARE_HOME_EVERY = 2800
RARE: tuple[tuple[int, int, Callable[[Scene], list[Life]]], ...] = (
    (CARE_HOME_EVERY, 11, care_home),
    (400, 3, with_newborn),
    (600, 5, with_unnamed),
    (60, 7, with_twins),
)


def _born(scene: Scene, ages: Ages) -> int:
    low, high = ages.draw(scene.chance)
    return scene.today - int((low + scene.chance.random() * (high - low)) * YEAR)


def _move_in(scene: Scene, lives: list[Life], years: float, flats: float) -> None:
    chance, town = scene.chance, scene.town
    settle(scene, lives, town.flat(chance) if scene.happens(flats) else town.house(chance), years)


def _late_partner(scene: Scene, one: Life) -> Life:
    other = partner_of(scene, one)
    marry(scene, one, other)
    earliest = max(one.married, other.born + int(45 * YEAR), scene.today - int(15 * YEAR))
    other.died = min(scene.between(earliest, scene.today), scene.today)
    return other


def _family(
    scene: Scene, born: int, both: bool, twins: bool = False, last_birth: int = 0
) -> list[Life]:
    mother = adult(scene, born, "female")
    births = _births(scene, mother.born, last_birth)
    parents = [mother]
    if both:
        other = partner_of(scene, mother)
        other.born = unpublished(min(other.born, births[0] - ADULT))
        marry(scene, mother, other)
        parents.append(other)
    else:
        married_before(scene, mother)
    lineage = _handed_on(scene, parents)
    children = [child(scene, day, lineage, parents) for day in births]
    if twins:
        children.append(twin_of(scene, children[-1]))
    lives = [*parents, *children]
    if both and scene.happens(0.05):
        lives.append(_grandparent(scene, parents[1]))
    _move_in(scene, lives, 8, flats=0.15)
    return lives


def _births(scene: Scene, mother: int, last: int) -> list[int]:
    """The days on which the children who live at home were born, eldest first."""
    chance, today = scene.chance, scene.today
    end = last - 320 if last else today
    day = mother + int(chance.triangular(17.5, 42, 28) * YEAR)
    if day > end:
        day = scene.between(max(mother + ADULT, end - int(12 * YEAR)), end)
    births: list[int] = []
    for _ in range(chance.choice((1, 1, 1, 2, 2, 2, 2, 3, 3, 4))):
        at_home = today - day < (17 + chance.random() * 9) * YEAR
        if at_home and mother + ADULT - 180 <= day <= end:
            births.append(day)
        day += 420 + int(chance.expovariate(1 / 650))
    if last:
        births.append(last)
    if births:
        return births
    # All of them had left home: one child, who has not.
    latest = min(today, mother + int(43 * YEAR))
    return [scene.between(max(mother + ADULT, today - int(19 * YEAR)), latest)]


def _handed_on(scene: Scene, parents: list[Life]) -> str:
    """The family name of the children: mostly the father's."""
    mother, father = parents[0], parents[-1]
    if mother is father:
        absent = scene.happens(0.5) and not mother.maiden
        return mother.culture.family(scene.chance) if absent else mother.lineage
    if mother.married or scene.happens(0.7):
        return father.lineage
    if scene.happens(0.3) and (mother.lineage + father.lineage).isalpha():
        return f"{mother.lineage}-{father.lineage}"
    return mother.lineage


def _grandparent(scene: Scene, father: Life) -> Life:
    """The father's mother, or seldom father."""
    born = father.born - int(scene.chance.triangular(18, 40, 26) * YEAR)
    one = adult(scene, born, "female" if scene.happens(0.75) else "male", father.culture)
    one.lineage = father.lineage
    one.family = father.culture.borne(father.lineage, one.sex, as_wife=True)
    father.parents = (one,)
    return one
