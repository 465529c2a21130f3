"""JSON that somebody else has written, as a verb is given it in a file or an answer.

Source: RFC 8259 (section 9: a parser may limit how deep it reads).
"""

import json
from typing import Any


def parsed(text: str | bytes) -> Any:
    """What a JSON text holds. Raises ValueError for any other text, and for one that is nested so
    deep that it cannot be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
