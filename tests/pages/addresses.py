"""The addresses of all pages, taken from the router so that none can be forgotten.

For the tests of pages.
"""

from typing import Any

from starlette.routing import Route

from openroots.register.programme import load_programmes
from openroots.testing import Nation
from tests.pages.browser import VISITORS

FAMILIES = ("/catalogue/", "/standards/", "/programmes/")
MOST_OF_A_KIND = 3  # standards that are looked at: all have the same template


def paths_of(nation: Nation) -> list[str]:
    """Every path of every GET route, taken from the router so that none can be forgotten."""
    world = nation.house.world
    filled = {
        "service": [service.name for service in nation.house.gateway.services],
        "standard": list(world.rulebook.standards)[:MOST_OF_A_KIND],
        "supplier": ["Example Health Software"],
        "programme": list(load_programmes()),
    }
    paths = []
    site: Any = nation.house.site()
    for route in site.routes:
        if isinstance(route, Route) and "GET" in (route.methods or ()):
            (parameter,) = route.param_convertors or ("",)
            values = filled[parameter] if parameter else [""]
            paths += [route.path.replace(f"{{{parameter}}}", value) for value in values]
    return paths


def pages_of(nation: Nation) -> list[str]:
    """Those that are pages: what has a suffix is a file."""
    return [path for path in paths_of(nation) if "." not in path.rpartition("/")[2]]


def shared_out(paths: list[str], visitor: int) -> list[str]:
    """The pages for one kind of visitor: of those of one template, each goes to another kind."""
    alike = [path for path in paths if path.startswith(FAMILIES)]
    others = [path for path in alike if alike.index(path) % len(VISITORS) != visitor]
    return [path for path in paths if path not in others]
