"""Every step from every state."""

import pytest

from varsling.domain.lifecycle import (
    OPEN,
    PUBLISHED,
    NoticeStatus,
    NoticeStep,
    StepRefused,
    WithdrawalReason,
    after,
    may,
)

S, Step = NoticeStatus, NoticeStep
# Steps that lead to a state; every other pair leads nowhere.
LEADS = {
    (S.ACCEPTED, Step.PUBLISH): S.SENT,
    (S.SENT, Step.RECEIVE): S.RECEIVED,
    (S.ACCEPTED, Step.UPDATE): S.ACCEPTED,
    (S.SENT, Step.UPDATE): S.SENT,
    (S.RECEIVED, Step.UPDATE): S.RECEIVED,
    (S.ACCEPTED, Step.BLOCK): S.BLOCKED,
    (S.BLOCKED, Step.RESUME): S.ACCEPTED,
    (S.ACCEPTED, Step.SETTLE): S.SETTLED,
    (S.SENT, Step.SETTLE): S.SETTLED,
    (S.RECEIVED, Step.SETTLE): S.SETTLED,
    (S.ACCEPTED, Step.WITHDRAW): S.WITHDRAWN,
    (S.SENT, Step.WITHDRAW): S.WITHDRAWN,
    (S.RECEIVED, Step.WITHDRAW): S.WITHDRAWN,
    (S.BLOCKED, Step.WITHDRAW): S.WITHDRAWN,
    (S.ACCEPTED, Step.LAPSE): S.LAPSED,
    (S.SENT, Step.LAPSE): S.LAPSED,
    (S.RECEIVED, Step.LAPSE): S.LAPSED,
}


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("step", Step)
def test_every_step_from_every_state(status: NoticeStatus, step: NoticeStep) -> None:
    if (status, step) in LEADS:
        assert may(status, step)
        assert after(status, step) is LEADS[status, step]
    else:
        assert not may(status, step)
        with pytest.raises(StepRefused):
            after(status, step)


@pytest.mark.parametrize("status", [S.SETTLED, S.WITHDRAWN, S.LAPSED])
def test_nothing_leads_on_from_the_end(status: NoticeStatus) -> None:
    assert not any(may(status, step) for step in Step)


def test_a_published_notice_is_open_and_only_published_from_accepted() -> None:
    assert PUBLISHED < OPEN
    assert [status for status in S if may(status, Step.PUBLISH)] == [S.ACCEPTED]


def test_the_wrong_person_s_notice_and_a_reserved_one_are_closed_at_once() -> None:
    assert {reason for reason in WithdrawalReason if reason.closes_content} == {
        WithdrawalReason.WRONG_PERSON,
        WithdrawalReason.RESERVED,
    }
