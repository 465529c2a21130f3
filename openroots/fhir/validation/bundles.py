"""A bundle's entries, gone through once, so that each reference in it is looked up and not sought.

For the judging of bundles and of the references in them. Ten thousand entries cost ten thousand
look-ups.

Source: FHIR R4 4.0.1, section 2.36.4 (Resolving references in Bundles).
"""

from typing import Any

from openroots.fhir.validation.places import Place
from openroots.fhir.validation.run import Run

Json = dict[str, Any]

URL = "http://hl7.org/fhir/StructureDefinition/Bundle"
WHOLE = frozenset({"document", "message", "transaction"})  # hold what their URNs refer to


class Entries:
    """A bundle's resources by full URL, and by type and id."""

    def __init__(self, bundle: Json, at: Place, run: Run) -> None:
        type = bundle.get("type")
        self.whole = type.__class__ is str and type in WHOLE
        self._held: dict[str, Json] = {}
        given = bundle.get("entry")
        for i, entry in enumerate(given if given.__class__ is list else ()):
            if entry.__class__ is dict:
                self._take(entry, (at, "entry", i), run)

    def _take(self, entry: Json, at: Place, run: Run) -> None:
        url, resource = entry.get("fullUrl"), entry.get("resource")
        if not isinstance(resource, dict):
            return
        type = resource.get("resourceType")
        if type.__class__ is not str:
            return
        if url.__class__ is str:
            _told_of(url, resource.get("id"), at, run)
            if self.whole and url in self._held:
                run.tell("bundle-repeated", at, given=url, source=URL)
            self._held[url] = resource
        id = resource.get("id")
        if id.__class__ is str:
            self._held.setdefault(f"{type}/{id}", resource)

    def type_of(self, reference: str) -> str:
        """The type of the entry that is referred to; "" where it is none of these."""
        found = self.of(reference)
        return str(found["resourceType"]) if found else ""

    def of(self, reference: str) -> Json | None:
        """The resource of the entry that is referred to; None where it is none of these."""
        return self._held.get(reference.partition("#")[0])

    def lacks(self, reference: str) -> bool:
        """Whether the reference can only be to an entry, and there is none of that name."""
        return (
            self.whole
            and reference[:9] in ("urn:uuid:", "urn:oid:")
            and reference not in self._held
        )


def _told_of(url: str, id: Any, at: Place, run: Run) -> None:
    """Tell where a full URL is not absolute, or is of another id than the resource has."""
    if ":" not in url:
        run.tell("full-url-form", at, given=url, source=URL)
    elif url[:4] == "http" and id.__class__ is str and not url.endswith(f"/{id}"):
        run.tell("full-url-says", at, given=url, id=id, source=URL)
