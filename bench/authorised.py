"""The rows about a read by an application with a token of its own, where a relationship is asked
for: what the policy costs beyond the read that anybody with a key may make.

Before the server starts, its world is given an agreement that asks for a relationship with each
person, a referral of everybody, and a token that is as the authorisation server gives it.

Source: none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

from bench.asking import Known, known_people, reads
from bench.load import Outcome, Plan, apart
from bench.reading import CROWD, RATE, ROUNDS, SECONDS, WARM, listed, open_loop, open_row, told
from bench.row import Row
from bench.server import PEOPLE, Server, openroots, scratch, static
from openroots.app import open_house
from openroots.cli.opening import runner
from openroots.house import House
from openroots.identity.applications import by_id, proofs_of
from openroots.identity.tokens import Token, mark_of, new_text
from openroots.ready_made import APPLICATIONS
from openroots.register.founding_agreements import founding_agreements
from openroots.register.kept_agreements import changes_to
from openroots.register.relationship import ORGANISATION, RELATIONSHIP
from openroots.settings import Settings
from openroots.storage import Author, Change, Query
from openroots.storage import Row as Stored

APP = APPLICATIONS[0]
SCOPE = "urn:nhsd:apim:app:level3:personal-demographics-service"
REQUESTS = 10_000
AT_ONCE = 1000
WORK = "PDS read with a token and a relationship check, audited with a receipt"


def authorised_read() -> Row:
    """One caller that asks again as soon as it is answered."""
    with _warm_server() as (server, people, token):
        outcome = apart(Plan(server.port, reads(people, REQUESTS, token)))
    reached = outcome.percentile(50) < 0.001 and not outcome.refused
    return Row(f"{WORK}, one caller", "p50 < 1 ms", told(outcome), reached=reached)


def authorised_open() -> Row:
    """Callers who do not wait for each other, with a worker for each core and with one."""

    def asked(workers: int) -> Outcome:
        with _warm_server(workers) as (server, people, token):
            return open_loop(server, reads(people, RATE * SECONDS, token))

    return open_row(asked)


def authorised_cost() -> Row:
    """CPU of such a read against that of the same server's static bytes, turn and turn about."""
    ours: list[float] = []
    bare: list[float] = []
    with _warm_server() as (server, people, token), scratch() as folder:
        asked = reads(people, REQUESTS, token)
        size = round(median(person.size for person in people))
        with static(folder, size) as plain:
            for _ in range(ROUNDS):
                ours.append(_cost_of(server, asked))
                bare.append(_cost_of(plain, asked))
    ratio = median(ours) / median(bare)
    measured = (
        f"{ratio:.2f}x: {median(ours):.0f} us against {median(bare):.0f} us "
        f"(rounds: {listed(ours)} against {listed(bare)})"
    )
    work = f"CPU of such a read against static bytes of that size, {CROWD} callers"
    return Row(work, "<= 4x (goal 2.5x)", measured, reached=ratio <= 4)


def _cost_of(server: Server, asked: list[bytes]) -> float:
    """CPU of each of these by a crowd, in microseconds. Raises if one is refused."""
    busy = server.busy()
    if refused := apart(Plan(server.port, asked, callers=CROWD)).refused:
        raise RuntimeError(f"{refused} reads were refused")
    return (server.busy() - busy) / len(asked) * 1e6


@contextmanager
def _warm_server(workers: int = 1) -> Iterator[tuple[Server, list[Known], str]]:
    """The real server in such a world, people who were read already, and the token."""
    with scratch() as folder:
        token = _prepared(folder)
        with openroots(folder, workers=workers) as server:
            people = known_people(server.port, PEOPLE)
            apart(Plan(server.port, reads(people, WARM, token), callers=8))
            yield server, people, token


def _prepared(folder: Path) -> str:
    """The world in this folder, made so that the token that is returned may read everybody."""
    with runner() as loop:
        settings = Settings(state=folder / "state", people=PEOPLE, log="none")
        house = loop.run(open_house(settings))
        token: str = loop.run(permit(house))
        loop.run(house.close())
    return token


async def permit(house: House) -> str:
    """Have everybody of this world referred to the application, by which alone it may read them,
    and return a token of it."""
    store, now = house.world.store, house.world.wall.now()
    by = Author("bench", "", "bench", "", now, now)
    bodies = [
        {**body, "conditions": {"relationship": True}}
        for body in founding_agreements()
        if "demographics" in body["categories"]
    ]
    await store.commit(changes_to(bodies, store.snapshot()), by=by, across=True)
    after = ""
    while page := store.snapshot().search(Query("Patient", limit=AT_ONCE, after=after)):
        referred = [_referral(person) for person in page.rows if person.subject]
        await store.commit(referred, by=by, across=True)
        if not (after := page.next):
            break
    got_with, *_ = proofs_of(by_id(APP.id, store.snapshot()) or {})
    token = Token(APP.id, (SCOPE,), now, now + timedelta(hours=1), key=got_with)
    text = new_text(house.world.chance.bytes)
    await store.commit(marks=[mark_of(text, token)], by=by)
    return text


def _referral(person: Stored) -> Change:
    body = {
        "id": f"bench-{person.id}",
        "patient": person.id,
        "subject": person.subject,
        "with": f"{ORGANISATION}{APP.body['ods_code']}",
        "source": "referral",
        "from": "2020-01-01T00:00:00+00:00",
        "to": None,
        "reason": "",
        "by": "bench",
    }
    return Change(RELATIONSHIP, body["id"], body, 0, person.subject)
