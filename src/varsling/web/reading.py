"""Reads for callers of the API: in threads of their own, and few, so that many readers keep no writer waiting."""

from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import Request

Result = TypeVar("Result")

_THREADS = 2


def reading_threads() -> CapacityLimiter:
    """Make the limit of one process. A page of notices takes the processor for as long as several posts: more at once
    would only share it among more, and leave less of it to everything else."""
    return CapacityLimiter(_THREADS)


async def read(request: Request, call: Callable[..., Result], *arguments: object) -> Result:
    """Run a call that reads the database, when it is its turn."""
    return await anyio.to_thread.run_sync(call, *arguments, limiter=request.app.state.reading)
