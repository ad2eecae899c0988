"""A call in a thread ends before its caller does, even a cancelled one."""

import asyncio
import threading

import pytest

from varsling.database.threads import finish_in_thread


def test_a_cancelled_caller_waits_for_the_end_of_its_call() -> None:
    asyncio.run(cancel_during_a_call())


async def cancel_during_a_call() -> None:
    began, go_on, ended = asyncio.Event(), threading.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def call() -> None:
        loop.call_soon_threadsafe(began.set)
        go_on.wait(60)
        ended.set()

    caller = asyncio.create_task(finish_in_thread(call))
    await began.wait()
    caller.cancel()
    loop.call_soon(go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended.is_set()
