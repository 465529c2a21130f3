"""A report on one client: each rule, whether it was kept, and how to mend it; dated and signed.

    {"application": "", "wall": ..., "time": ..., "requests": 12, "events": 0,
     "applications": {...}, "from": ..., "to": ..., "whole": true, "passed": false,
     "counts": {...}, "rules": [...]}

It holds trails and endpoints, and nobody's number or data. `whole` says that nothing had been let
go of what was kept; `passed` that no rule was broken, of those that could be judged.

Source: none.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence

from openroots import __version__
from openroots.gateway.access import ANYONE
from openroots.gateway.clients.rule import FAIL, OUTCOMES, Watched, judged
from openroots.gateway.clients.rules import RULES
from openroots.gateway.clients.signed import sign
from openroots.gateway.clients.watched import watch
from openroots.gateway.pipeline import Gateway
from openroots.gateway.recorder import MOST, Recorded
from openroots.identity.applications import by_id
from openroots.problem import Json, Problem

ANYBODY = frozenset(caller.application for caller in ANYONE.values())


async def signed_report(gateway: Gateway, application: str, since: str) -> Json:
    """The report, the same signed, and the public keys by which that is checked. Raises Problem
    where nothing is kept, for an application that is none, and for what `since` cannot be."""
    if (recorder := gateway.recorder) is None:
        raise Problem("requests-not-kept")
    recorded, whole = recorder.newest(MOST)[::-1], not recorder.let_go
    report = await asyncio.to_thread(report_on, gateway, recorded, application, since)
    report["whole"], keys = whole, gateway.world.keys
    return {"report": report, "signed": sign(report, keys), "keys": keys.public()}


def report_on(gateway: Gateway, recorded: Sequence[Recorded], application: str, since: str) -> Json:
    """What these exchanges tell of an application, or of all as if they were one, by every rule.
    Raises Problem."""
    world = gateway.world
    db = world.store.snapshot()
    if application and application not in ANYBODY and by_id(application, db) is None:
        raise Problem("application-unknown", application=application[:80])
    watched = watch(recorded, gateway.services, db, application, since)
    rules = [judged(rule, watched) for rule in RULES]
    counts = Counter(each["outcome"] for each in rules)
    return {
        "version": __version__,
        "application": application,
        "wall": world.wall.now().isoformat(),
        "time": world.time.now().isoformat(),
        **_seen(watched),
        "whole": True,
        "passed": not counts[FAIL],
        "counts": {outcome: counts[outcome] for outcome in OUTCOMES},
        "rules": rules,
    }


def _seen(watched: Watched) -> Json:
    """How much there was to go by, of which applications, from when to when."""
    calls = watched.calls
    return {
        "requests": len(calls),
        "events": len(watched.events),
        "applications": dict(Counter(call.recorded.application for call in calls)),
        "from": calls[0].recorded.wall.isoformat() if calls else None,
        "to": calls[-1].recorded.wall.isoformat() if calls else None,
    }
