"""Grants: which organisation may see which office's notices, and which offices an integration reads for."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from varsling.database.changes import Transaction
from varsling.feed.tables import grants, integrations
from varsling.settings import Settings


class GrantKind(StrEnum):
    RECEIVE = "receive"
    """The office reads its notices here: nothing goes to it on paper."""
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
    """Keep the grants as they are until the commit; others may do the same.

    Whatever a publishing change decides by grants it reads after this, in its own statements: a grant that commits
    before is seen, and one that comes after finds the published notice for its backfill.
    """
    if transaction.connection.dialect.name != "postgresql" or grants.name in transaction.shared:
        return
    # The table's lock and not a row's: who waits for it alone is not overtaken for ever by those who share it.
    transaction.connection.exec_driver_sql("LOCK TABLE grants IN SHARE MODE")
    transaction.shared.add(grants.name)


def take_grants(transaction: Transaction) -> None:
    """Keep other transactions from reading or changing the grants until the commit."""
    if transaction.connection.dialect.name == "postgresql":
        transaction.connection.exec_driver_sql("LOCK TABLE grants IN SHARE ROW EXCLUSIVE MODE")


def granted_offices(organisation: str, kinds: Sequence[GrantKind] = tuple(GrantKind)) -> sa.Select[str | None]:
    """The offices that the organisation has a grant of these kinds for, for use within a query; None: all offices."""
    return sa.select(grants.c.office_number).where(
        grants.c.organisation == organisation, grants.c.revoked_at.is_(None), grants.c.kind.in_(kinds)
    )


def has_active_receiver(connection: sa.Connection, office: str, now: datetime, settings: Settings) -> bool:
    """Whether an integration with a `receive` grant for the office polled, or was granted, not too long before now.

    A change that publishes by the answer calls `share_grants` first.
    """
    return not offices_with_receiver(connection, now, settings).isdisjoint({office, None})


def offices_with_receiver(connection: sa.Connection, now: datetime, settings: Settings) -> frozenset[str | None]:
    """The offices for which `has_active_receiver` holds; None among them: all.

    None at all while the office for protected people, where there is one to be told from others, has no integration
    itself: how a notice goes must not tell where (guarantee 10).
    """
    since = now - settings.active_for
    active = (
        sa.select(grants.c.office_number)
        .distinct()
        .select_from(grants.outerjoin(integrations, integrations.c.organisation == grants.c.organisation))
        .where(
            grants.c.kind == GrantKind.RECEIVE,
            grants.c.revoked_at.is_(None),
            sa.or_(grants.c.granted_at >= since, integrations.c.polled_at >= since),
        )
    )
    found = frozenset(connection.scalars(active))
    must = settings.must_be_read
    return found if must is None or not found.isdisjoint({must, None}) else frozenset()


def granted_organisations() -> sa.Select[str]:
    """The organisations that have a grant of any kind in force."""
    return sa.select(grants.c.organisation).where(grants.c.revoked_at.is_(None)).distinct()
