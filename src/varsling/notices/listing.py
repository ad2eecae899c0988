"""Lists of notices: the filters."""

from uuid import UUID

import sqlalchemy as sa

from varsling.access.principal import Principal
from varsling.notices.lookups import readable_sides
from varsling.notices.schemas.notice import NoticesQuery
from varsling.notices.tables import notices


def selection(principal: Principal, query: NoticesQuery, after: UUID | None) -> sa.ColumnElement[bool]:
    """Select the first notices that the caller may read and asked for, behind the notice `after`: a page, and one."""
    columns, conditions = notices.c, _asked_for(query)
    if after is not None:
        conditions.append(columns.id > after)
    # Each side's page by its own index, then both: for an "or" the database would read all notices of both.
    pages = [
        sa.select(columns.id).where(side, *conditions).order_by(columns.id).limit(query.limit + 1).subquery()
        for side in readable_sides(principal)
    ]
    return columns.id.in_(sa.union(*(sa.select(page.c.id) for page in pages)))


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
