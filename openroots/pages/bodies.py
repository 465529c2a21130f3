"""How the body of a request or an answer is read on a page: as text, indented, and not endless.

For the pages about requests, and those on which an API is tried.

Source: none.
"""

import orjson

MOST_SHOWN = 20_000  # characters


def readable(body: object) -> str:
    """A body as it is read on a page; "" for none."""
    if body is None:
        return ""
    text = body if isinstance(body, str) else _json(body)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}\n[and more]"


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
