"""What data is used for: the purposes of use that there are, and those of an application.

For agreements, which say for which ones data may be had, the gateway, and whoever registers
applications.

Source: HL7 v3 PurposeOfUse.
"""

from collections.abc import Mapping
from typing import Any

INDIVIDUAL_CARE = {
    "TREAT": "to treat the person",
    "ETREAT": "to treat the person in an emergency",
    "BTG": "to treat the person, past the usual checks",
    "CAREMGT": "to plan the person's care",
    "PATRQT": "because the person asked for it",
}
BEYOND_CARE = {
    "HOPERAT": "to run health services",
    "HPAYMT": "to pay for care",
    "HRESCH": "for research",
    "PUBHLTH": "for public health",
}
PURPOSES = INDIVIDUAL_CARE | BEYOND_CARE
PURPOSES_OF = "purposes"  # the attribute of an application that lists what it is registered for
USUAL = ("TREAT", "ETREAT", "CAREMGT")  # of one that is registered for no others


def is_for_care(purpose: str) -> bool:
    """Whether this purpose of use is the care of the person whose data it is."""
    return purpose in INDIVIDUAL_CARE


def purposes_of(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """For which purposes these say that an application is registered, the usual one first: as a
    text or a list. What is neither says of none."""
    told = attributes.get(PURPOSES_OF, USUAL)
    words = told.split() if isinstance(told, str) else told
    is_list = isinstance(words, list | tuple) and all(isinstance(word, str) for word in words)
    return tuple(words) if is_list else ()
