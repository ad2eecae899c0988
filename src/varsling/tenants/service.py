"""Tenants for the packages above: the codes on their letters, their statements, their reports of misuse."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.database.bulk import insert_rows
from varsling.database.changes import Transaction
from varsling.domain.notice import TenantId
from varsling.privacy import codes
from varsling.privacy.cipher import Cipher
from varsling.privacy.keys import Keyring
from varsling.tenants.reports import CloseReport, MisuseReport, file_report, open_report_of, open_reports
from varsling.tenants.statements import Statements, statements_of, store_statement
from varsling.tenants.tables import tenant_codes

__all__ = [
    "CloseReport",
    "MisuseReport",
    "NewCode",
    "Statements",
    "TenantCode",
    "code_with",
    "codes_of",
    "count_tries",
    "file_report",
    "keep_codes",
    "lock_code",
    "new_code",
    "open_report_of",
    "open_reports",
    "reopen_codes",
    "statements_of",
    "store_statement",
]

_LABEL = "tenant_codes.code"


class NewCode(NamedTuple):
    """A new code to store: its index for finding it, and its ciphertext for letters."""

    id: UUID
    code_index: bytes
    encrypted: bytes


def new_code(keyring: Keyring) -> NewCode:
    made = codes.new_code(keyring.cipher, _LABEL)
    return NewCode(made.id, keyring.index.code(made.code), made.encrypted)


def keep_codes(transaction: Transaction, new: Sequence[tuple[TenantId, NewCode]]) -> None:
    """Store the codes of tenants."""
    rows = [
        {
            "id": code.id,
            "tenant_id": tenant_id,
            "code_index": code.code_index,
            "code": code.encrypted,
            "created_at": transaction.now,
            "wrong_tries": 0,
        }
        for tenant_id, code in sorted(new, key=lambda one: one[1].code_index)
    ]
    insert_rows(transaction.connection, tenant_codes, rows)


def codes_of(connection: sa.Connection, cipher: Cipher, tenant_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Give the readable codes of these tenants, except erased ones."""
    query = sa.select(tenant_codes.c.id, tenant_codes.c.tenant_id, tenant_codes.c.code).where(
        tenant_codes.c.tenant_id.in_(tenant_ids), tenant_codes.c.code.is_not(None)
    )
    return {row.tenant_id: cipher.decrypt(_LABEL, row.id, row.code).decode() for row in connection.execute(query)}


class TenantCode(NamedTuple):
    """A tenant's code, with the wrong birth dates tried with it."""

    id: UUID
    tenant_id: UUID
    wrong_tries: int
    closed_until: datetime | None


_NOT_ERASED = tenant_codes.c.code.is_not(None)
_OF_CODE = tuple(tenant_codes.c[name] for name in TenantCode._fields)


def code_with(connection: sa.Connection, code_index: bytes) -> TenantCode | None:
    """Find the code with this index; None if there is none, or its tenant's data are erased."""
    row = connection.execute(sa.select(*_OF_CODE).where(tenant_codes.c.code_index == code_index, _NOT_ERASED)).first()
    return None if row is None else TenantCode(*row)


def lock_code(transaction: Transaction, code_index: bytes) -> TenantCode | None:
    """Find and lock the code with this index: the transaction that decides a try also counts it."""
    query = sa.select(*_OF_CODE).where(tenant_codes.c.code_index == code_index, _NOT_ERASED).with_for_update()
    row = transaction.connection.execute(query).first()
    return None if row is None else TenantCode(*row)


def count_tries(transaction: Transaction, code_id: UUID, wrong_tries: int, closed_until: datetime | None) -> None:
    counted = tenant_codes.update().where(tenant_codes.c.id == code_id)
    transaction.connection.execute(counted.values(wrong_tries=wrong_tries, closed_until=closed_until))


def reopen_codes(transaction: Transaction, tenant_ids: Collection[UUID]) -> None:
    """Forget the wrong tries of these tenants: a new letter is on its way to each of them."""
    if not tenant_ids:
        return
    tried = sa.and_(tenant_codes.c.tenant_id.in_(tenant_ids), tenant_codes.c.wrong_tries > 0)
    transaction.connection.execute(tenant_codes.update().where(tried).values(wrong_tries=0, closed_until=None))
