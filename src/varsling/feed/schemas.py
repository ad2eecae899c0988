"""The events and pages of a stream, for the OpenAPI document. The answers themselves are stored bytes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from varsling.domain.events import EventType


class StreamEvent(BaseModel):
    """One event. Some types have further members; a reader ignores the ones that it does not know."""

    model_config = ConfigDict(extra="allow")

    position: Annotated[int, Field(ge=1, description="Without a gap within the stream.")]
    id: UUID
    type: EventType
    time: datetime
    office: str | None
    notice: UUID | None
    version: int | None
    backfill: Annotated[bool, Field(description="True: open already when the office was granted.")]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the previous hash and this event.")]


class FeedPage(BaseModel):
    """A page of the caller's own stream; `next` goes into `after`."""

    epoch: int
    events: list[StreamEvent]
    next: str


class FeedHead(BaseModel):
    """The end of the caller's own stream."""

    epoch: int
    position: int
