"""Long polls: waiting callers hold no connection and no thread; one query of the heads serves them all."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from varsling.database.engine import reading
from varsling.database.threads import finish_in_thread
from varsling.feed import store
from varsling.feed.cursor import Cursor

LOOK_EVERY_SECONDS = 0.1
_AFTER_FAILURE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    """A caller that has read up to `seen`. The future is true when there is more, false when the process stops."""

    seen: Cursor
    more: asyncio.Future[bool]

    def tell(self, more: bool) -> None:
        if not self.more.done():
            self.more.set_result(more)


class HeadWatch:
    """Wakes a process's long polls. It queries heads only while a caller waits, and only those waited for."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._waiters: defaultdict[str, set[_Waiter]] = defaultdict(set)
        self._wanted = asyncio.Event()
        self._stopped = False

    @property
    def waiting(self) -> int:
        """The number of long polls that wait now."""
        return sum(len(waiters) for waiters in self._waiters.values())

    async def moved(self, organisation: str, seen: Cursor, seconds: float) -> bool:
        """Wait until the stream goes beyond `seen`. False after so many seconds, or at a stop.

        It compares positions and does not count wake-ups: an event from before the wait began is seen too.
        """
        if self._stopped:
            return False
        waiter = _Waiter(seen, asyncio.get_running_loop().create_future())
        self._waiters[organisation].add(waiter)
        self._wanted.set()
        try:
            async with asyncio.timeout(seconds):
                return await waiter.more
        except TimeoutError:
            return False
        finally:
            self._leave(organisation, waiter)

    @contextlib.asynccontextmanager
    async def watching(self, stopping: asyncio.Event) -> AsyncIterator[None]:
        """Query for as long as the context is open. At its end, or when a stop begins, all waiting callers are
        answered.

        A server that is told to end would otherwise wait until the last long poll has run out.
        """
        tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._stop_with(stopping))]
        try:
            yield
        finally:
            self._stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stop_with(self, stopping: asyncio.Event) -> None:
        await stopping.wait()
        self._stop()

    def _stop(self) -> None:
        self._stopped = True
        for waiters in self._waiters.values():
            for waiter in waiters:
                waiter.tell(more=False)

    def _leave(self, organisation: str, waiter: _Waiter) -> None:
        waiters = self._waiters[organisation]
        waiters.discard(waiter)
        if not waiters:
            del self._waiters[organisation]
        if not self._waiters:
            self._wanted.clear()

    async def _watch(self) -> None:
        failing = False
        while True:
            await self._wanted.wait()
            try:
                # Not in the readers' threads: many readers must not delay the query that would serve them.
                heads = await finish_in_thread(self._look, tuple(self._waiters))
            except sa.exc.SQLAlchemyError as error:
                if not failing:
                    _log.warning("feed_heads_unreadable", error=type(error).__name__)
                failing = True
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)
            else:
                failing = False
                self._wake(heads)
                await asyncio.sleep(LOOK_EVERY_SECONDS)

    def _look(self, organisations: tuple[str, ...]) -> dict[str, tuple[int, int]]:
        with reading(self._engine) as connection:
            return store.positions_of(connection, organisations)

    def _wake(self, heads: dict[str, tuple[int, int]]) -> None:
        for organisation, (epoch, position) in heads.items():
            for waiter in self._waiters.get(organisation, ()):
                if (epoch, position) != (waiter.seen.epoch, waiter.seen.position):
                    waiter.tell(more=True)
