"""A new version of a notice: new copies for every tenant, and the older version's undispatched ones taken back."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NewDelivery, NotSent
from varsling.domain.dates import oslo_date
from varsling.domain.law import remarks_of
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.notice import Notice
from varsling.domain.problems import Code, Fault, Refused
from varsling.domain.remarks import Remark
from varsling.notices.events import named_office
from varsling.notices.locking import write
from varsling.notices.store import CONTENT, StoredNotice, encode, version_row
from varsling.notices.tables import notice_versions
from varsling.notices.transitions.reservations import apply_reservations
from varsling.privacy.audit import AuditAction, AuditRow, record

# What a version's own dates give reason to; each version is looked at anew.
_OF_DATES = frozenset(
    {
        Remark.PETITION_EARLIER_THAN_RECOMMENDED,
        Remark.PETITION_ALREADY_FILED,
        Remark.WARNING_PERIOD_RUNNING,
        Remark.PLANNED_DATE_OVERTAKEN,
    }
)


def new_version(
    transaction: Transaction,
    context: Context,
    stored: StoredNotice,
    notice: Notice,
    actor: str,
    *extra_remarks: Remark,
) -> StoredNotice:
    """Store what the landlord now says of a locked open notice; `notice` has the ids of its tenants.

    Nothing is published before the copies of this version are out, and the clock of a published notice runs on. The
    office that has the notice gets its new versions too. Raises Refused (tenant-reserved) when a reservation leaves
    nobody to write about.
    """
    stored = _without_reserved(transaction, context, stored, actor)
    version, version_id = stored.version + 1, uuid7()
    office = named_office(transaction.connection, stored)
    content = context.keyring.cipher.encrypt(CONTENT, version_id, encode(notice))
    row = version_row(version_id, stored.id, version, transaction.now, content)
    transaction.connection.execute(notice_versions.insert().values(**row, office_number=office))
    # What is published stands until the new version's copies are out: a letter of it that is due still goes.
    older = {*range(1, version)} - {stored.published_version}
    copies.cancel(transaction, stored.id, NotSent.NEWER_VERSION, versions=older)
    stored = write(
        transaction,
        stored,
        version=version,
        warning_sent_on=notice.warning_sent_on,
        planned_petition_date=notice.planned_petition_date,
        remarks=_remarks(transaction, stored, notice, extra_remarks),
        petition_recommended=replace(stored, warning_sent_on=notice.warning_sent_on).dates.petition.recommended,
    )
    stored = replace(stored, notice=notice, content_version=version, version_id=version_id, version_office=office)
    queue_copies(transaction, context, stored)
    record(transaction, [AuditRow(AuditAction.NOTICE_UPDATED, actor, stored.id, {}, version)])
    return stored


def queue_copies(transaction: Transaction, context: Context, stored: StoredNotice) -> None:
    """Queue a copy of the newest version for every tenant who has none and is sent none; a held notice's wait.

    An update of a published notice waits until her last copy is some days old (policy `update_letter_days`), and so
    does its publication: a frightened reader is not sent a letter for every sum that changes.
    """
    connection = transaction.connection
    last = _last_copies(connection, stored)
    rest = timedelta(days=context.settings.update_letter_days)
    served = copies.tenants_with_copy(connection, stored.id, stored.version) | {
        one.tenant_id
        for one in copies.deliveries_of(connection, stored.id)
        if one.kind is DeliveryKind.COPY and one.version == stored.version and one.status is CopyStatus.QUEUED
    }
    copies.queue(
        transaction,
        [
            NewDelivery(
                stored.id,
                stored.version,
                DeliveryKind.COPY,
                tenant_id=tenant.id,
                held=stored.held_for is not None,
                not_before=last[tenant.id] + rest if tenant.id in last else None,
            )
            for tenant in stored.tenants
            if tenant.left_out_at is None and tenant.id not in served
        ],
    )


def _last_copies(connection: sa.Connection, stored: StoredNotice) -> dict[UUID | None, datetime]:
    """By tenant: when her last copy of a published notice was dispatched. Before publication nothing waits."""
    if stored.published_version is None:
        return {}
    return {
        one.tenant_id: one.dispatched_at
        for one in copies.deliveries_of(connection, stored.id)
        if one.kind is DeliveryKind.COPY and one.status is CopyStatus.DISPATCHED and one.dispatched_at is not None
    }


def rewrite(transaction: Transaction, context: Context, stored: StoredNotice, notice: Notice) -> StoredNotice:
    """Put other content into the newest version: for contact data alone, which says nothing of the breach."""
    content = context.keyring.cipher.encrypt(CONTENT, stored.version_id, encode(notice))
    transaction.connection.execute(
        sa.update(notice_versions).where(notice_versions.c.id == stored.version_id).values(content=content)
    )
    return replace(stored, notice=notice)


def _without_reserved(transaction: Transaction, context: Context, stored: StoredNotice, actor: str) -> StoredNotice:
    """The notice without the tenants who reserved since the office got it (LAW, rule 5: later updates stop)."""
    applied = apply_reservations(transaction, context, replace(stored, version=stored.version + 1), actor)
    if applied.stopped:
        raise Refused([Fault("", Code.TENANT_RESERVED)])
    return replace(applied.stored, version=stored.version)


def _remarks(
    transaction: Transaction, stored: StoredNotice, notice: Notice, extra: tuple[Remark, ...]
) -> tuple[Remark, ...]:
    standing = [remark for remark in stored.remarks if remark not in _OF_DATES]
    if Remark.PLANNED_DATE_OVERTAKEN in stored.remarks and notice.planned_petition_date == stored.planned_petition_date:
        standing.append(Remark.PLANNED_DATE_OVERTAKEN)
    new = remarks_of(notice, stored.dates, oslo_date(transaction.now))
    return tuple(dict.fromkeys((*standing, *new, *extra)))
