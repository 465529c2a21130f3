"""An answer as a client got it.

For `testing`, and whoever tests with it.

Source: FHIR R4, OperationOutcome, for the code.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from openroots.gateway.wire import Answer


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as a client got it. `body` is parsed where it is JSON."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON of the answer; None where it has no body."""
        return orjson.loads(self.raw) if self.raw else None

    @property
    def code(self) -> str:
        """The code of an OperationOutcome's first issue; "" for any other body."""
        body = self.body
        if not isinstance(body, dict) or body.get("resourceType") != "OperationOutcome":
            return ""
        code: str = body["issue"][0]["details"]["coding"][0]["code"]
        return code


def told_of(answer: Answer) -> Told:
    """The answer that went out, as its client reads it."""
    headers = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
    return Told(answer.status, headers, answer.body)
