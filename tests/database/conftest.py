"""Writers over the small table of `rows`."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from tests.database.samples import Gate, Put, PutFour, create_rows
from varsling.database.changes import BatchChange, Change
from varsling.database.clock import Clock
from varsling.database.engine import create_engine
from varsling.database.writer import Writer

AnyChange = Change[Any] | BatchChange[Any]


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread or process; the minute only ends a wait on a machine in trouble."""
    give_up_at = time.monotonic() + 60
    pause = threading.Event()
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError
        pause.wait(0.005)


async def submit_all(writer: Writer, changes: Sequence[AnyChange], then: Callable[[], object]) -> list[Any]:
    """Put all changes into the queue, then call `then`; return each change's answer or exception."""
    tasks = [asyncio.ensure_future(writer.submit(change)) for change in changes]
    asyncio.get_running_loop().call_soon(then)  # after the first step of each task, which queues its change
    return await asyncio.gather(*tasks, return_exceptions=True)


def together(writer: Writer, *changes: AnyChange) -> list[Any]:
    """Return the outcomes of changes that waited together while the writer was busy with another."""
    gate = Gate()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(writer.submit_and_wait, gate)
        assert gate.entered.wait(60)
        outcomes = asyncio.run(submit_all(writer, changes, gate.release.set))
        assert held.result() == "stored"
    return outcomes


@pytest.fixture
def prepared(engine: sa.Engine) -> sa.Engine:
    create_rows(engine)
    Put.sizes.clear()
    PutFour.sizes.clear()
    return engine


@pytest.fixture
def new_writer(prepared: sa.Engine) -> Iterator[Callable[..., Writer]]:
    """Makes writers, each with an engine of its own, as in separate processes."""
    made: list[tuple[Writer, sa.Engine]] = []

    def make(url: str | None = None, **options: Any) -> Writer:
        own = create_engine(url or prepared.url.render_as_string(hide_password=False), pool_size=1)
        writer = Writer(own, Clock(), **options)
        made.append((writer, own))
        writer.start()
        return writer

    yield make
    for writer, own in made:
        writer.stop()
        own.dispose()


@pytest.fixture
def writer(new_writer: Callable[..., Writer]) -> Writer:
    return new_writer()
