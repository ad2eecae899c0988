"""Health: whether this process lives, and whether it should get calls."""

import asyncio
import time

import anyio.to_thread
import sqlalchemy as sa
from anyio import CapacityLimiter
from fastapi import APIRouter, Request, Response

from varsling.context import Context
from varsling.database.failures import Failure, failure_of
from varsling.database.migrate import at_head
from varsling.web.answers import json_answer
from varsling.web.dependencies import ContextOf
from varsling.web.openapi import described

router = APIRouter(tags=["health"])

STUCK_SECONDS = 120.0
"""Far beyond the writer's longest work on a waiting change: SQLite's lock wait of 30 s and some re-runs."""
_READY_SECONDS = 5.0
_LOOK_SECONDS = 1.0


@router.get("/health/live", **described(responses={200: None, 503: None}))
async def live(request: Request, context: ContextOf) -> Response:
    """Tell whether the writer runs and answers waiting changes, and a worker beside the server takes its turns. If not,
    the process should be restarted."""
    faults = _liveness(context)
    if request.app.state.vitals is not None and request.app.state.vitals.stuck:
        faults.append("worker-stuck")
    return _verdict(faults)


@router.get("/health/ready", **described(responses={200: None, 503: None}))
async def ready(request: Request, context: ContextOf) -> Response:
    """Tell whether the process can serve: the schema is this version's, the writer runs, no stop has begun."""
    faults = _liveness(context)
    if request.app.state.stopping.is_set():
        faults.append("stopping")
    look: DatabaseLook = request.app.state.database_look
    if fault := await look.fault(context):
        faults.append(fault)
    return _verdict(faults)


def _liveness(context: Context) -> list[str]:
    faults = [] if context.writer.running else ["writer-stopped"]
    if context.writer.oldest_wait() > STUCK_SECONDS:
        faults.append("writer-stuck")
    return faults


class DatabaseLook:
    """What the database said a moment ago. Anybody may ask whether the process is ready: the database is asked once a
    second, and whoever comes meanwhile hears the same."""

    def __init__(self) -> None:
        self._fault: str | None = None
        self._until = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def fault(self, context: Context) -> str | None:
        if time.monotonic() >= self._until:
            if self._looking is None:
                self._looking = asyncio.create_task(self._look(context))
            await asyncio.shield(self._looking)
        return self._fault

    async def _look(self, context: Context) -> None:
        try:
            self._fault = await _database_fault(context)
            self._until = time.monotonic() + _LOOK_SECONDS
        finally:
            self._looking = None


async def _database_fault(context: Context) -> str | None:
    try:
        async with asyncio.timeout(_READY_SECONDS):
            # In a thread that nobody else waits for: a probe must not take readers' haste for a fault.
            up_to_date = await anyio.to_thread.run_sync(at_head, context.engine, limiter=CapacityLimiter(1))
    except TimeoutError:
        return "database-away"
    except sa.exc.SQLAlchemyError as error:
        return "database-away" if failure_of(error) is Failure.DOWN else "database-refuses"
    return None if up_to_date else "schema-differs"


def _verdict(faults: list[str]) -> Response:
    return json_answer({"status": "failing" if faults else "ok", "faults": faults}, 503 if faults else 200)
