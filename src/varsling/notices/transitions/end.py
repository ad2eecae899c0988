"""A notice ends: settled, withdrawn, blocked, lapsed."""

from dataclasses import dataclass

import structlog

from varsling.deliveries.service import TO_OFFICES, NotSent, SecondKind
from varsling.domain.events import Event, EventType
from varsling.domain.lifecycle import BlockedReason, NoticeStep, SettlementReason, WithdrawalReason, after
from varsling.notices.events import landlord_event, office_event
from varsling.notices.locking import LockedNotice
from varsling.notices.transitions.letters import informed_tenants, write_to_informed_offices, write_to_tenants
from varsling.privacy.audit import AuditAction

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _End:
    """One way to end. `delete` tells readers whether to destroy what they fetched; None: the event does not say."""

    step: NoticeStep
    reason: SettlementReason | WithdrawalReason | BlockedReason | None
    event: EventType
    action: AuditAction
    not_sent: NotSent
    letter: SecondKind
    delete: bool | None = False


def settle(locked: LockedNotice, reason: SettlementReason, actor: str) -> list[Event]:
    """Settle the notice. Before the first dispatch no letter goes out; afterwards every informed tenant gets one."""
    return _end(
        locked,
        actor,
        _End(
            NoticeStep.SETTLE,
            reason,
            EventType.NOTICE_SETTLED,
            AuditAction.NOTICE_SETTLED,
            NotSent.SETTLED,
            SecondKind.SETTLED,
        ),
    )


def withdraw(locked: LockedNotice, reason: WithdrawalReason, actor: str) -> list[Event]:
    """Withdraw the notice. Some reasons close its content: from this commit on no office can read it."""
    wrong_person = reason is WithdrawalReason.WRONG_PERSON
    if wrong_person:
        # GDPR art. 33: personal data may have reached an office that has nothing to do with them.
        published = locked.stored.published_version is not None
        _log.warning("notice_about_wrong_person", notice=str(locked.stored.id), published=published)
    return _end(
        locked,
        actor,
        _End(
            NoticeStep.WITHDRAW,
            reason,
            EventType.NOTICE_WITHDRAWN,
            AuditAction.NOTICE_WITHDRAWN,
            NotSent.RESERVED if reason is WithdrawalReason.RESERVED else NotSent.WITHDRAWN,
            _letter_of_withdrawal(reason),
            delete=reason.closes_content,
        ),
    )


def _letter_of_withdrawal(reason: WithdrawalReason) -> SecondKind:
    match reason:
        case WithdrawalReason.WRONG_PERSON:
            return SecondKind.WRONG_PERSON
        case WithdrawalReason.RESERVED:  # nobody at Nav has read it, and nobody can any more
            return SecondKind.NOT_PUBLISHED
        case WithdrawalReason.MISTAKE | WithdrawalReason.WRONG_AMOUNT:
            return SecondKind.WITHDRAWN


def block(locked: LockedNotice, reason: BlockedReason, actor: str) -> list[Event]:
    """Stop an unpublished notice: no office ever gets it, and every informed tenant gets a letter saying so."""
    return _end(
        locked,
        actor,
        _End(
            NoticeStep.BLOCK,
            reason,
            EventType.NOTICE_BLOCKED,
            AuditAction.NOTICE_BLOCKED,
            NotSent.RESERVED if reason is BlockedReason.TENANT_RESERVED else NotSent.BLOCKED,
            SecondKind.STOPPED if reason is BlockedReason.COPY_UNDELIVERABLE else SecondKind.NOT_PUBLISHED,
        ),
    )


def lapse(locked: LockedNotice, actor: str) -> list[Event]:
    """End a notice that got no update for so long that it is out of date."""
    published = locked.stored.published_version is not None
    return _end(
        locked,
        actor,
        _End(
            NoticeStep.LAPSE,
            None,
            EventType.NOTICE_LAPSED,
            AuditAction.NOTICE_LAPSED,
            NotSent.LAPSED,
            SecondKind.LAPSED if published else SecondKind.NOT_PUBLISHED,
            delete=None,
        ),
    )


def _end(locked: LockedNotice, actor: str, end: _End) -> list[Event]:
    """Take back the queued letters; write to the informed tenants and offices; tell the landlord and the office."""
    status = after(locked.stored.status, end.step)
    reason = None if end.reason is None else end.reason.value
    locked.outbox.cancel(end.not_sent)
    write_to_tenants(locked, end.letter, informed_tenants(locked))
    if end.letter in TO_OFFICES:
        write_to_informed_offices(locked, end.letter)
    locked.update(status=status, reason=reason, held_for=None, closed_at=locked.now)
    locked.log(end.action, actor, {} if reason is None else {"reason": reason})
    members = {} if end.delete is None else {"reason": reason, "delete": end.delete}
    events = [landlord_event(locked.stored, end.event, members=members)]
    if (office := locked.stored.receiving_office) is not None:
        events.append(office_event(locked.stored, end.event, office, locked.stored.published_version, members))
    return events
