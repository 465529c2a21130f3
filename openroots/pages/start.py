"""What the start page shows: services, times, commands to try, people and standards.

For `site.py`. All of it comes from declarations and from the world's times and rulebook.

Source: none.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from openroots.clock import new_uuid
from openroots.gateway.catalogue import curl_of
from openroots.pages.register import Standing, first_refusal, standings, together
from openroots.register.rulebook import Rulebook
from openroots.register.standard import Standard
from openroots.register.timeline import Mode
from openroots.service import Endpoint, Service
from openroots.service.endpoint import WITH_TOKEN
from openroots.services.demographics.published import PUBLISHED
from openroots.world import World

MOST_SHOWN = 5  # standards
REFUSING, NEVER = -1, 1_000_000  # days
Stands = tuple[Standard, list[Standing]]
PUBLISHED_ORIGIN = "https://api.service.nhs.uk"  # shown, never called


def start_page(
    world: World, services: Sequence[Service], origin: str, *, by_token: bool = False
) -> dict[str, Any]:
    """What the template of the start page needs."""
    time = world.time.now()
    acting = _acting(world.rulebook, time)
    return {
        "services": services,
        "origin": origin,
        "published_origin": PUBLISHED_ORIGIN,
        "time": time,
        "shift": world.time.shift,
        "read": _curl(services, "read", origin, examples(world, by_token=by_token)),
        "change": _curl(services, "patch", origin, examples(world, by_token=by_token)),
        "by_token": by_token,
        "people": PUBLISHED,
        "standards": [
            {"standard": standard, "standings": together(stands)}
            for standard, stands in acting[:MOST_SHOWN]
        ],
        "acting": len(acting),
        "refusing": _refusing_next(acting, time.date()),
        "every": len(world.rulebook.standards),
    }


def _acting(rulebook: Rulebook, time: datetime) -> list[Stands]:
    """The standards by which calls are judged now or on a day that is set, those that ask for more
    now or soonest first, with how each stands in each care setting. The others are listed, and no
    call meets them or fails."""
    today = time.date()
    asking = [standard for standard in rulebook.standards.values() if standard.clauses]
    found = [(standard, standings(rulebook, standard, time)) for standard in asking]
    judging = [one for one in found if any(_judges(standing, today) for standing in one[1])]
    return sorted(judging, key=lambda one: _how_soon(one[1], today))


def _judges(standing: Standing, today: date) -> bool:
    return any(entry.mode and (entry.now or entry.start > today) for entry in standing.dates)


def _refusing_next(acting: Sequence[Stands], today: date) -> tuple[date, Standard] | None:
    """The next day on which calls begin to be refused, and by which standard."""
    days = [(day, standard) for standard, stands in acting if (day := first_refusal(stands, today))]
    return min(days, key=itemgetter(0), default=None)


def _how_soon(found: Sequence[Standing], today: date) -> int:
    """In how many days the standard first asks for more; 0 where it warns now, and less where it
    refuses."""
    modes = {standing.now.mode for standing in found}
    if modes & {Mode.WARN, Mode.REFUSE}:
        return REFUSING if Mode.REFUSE in modes else 0
    days = [standing.next.start for standing in found if standing.next and standing.next.mode]
    return min(((day - today).days for day in days), default=NEVER)


def new_request_id(world: World) -> str:
    """A UUID that no other request has: version 4, made at random."""
    return new_uuid(world.chance.bytes)


def examples(world: World, *, by_token: bool = False) -> dict[str, str]:
    """What commands on pages are filled in with: a published person, a new request id, and the
    place of a token where one is asked for."""
    filled = {"id": PUBLISHED[0].number, "X-Request-ID": new_request_id(world)}
    return {**filled, **WITH_TOKEN} if by_token else filled


def _curl(
    services: Sequence[Service], interaction: str, origin: str, filled: Mapping[str, str]
) -> str:
    endpoint = _first(services, interaction)
    return curl_of(endpoint, origin, filled) if endpoint else ""


def _first(services: Sequence[Service], interaction: str) -> Endpoint | None:
    """The first endpoint for a person's record that is such a FHIR interaction."""
    return next(
        (
            endpoint
            for service in services
            for endpoint in service.endpoints
            if endpoint.about and endpoint.interaction and endpoint.interaction[0] == interaction
        ),
        None,
    )
