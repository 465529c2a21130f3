"""Identifiers that the health service issues, each a value that cannot exist in a wrong form.

For everyone above: what has been made into one of these need not be checked again.

Source: NHS Data Model and Dictionary ("NHS NUMBER", "ORGANISATION CODE").
"""

import re

ODS_CODE = re.compile(r"[A-Z0-9]{3,10}")
TEN_DIGITS = re.compile(r"\d{10}", re.ASCII)
DIGITS = re.compile(r"\d(?:[ -]?\d){9,}", re.ASCII)


class NHSNumber(str):
    """Ten digits, the last a modulus-11 check digit. Raises ValueError for any other text.

    Spaces are not accepted: the form on the wire has none.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> "NHSNumber":
        if not TEN_DIGITS.fullmatch(text):
            raise ValueError("an NHS number is ten digits")
        if check_digit(text[:9]) != int(text[9]):
            raise ValueError("the last digit of an NHS number checks the nine before it")
        return super().__new__(cls, text)

    @property
    def spaced(self) -> str:
        """As people read it: three, three and four digits."""
        return f"{self[:3]} {self[3:6]} {self[6:]}"


class ODSCode(str):
    """The code of an organisation. Raises ValueError for anything but 3-10 capitals and digits."""

    __slots__ = ()

    def __new__(cls, text: str) -> "ODSCode":
        if not ODS_CODE.fullmatch(text):
            raise ValueError("an ODS code is three to ten capital letters and digits")
        return super().__new__(cls, text)


def check_digit(nine_digits: str) -> int:
    """The tenth digit of an NHS number; 10 where the nine can carry none and are never issued."""
    a, b, c, d, e, f, g, h, i = nine_digits.encode()
    # Written out: this is a tenth of what a read costs when it is a loop. The digits are bytes,
    # each 48 too large, which 48 * 54 takes off again.
    weighted = 10 * a + 9 * b + 8 * c + 7 * d + 6 * e + 5 * f + 4 * g + 3 * h + 2 * i - 48 * 54
    return (11 - weighted % 11) % 11


def without_nhs_numbers(text: str) -> str:
    """The text with each run of digits that has an NHS number in it covered: for trails and logs.

    Spaces and hyphens between digits hide none.
    """
    return DIGITS.sub(lambda found: _cover(found.group()), text)


def _cover(run: str) -> str:
    digits = run.replace(" ", "").replace("-", "")
    tens = (digits[start : start + 10] for start in range(len(digits) - 9))
    hidden = any(check_digit(ten[:9]) == int(ten[9]) for ten in tens)
    return "[NHS number]" if hidden else run
