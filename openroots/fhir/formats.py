"""The formats in which a FHIR answer can be asked for: here it is always JSON.

For services whose clients name the format in the query, as some do where they cannot set Accept.

Source: FHIR R4 4.0.1 section 3.1.0.1.11, and DSTU2 for the older names.
"""

FORMAT = "_format"
JSON_TYPES = ("application/fhir+json", "application/json", "application/json+fhir")


def is_json(wanted: str) -> bool:
    """Whether this value of `_format` asks for JSON; a + may have come as the blank that it is in
    a query where it was not encoded."""
    return wanted.replace(" ", "+") in ("json", *JSON_TYPES)
