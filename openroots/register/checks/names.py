"""Checks on the names of people, for the standard `usual-name`.

Source: Unicode 15.0, general categories (chapter 4.5): L is letters, M the marks joined to them.
"""

import unicodedata
from typing import Any

from openroots.register.path import read_record

BESIDE_LETTERS = frozenset(" -'.\u2019")  # and the apostrophe that word processors put in

usual_family_names = read_record("name[use=usual].family")


def usual_family_name_is_written_in_letters(patient: Any) -> bool:
    """Whether each usual family name has a letter, and no more than its few companions."""
    names = [name for name in usual_family_names(patient) if name is not None]
    return all(isinstance(name, str) and written_in_letters(name) for name in names)


def written_in_letters(name: str) -> bool:
    """Whether a name is made of letters of any script, spaces, hyphens, apostrophes, full stops.

    A regular expression of Python cannot say this: in many languages a letter is written with a
    mark of its own, as in the Yoruba "Adé\u0323".
    """
    kinds = {unicodedata.category(sign)[0] for sign in name if sign not in BESIDE_LETTERS}
    return "L" in kinds and kinds <= {"L", "M"}
