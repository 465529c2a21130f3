"""How far two spellings are apart: letters dropped, added, changed, or two in the other order.

For tracing, where a name was mistyped.

Source: the optimal string alignment distance, a restricted form of Damerau's and Levenshtein's.
"""

FAR = 3  # from here on it does not matter how far
SHORT, LONG = 5, 8  # letters: below the one only two in the other order, from the other two slips


def distance(one: str, other: str) -> int:
    """How many slips lead from one text to the other; FAR for that many or more."""
    if one == other:
        return 0
    if abs(len(one) - len(other)) >= FAR:
        return FAR
    one, other = _unlike(one, other)
    letters, others = set(one), set(other)
    # Each letter that only one of them has takes a slip of its own: most names are told apart here.
    if len(letters - others) >= FAR or len(others - letters) >= FAR:
        return FAR
    above, row = [FAR] * (len(other) + 1), list(range(len(other) + 1))
    for at, letter in enumerate(one):
        before, above, row = above, row, [at + 1]
        for to, found in enumerate(other):
            least = min(above[to] + (letter != found), above[to + 1] + 1, row[to] + 1)
            if at and to and letter == other[to - 1] and one[at - 1] == found:
                least = min(least, before[to - 1] + 1)
            row.append(least)
        if min(row) >= FAR:
            return FAR
    return min(row[-1], FAR)


def _unlike(one: str, other: str) -> tuple[str, str]:
    """What is left of two texts without their common beginning and end."""
    start, most = 0, min(len(one), len(other))
    while start < most and one[start] == other[start]:
        start += 1
    end = 0
    while end < most - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[start : len(one) - end], other[start : len(other) - end]


def is_slip(one: str, other: str, apart: int) -> bool:
    """Whether two names that are so far apart are so near that one is the other mistyped: one slip,
    two in a long name, and in a short one only two letters in the other order."""
    length = max(len(one), len(other))
    if length < SHORT:
        return apart == 1 and len(one) == len(other) and sorted(one) == sorted(other)
    return apart <= (2 if length >= LONG else 1)
