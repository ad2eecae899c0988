"""Codes on letters to offices, for the office's page: one for each letter, made before the letter is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.database.bulk import insert_rows
from varsling.database.changes import Change, Transaction
from varsling.deliveries.store import COLUMNS, Delivery, DeliveryId, delivery
from varsling.deliveries.tables import deliveries, office_codes
from varsling.privacy.cipher import Cipher
from varsling.privacy.codes import new_code
from varsling.privacy.keys import Keyring

_LABEL = "office_codes.code"


@dataclass(frozen=True, slots=True)
class MakeOfficeCodes(Change[None]):
    """Make a code for each of these letters. A code that another worker stored first stays."""

    keyring: Keyring
    ids: Sequence[DeliveryId]

    def apply(self, transaction: Transaction) -> None:
        made = {delivery_id: new_code(self.keyring.cipher, _LABEL) for delivery_id in sorted(self.ids)}
        rows = [
            {
                "id": code.id,
                "delivery_id": delivery_id,
                "code_index": self.keyring.index.office_code(code.code),
                "code": code.encrypted,
                "created_at": transaction.now,
                "closed_at": None,
            }
            for delivery_id, code in made.items()
        ]
        insert_rows(transaction.connection, office_codes, rows, keep_existing=True)


def office_codes_of(connection: sa.Connection, cipher: Cipher, ids: Collection[DeliveryId]) -> Mapping[DeliveryId, str]:
    """Decrypt the codes of these letters. A letter whose code was erased is left out."""
    c = office_codes.c
    query = sa.select(c.id, c.delivery_id, c.code).where(c.delivery_id.in_(ids), c.code.is_not(None))
    return {
        DeliveryId(row.delivery_id): cipher.decrypt(_LABEL, row.id, row.code).decode()
        for row in connection.execute(query)
    }


class CodedLetter(NamedTuple):
    """A letter to an office, found by its code. `closed_at`: the office is done with the letter."""

    code_id: UUID
    letter: Delivery
    closed_at: datetime | None


def letter_with_code(connection: sa.Connection, keyring: Keyring, code: str) -> CodedLetter | None:
    """Find the letter with this code. None if the code is unknown, or the letter cannot have arrived yet."""
    c = office_codes.c
    query = sa.select(c.id, c.delivery_id, c.closed_at).where(c.code_index == keyring.index.office_code(code))
    if (found := connection.execute(query).first()) is None:
        return None
    row = connection.execute(sa.select(*COLUMNS).where(deliveries.c.id == found.delivery_id)).one()
    letter = delivery(row)
    return CodedLetter(found.id, letter, found.closed_at) if letter.may_have_arrived else None


def close_code(transaction: Transaction, code_id: UUID) -> None:
    """Close a code: its page still shows, and refuses every step."""
    open_code = sa.and_(office_codes.c.id == code_id, office_codes.c.closed_at.is_(None))
    transaction.connection.execute(office_codes.update().where(open_code).values(closed_at=transaction.now))
