"""Bearer: whom a standard binds. An application, and where and by what kind of body it is used.

    Bearer("hospital", "RO197", "Y56", "ashby-practice-system")

A mandate names care settings, and may name types of organisation and regions besides, so that it
can come in waves. An application without a care setting is bound by none.

Source: ODS organisation roles ("RO197" is an NHS trust) and NHS England regions ("Y56", London).
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

ORGANISATION_TYPE = re.compile(r"RO\d{1,4}", re.ASCII)
REGION = re.compile(r"[A-Z]\d{2}", re.ASCII)

# What a registration says of an application besides its care setting.
TYPE_ATTRIBUTE = "organisation-type"
REGION_ATTRIBUTE = "region"


class Bearer(NamedTuple):
    """Whom a standard binds. What is not known of it is empty."""

    setting: str = ""
    organisation_type: str = ""
    region: str = ""
    application: str = ""


def bearer_of(application: Mapping[str, Any]) -> Bearer:
    """The bearer that a registered application is."""
    attributes = application.get("attributes") or {}
    return Bearer(
        application.get("setting", ""),
        said(attributes, TYPE_ATTRIBUTE),
        said(attributes, REGION_ATTRIBUTE),
        application["id"],
    )


def said(attributes: Mapping[str, Any], name: str) -> str:
    """What a registration says by this name; "" where it says nothing that can be used."""
    value = attributes.get(name, "")
    return value if isinstance(value, str) else ""
