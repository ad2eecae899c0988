"""What an operator decides about a notice, for the command line."""

from dataclasses import dataclass

from varsling.command_base import Decision
from varsling.domain.actor import Actor
from varsling.domain.lifecycle import BlockedReason, HeldFor, NoticeStatus, NoticeStep, WithdrawalReason
from varsling.domain.office import FoundBy, OfficeNumber
from varsling.domain.problems import Code, Fault, NoticeClosed, Refused
from varsling.domain.remarks import Remark
from varsling.notices.commands.base import NoticeCommand
from varsling.notices.commands.landlord import require_step
from varsling.notices.locking import LockedNotice
from varsling.notices.transitions.end import block, withdraw
from varsling.notices.transitions.forward import hand_on
from varsling.notices.transitions.route import release
from varsling.privacy.audit import AuditAction


@dataclass(frozen=True, slots=True)
class Assign(NoticeCommand[None]):
    """Say which office a dwelling belongs to. Raises Refused (unknown-office); NoticeClosed if no office is missing."""

    number: OfficeNumber

    def decide(self, locked: LockedNotice) -> Decision[None]:
        stored = locked.stored
        lost = stored.is_published and stored.receiving_office is None
        if not lost and (stored.held_for is None or stored.office is not None):
            raise NoticeClosed
        if self.context.offices.office(self.number) is None:
            raise Refused([Fault("", Code.UNKNOWN_OFFICE)])
        if lost:
            # Which office has it is Nav's own business. No tenant is told either: perhaps she has moved.
            return Decision(None, hand_on(locked, self.number, "assigned", Actor.OPERATOR))
        locked.update(
            office=self.number,
            found_by=FoundBy.OPERATOR,
            remarks=tuple(remark for remark in stored.remarks if remark is not Remark.OFFICE_TO_BE_FOUND),
        )
        locked.log(AuditAction.NOTICE_ASSIGNED, Actor.OPERATOR, {"office": self.number})
        if stored.held_for is HeldFor.OFFICE:
            release(locked)
        return Decision(None)


@dataclass(frozen=True, slots=True)
class Release(NoticeCommand[None]):
    """Let a held notice go on: the question that it waited for is answered. It may still wait for an office."""

    def decide(self, locked: LockedNotice) -> Decision[None]:
        if locked.stored.held_for not in (HeldFor.UNDER_AGE, HeldFor.TEST_PERSON, HeldFor.MISLEADING):
            raise NoticeClosed
        locked.log(AuditAction.NOTICE_RELEASED, Actor.OPERATOR)
        release(locked)
        return Decision(None)


@dataclass(frozen=True, slots=True)
class Reject(NoticeCommand[None]):
    """Stop a held notice."""

    def decide(self, locked: LockedNotice) -> Decision[None]:
        if locked.stored.held_for is None or locked.stored.status is not NoticeStatus.ACCEPTED:
            raise NoticeClosed
        locked.log(AuditAction.NOTICE_REJECTED, Actor.OPERATOR)
        return Decision(None, block(locked, BlockedReason.REJECTED_BY_OPERATOR, Actor.OPERATOR))


@dataclass(frozen=True, slots=True)
class TakeBack(NoticeCommand[None]):
    """Withdraw a notice for its landlord, who asked for it by another way than the API."""

    reason: WithdrawalReason

    def decide(self, locked: LockedNotice) -> Decision[None]:
        require_step(locked.stored, NoticeStep.WITHDRAW)
        return Decision(None, withdraw(locked, self.reason, Actor.OPERATOR))
