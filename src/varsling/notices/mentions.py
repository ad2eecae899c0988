"""Where a person is named: what a reservation's side asks of notices."""

from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.domain.reservation import Traits
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
