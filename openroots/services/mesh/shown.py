"""Which of two shapes a client asked for: version 1 of the API, or version 2.

Source: MESH API, "Versioning": version 2 is asked for with the header Accept.
"""

import re
from collections.abc import Mapping

from openroots.problem import Json, Problem
from openroots.service import Request

JSON_1, JSON_2 = "application/json", "application/vnd.mesh.v2+json"
OF_MESH = "vnd.mesh"
VERSION = re.compile(r"application/vnd\.mesh\.v(\d{1,3})\+json", re.ASCII)


def version_in(headers: Mapping[str, str]) -> int:
    """1 or 2, as these headers ask for; 0 where they ask for MESH in a way that means nothing."""
    for text in re.split("[;,]", headers.get("accept", "")):
        if OF_MESH in text:
            found = VERSION.fullmatch(text.strip())
            return min(max(int(found[1]), 1), 2) if found else 0
    return 1


def is_version_2(request: Request) -> bool:
    """Whether the client asked for version 2. Raises Problem where that cannot be told."""
    if (version := version_in(request.headers)) == 0:
        raise Problem("accept-wrong")
    return version == 2


def as_asked(request: Request, two: Json | None, one: Json) -> Json | None:
    """The answer in the shape that was asked for."""
    return two if is_version_2(request) else one
