"""Named checks: what a clause asks that a condition cannot say.

A standard names one with `check = "person-name-characters"`. Each is a plain function of what the
clause is about, a request (`Sent`) or a record (a dict), and says whether the clause is met.

Source: each check names its own.
"""

from openroots.register.checks.names import usual_family_name_is_written_in_letters
from openroots.register.condition import Judge

CHECKS: dict[str, Judge] = {
    "usual-family-name-characters": usual_family_name_is_written_in_letters,
}
