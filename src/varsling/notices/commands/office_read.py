"""What a NAV office gets of a notice, and what its reading brings about (CONTRACT § Office's view)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind
from varsling.domain.lifecycle import WithdrawalReason
from varsling.domain.money import format_amount
from varsling.domain.notice import Breach, Landlord, Notice, Tenant
from varsling.domain.problems import Erased, NotFound
from varsling.feed import service as feed
from varsling.feed.service import GrantKind
from varsling.notices import views as shown
from varsling.notices.locking import lock_notice, note
from varsling.notices.store import StoredNotice, load
from varsling.notices.tables import notice_versions, notices
from varsling.notices.transitions.publish import receive
from varsling.offices.service import Offices
from varsling.privacy.audit import AuditAction, AuditRow, RecordedRow, history, record
from varsling.privacy.cipher import Cipher
from varsling.tenants import service as tenants
from varsling.tenants.service import Said

# A version that is not published yet is nobody's business here: of updates it shows those that were sent.
_HISTORY = frozenset(
    {
        AuditAction.NOTICE_SENT,
        AuditAction.NOTICE_FETCHED,
        AuditAction.NOTICE_OPENED,
        AuditAction.NOTICE_FORWARDED,
        AuditAction.NOTICE_SETTLED,
        AuditAction.NOTICE_WITHDRAWN,
        AuditAction.NOTICE_LAPSED,
    }
)


class View(NamedTuple):
    version: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadByOffice(Change[View]):
    """A GET by an integration: the newest published version.

    A write, since every read is on record; the first by who receives for the office is its reception.
    """

    context: Context
    organisation: str
    notice_id: UUID

    def apply(self, transaction: Transaction) -> View:
        connection = transaction.connection
        receives = _granted(connection, self.organisation, self.notice_id, [GrantKind.RECEIVE])
        stored = find(connection, self.context, self.organisation, self.notice_id)
        events = []
        if stored.read_at is None or (receives and stored.fetched_at is None):
            # Under the locks either a reservation has closed it by now, or it finds that the office has it.
            lock_notice(transaction, self.context, self.notice_id)
            stored = find(connection, self.context, self.organisation, self.notice_id)
            if receives:
                events = receive(transaction, stored, actor=self.organisation, fetched_at=transaction.now)
            elif stored.read_at is None:
                note(transaction, stored, read_at=transaction.now)
            stored = find(connection, self.context, self.organisation, self.notice_id)
        kind = GrantKind.RECEIVE if receives else GrantKind.OBSERVE
        facts = {"grant": kind.value}
        row = AuditRow(AuditAction.NOTICE_READ, self.organisation, stored.id, facts, stored.content_version)
        record(transaction, [row])
        view = _view(connection, self.context.keyring.cipher, self.context.offices, stored)
        feed.append(transaction, events)
        return view


def look(context: Context, organisation: str, notice_id: UUID) -> int:
    """The version that a read would show, without reading. Raises NotFound or Erased as that would."""
    with reading(context.engine) as connection:
        return find(connection, context, organisation, notice_id).content_version


def find(
    connection: sa.Connection,
    context: Context,
    organisation: str,
    notice_id: UUID,
    kinds: tuple[GrantKind, ...] = tuple(GrantKind),
) -> StoredNotice:
    """The newest published version of a notice that the organisation may read. Raises NotFound or Erased."""
    mine = sa.and_(notices.c.id == notice_id, with_granted_office(organisation, kinds))
    found = load(connection, context.keyring.cipher, mine, published=True)
    if not found:
        raise NotFound
    (stored,) = found
    closed = {reason.value for reason in WithdrawalReason if reason.closes_content}
    if stored.notice is None or stored.reason in closed:
        raise Erased
    return stored


def with_granted_office(organisation: str, kinds: tuple[GrantKind, ...] = tuple(GrantKind)) -> sa.ColumnElement[bool]:
    """The published notices whose office the organisation has a grant for."""
    granted = feed.granted_offices(organisation, kinds).subquery()
    covered = sa.or_(
        granted.c.office_number.is_(None), granted.c.office_number == notice_versions.c.receiving_office_number
    )
    return sa.exists(
        sa.select(notice_versions.c.id)
        .join(granted, covered)
        .where(notice_versions.c.notice_id == notices.c.id, notice_versions.c.version == notices.c.published_version)
        .correlate(notices)
    )


def _granted(connection: sa.Connection, organisation: str, notice_id: UUID, kinds: list[GrantKind]) -> bool:
    asked = sa.select(notices.c.id).where(notices.c.id == notice_id, with_granted_office(organisation, tuple(kinds)))
    return connection.execute(asked).first() is not None


def _view(connection: sa.Connection, cipher: Cipher, offices: Offices, stored: StoredNotice) -> View:
    notice = stored.notice
    if notice is None:
        raise Erased
    dispatched = {
        one.tenant_id: one.dispatched_at
        for one in copies.deliveries_of(connection, stored.id)
        if one.kind is DeliveryKind.COPY and one.version == stored.content_version and one.dispatched_at is not None
    }
    said = tenants.said_by(connection, cipher, [row.id for row in stored.tenants])
    rows = history(connection, stored.id, _HISTORY)
    return View(stored.content_version, _shown(stored, notice, dispatched, said, rows, offices))


def _shown(
    stored: StoredNotice,
    notice: Notice,
    dispatched: Mapping[UUID | None, datetime | None],
    said: Mapping[UUID, Said],
    rows: list[RecordedRow],
    offices: Offices,
) -> dict[str, Any]:
    """What a caseworker needs first stands first."""
    dated = replace(stored, warning_sent_on=notice.warning_sent_on)
    return {
        "id": str(stored.id),
        "version": stored.content_version,
        "status": stored.status.value,
        "office": _office(stored, offices),
        "tenants": [_tenant(one, dispatched.get(row.id), said.get(row.id, Said())) for row, one in stored.named],
        "children_in_dwelling": notice.children_in_dwelling,
        "dwelling": shown.dwelling(notice.dwelling),
        "breach": _breach(notice.breach),
        "payment": {"account_number": notice.payment.account_number, "kid": notice.payment.kid},
        "ground": {"code": notice.ground.code.value, "warning_sent_on": shown.day(notice.ground.warning_sent_on)},
        "dates": shown.dates(dated.dates),
        "planned_petition_date": shown.day(notice.planned_petition_date),
        "petition_filed_on": shown.day(notice.petition_filed_on),
        "landlord": {"name": _name(notice.landlord), "contact": shown.contact(notice.landlord.contact)},
        "agent": shown.agent(notice.agent),
        "reference": stored.reference,
        "history": [
            {"at": shown.instant(one.at), "event": one.row.action.value, "version": one.row.version} for one in rows
        ],
    }


def _office(stored: StoredNotice, offices: Offices) -> dict[str, Any] | None:
    number = stored.receiving_office
    found = None if number is None else offices.office(number)
    return None if number is None else {"number": number, "name": None if found is None else found.name}


def _tenant(tenant: Tenant, dispatched_at: datetime | None, said: Said) -> dict[str, Any]:
    return {
        "id": str(tenant.id),
        "name": tenant.name,
        "national_id": tenant.national_id,
        "birth_date": shown.day(tenant.birth_date),
        "phone": tenant.phone,
        "email": tenant.email,
        "copy": {"dispatched_at": shown.instant(dispatched_at)},
        "wants_call": None if said.call is None else asdict(said.call),
        "disputes": None if said.dispute is None else asdict(said.dispute),
    }


def _breach(breach: Breach) -> dict[str, Any]:
    oldest = min((claim.due_date for claim in breach.claims), default=None)
    return {
        "outstanding_total": format_amount(breach.outstanding_total),
        "overdue_claims": len(breach.claims),
        "oldest_due_date": shown.day(oldest),
        "claims": [shown.claim(claim) for claim in breach.claims],
        "deposited_amount": format_amount(breach.deposited),
    }


def _name(landlord: Landlord) -> str | None:
    return landlord.name or landlord.contact.name or landlord.organisation_number
