"""What an operator does with notices: those that wait for a person, and looking at one. For the command line."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.deliveries import service as copies
from varsling.domain.dwelling import Dwelling
from varsling.domain.events import Event
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import PUBLISHED, BlockedReason, HeldFor, NoticeStatus, NoticeStep, WithdrawalReason
from varsling.domain.notice import NoticeId
from varsling.domain.office import FoundBy, OfficeNumber, ReachedBy
from varsling.domain.problems import Code, Fault, NotFound, NoticeClosed, Refused
from varsling.domain.remarks import Remark
from varsling.feed import service as feed
from varsling.notices.commands.landlord import require_step
from varsling.notices.events import letters_there, receiving_office_of
from varsling.notices.locking import lock_notice, write
from varsling.notices.store import StoredNotice, load, no_office_has_it, waiting_for_an_integration
from varsling.notices.tables import notices
from varsling.notices.transitions.end import block, withdraw
from varsling.notices.transitions.forward import hand_on
from varsling.notices.transitions.route import decide_by
from varsling.notices.views import whole
from varsling.privacy.audit import AuditAction, AuditRow, history, record

OPERATOR = "operator"
_FOR_INTEGRATION = "integration"
# An office has it no more, and said that it does not know whose it is.
_FORWARDED = "forwarded"


@dataclass(frozen=True, slots=True)
class Held:
    """A notice that waits for a person; after `decide_by` it is blocked.

    One that waits for an integration of its office, or was forwarded to nobody, has no such day: its tenants have
    their copies.
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
    lost = sa.and_(notices.c.status.in_([status.value for status in PUBLISHED]), no_office_has_it())
    asked = sa.and_(notices.c.held_for.is_not(None), notices.c.status == NoticeStatus.ACCEPTED.value)
    waiting = sa.or_(asked, lost, waiting_for_an_integration())
    with reading(context.engine) as connection:
        return [
            Held(
                one.id,
                one.held_for or (_FORWARDED if one.status in PUBLISHED else _FOR_INTEGRATION),
                one.accepted_at,
                decide_by(connection, context, one) if one.held_for else None,
                one.office,
                None if one.notice is None else one.notice.dwelling,
            )
            for one in load(connection, context.keyring.cipher, waiting)
        ]


def unfetched(context: Context, before: datetime) -> list[Unfetched]:
    """What lies in an office's stream since before then, has not been read there and did not go by letter either."""
    c = notices.c
    waiting = sa.and_(
        c.status.in_([status.value for status in PUBLISHED]),
        sa.or_(c.reached_by == ReachedBy.FEED.value, c.forwarded_at.is_not(None)),
        c.fetched_at.is_(None),
        c.opened_at.is_(None),
        sa.func.coalesce(c.forwarded_at, c.sent_at) < before,
    )
    with reading(context.engine) as connection:
        return [
            Unfetched(one.id, one.receiving_office, one.forwarded_at or one.sent_at)
            for one in load(connection, context.keyring.cipher, waiting, published=True)
            if one.receiving_office is not None and not letters_there(connection, one)
        ]


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
        lost = stored.status in PUBLISHED and receiving_office_of(transaction.connection, stored) is None
        if not lost and (stored.held_for is None or stored.office is not None):
            raise NoticeClosed
        if self.context.offices.office(self.number) is None:
            raise Refused([Fault("", Code.UNKNOWN_OFFICE)])
        if lost:
            # Who has it is Nav's own business: neither the landlord nor, since she may have moved, a tenant is told.
            return hand_on(transaction, self.context, stored, self.number, "assigned", OPERATOR)
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
