"""The turns of batches: some items at a time, while the others wait and single calls pass."""

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from varsling.domain.problems import RateLimited
from varsling.web.bodies import CALL_BYTES, in_thread
from varsling.web.direct import come_again

# How long an item of a batch lets single calls pass.
_PASSING_SECONDS = 0.005
_UNDER_WAY, _OF_ONE = 32, 4
_PARSED, _PARSED_OF_ONE = 4, 2
_SINGLES, _SINGLES_OF_ONE = 40, 32

Result = TypeVar("Result")


class Turns:
    """The turns of one process's batches, first come first served.

    So many are under way at once, of all and of one organisation: each may hold 4 MiB, and a caller that does not send
    on holds them for a minute. Parsed it takes ten times that, so fewer are at once, and nobody has all the room.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.parsed = 0
        self._room = asyncio.Semaphore(_PARSED)
        self._of_one: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_PARSED_OF_ONE))
        self._under_way: Counter[str] = Counter()
        self.singles = self._coming = 0
        self._singles: Counter[str] = Counter()
        self._no_single = threading.Event()
        self._no_single.set()

    @contextmanager
    def single(self, organisation: str) -> Iterator[None]:
        """Hold batches back while a call about one notice is under way: somebody waits for it alone.

        Raises Unavailable beyond what keeps the processor busy: more would only wait, and refusals with them. Who is
        told at once comes again; who waits for long gives up and sends twice. One organisation leaves room for others.
        """
        if self.singles >= _SINGLES or self._singles[organisation] >= _SINGLES_OF_ONE:
            raise come_again()
        self._singles[organisation] += 1
        self.singles += 1
        self._no_single.clear()
        try:
            yield
        finally:
            self.singles -= 1
            if self._singles[organisation] == 1:
                del self._singles[organisation]
            else:
                self._singles[organisation] -= 1
            if not self.singles:
                self._no_single.set()

    def let_in(self) -> bool:
        """Tell whether a call about one notice finds a place, and count one that does until it comes to its turn."""
        if self.singles + self._coming >= _SINGLES:
            return False
        self._coming += 1
        return True

    def came(self) -> None:
        """Count a call about one notice no longer: it has come to its turn."""
        self._coming -= 1

    def let_singles_pass(self) -> None:
        """Wait, in a batch's thread, for calls about one notice, but not so long that they stop the batch."""
        self._no_single.wait(_PASSING_SECONDS)

    @property
    def under_way(self) -> int:
        return self._under_way.total()

    @contextmanager
    def entered(self, organisation: str) -> Iterator[None]:
        """Hold a place, before anything of the body is read. Raises RateLimited."""
        if self._under_way.total() >= _UNDER_WAY or self._under_way[organisation] >= _OF_ONE:
            raise RateLimited(retry_after=1)
        self._under_way[organisation] += 1
        try:
            yield
        finally:
            self._under_way -= Counter({organisation: 1})

    @asynccontextmanager
    async def room(self, organisation: str, size: int) -> AsyncIterator[None]:
        """Wait for room for a parsed body of so many bytes, and hold it; a single notice needs none. Whoever waits has
        sent the whole body."""
        if size <= CALL_BYTES:
            yield
            return
        async with self._of_one[organisation], self._room:
            self.parsed += 1
            try:
                yield
            finally:
                self.parsed -= 1

    async def take(self, call: Callable[..., Result], *arguments: object) -> Result:
        """Run a call in a thread when it is the batch's turn."""
        async with self.lock:
            return await in_thread(call, *arguments)
