"""The readers of one process: their pages, their long polls, and the notes of their polls."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

from varsling.context import Context
from varsling.database.engine import reading, reading_once
from varsling.domain.problems import Problem
from varsling.feed import store
from varsling.feed.cursor import StreamCursors
from varsling.feed.pages import After, Page, read_page
from varsling.feed.polls import NotePoll
from varsling.feed.store import Head
from varsling.feed.waiting import HeadWatch

NOTED_EVERY = timedelta(minutes=1)

Result = TypeVar("Result")

_THREADS = 4
"""Fewer than the engine has connections: many readers that wake together queue here, and not for a connection."""


class StreamReader:
    """Reads streams for the calls of a process. Made once, in its event loop; `close` ends its threads."""

    def __init__(self, context: Context) -> None:
        self.seal = StreamCursors(context.keyring.cursor_key)
        self.watch = HeadWatch(context.engine)
        self._context = context
        self._threads = ThreadPoolExecutor(_THREADS, "feed")
        self._noted: dict[str, datetime] = {}

    async def page(self, organisation: str, after: After, limit: int, wait: float) -> Page:
        """Give the page behind `after`. An empty page waits for an event, at most `wait` seconds.

        Raises CursorExpired.
        """
        page = await self._read(organisation, after, limit)
        await self._note(organisation, page.next.position, page.now)
        if not page.size and wait and await self.watch.moved(organisation, page.next, wait):
            page = await self._read(organisation, page.next, limit)
        return page

    async def head(self, organisation: str) -> Head:
        def read() -> Head:
            with reading(self._context.engine) as connection:
                return store.head_of(connection, organisation)

        return await self._in_thread(read)

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    async def _in_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def _read(self, organisation: str, after: After, limit: int) -> Page:
        def read() -> Page:
            with reading_once(self._context.engine) as connection:
                return read_page(connection, self.seal, organisation, after, limit)

        return await self._in_thread(read)

    async def _note(self, organisation: str, position: int, now: datetime) -> None:
        """Note the poll, at most once a minute. A failure to note is no reason not to answer."""
        noted = self._noted.get(organisation)
        if noted is not None and noted <= now < noted + NOTED_EVERY:
            return
        self._noted[organisation] = now
        try:
            await self._context.writer.submit(NotePoll(organisation, position))
        except Problem:
            self._noted.pop(organisation, None)
