"""Made-up people like those that somebody has in mind: a family of five, twins, a restricted one.

For whoever makes test people for a case of their own. They are found in a made-up nation of its own
seed, so they are as credible as all others; their numbers are that nation's, and have to be
replaced where another nation has the same.

Source: none.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from openroots.population import KINDS, Household, Person, make
from openroots.population.lives import ADULT

SMALLEST, LARGEST = 2, 7  # people in a family
FAMILY = re.compile(r"family-of-([2-7])", re.ASCII)
TWINS = "twins"
DEATH_TOMORROW = "death-tomorrow"
OLD = 70  # years
SEARCHED = 60_000  # people at most, among whom they are looked for
LIKES = {
    **{
        f"family-of-{size}": f"a household of {size} with a child"
        for size in range(SMALLEST, LARGEST + 1)
    },
    TWINS: "a household in which two were born at one birth",
    DEATH_TOMORROW: "somebody over 70 whose death is notified tomorrow, by the world's time",
    **KINDS,
}


def alike(like: str, seed: int, today: date) -> Iterator[Household]:
    """Households in which there is somebody like this; of a kind of person, with that person alone.

    Raises ValueError for a likeness that is not known.
    """
    if like not in LIKES:
        raise ValueError(f"nobody is known to be like {like}: there are {', '.join(LIKES)}")
    household_fits = _fitting(like, today.toordinal())
    for household in make(SEARCHED, seed, today):
        if household_fits is not None:
            if household_fits(household):
                yield household
        else:
            found = tuple(person for person in household.people if _is_like(person, like))
            yield from (Household((person,), household.places) for person in found)


def _is_like(person: Person, like: str) -> bool:
    if like != DEATH_TOMORROW:
        return like in person.kinds
    life = person.life
    return not (life.died or life.removed) and life.age(person.today) >= OLD


def _fitting(like: str, today: int) -> Callable[[Household], bool] | None:
    """Whether a household is like this; None where the likeness is of one person."""
    if like == TWINS:
        return lambda household: sum(one.life.birth_order > 0 for one in household.people) >= 2
    if not (family := FAMILY.fullmatch(like)):
        return None
    size = int(family[1])
    return lambda household: len(household.people) == size and _has_child(household, today)


def _has_child(household: Household, today: int) -> bool:
    return any(today - one.life.born < ADULT for one in household.people) and not any(
        one.life.care_home for one in household.people
    )
