"""The agreements with which a nation begins: all that its services do rests on one of them.

For the seeding of a world and its opening. They are changed and ended as any other.

Source: Health and Social Care Act 2012, section 251B; the words are invented.
"""

from openroots.register.agreement import ALL, IN_FORCE
from openroots.register.purposes import INDIVIDUAL_CARE
from openroots.storage import Json

RELATIONSHIPS = "legitimate-relationships"
SINCE = "1900-01-01"  # wherever the clock of a world can be put, its services answer


def founding_agreements() -> list[Json]:
    """The bodies of the founding agreements."""
    return [
        _national(
            "national-demographics",
            "Demographics for direct care",
            "demographics",
            "Everybody who cares for you can look up your name, address and practice, and put "
            "them right. You can do so too.",
        ),
        _national(
            "national-relationships",
            "Who cares for whom",
            RELATIONSHIPS,
            "Staff can say that they care for you, or look at a record in an emergency. Each such "
            "look is told to a privacy officer.",
        ),
        _national(
            "national-events",
            "Events for direct care",
            "events",
            "Those who care for you can be told that something about you has changed, such as "
            "where you live, so that they need not ask you again.",
        ),
        _national(
            "national-access-log",
            "Who looked at a record",
            "access-log",
            "You can see who looked at your record and why; so can privacy officers.",
        ),
    ]


def _national(id: str, title: str, category: str, summary: str) -> Json:
    return {
        "id": id,
        "title": title,
        "parties": [ALL],
        "controllers": [ALL],
        "recipients": [ALL],
        "categories": [category],
        "actions": [ALL],
        "purposes": list(INDIVIDUAL_CARE),
        "basis": "Health and Social Care Act 2012, section 251B: duty to share for direct care",
        "conditions": {},
        "from": SINCE,
        "to": None,
        "state": IN_FORCE,
        "summary": summary,
    }
