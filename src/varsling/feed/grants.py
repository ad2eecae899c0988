"""Grants: which organisation may see which office's notices, and which offices an integration reads for."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.feed.tables import grants, integrations
from varsling.settings import Settings


class GrantKind(StrEnum):
    RECEIVE = "receive"
    """The office reads its notices in the stream, and gets none on paper."""
    OBSERVE = "observe"


def readers_of(transaction: Transaction, offices: set[str]) -> dict[str | None, set[str]]:
    """By office: the organisations whose streams get its events."""
    if not offices:
        return {}
    share_grants(transaction)
    column = grants.c.office_number
    rows = transaction.connection.execute(
        sa.select(column, grants.c.organisation).where(
            grants.c.revoked_at.is_(None), sa.or_(column.in_(sorted(offices)), column.is_(None))
        )
    ).all()
    return {office: {reader for granted, reader in rows if granted in (office, None)} for office in offices}


def share_grants(transaction: Transaction) -> None:
    """Keep the grants unchanged until the commit. Other transactions may do the same.

    A publishing command decides by grants only after this, in statements of its own. A grant that commits before is
    seen; a later one finds the published notice for its backfill.
    """
    if transaction.connection.dialect.name != "postgresql" or grants.name in transaction.shared:
        return
    # The table's lock and not a row's: a transaction that waits for it alone is not overtaken for ever by sharing ones.
    transaction.connection.exec_driver_sql("LOCK TABLE grants IN SHARE MODE")
    transaction.shared.add(grants.name)


def take_grants(transaction: Transaction) -> None:
    """Keep other transactions from reading or changing the grants until the commit."""
    if transaction.connection.dialect.name == "postgresql":
        transaction.connection.exec_driver_sql("LOCK TABLE grants IN SHARE ROW EXCLUSIVE MODE")


def granted_offices(organisation: str, kinds: Sequence[GrantKind] = tuple(GrantKind)) -> sa.Select[str | None]:
    """Select the offices of the organisation's grants of these kinds, for use within a query. None is all offices."""
    return sa.select(grants.c.office_number).where(
        grants.c.organisation == organisation, grants.c.revoked_at.is_(None), grants.c.kind.in_(kinds)
    )


def has_active_receiver(connection: sa.Connection, office: str, now: datetime, settings: Settings) -> bool:
    """Tell whether an integration with a `receive` grant for the office polled lately, or was granted lately.

    A command that publishes by the answer calls `share_grants` first.
    """
    return not offices_with_receiver(connection, now, settings).isdisjoint({office, None})


def active_receivers(transaction: Transaction, settings: Settings) -> frozenset[str | None]:
    """Give `offices_with_receiver`, read once in a transaction that has called `share_grants`: nothing changes them."""
    found: frozenset[str | None] | None = transaction.read_once.get("receivers")
    if found is None:
        found = offices_with_receiver(transaction.connection, transaction.now, settings)
        transaction.read_once["receivers"] = found
    return found


_ACTIVE = (
    sa.select(grants.c.office_number)
    .distinct()
    .select_from(grants.outerjoin(integrations, integrations.c.organisation == grants.c.organisation))
    .where(
        grants.c.kind == GrantKind.RECEIVE,
        grants.c.revoked_at.is_(None),
        sa.or_(grants.c.granted_at >= sa.bindparam("since"), integrations.c.polled_at >= sa.bindparam("since")),
    )
)


def offices_with_receiver(connection: sa.Connection, now: datetime, settings: Settings) -> frozenset[str | None]:
    """Give the offices for which `has_active_receiver` holds; None among them is all offices.

    The result is empty while the office for protected people (if PDL is asked) has no integration: the way of a notice
    must not tell its office (guarantee 10).
    """
    found = frozenset(connection.scalars(_ACTIVE, {"since": now - settings.active_for}))
    must = settings.must_be_read
    return found if must is None or not found.isdisjoint({must, None}) else frozenset()


class GrantRow(NamedTuple):
    """A grant that stands, and when its organisation last polled. `office` of None: all offices."""

    organisation: str
    kind: str
    office: str | None
    granted_at: datetime
    polled_at: datetime | None


def standing_grants(connection: sa.Connection) -> list[GrantRow]:
    """List every grant that stands, by organisation and office."""
    c = grants.c
    query = (
        sa.select(c.organisation, c.kind, c.office_number, c.granted_at, integrations.c.polled_at)
        .select_from(grants.outerjoin(integrations, integrations.c.organisation == c.organisation))
        .where(c.revoked_at.is_(None))
        .order_by(c.organisation, c.office_number, c.kind)
    )
    return [GrantRow(*row) for row in connection.execute(query)]


def granted_organisations() -> sa.Select[str]:
    """Select the organisations with a grant of any kind."""
    return sa.select(grants.c.organisation).where(grants.c.revoked_at.is_(None)).distinct()
