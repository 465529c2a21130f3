"""Prints the performance table: `make bench`, `ONLY=read make bench`, `FULL=1 make bench`.

Source: none.
"""

import os
import sys
from collections.abc import Callable

from bench import (
    auditing,
    authorised,
    delivering,
    extracting,
    keeping,
    matching,
    noting,
    patching,
    policy,
    profiled,
    reading,
    registering,
    sandboxes,
    searching,
    steps,
    tokens,
    tracing,
    validating,
    working,
    worlds,
)
from bench.machine import CORES, machine, take_cores
from bench.row import HEAD, Row
from bench.server import scratch

ROWS: dict[str, Callable[[], Row]] = {
    "read": reading.read,
    "open-read": reading.open_read,
    "cost": reading.cost,
    "authorised-read": authorised.authorised_read,
    "authorised-open": authorised.authorised_open,
    "authorised-cost": authorised.authorised_cost,
    "steps": steps.steps,
    "policy": policy.policy,
    "rulebook": registering.rulebook_look_up,
    "rulebook-compile": registering.rulebook_compile,
    "register-count": registering.register_count,
    "register-replay": registering.register_replay,
    "tokens": tokens.tokens,
    "read-workers": working.read_workers,
    "search": searching.search,
    "fuzzy-search": searching.fuzzy_search,
    "growth": searching.growth,
    "patch": patching.patch,
    "patch-workers": working.patch_workers,
    "validate": validating.validate,
    "validate-bundle": validating.validate_bundle,
    "validate-cold": validating.validate_cold,
    "start": worlds.start,
    "seed": worlds.seed,
    "population": worlds.population,
    "restore": keeping.restore,
    "sandbox": sandboxes.create,
    "sandboxes": sandboxes.thirty,
    "fixture": sandboxes.fixture,
    "suite": sandboxes.suite,
    "noting": noting.overhead,
    "audit-verify": auditing.verify_million,
    "who-looked": auditing.who_looked,
    "receipt": auditing.receipt_cost,
    "match": matching.match,
    "deliver": delivering.deliver,
    "drain": delivering.drain,
    "backlog": delivering.backlog,
    "extract": extracting.extract,
    "trace-errors": tracing.error_rates,
    "trace": tracing.batch,
}
ASKED_FOR: dict[str, Callable[[], Row]] = {
    "profile": profiled.profile_read,
    "profile-patch": profiled.profile_patch,
    "profile-search": profiled.profile_search,
    "patch-steps": steps.patch_steps,
}


def main() -> int:
    """Measure the rows that are asked for; the exit code."""
    only = os.environ.get("ONLY", "")
    wanted = [name for name in only.split(",") if name] or list(ROWS)
    every = ROWS | ASKED_FOR
    if strangers := [name for name in wanted if name not in every]:
        print(f"bench: no row {', '.join(strangers)}: give {', '.join(every)}", file=sys.stderr)
        return 2
    take_cores(CORES)
    with scratch() as folder:
        print(f"{machine(folder)}\n\n{HEAD}", flush=True)
    rows = [_shown(name, every[name]) for name in wanted]
    for row in rows:
        if row.more:
            print(f"\n{row.work}:\n\n{row.more}")
    return 0


def _shown(name: str, measure: Callable[[], Row]) -> Row:
    row = measure()
    full = "FULL=1 " if os.environ.get("FULL") else ""
    print(row.line(f"{full}ONLY={name} make bench"), flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main())
