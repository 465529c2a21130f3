"""A comment that was typed in on the page of a draft: what it lacks, and why it was refused.

For the pages about standards. The register tells programs of the keys of a body and of headers;
whoever filled in a form is told of its labels, each mistake beside the field that it is about.

Source: NHS digital service manual, "Error messages".
"""

import re
from collections.abc import Mapping

import orjson

from openroots.pages.door import Heard

LABELS = {
    "kind": "What it is",
    "section": "What it is about",
    "quote": "What you copied",
    "text": "Your comment",
    "name": "Your name",
    "organisation": "Your organisation",
}
LACKING = {"kind": "Choose what your comment is.", "text": "Write your comment."}
NOWHERE = "Choose the section that these words are copied from."
NO_KEY = "This is neither a key nor a token of an application."
KEY_NEEDED = "Enter the key of your application, or Bearer, a blank, and an access token."
SENT_BEFORE = "You sent this form before, and it said something else. Publish it again to add this."
OF_A_KEY = re.compile(rf"(body: )?({'|'.join(LABELS)}):? (.*)", re.DOTALL)
OF_WORDS = {"quote": "does not say what is quoted", "section": "There is no section"}

Wrong = dict[str, str]  # what is wrong with each field; "" with the whole


def body_of(form: Mapping[str, str]) -> bytes:
    """What was typed in, as the body of a request."""
    return orjson.dumps({name: form[name] for name in LABELS if form.get(name)})


def lacking(form: Mapping[str, str]) -> Wrong:
    """What a comment cannot be without and is."""
    wrong = {name: words for name, words in LACKING.items() if not form.get(name)}
    if form.get("quote") and not form.get("section"):
        wrong["section"] = NOWHERE
    return wrong


def refused(heard: Heard) -> Wrong:
    """Why the register did not take it."""
    first, *mend = heard.refusal
    if heard.status == 401:
        return {"key": KEY_NEEDED if first.startswith("Missing") else NO_KEY}
    if first.startswith("X-Request-ID"):
        return {"": SENT_BEFORE}
    if found := OF_A_KEY.match(first):
        of_body, name, words = found.groups()  # of a body's form, the mend is the API's description
        return {name: " ".join([f"{LABELS[name]} {words}", *([] if of_body else mend)])}
    name = next((name for name, words in OF_WORDS.items() if words in first), "")
    return {name: " ".join([first, *mend])}
