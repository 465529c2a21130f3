"""The standards register: what is asked of those who use the national services, and by when.

For the national team, which drafts, consults, agrees, tries, mandates and retires; for suppliers
and whoever else wants a say in it; and for everybody who wants to know how things stand, on any
day. What is decided here is what the gateway enforces from the next request on.

Source: Health and Social Care Act 2012 section 250; NHS Data Standards Directory.
"""

from openroots.services.standards_register import (
    casework,
    consulting,
    deciding,
    drafting,
    easing,
    evidence,
    moving,
    publishing,
    reading,
    telling,
)
from openroots.services.standards_register.declaration import service

__all__ = [
    "casework",
    "consulting",
    "deciding",
    "drafting",
    "easing",
    "evidence",
    "moving",
    "publishing",
    "reading",
    "service",
    "telling",
]
