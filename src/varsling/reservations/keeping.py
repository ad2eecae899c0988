"""Storing a reservation. `notices.commands.reserve` applies it to notices."""

from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.database.changes import Transaction
from varsling.domain.events import Event, EventType
from varsling.domain.reservation import ReservationForm
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow
from varsling.privacy.cipher import Cipher
from varsling.reservations import store
from varsling.reservations.store import StoredReservation, join_indexes
from varsling.reservations.tables import reservations

PAGE = ReservationForm.PAGE
"""The form of a reservation that the tenant made on her page: she alone can revoke it."""


@dataclass(frozen=True, slots=True)
class Reserving:
    """The tenant of a reservation, as the landlord's side named her; kept encrypted."""

    name: str
    birth_date: date
    national_id: str | None = None

    def encoded(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def decoded(cls, content: bytes) -> Self:
        said = orjson.loads(content)
        return cls(said["name"], date.fromisoformat(said["birth_date"]), said["national_id"])

    @classmethod
    def of(cls, cipher: Cipher, connection: sa.Connection, reservation_id: UUID) -> Self | None:
        """Read her data; None once they are erased."""
        content = connection.scalar(sa.select(reservations.c.content).where(reservations.c.id == reservation_id))
        return None if content is None else cls.decoded(cipher.decrypt(store.CONTENT, reservation_id, content))


@dataclass(frozen=True, slots=True)
class NewReservation:
    """A reservation to store. `content` is the readable part; the indexes are blind.

    `acting_organisation` is the organisation whose system registered it, or is told of it.
    """

    acting_organisation: str
    landlord_organisation: str | None
    landlord_key: str
    lease_reference: str
    birth_index: bytes
    number_index: bytes | None
    family_indexes: frozenset[bytes]
    received_on: date
    form: ReservationForm
    content: Reserving
    body_digest: bytes = b""


def keep(
    transaction: Transaction, cipher: Cipher, new: NewReservation, *, actor: str, answer_id: UUID
) -> StoredReservation:
    """Store a reservation of a locked landlord."""
    reservation_id = uuid7()
    transaction.connection.execute(
        reservations.insert().values(
            id=reservation_id,
            birth_index=new.birth_index,
            acting_organisation=new.acting_organisation,
            landlord_organisation=new.landlord_organisation,
            landlord_key=new.landlord_key,
            lease_reference=new.lease_reference,
            number_index=new.number_index,
            family_indexes=join_indexes(new.family_indexes),
            form=new.form,
            received_on=new.received_on,
            created_at=transaction.now,
            content=cipher.encrypt(store.CONTENT, reservation_id, new.content.encoded()),
            body_digest=new.body_digest,
            answer_id=answer_id,
        )
    )
    audit.log(transaction, [AuditRow(AuditAction.RESERVATION_MADE, actor, reservation_id, {"form": new.form})])
    (stored,) = store.select(transaction.connection, reservations.c.id == reservation_id)
    return stored


def reservation_event(connection: sa.Connection, stored: StoredReservation, kind: EventType) -> Event:
    """Make the event for all who hear of a reservation."""
    return Event(
        type=kind,
        members={
            "reference": None,
            "landlord": stored.landlord_organisation,
            "reservation": str(stored.id),
            "lease": stored.lease_reference,
        },
        organisations=store.told_of(connection, stored),
    )
