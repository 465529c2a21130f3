"""Whether a narrative is XHTML of the kind that FHIR allows.

For htmlChecks(). The text must be one `div`, well-formed, with formatting only: no scripts, no
forms, no doctype, no entities but XML's own, no links that run something; and it must say
something.

Source: FHIR R4 4.0.1 section 2.4.0 (Narrative), invariants txt-1 and txt-2.
"""

from typing import Any
from xml.parsers import expat

XHTML = "http://www.w3.org/1999/xhtml"
LONGEST, DEEPEST = 1_000_000, 200
ELEMENTS = """
a abbr acronym address b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em
h1 h2 h3 h4 h5 h6 hr i img kbd li map area ol p pre q samp small span strong sub sup table tbody td
tfoot th thead tr tt ul var
"""
ATTRIBUTES = """
abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff cite class colspan
coords dir frame headers height href hreflang id lang longdesc name nowrap rel rev rowspan rules
scope shape span src start style summary tabindex title type usemap valign value width xml:lang
xmlns
"""
LINKS = frozenset({"href", "src", "cite", "longdesc"})
ALLOWED, KNOWN = frozenset(ELEMENTS.split()), frozenset(ATTRIBUTES.split())
RUNS = ("javascript:", "vbscript:", "data:text")


class _Refused(Exception):
    """Something that a narrative may not hold."""


def is_narrative(text: str) -> bool:
    """Whether a text is a narrative that FHIR allows."""
    if len(text) > LONGEST:
        return False
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.refused
    parser.ProcessingInstructionHandler = reading.refused
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except (_Refused, expat.ExpatError, UnicodeError):
        return False
    return reading.says_something


class _Reading:
    def __init__(self) -> None:
        self.depth = 0
        self.says_something = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        is_first = self.depth == 0
        self.depth += 1
        if name not in ALLOWED or (is_first and name != "div") or self.depth > DEEPEST:
            raise _Refused
        if is_first and attributes.get("xmlns", XHTML) != XHTML:
            raise _Refused
        for attribute, value in attributes.items():
            if attribute not in KNOWN:
                raise _Refused
            if attribute in LINKS and _runs(value):
                raise _Refused
        self.says_something |= name == "img"

    def end(self, name: str) -> None:
        self.depth -= 1

    def text(self, found: str) -> None:
        self.says_something |= not found.isspace()

    def refused(self, *what: Any) -> None:
        raise _Refused


def _runs(link: str) -> bool:
    bare = "".join(char for char in link.lower() if char > " ")
    return bare.startswith(RUNS)
