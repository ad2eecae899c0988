"""Letters as their readers find them on their pages, and when they first opened them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.deliveries.sealed import open_letter
from varsling.deliveries.store import DeliveryId, DeliveryKind
from varsling.deliveries.tables import deliveries, letters
from varsling.domain.dates import oslo_date
from varsling.domain.problems import NotFound
from varsling.privacy.cipher import Cipher

_COPIES = (DeliveryKind.COPY.value, DeliveryKind.COPY_AGAIN.value)
_TO_TENANTS = (*_COPIES, DeliveryKind.SECOND.value)


@dataclass(frozen=True, slots=True)
class ReadableLetter:
    """A letter that a tenant got and that is kept. `copy`: it is her copy, not a second letter."""

    id: UUID
    copy: bool
    sent_on: date


def codes_of_letters(ids: Collection[UUID]) -> sa.Select[UUID]:
    """Select the codes of the addresses that these letters to tenants went to, for use within a query."""
    return sa.select(letters.c.code_id).where(letters.c.delivery_id.in_(ids), letters.c.code_id.is_not(None))


def codes_of_copies(connection: sa.Connection, ids: Collection[DeliveryId]) -> frozenset[UUID]:
    """Give the codes that copies among these deliveries have brought to their readers."""
    c = deliveries.c
    query = sa.select(letters.c.code_id).join(deliveries, c.id == letters.c.delivery_id)
    query = query.where(c.id.in_(ids), c.kind.in_(_COPIES), c.dispatched_at.is_not(None))
    return frozenset(connection.scalars(query.where(letters.c.code_id.is_not(None))))


def mark_opened(transaction: Transaction, code_ids: Collection[UUID]) -> None:
    """Record that its reader has opened the letters that went to the addresses of these codes."""
    unopened = sa.and_(letters.c.code_id.in_(code_ids), letters.c.opened_at.is_(None))
    transaction.connection.execute(letters.update().where(unopened).values(opened_at=transaction.now))


def opened_letters(connection: sa.Connection, ids: Collection[DeliveryId]) -> Mapping[DeliveryId, datetime]:
    """Give when these letters were first opened on their reader's page; those that were not are missing."""
    c = letters.c
    query = sa.select(c.delivery_id, c.opened_at).where(c.delivery_id.in_(ids), c.opened_at.is_not(None))
    return {DeliveryId(row.delivery_id): row.opened_at for row in connection.execute(query)}


def letters_to(connection: sa.Connection, code_ids: Collection[UUID]) -> list[ReadableLetter]:
    """Give the letters that went out to the addresses of a tenant's codes, oldest first."""
    c = deliveries.c
    query = (
        sa.select(c.id, c.kind, c.dispatched_at)
        .join(letters, letters.c.delivery_id == c.id)
        .where(letters.c.code_id.in_(code_ids), c.kind.in_(_TO_TENANTS), c.dispatched_at.is_not(None))
        .where(letters.c.pdf.is_not(None))
        .order_by(c.id)
    )
    return [
        ReadableLetter(row.id, row.kind in _COPIES, oslo_date(row.dispatched_at)) for row in connection.execute(query)
    ]


def letter(connection: sa.Connection, cipher: Cipher, delivery_id: UUID) -> bytes:
    """Give the PDF of a letter as it went out. Raises NotFound if it is not kept."""
    kept = connection.scalar(sa.select(letters.c.pdf).where(letters.c.delivery_id == delivery_id))
    if kept is None:
        raise NotFound
    return open_letter(cipher, delivery_id, kept)
