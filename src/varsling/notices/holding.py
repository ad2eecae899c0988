"""What an operator does with notices: those that wait for a person, and looking at one. For the command line."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.copies import service as copies
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.domain.calendar import add_working_days
from varsling.domain.dates import oslo_date
from varsling.domain.dwelling import Dwelling
from varsling.domain.events import Event
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import BlockedReason, HeldFor, NoticeStatus, NoticeStep, WithdrawalReason
from varsling.domain.notice import NoticeId
from varsling.domain.office import FoundBy, OfficeNumber, ReachedBy
from varsling.domain.problems import Code, Fault, NotFound, NoticeClosed, Refused
from varsling.domain.remarks import Remark
from varsling.feed import service as feed
from varsling.notices.closing import block, withdraw
from varsling.notices.lifecycle import require_step
from varsling.notices.locked import lock_notice, write
from varsling.notices.representation import whole
from varsling.notices.store import StoredNotice, load, waiting_for_an_integration
from varsling.notices.tables import notices
from varsling.privacy.audit import AuditAction, AuditRow, history, record

OPERATOR = "operator"
_FOR_INTEGRATION = "integration"


@dataclass(frozen=True, slots=True)
class Held:
    """A notice that waits for a person; after `decide_by` it is blocked.

    One that waits for an integration of its office has no such day: its tenants have their copies.
    """

    id: NoticeId
    held_for: str
    accepted_at: datetime
    decide_by: date | None
    office: OfficeNumber | None
    dwelling: Dwelling | None


@dataclass(frozen=True, slots=True)
class Unfetched:
    """A notice in an office's stream that no integration of the office has read."""

    id: NoticeId
    office: OfficeNumber | None
    sent_at: datetime | None


def held(context: Context) -> list[Held]:
    """All that wait for a person, or for an integration that a person grants, the longest waiting first."""
    asked = sa.and_(notices.c.held_for.is_not(None), notices.c.status == NoticeStatus.ACCEPTED.value)
    waiting = sa.or_(asked, waiting_for_an_integration())
    days = context.settings.held_working_days
    with reading(context.engine) as connection:
        return [
            Held(
                one.id,
                one.held_for or _FOR_INTEGRATION,
                one.accepted_at,
                add_working_days(oslo_date(one.accepted_at), days) if one.held_for else None,
                one.office,
                None if one.notice is None else one.notice.dwelling,
            )
            for one in load(connection, context.keyring.cipher, waiting)
        ]


def unfetched(context: Context, before: datetime) -> list[Unfetched]:
    """What was published to a stream before then and not read since, oldest first."""
    waiting = sa.and_(
        notices.c.status == NoticeStatus.SENT.value,
        notices.c.reached_by == ReachedBy.FEED.value,
        notices.c.fetched_at.is_(None),
        notices.c.sent_at < before,
    )
    with reading(context.engine) as connection:
        found = load(connection, context.keyring.cipher, waiting, published=True)
    return [Unfetched(one.id, one.version_office or one.office, one.sent_at) for one in found]


def show(context: Context, notice_id: UUID, language: AnswerLanguage) -> dict[str, Any]:
    """A notice as its landlord sees it, with every letter and the whole history. Raises NotFound."""
    with reading(context.engine) as connection:
        found = load(connection, context.keyring.cipher, notices.c.id == notice_id)
        if not found:
            raise NotFound
        states = copies.copies_of(connection, [notice_id]).get(notice_id, {})
        shown = whole(found[0], states, history(connection, notice_id), context.offices, language)
        letters = copies.deliveries_of(connection, notice_id)
    shown["held_for"] = found[0].held_for
    shown["deliveries"] = [
        {"id": str(one.id), "kind": one.kind.value, "version": one.version, "status": one.status.value}
        for one in letters
    ]
    return shown


@dataclass(frozen=True, slots=True)
class Decision(Change[None]):
    """What an operator decides about a notice. Raises NotFound, and NoticeClosed where there is nothing to decide."""

    context: Context
    notice_id: UUID

    @abstractmethod
    def decide(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]: ...

    def apply(self, transaction: Transaction) -> None:
        stored = lock_notice(transaction, self.context, self.notice_id)
        feed.append(transaction, self.decide(transaction, stored))


@dataclass(frozen=True, slots=True)
class Assign(Decision):
    """Say which office a dwelling belongs to. Raises Refused (unknown-office)."""

    number: OfficeNumber

    def decide(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        if stored.held_for is None or stored.office is not None:
            raise NoticeClosed
        if self.context.offices.office(self.number) is None:
            raise Refused([Fault("", Code.UNKNOWN_OFFICE)])
        stored = write(
            transaction,
            stored,
            office=self.number,
            found_by=FoundBy.OPERATOR,
            remarks=tuple(remark for remark in stored.remarks if remark is not Remark.OFFICE_TO_BE_FOUND),
        )
        facts = {"office": self.number}
        record(transaction, [AuditRow(AuditAction.NOTICE_ASSIGNED, OPERATOR, stored.id, facts, stored.version)])
        if stored.held_for is HeldFor.OFFICE:
            _let_go(transaction, stored)
        return []


@dataclass(frozen=True, slots=True)
class Release(Decision):
    """Let a notice go on: what it waited for is answered. One without an office still waits for that."""

    def decide(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        if stored.held_for not in (HeldFor.UNDER_AGE, HeldFor.TEST_PERSON):
            raise NoticeClosed
        record(transaction, [AuditRow(AuditAction.NOTICE_RELEASED, OPERATOR, stored.id, {}, stored.version)])
        _let_go(transaction, stored)
        return []


@dataclass(frozen=True, slots=True)
class Reject(Decision):
    """Stop a notice that waits for a person."""

    def decide(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        if stored.held_for is None or stored.status is not NoticeStatus.ACCEPTED:
            raise NoticeClosed
        record(transaction, [AuditRow(AuditAction.NOTICE_REJECTED, OPERATOR, stored.id, {}, stored.version)])
        return block(transaction, stored, BlockedReason.REJECTED_BY_OPERATOR, OPERATOR)


@dataclass(frozen=True, slots=True)
class TakeBack(Decision):
    """Withdraw a notice for its landlord, who asked for it by another way."""

    reason: WithdrawalReason

    def decide(self, transaction: Transaction, stored: StoredNotice) -> Sequence[Event]:
        require_step(stored, NoticeStep.WITHDRAW)
        return withdraw(transaction, stored, self.reason, OPERATOR)


def _let_go(transaction: Transaction, stored: StoredNotice) -> None:
    if stored.office is None:
        write(transaction, stored, held_for=HeldFor.OFFICE)
        return
    write(transaction, stored, held_for=None)
    copies.release(transaction, stored.id)
