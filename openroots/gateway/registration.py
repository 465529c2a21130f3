"""How an application comes to be known: what to commit so that its key stands for it.

For the tooling, by which applications are registered, and for the seeding of a world.

Source: NHS England API platform, application registration.
"""

from openroots.identity.applications import API_KEY, APPLICATION, attributes_of, fingerprint
from openroots.problem import Json
from openroots.register.kept import is_office
from openroots.register.standard import SETTINGS
from openroots.storage import Change


def registration(application: Json, key: str) -> list[Change]:
    """What to commit so that an application (id, name, ods_code, setting) is known by this key.

    Raises ValueError for a care setting that is none, since standards would never reach it, and
    for attributes that cannot be read. An office of the national team may have none: no standard
    is to reach it.
    """
    named = application["setting"] or not is_office(application)
    if named and application["setting"] not in SETTINGS:
        raise ValueError(f"care settings are {', '.join(sorted(SETTINGS))}")
    attributes_of(application)
    id = application["id"]
    return [
        Change(APPLICATION, id, application, expect=0),
        Change(API_KEY, fingerprint(key), {"application": id}, expect=0),
    ]
