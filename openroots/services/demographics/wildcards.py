"""Text in which * stands for any characters.

For searches. It is compared without going back, so no pattern takes longer than its length says.

Source: PDS FHIR API, "Search for a patient", on names and postcodes.
"""

WILDCARD = "*"
LITERAL_START = 2  # characters at the beginning that no wildcard may stand for


def is_pattern(text: str) -> bool:
    """Whether there is a wildcard in it."""
    return WILDCARD in text


def starts_too_early(text: str) -> bool:
    """Whether a wildcard is among the first two characters."""
    return WILDCARD in text[:LITERAL_START]


def literal_start(text: str) -> str:
    """What stands before the first wildcard: all of it where there is none."""
    return text.partition(WILDCARD)[0]


def literal_length(text: str) -> int:
    """How many characters are not wildcards."""
    return len(text) - text.count(WILDCARD)


def fits(pattern: str, text: str) -> bool:
    """Whether the text is the pattern, with any characters in the place of each wildcard."""
    start, *middle = pattern.split(WILDCARD)
    if not middle:
        return text == start
    end = middle.pop()
    if len(text) < len(start) + len(end) or not (text.startswith(start) and text.endswith(end)):
        return False
    at, stop = len(start), len(text) - len(end)
    for part in middle:
        at = text.find(part, at, stop)
        if at < 0:
            return False
        at += len(part)
    return True
