"""Newcomers for tests: somebody to be created, and how to ask for it."""

from copy import deepcopy

from openroots.services.demographics.creating import EXAMPLE

PATIENTS = "/personal-demographics/FHIR/R4/Patient"
AUTHORITY = EXAMPLE["extension"][0]
GONE = object()  # stands for a part that is left out


def person(**parts):
    """The example of a person, with some parts otherwise; "name/0/family" is inside another."""
    body = deepcopy(EXAMPLE)
    for path, value in parts.items():
        *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        holder = body
        for step in way:
            holder = holder[step]
        if value is GONE:
            del holder[last]
        else:
            holder[last] = value
    return body


def create(nation, body, **asked):
    """What creating this person is answered."""
    return nation.ask("POST", PATIENTS, body, **asked)
