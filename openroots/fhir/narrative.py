"""The narrative: XHTML that says in words what the resource says, and nothing that acts.

For the invariants txt-1 and txt-2, and for htmlChecks() of FHIRPath. The div is read by a parser
that knows no entity but XML's own and no document type, so it cannot grow while it is read.

Source: FHIR R4 4.0.1, section 2.4.0 (Narrative); HTML 4.0 chapters 7 to 11 and 15.
"""

import re
from xml.parsers import expat

ELEMENTS = frozenset(
    """a abbr acronym address area b bdo big blockquote br caption cite code col colgroup dd dfn
    div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li map ol p pre q samp small span strong sub sup
    table tbody td tfoot th thead tr tt ul var""".split()  # noqa: SIM905
)
ATTRIBUTES = frozenset(
    """abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign
    char charoff charset cite class colspan compact coords dir frame headers height href hreflang
    hspace id lang longdesc name nowrap rel rev rowspan rules scope shape span src start style
    summary tabindex title type usemap valign value vspace width xml:lang xml:space
    xmlns""".split()  # noqa: SIM905
)
NAMESPACE = "http://www.w3.org/1999/xhtml"
DEEPEST = 200
LINKS = frozenset({"href", "src", "cite", "longdesc"})
UNSEEN = re.compile(r"[\x00-\x20]+")  # a browser leaves these out of the name of a scheme
ACTING = re.compile(r"javascript:|vbscript:|data:(?!image/)", re.IGNORECASE)
PLAIN = re.compile(rf'<div xmlns="{NAMESPACE}">\s*+[^<>&\s][^<>&]*</div>')
NOTHING_TOLD = "no words and no image"
FORM = "one div of basic HTML with words or an image in it, and no script, form, style or frame"


class _Refused(Exception):
    """The narrative holds what it may not."""


def html_fault(text: str, *, in_namespace: bool = True) -> str:
    """What is wrong with the div of a narrative; "" where nothing is. Where it need not be said to
    be `in_namespace`, the div may be without one."""
    if text.isprintable() and PLAIN.fullmatch(text):
        return ""
    reader = expat.ParserCreate()
    seen = _Seen(in_namespace)
    reader.StartElementHandler = seen.start
    reader.EndElementHandler = seen.end
    reader.CharacterDataHandler = seen.words
    reader.StartDoctypeDeclHandler = seen.doctype
    reader.ProcessingInstructionHandler = seen.instruction
    try:
        reader.Parse(text.encode("utf-8", "surrogatepass"), True)
    except _Refused as refused:
        return str(refused)
    except expat.ExpatError as error:
        return f"what is not well formed, in line {error.lineno}"
    return "" if seen.told else NOTHING_TOLD


class _Seen:
    """What has been read so far."""

    def __init__(self, in_namespace: bool) -> None:
        self.without = NAMESPACE if not in_namespace else None
        self.depth = 0
        self.told = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.depth == 0:
            if name != "div":
                raise _Refused(f"<{name[:20]}> where one <div> should be all")
            if attributes.get("xmlns", self.without) != NAMESPACE:
                raise _Refused(f"a div that is not in the namespace {NAMESPACE}")
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Refused(f"more than {DEEPEST} levels")
        if name not in ELEMENTS:
            raise _Refused(f"<{name[:20]}>, which is not among the elements of basic HTML")
        for key, value in attributes.items():
            self._attribute(key, value)
        self.told = self.told or name == "img"

    def _attribute(self, key: str, value: str) -> None:
        if key not in ATTRIBUTES and not key.startswith("xmlns:"):
            raise _Refused(f"the attribute {key[:20]}, which is not among those of basic HTML")
        if key in LINKS and ACTING.match(UNSEEN.sub("", value)):
            raise _Refused("a link that acts")

    def end(self, _name: str) -> None:
        self.depth -= 1

    def words(self, text: str) -> None:
        self.told = self.told or not text.isspace()

    def instruction(self, *_told: object) -> None:
        raise _Refused("a processing instruction")

    def doctype(self, *_told: object) -> None:
        raise _Refused("a document type")
