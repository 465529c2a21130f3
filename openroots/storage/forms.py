"""Other forms of a resource, kept beside each version of it: as some callers see it.

For the stores. A form is made once, when a version is committed, so that it goes to the wire as
bytes like the resource itself. All forms of a version are packed into one value: a line that
names each with its length, then their bytes. A form of length 0 is all of the resource.

    search:812,shown:0\\n{"resourceType":...

Source: none.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from openroots.storage.phrases import short, whole

Json = dict[str, Any]

# Which forms to keep beside a resource, by name: for its type, its body and its labels. None for
# one that is the resource as it was written.
Forms = Callable[[str, Json, frozenset[str]], Mapping[str, Json | None]]


def no_forms(type: str, body: Json, labels: frozenset[str]) -> Mapping[str, Json | None]:
    """For a store in which every resource has the one form that it was written in."""
    return {}


def packed(forms: Mapping[str, Json | None]) -> bytes:
    """All forms of one version as one value; b"" where there are none."""
    if not forms:
        return b""
    parts = {
        name: b"" if body is None else short(orjson.dumps(body)) for name, body in forms.items()
    }
    head = ",".join(f"{name}:{len(part)}" for name, part in parts.items())
    return b"%s\n%s" % (head.encode(), b"".join(parts.values()))


def form_in(value: bytes, name: str, raw: bytes) -> bytes:
    """The form of this name within a packed value, for a resource of these bytes; b"" where it is
    not there."""
    at = end = value.find(b"\n") + 1
    if not end:
        return b""
    for entry in value[: end - 1].decode().split(","):
        found, _, size = entry.partition(":")
        if found == name:
            return raw if size == "0" else whole(value[at : at + int(size)])
        at += int(size)
    return b""
