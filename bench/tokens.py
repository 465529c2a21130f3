"""The row about token requests: an assertion that is checked, and a token that is on disk.

In process, without HTTP, by a crowd: each request goes through the whole gateway, from its headers
to the audit entry. Every assertion has a jti of its own, and its signature is verified.

Source: none.
"""

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time
from urllib.parse import urlencode

from bench.row import Row
from bench.server import scratch
from openroots.app import open_house
from openroots.cli.opening import runner
from openroots.house import House
from openroots.identity import jose
from openroots.identity.keypairs import key_file
from openroots.ready_made import APPLICATIONS
from openroots.settings import Settings

PEOPLE, WARM, REQUESTS, CALLERS = 100, 200, 4000, 64
GOAL = 1000
APP = APPLICATIONS[0]
TOKEN = "/oauth2/token"
HEADERS = [(b"content-type", b"application/x-www-form-urlencoded"), (b"host", b"localhost")]
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def tokens() -> Row:
    """Tokens for a signed assertion, as many a second as one core gives."""
    with scratch() as folder, runner() as loop:
        seconds, busy, refused = loop.run(_measured(folder))
    answered = (REQUESTS - refused) / busy
    measured = (
        f"{answered:,.0f}/s a core ({busy / REQUESTS * 1e6:.0f} us of CPU each); "
        f"{REQUESTS / seconds:,.0f}/s by the clock; {refused} of {REQUESTS:,} refused"
    )
    work = f"token request (RS512 assertion) in process, {CALLERS} callers, durable and audited"
    reached = answered >= GOAL and not refused
    return Row(work, f">= {GOAL:,}/s a core", measured, reached=reached)


async def _measured(folder: Path) -> tuple[float, float, int]:
    house = await open_house(Settings(state=folder, people=PEOPLE, log="none"))
    forms = list(islice(_forms(house), WARM + REQUESTS))
    await _ask_all(house, iter(forms[:WARM]))
    began, busy = perf_counter(), process_time()
    refused = await _ask_all(house, iter(forms[WARM:]))
    told = perf_counter() - began, process_time() - busy, refused
    await house.close()
    return told


async def _ask_all(house: House, forms: Iterator[bytes]) -> int:
    """How many of these were refused, asked by a crowd."""
    refused = 0

    async def caller() -> None:
        nonlocal refused
        for form in forms:
            service = house.gateway.service(TOKEN)
            assert service is not None
            exchange = house.gateway.begin(service, "POST", TOKEN, b"", HEADERS, form)
            refused += (await house.gateway.answer(exchange)).status != 200

    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return refused


def _forms(house: House) -> Iterator[bytes]:
    """Requests for a token, each with an assertion of its own."""
    kid = f"{APP.id}-1"
    private = key_file(house.settings.state, kid).read_bytes()
    claims = {"iss": APP.key, "sub": APP.key, "aud": f"http://localhost{TOKEN}"}
    ends = int(house.world.wall.now().timestamp()) + 290
    number = 0
    while True:
        number += 1
        assertion = jose.signed(claims | {"jti": f"bench {number}", "exp": ends}, private, kid)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": TYPE,
            "client_assertion": assertion,
        }
        yield urlencode(form).encode()
