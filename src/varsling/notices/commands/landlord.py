"""What the landlord's side changes in a notice that stands: update, contact, settlement, withdrawal."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Answered, Binding, IdempotencyKey, StoredAnswer
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NotSent
from varsling.domain.dates import oslo_date
from varsling.domain.events import Event
from varsling.domain.language import AnswerLanguage
from varsling.domain.law import faults_of
from varsling.domain.lifecycle import BlockedReason, NoticeStatus, NoticeStep, after, may
from varsling.domain.notice import Notice, Tenant
from varsling.domain.problems import Code, Fault, NotFound, NoticeClosed, Problem, Refused, VersionConflict
from varsling.domain.remarks import Remark
from varsling.feed import service as feed
from varsling.landlords.suspension import suspended
from varsling.notices.locking import lock_notice, write
from varsling.notices.schemas.changes import ContactChangeShape, SettlementShape, UpdateShape, WithdrawalShape
from varsling.notices.store import StoredNotice, load, readable_by
from varsling.notices.tables import FREED_STATUSES, OPEN_STATUSES, notices
from varsling.notices.transitions.end import settle, withdraw
from varsling.notices.transitions.new_version import new_version, queue_copies, rewrite
from varsling.notices.views import answer_of, dates
from varsling.privacy.audit import AuditAction, AuditRow, record


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks for a change of which notice; `expected_version` is that of `If-Match`."""

    context: Context
    principal: Principal
    notice_id: UUID
    key: IdempotencyKey | None
    expected_version: int | None
    language: AnswerLanguage


@dataclass(frozen=True, slots=True)
class NoticeChange(Change[Answered]):
    """A change of one notice by its landlord's side: looked up, locked, made, answered and told, in one transaction."""

    call: Call
    # Whether it sends somebody something of the notice: that a suspended landlord may not.
    notifies: ClassVar[bool] = False

    @property
    def idempotency_key(self) -> IdempotencyKey | None:
        return self.call.key

    @abstractmethod
    def change(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        """Make the change in the locked notice; the events that tell of it."""

    def apply(self, transaction: Transaction) -> Answered:
        call = self.call
        stored = lock_notice(transaction, call.context, call.notice_id, readable_by(call.principal))
        # After the lock: the same call that ran meanwhile has been answered by now, and this is a replay of it.
        if (first := idempotency.replay(transaction, call.context.keyring.cipher, call.key)) is not None:
            return Answered(first, replayed=True)
        if call.expected_version not in (None, stored.version):
            raise VersionConflict
        if self.notifies and suspended(transaction.connection, [stored.landlord_key]):
            raise Problem(Code.LANDLORD_SUSPENDED)
        events = self.change(transaction, stored)
        answer = self._answer(transaction)
        if call.key is not None:
            idempotency.keep(transaction, call.context.keyring.cipher, [Binding(uuid7(), answer, call.key)])
        feed.append(transaction, events)
        return Answered(answer)

    def _answer(self, transaction: Transaction) -> StoredAnswer:
        call, connection = self.call, transaction.connection
        (stored,) = load(connection, call.context.keyring.cipher, notices.c.id == call.notice_id)
        states = copies.copies_of(connection, [stored.id])
        return answer_of(stored, states.get(stored.id, {}), call.context.offices, call.language)


@dataclass(frozen=True, slots=True)
class Update(NoticeChange):
    """The same breach with other sums or another plan: a new version, and no new period."""

    shape: UpdateShape
    notifies: ClassVar[bool] = True
    remarks: ClassVar[tuple[Remark, ...]] = ()

    def change(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        before = content_of(stored, NoticeStep.UPDATE)
        notice = self.shape.applied_to(before)
        self._check(transaction, stored, notice)
        if notice != before:  # the same again would send everybody the same letter again
            new_version(transaction, self.call.context, stored, notice, self.call.principal.acting, *self.remarks)
        return []

    def _check(self, transaction: Transaction, stored: StoredNotice, notice: Notice) -> None:
        rules, today = self.call.context.settings.rules, oslo_date(transaction.now)
        found = faults_of(notice, stored.dates, today, rules)
        faults = [placed for fault in found if (placed := self._placed(fault)) is not None]
        if not faults:
            return
        early = any(fault.code is Code.PETITION_TOO_EARLY for fault in faults)
        raise Refused(faults, {"dates": dates(stored.dates)} if early else None)

    def _placed(self, fault: Fault) -> Fault | None:
        """A notice's fault where this body has its place; None for what the body does not touch."""
        if fault.pointer.startswith("/breach/"):
            return replace(fault, pointer=fault.pointer.removeprefix("/breach"))
        if fault.code is Code.WARNING_BEFORE_DUE_DATE:
            return replace(fault, pointer="/claims")
        petition = fault.pointer in ("/planned_petition_date", "/petition_filed_on")
        return fault if petition and self.shape.changes_petition else None


@dataclass(frozen=True, slots=True)
class UpdateInstead(Update):
    """A new notice of a lease that has an open one, sent with `if_open: update`: the faults stand where it has them."""

    remarks: ClassVar[tuple[Remark, ...]] = (Remark.UPDATED_EXISTING,)

    def _placed(self, fault: Fault) -> Fault | None:
        touched = fault.pointer.startswith(("/breach/", "/planned_petition_date", "/petition_filed_on"))
        return fault if touched or fault.code is Code.WARNING_BEFORE_DUE_DATE else None

    def glimpse(self, transaction: Transaction, made: StoredNotice | None) -> tuple[StoredNotice, Answered]:
        """The notice that `apply` would leave now and its answer. Nothing is locked or stored; the same Problems.

        `made` is the notice where it stands before this one in the same batch, and is not stored either.
        """
        call, connection = self.call, transaction.connection
        (stored,) = [made] if made else load(connection, call.context.keyring.cipher, notices.c.id == call.notice_id)
        notice = self.shape.applied_to(content_of(stored, NoticeStep.UPDATE))
        self._check(transaction, stored, notice)
        changed = replace(
            stored,
            notice=notice,
            version=stored.version + (notice != stored.notice),
            remarks=tuple(dict.fromkeys((*stored.remarks, *self.remarks))),
        )
        states = copies.copies_of(connection, [stored.id])
        return changed, Answered(answer_of(changed, states.get(stored.id, {}), call.context.offices, call.language))


@dataclass(frozen=True, slots=True)
class ChangeContact(NoticeChange):
    """Another way to reach a tenant, which lets go on what stopped for want of one."""

    shape: ContactChangeShape
    notifies: ClassVar[bool] = True

    def change(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        context, actor = self.call.context, self.call.principal.acting
        blocked = stored.status is NoticeStatus.BLOCKED and stored.reason == BlockedReason.COPY_UNDELIVERABLE
        before = content_of(stored, NoticeStep.RESUME if blocked else NoticeStep.UPDATE)
        if self.shape.tenant not in {tenant.id for tenant in before.tenants}:
            raise Problem(Code.NOT_FOUND, faults=[Fault("/tenant", Code.NOT_FOUND)])
        notice = replace(before, tenants=tuple(self._said_of(tenant) for tenant in before.tenants))
        record(transaction, [AuditRow(AuditAction.NOTICE_CONTACT_CHANGED, actor, stored.id, {}, stored.version)])
        if blocked:
            # Everybody who had a copy was told that nothing comes of it: all get one anew, so it is a new version.
            _refuse_if_replaced(transaction, stored)
            status = after(stored.status, NoticeStep.RESUME)
            resumed = write(transaction, stored, status=status, reason=None, closed_at=None)
            record(transaction, [AuditRow(AuditAction.NOTICE_RESUMED, actor, stored.id, {}, stored.version)])
            new_version(transaction, context, resumed, notice, actor)
            return []
        stored = rewrite(transaction, context, stored, notice)
        # What is not out yet goes to the new address; a copy that arrived is not sent again.
        tenants, kinds = [self.shape.tenant], [DeliveryKind.COPY]
        copies.cancel(transaction, stored.id, NotSent.NEWER_VERSION, tenants=tenants, kinds=kinds)
        queue_copies(transaction, context, stored)
        return []

    def _said_of(self, tenant: Tenant) -> Tenant:
        return self.shape.applied_to(tenant) if tenant.id == self.shape.tenant else tenant


@dataclass(frozen=True, slots=True)
class Settle(NoticeChange):
    """The breach is gone (bortfalt)."""

    shape: SettlementShape

    def change(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        require_step(stored, NoticeStep.SETTLE)
        if self.shape.on > oslo_date(transaction.now):
            raise Refused([Fault("/on", Code.DATE_IN_FUTURE)])
        return settle(transaction, stored, self.shape.reason, self.call.principal.acting)


@dataclass(frozen=True, slots=True)
class Withdraw(NoticeChange):
    """The landlord takes the notice back (trukket)."""

    shape: WithdrawalShape

    def change(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        require_step(stored, NoticeStep.WITHDRAW)
        return withdraw(transaction, stored, self.shape.reason, self.call.principal.acting)


def require_step(stored: StoredNotice, step: NoticeStep) -> None:
    if not may(stored.status, step):
        raise NoticeClosed


def content_of(stored: StoredNotice, step: NoticeStep) -> Notice:
    """What the landlord said, of a notice that may take the step."""
    require_step(stored, step)
    if stored.notice is None:
        raise NotFound
    return stored.notice


def _refuse_if_replaced(transaction: Transaction, stored: StoredNotice) -> None:
    """A blocked notice freed its reference and its lease; another may have taken its place."""
    others = sa.and_(notices.c.landlord_key == stored.landlord_key, notices.c.id != stored.id)
    leased = sa.select(notices.c.id).where(
        others, notices.c.lease_reference == stored.lease_reference, notices.c.status.in_(OPEN_STATUSES)
    )
    if transaction.connection.execute(leased).first():
        raise Problem(Code.OPEN_NOTICE_EXISTS)
    referred = sa.select(notices.c.id).where(
        others,
        notices.c.acting_organisation == stored.acting_organisation,
        notices.c.reference == stored.reference,
        notices.c.status.not_in(FREED_STATUSES),
    )
    if transaction.connection.execute(referred).first():
        raise Problem(Code.DUPLICATE_REFERENCE)
