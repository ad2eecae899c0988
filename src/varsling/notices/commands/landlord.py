"""What the landlord's side changes in an open notice: update, contact, settlement, withdrawal."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa

from varsling.access.idempotency import StoredAnswer
from varsling.access.principal import Principal
from varsling.command_base import Decision, KeyedCommand
from varsling.database.changes import Transaction
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import Delivery, DeliveryKind, NotSent
from varsling.domain.dates import NoticeDates, oslo_date
from varsling.domain.events import Event, EventType
from varsling.domain.language import AnswerLanguage
from varsling.domain.law import faults_of
from varsling.domain.lifecycle import BlockedReason, NoticeStatus, NoticeStep, after, may
from varsling.domain.misleading import Printed, lines_of, require_plain
from varsling.domain.notice import Notice, Tenant
from varsling.domain.problems import Code, Fault, NotFound, NoticeClosed, Problem, Refused, VersionConflict
from varsling.domain.remarks import Remark
from varsling.landlords.service import suspended
from varsling.notices.events import office_event
from varsling.notices.locking import LockedNotice, lock_notice, store_changes
from varsling.notices.lookups import readable_by
from varsling.notices.schemas.changes import ContactChangeInput, SettlementInput, UpdateInput, WithdrawalInput
from varsling.notices.schemas.parties import address_of
from varsling.notices.stored import StoredNotice, dated, distinct
from varsling.notices.tables import has_reference, is_open, notices
from varsling.notices.transitions.end import settle, withdraw
from varsling.notices.transitions.limits import require_few_changes
from varsling.notices.transitions.new_version import new_version, queue_copies, replace_document
from varsling.notices.transitions.wrong_person import remove_wrong_persons
from varsling.notices.views import answer_of
from varsling.notices.views_parts import dates_answer, existing_answer
from varsling.privacy.audit import AuditAction
from varsling.tenants import service as tenants


@dataclass(frozen=True, slots=True)
class LandlordCall:
    """The caller, and the notice to change. `expected_versions` are those of `If-Match`."""

    principal: Principal
    notice_id: UUID
    expected_versions: frozenset[int] | None
    language: AnswerLanguage


@dataclass(frozen=True, slots=True)
class LandlordCommand(KeyedCommand[LockedNotice]):
    """A change of one notice by its landlord's side. The answer shows the changed notice."""

    call: LandlordCall
    # Whether the change sends somebody something of the notice: a suspended landlord may not make it.
    notifies: ClassVar[bool] = False

    @abstractmethod
    def change(self, locked: LockedNotice) -> Sequence[Event]:
        """Change the notice, and give the events that tell of it."""

    def lock(self, transaction: Transaction) -> LockedNotice:
        return lock_notice(transaction, self.context, self.call.notice_id, readable_by(self.call.principal))

    def decide(self, locked: LockedNotice) -> Decision[StoredAnswer]:
        expected = self.call.expected_versions
        if expected is not None and locked.stored.version not in expected:
            raise VersionConflict
        if self.notifies and suspended(locked.transaction.connection, [locked.stored.landlord_key]):
            raise Problem(Code.LANDLORD_SUSPENDED)
        events = self.change(locked)
        return Decision(self.answer(locked.stored, locked.outbox.deliveries), events)

    def store(self, transaction: Transaction, locked: LockedNotice) -> None:
        store_changes(transaction, [locked])

    def answer(self, stored: StoredNotice, letters: Sequence[Delivery]) -> StoredAnswer:
        states = deliveries.copy_states(letters).get(stored.id, {})
        return answer_of(stored, states, self.context.offices, self.call.language)


@dataclass(frozen=True, slots=True)
class Update(LandlordCommand):
    """Change sums or plan of the same breach: a new version, and no new period."""

    request: UpdateInput
    notifies: ClassVar[bool] = True
    remarks: ClassVar[tuple[Remark, ...]] = ()

    def change(self, locked: LockedNotice) -> Sequence[Event]:
        before = dated(require_document(locked.stored, NoticeStep.UPDATE), locked.stored)
        notice = self.updated(locked.stored, before, locked.today)
        if notice != before:  # the same again would send every tenant the same letter again
            require_few_changes(locked)
            new_version(locked, notice, self.call.principal.acting, *self.remarks)
        elif not set(self.remarks) <= set(locked.stored.remarks):  # the caller is told whose notice this became
            locked.update(remarks=distinct((*locked.stored.remarks, *self.remarks)))
        return []

    def updated(self, stored: StoredNotice, before: Notice, today: date) -> Notice:
        """Give the notice as this call changes it. Raises Refused, ValidationFailed."""
        references = [one.reference for one in self.request.claims or () if one.reference is not None]
        require_plain("/claims", references, Printed.REFERENCE)
        notice, rules = self.request.applied_to(before), self.context.settings.rules
        lodged = replace(stored.dates, petition_lodged=notice.petition.is_lodged)
        found = faults_of(notice, lodged, today, rules)
        if faults := [placed for fault in found if (placed := self._placed(fault)) is not None]:
            raise refusal(faults, stored.dates)
        return notice

    def _placed(self, fault: Fault) -> Fault | None:
        """Move a fault to its member in this body. None if the body does not touch the faulty members."""
        for pointer in (fault.pointer, fault.against):
            at = (pointer or "").removeprefix("/breach")
            member = at.partition("/")[2].partition("/")[0]
            if member in self.request.model_fields_set and getattr(self.request, member) is not None:
                return replace(fault, pointer=at)
        return None


@dataclass(frozen=True, slots=True)
class ChangeContact(LandlordCommand):
    """Change a tenant's contact data. This resumes a notice that was blocked because her copy was undeliverable."""

    request: ContactChangeInput
    notifies: ClassVar[bool] = True

    def change(self, locked: LockedNotice) -> Sequence[Event]:
        stored, actor = locked.stored, self.call.principal.acting
        blocked = stored.status is NoticeStatus.BLOCKED and stored.reason == BlockedReason.COPY_UNDELIVERABLE
        before = require_document(stored, NoticeStep.RESUME if blocked else NoticeStep.UPDATE)
        require_plain("/postal_address", lines_of(address_of(self.request.postal_address)), Printed.LINE)
        if self.request.tenant not in {tenant.id for tenant in before.tenants}:
            raise Problem(Code.NOT_FOUND, faults=[Fault("/tenant", Code.NOT_FOUND)])
        notice = replace(before, tenants=tuple(self._changed(tenant) for tenant in before.tenants))
        require_few_changes(locked)
        (tenant,) = (one for one in notice.tenants if one.id == self.request.tenant)
        tenants.make_codes_for(locked.transaction, self.context.keyring, tenant, notice.dwelling)
        locked.log(AuditAction.NOTICE_CONTACT_CHANGED, actor, {"tenant": str(tenant.id)})
        if blocked:
            # Every tenant was told that the notice had stopped, so every tenant gets a new copy: a new version.
            _refuse_if_replaced(locked, self.call.principal)
            locked.update(status=after(stored.status, NoticeStep.RESUME), reason=None, closed_at=None)
            locked.log(AuditAction.NOTICE_RESUMED, actor)
            new_version(locked, notice, actor)
            return []
        replace_document(locked, notice)
        locked.update()
        # A copy that is not out yet goes to the new address; one that arrived is not sent again.
        locked.outbox.cancel(NotSent.NEWER_VERSION, tenants=[self.request.tenant], kinds=[DeliveryKind.COPY])
        queue_copies(locked)
        return self._news(locked, before)

    def _news(self, locked: LockedNotice, before: Notice) -> list[Event]:
        """Tell an office that has this version: a caseworker who calls the old number helps nobody."""
        stored, office = locked.stored, locked.stored.receiving_office
        if stored.published_version != stored.version or office is None or stored.notice is None:
            return []
        read = {tenant.id for tenant in stored.remaining_tenants}
        was, now = (
            [(one.email, one.phone) for one in said.tenants if one.id in read] for said in (before, stored.notice)
        )
        return [] if was == now else [office_event(stored, EventType.NOTICE_UPDATED, office)]

    def _changed(self, tenant: Tenant) -> Tenant:
        return self.request.applied_to(tenant) if tenant.id == self.request.tenant else tenant


@dataclass(frozen=True, slots=True)
class Settle(LandlordCommand):
    """Settle the breach (bortfall)."""

    request: SettlementInput

    def change(self, locked: LockedNotice) -> Sequence[Event]:
        require_step(locked.stored, NoticeStep.SETTLE)
        if self.request.on > oslo_date(locked.now):
            raise Refused([Fault("/on", Code.DATE_IN_FUTURE)])
        claims = () if locked.stored.notice is None else locked.stored.notice.breach.claims
        if claims and self.request.on < min(claim.due_date for claim in claims):  # a slip in the year ends the notice
            raise Refused([Fault("/on", Code.DATE_CONFLICT)])
        return settle(locked, self.request.reason, self.call.principal.acting)


@dataclass(frozen=True, slots=True)
class Withdraw(LandlordCommand):
    """Withdraw the notice (trukket), or let it go on without a wrong person (LAW, case 3)."""

    request: WithdrawalInput

    def change(self, locked: LockedNotice) -> Sequence[Event]:
        require_step(locked.stored, NoticeStep.WITHDRAW)
        actor, wrong = self.call.principal.acting, set(self.request.tenants or ())
        if self.request.tenants is None:
            return withdraw(locked, self.request.reason, actor)
        unknown = [
            Fault(f"/tenants/{place}", Code.NOT_FOUND)
            for place, one in enumerate(self.request.tenants)
            if one not in {tenant.id for tenant in locked.stored.tenants}
        ]
        if unknown:
            raise Problem(Code.NOT_FOUND, faults=unknown)
        if wrong >= {tenant.id for tenant in locked.stored.remaining_tenants}:
            return withdraw(locked, self.request.reason, actor)
        return remove_wrong_persons(locked, wrong, actor)


def refusal(faults: Sequence[Fault], dates: NoticeDates) -> Problem:
    """Make the refusal of a notice or an update. If the petition is too early, it carries the dates."""
    early = any(fault.code is Code.PETITION_TOO_EARLY for fault in faults)
    return Refused(faults, {"dates": dates_answer(dates)} if early else None)


def require_step(stored: StoredNotice, step: NoticeStep) -> None:
    if not may(stored.status, step):
        raise NoticeClosed


def require_document(stored: StoredNotice, step: NoticeStep) -> Notice:
    """Give what the landlord said, of a notice that may take the step. Raises NoticeClosed; NotFound once erased."""
    require_step(stored, step)
    if stored.notice is None:
        raise NotFound
    return stored.notice


def _refuse_if_replaced(locked: LockedNotice, principal: Principal) -> None:
    """Refuse to resume if another notice has the lease or the reference: a blocked notice freed both."""
    stored, connection = locked.stored, locked.transaction.connection
    others = sa.and_(notices.c.landlord_key == stored.landlord_key, notices.c.id != stored.id)
    leased = sa.select(
        notices.c.id, notices.c.reference, notices.c.version, notices.c.status, readable_by(principal).label("readable")
    ).where(others, notices.c.lease_reference == stored.lease_reference, is_open)
    if (one := connection.execute(leased).first()) is not None:
        existing = existing_answer(one.id, one.reference, one.version, one.status) if one.readable else None
        raise Problem(Code.OPEN_NOTICE_EXISTS, members={"existing": existing})
    referred = sa.select(notices.c.id).where(
        others,
        notices.c.acting_organisation == stored.acting_organisation,
        notices.c.reference == stored.reference,
        has_reference,
    )
    if connection.execute(referred).first():
        raise Problem(Code.DUPLICATE_REFERENCE)
