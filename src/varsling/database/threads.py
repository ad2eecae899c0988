"""Calls in a thread that use a connection."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def finish_in_thread(call: Callable[..., Result], *arguments: object) -> Result:
    """Run the call in a thread, and wait for its end even when cancelled.

    A connection that is still in use when its engine is disposed of goes back to no pool, and nobody would close it.
    """
    running = asyncio.ensure_future(asyncio.to_thread(call, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
