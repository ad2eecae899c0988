"""The states of a notice and of a copy, and every step between them. No other module decides a step."""

from enum import StrEnum


class NoticeStatus(StrEnum):
    ACCEPTED = "accepted"
    SENT = "sent"
    RECEIVED = "received"
    BLOCKED = "blocked"
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"
    LAPSED = "lapsed"


class NoticeStep(StrEnum):
    """The steps in a notice's life."""

    PUBLISH = "publish"
    RECEIVE = "receive"
    UPDATE = "update"
    BLOCK = "block"
    RESUME = "resume"
    SETTLE = "settle"
    WITHDRAW = "withdraw"
    LAPSE = "lapse"


class CopyStatus(StrEnum):
    QUEUED = "queued"
    DISPATCHED = "dispatched"
    UNDELIVERABLE = "undeliverable"
    NOT_SENT = "not_sent"


class BlockedReason(StrEnum):
    COPY_UNDELIVERABLE = "copy-undeliverable"
    TENANT_RESERVED = "tenant-reserved"
    REJECTED_BY_OPERATOR = "rejected-by-operator"
    NOT_DECIDED_IN_TIME = "not-decided-in-time"


class SettlementReason(StrEnum):
    PAID = "paid"
    PAYMENT_PLAN = "payment_plan"
    NOT_PURSUED = "not_pursued"


class WithdrawalReason(StrEnum):
    """The reasons for a withdrawal. A landlord gives one of the first three; a reservation causes the last."""

    MISTAKE = "mistake"
    WRONG_PERSON = "wrong_person"
    WRONG_AMOUNT = "wrong_amount"
    RESERVED = "reserved"

    @property
    def closes_content(self) -> bool:
        """Tell whether the notice becomes unreadable, and readers must destroy what they fetched (GDPR art. 33)."""
        return self in (WithdrawalReason.WRONG_PERSON, WithdrawalReason.RESERVED)


class HeldFor(StrEnum):
    """The question that a person must decide before the notice goes on."""

    OFFICE = "office"
    UNDER_AGE = "under_age"
    TEST_PERSON = "test_person"
    MISLEADING = "misleading"


OPEN = frozenset({NoticeStatus.ACCEPTED, NoticeStatus.SENT, NoticeStatus.RECEIVED})
PUBLISHED = frozenset({NoticeStatus.SENT, NoticeStatus.RECEIVED})

_STEPS: dict[NoticeStep, dict[NoticeStatus, NoticeStatus]] = {
    NoticeStep.PUBLISH: {NoticeStatus.ACCEPTED: NoticeStatus.SENT},
    NoticeStep.RECEIVE: {NoticeStatus.SENT: NoticeStatus.RECEIVED},
    NoticeStep.UPDATE: {status: status for status in OPEN},
    NoticeStep.BLOCK: {NoticeStatus.ACCEPTED: NoticeStatus.BLOCKED},
    NoticeStep.RESUME: {NoticeStatus.BLOCKED: NoticeStatus.ACCEPTED},
    NoticeStep.SETTLE: dict.fromkeys(OPEN, NoticeStatus.SETTLED),
    NoticeStep.WITHDRAW: dict.fromkeys(OPEN, NoticeStatus.WITHDRAWN) | {NoticeStatus.BLOCKED: NoticeStatus.WITHDRAWN},
    NoticeStep.LAPSE: dict.fromkeys(OPEN, NoticeStatus.LAPSED),
}


class StepRefused(Exception):
    """The notice cannot take the step from its state."""


def after(status: NoticeStatus, step: NoticeStep) -> NoticeStatus:
    """Give the status that the step leads to. Raises StepRefused."""
    try:
        return _STEPS[step][status]
    except KeyError:
        raise StepRefused(f"{step} does not lead on from {status}") from None


def may(status: NoticeStatus, step: NoticeStep) -> bool:
    return status in _STEPS[step]
