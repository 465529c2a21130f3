"""The numbers of made-up people: NHS numbers from 999 downwards, and the keys of persons.

For the population. The numbers that published documents name are never given out.

Source: NHS Data Model and Dictionary ("NHS NUMBER"): numbers that begin with 999 are for tests.
"""

from collections.abc import Iterator

from openroots.identifiers import NHSNumber, check_digit

# Those beginning with 9 that documents of the public sandboxes and test environments name.
PUBLISHED = frozenset(
    {
        *("9999999999", "9990003343", "9912003888", "9903002157", "9733162868", "9732019395"),
        *("9730676240", "9727194737", "9727024610", "9727022820", "9693893123", "9692113841"),
        *("9111231130", "9074662803"),
    }
)
KEYS = 1 << 44
STRIDE = 0x9E3779B97F5  # odd, so that it visits every key before it comes back to one


HIGHEST, LOWEST = 99_999_999, 90_010_000  # the first eight digits


def nhs_numbers(first: int = HIGHEST) -> Iterator[NHSNumber]:
    """NHS numbers downwards, without those that are published; the first begins with `first`."""
    for eight in range(first, LOWEST - 1, -1):
        # The ninth digit has the weight two, so ten numbers need the other eight weighed once.
        check_of_nought = check_digit(f"{eight}0")
        for ninth in range(9, -1, -1):
            check = (check_of_nought - 2 * ninth) % 11
            if check < 10 and (number := f"{eight}{ninth}{check}") not in PUBLISHED:
                yield NHSNumber(number)


def person_key(seed: int, ordinal: int) -> str:
    """The stable key of the person with this ordinal: unique within a seed, and no NHS number."""
    return f"p{(ordinal * STRIDE + seed * 0x5DEECE66D) % KEYS:011x}"
