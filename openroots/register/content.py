"""Content: all that a rulebook is made from, as data, and the hash that names it.

For the rulebook, for whoever publishes it, and for a node elsewhere that makes the same from it.

Source: RFC 8785, as far as it says that keys are sorted and nothing is spaced out.
"""

import hashlib
import json
from collections.abc import Iterable

from openroots.register.decision import Decision
from openroots.register.exemption import Exemption
from openroots.register.standard import StageFrom, Standard
from openroots.storage import Json


def content(
    standards: Iterable[Standard], decisions: Iterable[Decision], exemptions: Iterable[Exemption]
) -> Json:
    """The standards with the stages that they have reached, the decisions and the exemptions."""
    return {
        "standards": [whole(standard) for standard in standards],
        "decisions": [decision.to_json() for decision in decisions],
        "exemptions": [exemption.to_json() for exemption in exemptions],
    }


def canonical(data: Json) -> bytes:
    """Such data as bytes, the same for the same data."""
    written = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return written.encode()


def hash_of(data: Json) -> str:
    """The name of such content: the SHA-256 of its canonical JSON."""
    return hashlib.sha256(canonical(data)).hexdigest()


def whole(standard: Standard) -> Json:
    """A standard as its file would hold it, with the stages that it has reached since."""
    return {**standard.data, "stage": [_stage(stage) for stage in standard.stages]}


def _stage(one: StageFrom) -> Json:
    bounds = {
        "settings": list(one.settings),
        "organisation_types": list(one.organisation_types),
    }
    told = {name: values for name, values in bounds.items() if values}
    return {"stage": one.stage.value, "from": one.start.isoformat(), **told}
