"""The keeper: has the writer of the file, starts the workers, and replaces one that dies.

A worker that dies takes with it what it had not answered. What it had handed over is committed
all the same; those commits get their audit entries before another worker takes its place.

Source: none.
"""

import asyncio
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from openroots.clock import stopwatch
from openroots.gateway.audit_log import WholeLog
from openroots.gateway.metrics import text_of
from openroots.gateway.quota import InMemory
from openroots.gateway.wire import Answer
from openroots.house import House
from openroots.housekeeping import prove_what_was_left
from openroots.opening import look_again
from openroots.register.kept import makes_rules
from openroots.server import GRACE, prepare
from openroots.storage import Unavailable
from openroots.storage.closed import ClosedStore
from openroots.storage.segment import Head
from openroots.storage.sqlite import SqliteStore
from openroots.storage.sqlite_writer import Work
from openroots.storage.submission import Submission
from openroots.storage.turning import newest_of
from openroots.workers.channel import Channel, opened
from openroots.workers.worker import Begin

YOUNG = 5.0  # seconds: a worker that dies sooner may do so again, and its like is not rushed
PATIENCE = 1.0  # seconds before another takes the place of such a one

log = logging.getLogger(__name__)


class Hand:
    """A worker as the keeper sees it: its process, and the channel to it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.run = ""  # what its trails begin with, once it is ready
        self.ready = asyncio.Event()
        self.channel: Channel
        self.process: subprocess.Popen[bytes]

    async def ended(self) -> int:
        """Its exit code, once it has ended; its end of the channel goes with it."""
        await self.channel.lost.wait()
        return await asyncio.to_thread(self.process.wait)


class Keeper:
    """One world, and the workers that serve it."""

    def __init__(self, house: House, sockets: list[list[socket.socket]], lock: int) -> None:
        self._house = house
        self._sockets = sockets
        self._lock = lock
        self._hands: dict[int, Hand] = {}
        self._stopping = asyncio.Event()
        self._generation = 0
        self._store = house.world.store
        self._counter = InMemory()
        if isinstance(house.audit, WholeLog):
            house.audit.others = lambda: self._all("head")
            house.audit.turn_others = self._turn_all
            house.audit.have_others_leave = self._leave_all
        if house.gateway.carrier is not None:
            house.gateway.carrier.tell = self._look_everywhere

    async def serve(self, ready: Callable[[], None]) -> None:
        """Keep all workers at work until a signal comes; `ready` is called once all answer."""
        prepare()
        with suppress(Unavailable):  # a full disk: whoever first names somebody makes it
            self._house.audit.people.make()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._stopping.set)
        minding = [asyncio.create_task(self._mind(n + 1)) for n in range(len(self._sockets))]
        await self._until_all_are_ready()
        if not self._stopping.is_set():
            ready()
        await self._stopping.wait()
        self._house.hasten()
        self._take_no_more()
        await asyncio.gather(*minding)
        await self._house.close()

    def _take_no_more(self) -> None:
        """Until now a worker's callers waited here for whoever took its place. Nobody comes any
        more, so who connects is to be refused at once."""
        for own in self._sockets:
            for each in own:
                each.close()

    def _send_elsewhere(self, number: int) -> None:
        """Have the other workers take who connects, and refuse who waits here: a worker of this
        number could not begin, as while a database is away, and nobody can say when one will. The
        next listens again once it serves."""
        for each in self._sockets[number - 1]:
            # One that does not listen would go on as one from which nothing more can be read.
            if each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                with suppress(OSError):  # where the system has no such thing, they wait
                    each.shutdown(socket.SHUT_RD)

    async def _until_all_are_ready(self) -> None:
        stopping = asyncio.create_task(self._stopping.wait())
        while not stopping.done():
            waiting = [hand for hand in self._hands.values() if not hand.ready.is_set()]
            if len(self._hands) == len(self._sockets) and not waiting:
                break
            await asyncio.sleep(0.01)
        stopping.cancel()

    async def _mind(self, number: int) -> None:
        """Have a worker of this number at work, and another whenever it ends."""
        while not self._stopping.is_set():
            began = stopwatch()
            try:
                hand = self._hands[number] = await self._started(number)
            except OSError as error:  # no process or file to spare: there may be one soon
                log.error("worker %d could not be started: %s", number, error)
                await asyncio.sleep(PATIENCE)
                continue
            ended = asyncio.create_task(hand.ended())
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait([ended, stopping], return_when=asyncio.FIRST_COMPLETED)
            if self._stopping.is_set():
                await self._stop(hand, ended)
            stopping.cancel()
            if not hand.run:
                self._send_elsewhere(number)
            await self._settle_what_it_left(hand)
            if not self._stopping.is_set():
                log.warning("worker %d ended (%s): another takes its place", number, ended.result())
                if stopwatch() - began < YOUNG:
                    await asyncio.sleep(PATIENCE)

    async def _started(self, number: int) -> Hand:
        ours, theirs = socket.socketpair()
        hand = Hand(number)
        sockets = [each.fileno() for each in self._sockets[number - 1]]
        # Each has the folder's lock open too, and need not know of it: where the keeper is killed,
        # nobody else writes there before the last of them has ended.
        hand.process = _begun(theirs.fileno(), (*sockets, self._lock))
        theirs.close()
        hand.channel = await opened(ours, lambda what, value: self._answer(hand, what, value))
        if not await self._has_a_store():  # and the keeper stops
            hand.channel.close()
            await hand.channel.lost.wait()
        begin = Begin(self._house.settings, number, sockets, self._generation)
        hand.channel.tell("begin", begin)
        return hand

    async def _has_a_store(self) -> bool:
        """Waits while another takes its place; False where the keeper stops before."""
        while isinstance(self._house.world.store, ClosedStore):
            if self._stopping.is_set():
                return False
            await asyncio.sleep(0.01)
        return True

    async def _stop(self, hand: Hand, ended: "asyncio.Task[int]") -> None:
        hand.channel.tell("stop")
        try:
            await asyncio.wait_for(asyncio.shield(ended), GRACE + 5)
        except TimeoutError:
            hand.process.kill()
            await ended

    async def _settle_what_it_left(self, hand: Hand) -> None:
        """Finish what it had handed over, and prove what it can prove no more."""
        await hand.channel.lost.wait()
        await hand.channel.answered()
        if not hand.run or not await self._has_a_store():
            return  # it never answered anyone, or the next start proves it
        house = self._house
        audit = house.settings.state / "audit"
        try:
            if isinstance(house.audit, WholeLog):
                house.audit.take_up(newest_of(audit, hand.number))  # puts aside what was torn
            await prove_what_was_left(house.world, house.journal, audit, hand.run)
        except (OSError, Unavailable) as error:  # a full disk; the next start proves it
            log.error("what worker %d left could not be proved: %s", hand.number, error)

    def _answer(self, hand: Hand, what: str, value: Any) -> Awaitable[Any]:
        return self._keep(*value) if what == "keep" else self._answer_other(hand, what, value)

    async def _answer_other(self, hand: Hand, what: str, value: Any) -> Any:
        match what:
            case "tooling":
                return await self._tooling(*value)
            case "figures":
                return await self._figures()
            case "count":
                return self._counter.count(*value)
            case "decided":
                await self._look_with_all()
            case "ready":
                hand.run = value
                # The world may have changed since it was told where to begin.
                await hand.channel.ask("look", self._generation)
                hand.ready.set()
        return None

    def _keep(self, generation: int, work: Work) -> "asyncio.Future[int]":
        store = self._house.world.store
        # What was decided on one file is not written to the next, which may be there already.
        is_same = generation == self._generation and store is self._store
        if not (is_same and isinstance(store, SqliteStore)):
            raise Unavailable("another store takes its place")
        kept = store.writer.keep(work)
        return asyncio.ensure_future(self._seen_by_all(kept)) if _makes_rules(work) else kept

    async def _seen_by_all(self, kept: "asyncio.Future[int]") -> int:
        """What makes another rulebook is in force everywhere before the answer leaves."""
        t = await kept
        await self._look_with_all()
        return t

    async def _look_with_all(self) -> None:
        try:
            await look_again(self._house.world)
        finally:  # that the keeper cannot look is no reason for the others not to
            await self._look_everywhere()

    async def _look_everywhere(self) -> None:
        await self._all("look", self._generation)

    async def _leave_all(self) -> list[Head]:
        """Have each worker close its files; one that begins, once it has opened them."""
        for hand in list(self._hands.values()):
            while not hand.ready.is_set() and not hand.channel.lost.is_set():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return await self._all("leave")

    async def _turn_all(self, before: datetime) -> list[Head]:
        """Have each worker go on in another segment where its own began before this moment."""
        return [head for closed in await self._all("turn", before) for head in closed]

    async def _tooling(self, scope: dict[str, Any], body: bytes) -> Answer:
        """The tooling's answer, once each worker has written its trails; and once each has looked
        again, where the world may have changed."""
        await self._all("settle")
        answer = await self._house.tooling.answer(scope, body)
        store = self._house.world.store
        # While one takes the place of another, the workers stay away from the files.
        if store is not self._store and not isinstance(store, ClosedStore):
            self._store, self._generation = store, self._generation + 1
        if scope["method"] != "GET":
            await self._look_everywhere()
        return answer

    async def _figures(self) -> bytes:
        return text_of([self._house.counted(), *await self._all("figures")])

    async def _all(self, what: str, value: Any = None) -> list[Any]:
        """What each worker that is at work answers."""
        asked = [
            hand.channel.ask(what, value)
            for hand in self._hands.values()
            if hand.ready.is_set() and not hand.channel.lost.is_set()
        ]
        told = await asyncio.gather(*asked, return_exceptions=True)
        return [each for each in told if not isinstance(each, BaseException)]


def keep(
    house: House, sockets: list[list[socket.socket]], lock: int, ready: Callable[[], None]
) -> Coroutine[Any, Any, None]:
    """Serve the world with a worker for each list of sockets, until a signal comes. `lock` is the
    open file by which the state folder is held."""
    return Keeper(house, sockets, lock).serve(ready)


def _begun(end: int, given: tuple[int, ...]) -> "subprocess.Popen[bytes]":
    """A new worker at this end of a channel, which has these files open too.

    Not `asyncio.create_subprocess_exec`: uvloop forks, and has Python tidy up in the child before
    that becomes another program. What is tidied up are the SQLite connections of other threads. To
    close one in a child is forbidden; where such a thread was in SQLite at that moment, the child
    waits for it for ever, and the keeper for the child.
    """
    command = (sys.executable, "-m", "openroots.workers", str(end))
    # A session of its own: Ctrl-C is for the keeper, which tells its workers in good order.
    return subprocess.Popen(command, pass_fds=(end, *given), start_new_session=True)


def _makes_rules(work: Work) -> bool:
    return isinstance(work, Submission) and makes_rules(work.writes)
