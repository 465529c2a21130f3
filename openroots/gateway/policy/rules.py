"""The rules by which a use of data is permitted or refused: an id, words, and how to mend it.

For the policy. The id goes into the trail and the audit entry of each request; the words and the
mend into the refusal, in the dialect of the API that was asked.

    access-mode       who may use the endpoint at all        (its rows: access-refused)
    own-record        a patient asks for their own record    (not-own-record)
    the others        the table here                         (policy-refused)

Source: reference tables of IHE and NHS policies on access control; the words are ours.
"""

from typing import NamedTuple

from openroots.problem import Problem

ACCESS_MODE, OWN_RECORD, PROXY, ROLE = "access-mode", "own-record", "proxy", "role"
NO_ROLE, ROLE_UNTOLD = "no-role", "role-untold"
PURPOSE, AGREEMENT, ASSURANCE = "purpose", "agreement", "assurance"
RELATIONSHIP, BREAK_GLASS, OPT_OUT = "relationship", "break-glass", "opt-out"
MODE_ROWS = {"access-refused": ACCESS_MODE, "not-own-record": OWN_RECORD}


class Rule(NamedTuple):
    """Why somebody is refused, and what they can do about it."""

    reason: str
    mend: str


RULES = {
    PROXY: Rule(
        "Whoever acts for this patient has no proxy role in force that lets them {action} "
        "{category} data",
        "The patient, or their practice, can give the permission {category}:{action}; a role that "
        "has ended can be given again.",
    ),
    ROLE: Rule(
        "The role in which the user acts does not let them {action} {category} data",
        "Act in a role with one of {roles}: the header NHSD-Session-URID names the role.",
    ),
    NO_ROLE: Rule(
        "The user has no role in any organisation now, and staff see people's data in a role alone",
        "Have their organisation give them a role, as openroots staff add-role does, or act as "
        "somebody who has one.",
    ),
    ROLE_UNTOLD: Rule(
        "It is not told in which of the user's own roles they act",
        "Send the id of one of them in NHSD-Session-URID; /oauth2/userinfo names each as "
        "person_roleid. Who has a single role may leave the header out.",
    ),
    PURPOSE: Rule(
        "The application is not registered to use data for the purpose {purpose}",
        "Ask for a purpose that it is registered for ({allowed}) in OpenRoots-Purpose, or register "
        "it for this one.",
    ),
    AGREEMENT: Rule(
        "No agreement in force lets {recipient} {action} {category} data {words}",
        "openroots agreements list shows what is agreed; {ended}.",
    ),
    ASSURANCE: Rule(
        "The user is not known as surely as the agreement {agreement} asks",
        "Have the user log in at level {level} or higher.",
    ),
    RELATIONSHIP: Rule(
        "Neither the user nor their organisation has a legitimate relationship with this person",
        "Register or refer the person, or claim a relationship: POST "
        "/legitimate-relationships/claims; in an emergency, POST "
        "/legitimate-relationships/break-glass with a reason, which lets them see the record.",
    ),
    BREAK_GLASS: Rule(
        "The user broke the glass for this person: that lets them see the record, not change it",
        "Claim a relationship with whoever is in the user's care, which lets them do both: POST "
        "/legitimate-relationships/claims.",
    ),
    "relationship-many": Rule(
        "More people have a relationship with the organisation than one question can be about",
        "Ask for one person by NHS number.",
    ),
}


def refusal(rule: str, **fields: object) -> Problem:
    """The Problem that a rule refuses with."""
    row = RULES[rule]
    reason, mend = row.reason.format_map(fields), row.mend.format_map(fields)
    return Problem("policy-refused", rule=rule, reason=reason, mend=mend)


def rule_of(problem: Problem) -> str:
    """The id of the rule that a Problem of the policy stems from."""
    return str(problem.fields.get("rule") or MODE_ROWS.get(problem.row, ACCESS_MODE))
