"""The register as the store keeps it: decisions as resources, and the rulebook that they make.

For the seeding of a world, its opening, and the tooling that takes new decisions.

Source: none.
"""

from openroots.register.decision import Decision
from openroots.register.rulebook import Rulebook, compile_rulebook
from openroots.register.standard import load_standards
from openroots.storage import Change, Query, Snapshot

DECISION = "Decision"
MOST = 100_000  # far more than a register takes in its life


def as_change(decision: Decision) -> Change:
    """What to commit so that a new decision is kept. It is reference data, and nobody's."""
    return Change(DECISION, decision.id, decision.to_json(), expect=0)


def decisions_in(db: Snapshot) -> list[Decision]:
    """Every decision that the register has taken, in the order of their ids."""
    return [Decision.from_json(row.body) for row in db.search(Query(DECISION, limit=MOST)).rows]


def rulebook_of(db: Snapshot) -> Rulebook:
    """The rulebook of the standards that the program brings and the decisions taken on them."""
    return compile_rulebook(load_standards(), decisions_in(db))
