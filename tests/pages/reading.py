"""What is read on a page, without its tags.

For the tests of pages.
"""

import re
from html import unescape


def words_of(page: str) -> str:
    """What is read on a page: no tags, each space once."""
    hidden = r'<span class="nhsuk-table__heading".*?</span>|<head>.*?</head>'
    return " ".join(unescape(re.sub("<.*?>", " ", re.sub(hidden, "", page, flags=re.S))).split())


def hidden_in(page: str, name: str) -> list[str]:
    """What the forms of a page send along unseen, under this name."""
    return [unescape(found) for found in re.findall(f'name="{name}" value="(.*?)"', page)]
