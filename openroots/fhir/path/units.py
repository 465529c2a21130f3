"""Units of measure: what a UCUM unit comes to in base units.

For quantities that are compared or reckoned with. Holds the units that health records use, with
prefixes; a unit that it does not know compares with itself only. Scales that begin elsewhere than
at nothing (degrees Celsius, pH) are units of their own.

Source: UCUM 2.1, tables of base, derived, customary and clinical units.
"""

import re
from decimal import Decimal
from typing import NamedTuple

PREFIXES = {
    **{"Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1},
    **{"d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18},
}
# Each unit: how many of which product of others it is. Those that prefixes go with come first.
METRIC = {
    **{"m": "", "s": "", "g": "", "rad": "", "K": "", "C": "", "cd": "", "mol": ""},
    **{"Cel": "", "[iU]": "", "[IU]": "1 [iU]", "[arb'U]": "", "eq": "1 mol", "osm": "1 mol"},
    **{"U": "1 umol/min", "kat": "1 mol/s", "L": "1 dm3", "l": "1 dm3", "Hz": "1 s-1"},
    **{"N": "1 kg.m/s2", "Pa": "1 N/m2", "J": "1 N.m", "W": "1 J/s", "A": "1 C/s"},
    **{"V": "1 J/C", "F": "1 C/V", "Ohm": "1 V/A", "S": "1 A/V", "Wb": "1 V.s", "T": "1 Wb/m2"},
    **{"H": "1 Wb/A", "lm": "1 cd", "lx": "1 lm/m2", "Bq": "1 s-1", "Gy": "1 J/kg"},
    **{"Sv": "1 J/kg", "t": "1000 kg", "bar": "100000 Pa", "u": "1.66053906660e-24 g"},
    **{"cal": "4.184 J", "m[Hg]": "133322 Pa", "m[H2O]": "9806.65 Pa", "Ci": "37000000000 Bq"},
    **{
        "eV": "1.602176634e-19 J",
        "bit": "",
        "By": "8 bit",
        "[Cal]": "4184 J",
        "Torr": "133.322 Pa",
    },
}
PLAIN = {
    **{"%": "0.01 1", "[ppth]": "0.001 1", "[ppm]": "0.000001 1", "min": "60 s", "h": "3600 s"},
    **{
        "d": "86400 s",
        "wk": "604800 s",
        "mo": "2629800 s",
        "a": "31557600 s",
        "deg": "0.0174532925199433 rad",
    },
    **{"[in_i]": "0.0254 m", "[ft_i]": "0.3048 m", "[yd_i]": "0.9144 m", "[mi_i]": "1609.344 m"},
    **{"[lb_av]": "453.59237 g", "[oz_av]": "28.349523125 g", "[stone_av]": "6350.29318 g"},
    **{"[degF]": "", "[pH]": "", "[drp]": "0.00000005 m3", "[pt_us]": "0.000473176473 m3"},
    **{
        "[pt_br]": "0.00056826125 m3",
        "[foz_br]": "0.0000284130625 m3",
        "[gal_br]": "0.00454609 m3",
    },
    **{
        "[diop]": "1 m-1",
        "[CFU]": "",
        "[HPF]": "1 1",
        "[LPF]": "100 1",
        "[MET]": "",
        "[beth'U]": "",
    },
    **{"atm": "101325 Pa", "10*": "10 1", "10^": "10 1", "[pi]": "3.14159265358979 1"},
}
PIECE = re.compile(r"(10[*^]|\d+|[A-Za-z%]*\[[^\]\s]*\][A-Za-z]*|[A-Za-z%]+)([+-]?\d+)?", re.ASCII)
NOTE = re.compile(r"(^|[./(]?)\{[^{}]*\}")
LONGEST, LARGEST_POWER, MOST_BRACKETS = 100, 30, 10


class Measure(NamedTuple):
    """How many base units one of a unit is, and of which: pairs of a base and its power."""

    factor: Decimal
    bases: tuple[tuple[str, int], ...]


ONE = Measure(Decimal(1), ())


def measure(unit: str) -> Measure | None:
    """What a UCUM unit comes to; None where it is not one of those known."""
    if len(unit) > LONGEST or unit.count("(") > MOST_BRACKETS:
        return None
    return _product(NOTE.sub(_unless_alone, unit)) if unit not in ("", "1") else ONE


def times(left: Measure, right: Measure, power: int = 1) -> Measure:
    """One measure by another, to a power: -1 divides."""
    bases = dict(left.bases)
    for base, count in right.bases:
        bases[base] = bases.get(base, 0) + count * power
    factor = left.factor * right.factor**power
    return Measure(factor, tuple(sorted((base, n) for base, n in bases.items() if n)))


def name_of(found: Measure) -> str:
    """The unit that is the product of these bases, as UCUM writes it."""
    over = ".".join(f"{base}{n if n > 1 else ''}" for base, n in found.bases if n > 0)
    under = "".join(f"/{base}{-n if n < -1 else ''}" for base, n in found.bases if n < 0)
    return f"{over}{under}" or "1"


def _unless_alone(note: re.Match[str]) -> str:
    """A note says nothing of the measure; where it stands alone it is one of something."""
    before = note.group(1)
    return f"{before}1" if before or note.start() == 0 else ""


def _product(text: str) -> Measure | None:
    """Pieces joined by . and /, from left to right; brackets hold products."""
    whole, power, at = ONE, 1, 0
    if text.startswith("/"):
        power, at = -1, 1
    while at < len(text) or at == 0:
        part, at = _piece(text, at)
        if part is None:
            return None
        whole = times(whole, part, power)
        if at < len(text):
            if text[at] not in "./":
                return None
            power = -1 if text[at] == "/" else 1
            at += 1
            if at == len(text):
                return None
    return whole


def _piece(text: str, at: int) -> tuple[Measure | None, int]:
    if text.startswith("(", at):
        end = _closing(text, at)
        return (_product(text[at + 1 : end]), end + 1) if end else (None, at)
    found = PIECE.match(text, at)
    if found is None:
        return (ONE, at) if text == "" else (None, at)
    name, exponent = found.group(1), int(found.group(2) or 1)
    unit = Measure(Decimal(name), ()) if name.isdigit() else _unit(name)
    if unit is None or not 0 < abs(exponent) <= LARGEST_POWER:
        return None, at
    return times(ONE, unit, exponent), found.end()


def _closing(text: str, at: int) -> int:
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    return 0


def _unit(name: str) -> Measure | None:
    if name in METRIC or name in PLAIN:
        return _defined(name)
    for prefix in (name[:2], name[:1]):
        rest = name[len(prefix) :]
        if prefix in PREFIXES and rest in METRIC:
            found = _defined(rest)
            return found._replace(factor=found.factor.scaleb(PREFIXES[prefix]))
    return None


def _defined(name: str) -> Measure:
    number, _, unit = (METRIC.get(name) or PLAIN.get(name) or "").partition(" ")
    if not number:
        return Measure(Decimal(1), ((name, 1),))
    found = measure(unit) or ONE
    return found._replace(factor=found.factor * Decimal(number))
