"""Lists of notices: the filters."""

from uuid import UUID

import sqlalchemy as sa

from varsling.access.principal import Principal
from varsling.database.sides import first_of_sides
from varsling.notices.lookups import readable_sides
from varsling.notices.schemas.notice import NoticesQuery
from varsling.notices.tables import notices


def selection(principal: Principal, query: NoticesQuery, after: UUID | None) -> sa.ColumnElement[bool]:
    """Select the first notices that the caller may read and asked for, behind the notice `after`: a page, and one."""
    conditions = _asked_for(query)
    if after is not None:
        conditions.append(notices.c.id > after)
    return first_of_sides(notices.c.id, readable_sides(principal), conditions, query.limit + 1)


def _asked_for(query: NoticesQuery) -> list[sa.ColumnElement[bool]]:
    columns, conditions = notices.c, list[sa.ColumnElement[bool]]()
    if query.landlord is not None:
        conditions.append(columns.landlord_organisation == query.landlord)
    if query.reference is not None:
        conditions.append(columns.reference == query.reference)
    if query.lease is not None:
        conditions.append(columns.lease_reference == query.lease)
    if query.status is not None:
        conditions.append(columns.status == query.status.value)
    if query.updated_since is not None:
        conditions.append(columns.updated_at >= query.updated_since)
    if query.petition_recommended_before is not None:
        conditions.append(columns.petition_recommended < query.petition_recommended_before)
        conditions.append(columns.petition_filed_on.is_(None))  # no date is recommended any more
    return conditions
