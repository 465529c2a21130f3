"""How sure a share is that was counted: exact bounds of Clopper and Pearson.

For error rates. Each bound holds with 95 %: of none in n, the upper one is about 3/n.

Source: Clopper and Pearson, Biometrika 26 (1934): the bound is the share at which what was counted,
or anything further out, would come about in one of twenty trials.
"""

from math import exp, lgamma, log, log1p

SURE = 0.95
STEPS = 60  # of halving: each gives one more bit
NEGLIGIBLE = 1e-18


def upper(count: int, of: int) -> float:
    """The share that is not exceeded, by what was counted, with 95 %."""
    if count >= of:
        return 1.0
    low, high = count / of, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _at_most(count, of, middle) > 1 - SURE:
            low = middle
        else:
            high = middle
    return high


def lower(count: int, of: int) -> float:
    """The share that is reached, by what was counted, with 95 %."""
    return 1.0 - upper(of - count, of) if of else 0.0


def _at_most(count: int, of: int, share: float) -> float:
    """How likely it is that so many or fewer of `of` happen, where each does with this share.

    Summed from the largest term down: `share` is never below count / of, so terms only fall.
    """
    if share >= 1.0:
        return float(count >= of)
    ways = lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
    term = exp(ways + (count * log(share) if count else 0.0) + (of - count) * log1p(-share))
    total, odds = term, (1 - share) / share
    for left in range(count, 0, -1):
        term *= left / (of - left + 1) * odds
        total += term
        if term < NEGLIGIBLE:
            break
    return total
