"""Which of two shapes a client asked for: version 1 of the API, or version 2.

Source: MESH API, "Versioning": version 2 is asked for with the header Accept.
"""

from openroots.problem import Json
from openroots.service import Request

VERSION_2 = "application/vnd.mesh.v2+json"


def is_version_2(request: Request) -> bool:
    """Whether the client asked for version 2."""
    return VERSION_2 in request.headers.get("accept", "")


def as_asked(request: Request, two: Json, one: Json) -> Json:
    """The answer in the shape that was asked for."""
    return two if is_version_2(request) else one
