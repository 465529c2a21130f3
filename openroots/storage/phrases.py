"""Short signs for long phrases that recur in the JSON that is kept: a third of the bytes is left.

For the stores. JSON holds no control characters, so each can stand for a phrase. It is undone by
replacing, which takes a few microseconds; what was kept before there were signs reads as it is.

The phrases stand one a line in phrases.txt, the longest first. A phrase keeps its line for good,
as what is kept relies on it; a new one is added at the end, and there is room for eight.

Source: none.
"""

from importlib.resources import files

# Neither of these separates what `forms` packs.
SIGNS = tuple(bytes((code,)) for code in range(1, 32) if code != ord("\n"))
PHRASES = tuple(files(__package__).joinpath("phrases.txt").read_bytes().splitlines())
PAIRS = tuple(zip(SIGNS, PHRASES, strict=False))


def short(raw: bytes) -> bytes:
    """JSON with its phrases as signs."""
    for sign, phrase in PAIRS:
        raw = raw.replace(phrase, sign)
    return raw


def whole(kept: bytes) -> bytes:
    """The JSON of which these are the short bytes."""
    for sign, phrase in PAIRS:
        kept = kept.replace(sign, phrase)
    return kept
