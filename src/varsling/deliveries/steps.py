"""The way of a letter through its channels, for an operator who asks why it has not arrived."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
from varsling.deliveries.store import DeliveryId
from varsling.deliveries.tables import delivery_steps


class StepOutcome(StrEnum):
    HANDED_OVER = "handed over"
    """The channel has it, and has still to confirm that it is on its way."""
    FAILED = "failed"
    """It is tried again."""
    UNKNOWN = "unknown"
    """The channel may have it: it is looked up."""
    REFUSED = "refused"
    """This channel will never deliver it."""


class Step(NamedTuple):
    """What a channel made of a letter. `reason` is a code of the channel."""

    delivery_id: DeliveryId
    channel: str
    outcome: StepOutcome
    reason: str | None


def log_steps(transaction: Transaction, steps: Collection[Step]) -> None:
    rows = [
        {
            "id": uuid7(),
            "delivery_id": one.delivery_id,
            "taken_at": transaction.now,
            "channel": one.channel,
            "outcome": one.outcome.value,
            "reason": one.reason,
        }
        for one in steps
    ]
    transaction.insert(delivery_steps, rows)


def steps_of(connection: sa.Connection, delivery_id: UUID) -> Sequence[tuple[datetime, Step]]:
    """Give the steps of a letter, oldest first."""
    c = delivery_steps.c
    query = sa.select(delivery_steps).where(c.delivery_id == delivery_id).order_by(c.id)
    return [
        (row.taken_at, Step(row.delivery_id, row.channel, StepOutcome(row.outcome), row.reason))
        for row in connection.execute(query)
    ]
