"""The business rules of addresses: what an address must say, by what it is for.

For `rules`, which says in which order rules are looked at.

Source: PDS FHIR API, "Update patient details", the business rules of addresses.
"""

from openroots.fhir import patient as about
from openroots.problem import Json, Problem
from openroots.services.demographics.changes import Difference, Edit
from openroots.services.demographics.codes import PASSING, TEMPORARY_HOMES


def addresses_are_complete(edit: Edit) -> None:
    """A passing address says until when and what it is; every address says where it is."""
    for item in edit.written("address"):
        use = item.new["use"]
        if use in PASSING:
            _refuse_endless(item)
        if use == "temp" and "text" not in item.new:
            raise Problem("value-missing", field=f"{item.field}/text")
        text = item.new.get("text")
        if text not in (None, (item.old or {}).get("text"), *TEMPORARY_HOMES):
            raise Problem("value-invalid", value=text, field=f"{item.field}/text")
        if not item.new.get("line") and not _is_known_without_lines(item.new):
            raise Problem("too-few-values", field=f"{item.field}/line", least=1)


def _refuse_endless(address: Difference) -> None:
    """Raises Problem where an address does not say from when until when it holds."""
    period = address.new.get("period")
    if period is None:
        raise Problem("value-missing", field=f"{address.field}/period")
    if "end" not in period:
        raise Problem("value-missing", field=f"{address.field}/period/end")


def addresses_have_a_key_of_each_type(edit: Edit) -> None:
    """An address has at most one PAF key and at most one UPRN."""
    for item in edit.written("address"):
        types = [_key_type(key) for key in item.new.get("extension", ())]
        for type in types:
            if types.count(type) > 1:
                raise Problem("kind-repeated", kind=f"{type} of an address")


def _key_type(key: Json) -> str:
    found: str = about.extension(key, "type")["valueCoding"]["code"]
    return found


def _is_known_without_lines(address: Json) -> bool:
    postcode = about.postcode_key(address.get("postalCode", ""))
    has_paf = "PAF" in map(_key_type, address.get("extension", ()))
    return postcode.startswith(about.NO_PLACE) or (bool(postcode) and has_paf)
