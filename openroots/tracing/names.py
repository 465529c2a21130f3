"""How names are written: particles, endings, and what spaces and hyphens do.

For tracing. Names come folded: without case, accents or letters of their own.

Source: own lists; the order of names, particles and endings as they are generally known.
"""

import re
from functools import lru_cache

BETWEEN_PARTS = re.compile(r"[\s-]+")
BETWEEN_WORDS = re.compile(r"[\W\d_]+")
APOSTROPHES = re.compile("['’ʻʼ`]")
MARKS = re.compile("[\\W_\u02b0-\u02ff]+")  # with the letters that only modify others, such as ʼ

# Words before a family name that some leave out: of, from, son of, daughter of, the.
LEFT_OUT = """
a ab af al ap ar as at av ban bar bat ben bin bint binte binti bt bte d da dal dalla das de
degli dei del dela della delle den der des di do dos du e el een ferch ibn ibnu i l la las le
les lo los mac mc mhic m nic ni o of op ould oud san santa saint st ste t te ten ter ui umm um
uit v van vande vander vd ver verch verd von vom y zu zum zur abu abou
"""
PARTICLES = frozenset(LEFT_OUT.split())
# First given names that several children of one family may have, who are told apart by the next.
GIVEN_TO_MANY = frozenset(
    {"muhammad", "mohammed", "mohammad", "mohamed", "mohamad", "muhammed", "muhamad", "mohamud"}
    | {"mohd", "md", "abdul", "syed", "sayed", "sri", "shri", "mst", "mosammat", "musammat"}
)
# What stands for the given name of a child whom nobody has named yet: of two twins for both.
NOT_YET_NAMED = frozenset(
    {"baby", "babe", "infant", "newborn", "neonate", "child", "twin", "triplet", "boy", "girl"}
    | {"male", "female", "unnamed", "unknown", "not", "unborn", "babyboy", "babygirl"}
)
# Endings of one family name as men and as women bear it, the longest first.
ENDINGS = (
    *(("ovska", "ovsky"), ("evska", "evsky"), ("skaya", "sky"), ("skaia", "sky"), ("skaja", "sky")),
    *(("iene", "as"), ("aite", "as"), ("yte", "is"), ("dzka", "dzki")),
    *(("ska", "ski"), ("cka", "cki"), ("ova", "ov"), ("eva", "ev"), ("ina", "in"), ("aya", "y")),
    *(("opoulou", "opoulos"), ("idou", "idis"), ("aki", "akis"), ("ou", "os")),
)
OVA = "ova"
KEPT = 20_000  # names that are kept in memory as they are compared: those that most people have


def parts_of(name: str) -> list[str]:
    """The words of a name, which spaces or hyphens part."""
    return BETWEEN_PARTS.split(name)


def joined(name: str) -> str:
    """A name without what parts it: "o'brien", "o brien" and "obrien" are written alike then.
    Numbers stay, as children whom nobody has named yet are told apart by them."""
    return name if name.isalpha() and name.isascii() else MARKS.sub("", name)


def is_initial(name: str) -> bool:
    """Whether a name is one Latin letter, which stands for any name that begins with it."""
    letters = joined(name)
    return len(letters) == 1 and letters.isascii() and letters.isalpha()


def is_of_many(given: str) -> bool:
    """Whether a first given name may be that of each child of a family, as it is none yet, or no
    more than an initial."""
    if is_initial(given) or not any(map(str.isalnum, given)):
        return True
    return not NOT_YET_NAMED.isdisjoint(BETWEEN_WORDS.split(given))


def bare(name: str) -> str:
    """The letters of a family name without its particles: "van der berg" and "berg" are alike."""
    return "".join(words_of(name))


@lru_cache(KEPT)
def words_of(family: str) -> tuple[str, ...]:
    """The words of a family name but for its particles, each by its letters: all, where it has no
    others."""
    words = [joined(word) for word in parts_of(APOSTROPHES.sub(" ", family))]
    said = [word for word in words if word not in PARTICLES] if len(words) > 1 else words
    return tuple(filter(None, said)) or (joined(family),)


def in_another_order(one: str, other: str) -> bool:
    """Whether two family names have the same words, but for particles, not in the same order:
    Smith-Jones and Jones-Smith."""
    own, others = words_of(one), words_of(other)
    return len(own) > 1 and own != others and sorted(own) == sorted(others)


@lru_cache(KEPT)
def as_borne_by_men(family: str) -> str:
    """The letters of a family name with the ending that men of the family bear, where there are
    two: "kowalska" as "kowalski"."""
    letters = joined(family)
    for ending, other in ENDINGS:
        if letters.endswith(ending) and len(letters) > len(ending) + 2:
            return letters[: -len(ending)] + other
    return letters


def of_one_family(one: str, other: str) -> bool:
    """Whether two family names differ in nothing but that a man bears one and a woman the other."""
    own, others = as_borne_by_men(one), as_borne_by_men(other)
    if own == others:
        return True
    short, long = sorted((joined(one), joined(other)), key=len)
    return long == short + OVA or long == short.rstrip("aeiouy") + OVA
