"""The usual FastAPI app: an endpoint with nothing to do, and a page of events through a list of pydantic models.

`BENCH_DATABASE` is its database; it prints its port when it serves.
"""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
import uvicorn
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

_URL = os.environ["BENCH_DATABASE"].replace("postgresql:", "postgresql+psycopg:")
_engine = create_async_engine(_URL, pool_size=32)
_PAGE = sa.text(
    "SELECT body FROM stream_events WHERE organisation = :organisation AND position > :after"
    " ORDER BY position LIMIT 100"
)


class Event(BaseModel):
    """An event as the stream has it: the members of all kinds, and what a kind adds."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    type: str
    time: datetime
    position: int
    previous_hash: str
    hash: str


class EventsPage(BaseModel):
    epoch: int
    events: list[Event]
    next: int


app = FastAPI()


async def connection() -> AsyncIterator[AsyncConnection]:
    async with _engine.connect() as opened:
        yield opened


Connection = Annotated[AsyncConnection, Depends(connection)]


@app.get("/empty")
async def empty() -> dict[str, Any]:
    return {}


@app.get("/events")
async def events(
    organisation: str, after: int, database: Annotated[AsyncConnection, Depends(connection)]
) -> EventsPage:
    rows = await database.scalars(_PAGE, {"organisation": organisation, "after": after})
    found = [Event.model_validate_json(body) for body in rows]
    return EventsPage(epoch=1, events=found, next=found[-1].position)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["BENCH_PORT"]), loop="asyncio", http="httptools", access_log=False)
