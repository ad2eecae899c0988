"""Where a person is named: what reservations and the tenant's page ask of notices."""

from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.domain.problems import NotFound
from varsling.domain.reservation import Traits
from varsling.notices.store import StoredNotice, load
from varsling.notices.tables import notice_tenants, notice_versions, notices
from varsling.reservations.service import split_indexes, traits


class Mention(NamedTuple):
    """A tenant as a notice names her, with what she is matched by."""

    notice_id: UUID
    version: int
    tenant_id: UUID
    traits: Traits


def mentions_of(connection: sa.Connection, birth_index: bytes) -> list[Mention]:
    """The tenants with this birth index whom a notice names whose content is kept, the newest notice first."""
    statement = (
        sa.select(
            notices.c.id,
            notices.c.version,
            notices.c.lease_reference,
            notice_tenants.c.id.label("tenant_id"),
            notice_tenants.c.number_index,
            notice_tenants.c.family_indexes,
        )
        .join(notice_tenants, notice_tenants.c.notice_id == notices.c.id)
        .join(
            notice_versions,
            (notice_versions.c.notice_id == notices.c.id) & (notice_versions.c.version == notices.c.version),
        )
        .where(notice_tenants.c.birth_index == birth_index, notice_versions.c.content.is_not(None))
        .order_by(notices.c.id.desc())
    )
    return [
        Mention(
            row.id,
            row.version,
            row.tenant_id,
            traits(birth_index, row.number_index, split_indexes(row.family_indexes), row.lease_reference),
        )
        for row in connection.execute(statement)
    ]


class NamedTenant(NamedTuple):
    """A tenant of a notice: what her birth date is compared with, and whose lock a change of hers takes."""

    notice_id: UUID
    landlord_key: str
    birth_index: bytes


def tenant_of(connection: sa.Connection, tenant_id: UUID) -> NamedTenant | None:
    """The tenant with this id, whatever became of the notice."""
    query = (
        sa.select(notices.c.id, notices.c.landlord_key, notice_tenants.c.birth_index)
        .join(notice_tenants, notice_tenants.c.notice_id == notices.c.id)
        .where(notice_tenants.c.id == tenant_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else NamedTenant(row.id, row.landlord_key, row.birth_index)


def as_told(connection: sa.Connection, context: Context, notice_id: UUID) -> StoredNotice:
    """The notice with the version that the office has, or before publication with the newest. Raises NotFound."""
    cipher, this = context.keyring.cipher, notices.c.id == notice_id
    found = load(connection, cipher, this, published=True) or load(connection, cipher, this)
    if not found:
        raise NotFound
    return found[0]
