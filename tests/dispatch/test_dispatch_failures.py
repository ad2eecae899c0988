"""A channel's failure costs an attempt, moves the letter to another channel, or costs nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.dispatch.channels import ListChannel, dispatcher, work
from tests.dispatch.notices import (
    KARI,
    LANDLORD,
    NAV,
    OLA,
    accept,
    body,
    deliveries_of,
    events_of,
    grant,
    later,
    sheets,
    stored,
)
from varsling.context import Context
from varsling.deliveries import service
from varsling.deliveries.channels.channel import (
    AwaitsConfirmation,
    CannotTell,
    Dispatched,
    Outcome,
    Permanent,
    Retry,
    SlowDown,
    Unknown,
)
from varsling.deliveries.channels.folder import FolderChannel
from varsling.deliveries.retries import ATTEMPTS
from varsling.deliveries.store import DeliveryKind
from varsling.domain.lifecycle import CopyStatus, NoticeStatus
from varsling.domain.office import ReachedBy
from varsling.notices.service import sweep


def test_an_outage_costs_no_attempt(context: Context, letters: Path) -> None:
    grant(context)
    if letters.exists():
        letters.rmdir()
    letters.write_text("the folder is away")
    (notice_id,) = accept(context, body())
    for _ in range(20):
        work(dispatcher(context, FolderChannel(letters, needs_done=False)))
        later(context, seconds=3600)
    (copy,) = deliveries_of(context, notice_id)
    assert (copy.status, copy.attempts, copy.may_have_arrived) == (CopyStatus.QUEUED, 0, False)
    letters.unlink()
    work(dispatcher(context, FolderChannel(letters, needs_done=False)))
    assert len(sheets(letters)) == 1
    assert stored(context, notice_id).status is NoticeStatus.SENT


def test_a_channel_that_takes_nothing_is_asked_once_and_then_left_alone(context: Context) -> None:
    accept(context, body("1"), body("2", [KARI | {"birth_date": "1970-01-01"}]))
    channel = ListChannel(answer=lambda _: SlowDown(timedelta(hours=1)))
    worker = dispatcher(context, channel)
    work(worker)
    later(context, seconds=7200)
    work(worker)
    assert len(channel.got) == 1


def test_failures_spend_attempts_at_instants_that_are_kept(
    context: Context, new_context: Callable[..., Context]
) -> None:
    (notice_id,) = accept(context, body())
    failing = ListChannel(answer=lambda _: Retry())
    for tries in range(1, ATTEMPTS):
        work(dispatcher(new_context(), failing))
        (copy,) = deliveries_of(context, notice_id)
        assert (copy.status, copy.attempts, len(failing.got)) == (CopyStatus.QUEUED, tries, tries)
        later(context, seconds=24 * 3600)
    work(dispatcher(new_context(), failing))
    (copy,) = deliveries_of(context, notice_id)
    assert copy.status is CopyStatus.UNDELIVERABLE


def test_a_letter_with_no_channel_left_stops_its_notice_and_the_landlord_hears(context: Context) -> None:
    grant(context)
    (notice_id,) = accept(context, body(tenants=[KARI, OLA]))
    to_kari = ListChannel(answer=lambda parcel: Permanent("gone") if "Ola" in parcel.address[0] else Retry())
    work(dispatcher(context, to_kari))
    notice = stored(context, notice_id)
    assert (notice.status, notice.reason) == (NoticeStatus.BLOCKED, "copy-undeliverable")
    assert events_of(context, LANDLORD) == ["copy.undeliverable", "notice.blocked"]
    assert events_of(context, NAV) == []
    statuses = {one.tenant_id: one.status for one in deliveries_of(context, notice_id)}
    assert set(statuses.values()) == {CopyStatus.UNDELIVERABLE, CopyStatus.NOT_SENT}


def test_the_next_channel_gets_what_one_cannot_deliver(context: Context) -> None:
    grant(context)
    (notice_id,) = accept(context, body())
    first, second = ListChannel("first", lambda _: Permanent("no-inbox")), ListChannel("second")
    work(dispatcher(context, first, second))
    (copy,) = deliveries_of(context, notice_id)
    assert (copy.status, copy.channel) == (CopyStatus.DISPATCHED, "second")
    assert (len(first.got), len(second.got)) == (1, 1)
    assert stored(context, notice_id).status is NoticeStatus.SENT


@pytest.mark.parametrize("lost", ["answer", "exception"])
def test_a_lost_answer_is_looked_up_before_it_is_sent_again(context: Context, lost: str) -> None:
    def lose(_: object) -> Outcome:
        if lost == "exception":
            raise ConnectionResetError
        return Unknown()

    (notice_id,) = accept(context, body())
    channel = ListChannel(answer=lose)
    worker = dispatcher(context, channel)
    work(worker)
    assert deliveries_of(context, notice_id)[0].may_have_arrived
    later(context, seconds=60)
    worker.step()
    assert deliveries_of(context, notice_id)[0].status is CopyStatus.DISPATCHED
    assert len(channel.got) == 1


def test_a_letter_that_could_not_be_looked_up_is_looked_up_again_and_not_sent(context: Context) -> None:
    grant(context)
    (notice_id,) = accept(context, body())
    answers: list[Outcome | CannotTell | None] = [SlowDown(timedelta(minutes=5)), Dispatched()]
    channel = ListChannel(answer=lambda _: Unknown(), known=lambda: answers.pop(0))
    work(dispatcher(context, channel))
    later(context, seconds=60)
    work(dispatcher(context, channel))
    assert deliveries_of(context, notice_id)[0].may_have_arrived
    later(context, seconds=600)
    work(dispatcher(context, channel))
    assert deliveries_of(context, notice_id)[0].status is CopyStatus.DISPATCHED
    assert (len(channel.got), answers) == (1, [])


def test_a_letter_of_a_channel_that_is_gone_is_sent_again_once_and_counted(context: Context) -> None:
    """Nobody can tell whether the channel that an operator took out of the chain had it."""
    (notice_id,) = accept(context, body())
    gone, chain = ListChannel("gone", lambda _: Unknown()), [ListChannel("first", lambda _: Unknown())]
    work(dispatcher(context, gone))
    later(context, seconds=60)
    work(dispatcher(context, *chain))
    (copy,) = deliveries_of(context, notice_id)
    assert (len(gone.got), len(chain[0].got), copy.resends) == (1, 1, 1)


def test_an_offices_letter_that_may_be_out_is_not_overtaken_by_its_new_integration(context: Context) -> None:
    """Published twice, the notice would have two days on which it was sent."""
    (notice_id,) = accept(context, body())
    to_office = (DeliveryKind.OFFICE,)
    channel = ListChannel(answer=lambda parcel: Unknown() if parcel.kind in to_office else Dispatched())
    work(dispatcher(context, channel))
    grant(context)
    sweep(context)
    assert (stored(context, notice_id).status, events_of(context, NAV)) == (NoticeStatus.ACCEPTED, [])
    later(context, seconds=60)
    work(dispatcher(context, channel))
    assert (stored(context, notice_id).status, stored(context, notice_id).reached_by) == (
        NoticeStatus.SENT,
        ReachedBy.LETTER,
    )
    assert events_of(context, NAV) == ["notice.sent"]


def test_a_retry_by_an_operator_gives_the_attempts_back(context: Context) -> None:
    grant(context)
    (notice_id,) = accept(context, body())
    work(dispatcher(context, ListChannel(answer=lambda _: Retry())))
    working = ListChannel()
    work(dispatcher(context, working))
    assert working.got == []
    assert context.writer.submit_and_wait(service.RetryDeliveries()) == 1
    work(dispatcher(context, working))
    assert len(working.got) == 1
    assert stored(context, notice_id).status is NoticeStatus.SENT


def test_a_letter_that_a_channel_may_have_goes_by_no_other(context: Context) -> None:
    """However often its outcome stays unknown: two channels would be two copies."""
    grant(context)
    (notice_id,) = accept(context, body())
    lost = [True]
    first = ListChannel("first", lambda _: Unknown("time-out"), known=lambda: Unknown() if lost[0] else None)
    second = ListChannel("second")
    worker = dispatcher(context, first, second)
    for _ in range(ATTEMPTS + 3):
        work(worker)
        later(context, seconds=24 * 3600)
    assert (len(first.got), second.got) == (1, [])
    lost[0] = False  # it turns out that the channel never got it, and its attempts are spent
    work(worker)
    copy, *_ = deliveries_of(context, notice_id)
    assert (copy.status, copy.channel) == (CopyStatus.DISPATCHED, "second")
    assert [sum(parcel.delivery_id == copy.id for parcel in channel.got) for channel in (first, second)] == [1, 1]


def test_a_channel_that_keeps_no_account_gets_it_once_more_and_that_is_counted(context: Context) -> None:
    grant(context)
    (notice_id,) = accept(context, body())
    first, second = ListChannel("first", lambda _: Unknown(), known=CannotTell), ListChannel("second")
    worker = dispatcher(context, first, second)
    for resends in (0, 1):
        work(worker)
        (copy,) = deliveries_of(context, notice_id)
        assert (copy.status, copy.resends, len(first.got)) == (CopyStatus.QUEUED, resends, resends + 1)
        later(context, seconds=3600)
    work(worker)
    (copy,) = deliveries_of(context, notice_id)
    assert (copy.status, copy.channel, copy.resends) == (CopyStatus.DISPATCHED, "second", 1)
    assert len({parcel.pdf for parcel in first.got}) == 1


@pytest.mark.parametrize("outcome", [AwaitsConfirmation, Unknown])
def test_a_channel_says_when_it_may_be_asked_again(
    context: Context, outcome: type[AwaitsConfirmation | Unknown]
) -> None:
    grant(context)
    (notice_id,) = accept(context, body())
    channel = ListChannel(answer=lambda _: outcome(after=timedelta(minutes=16)))
    worker = dispatcher(context, channel)
    work(worker)
    later(context, seconds=15 * 60)
    assert worker.step() == 0
    later(context, seconds=16 * 60)
    assert worker.step() == 1
    assert deliveries_of(context, notice_id)[0].status is CopyStatus.DISPATCHED


def test_the_way_of_a_letter_is_kept(context: Context) -> None:
    grant(context)
    (notice_id,) = accept(context, body())
    sent: Iterator[Outcome] = iter([Retry("status-500"), Unknown("time-out"), Permanent("no-inbox")])
    known = iter([AwaitsConfirmation(), AwaitsConfirmation(), None])
    first = ListChannel("first", lambda _: next(sent), known=lambda: next(known))
    worker = dispatcher(context, first, ListChannel("second"))
    for _ in range(5):
        work(worker)
        later(context, seconds=3600)
    (copy,) = deliveries_of(context, notice_id)
    with context.engine.connect() as connection:
        way = [(step.channel, step.outcome, step.reason) for _, step in service.steps_of(connection, copy.id)]
    assert way == [
        ("first", "failed", "status-500"),
        ("first", "unknown", "time-out"),
        ("first", "handed over", None),
        ("first", "refused", "no-inbox"),
    ]
    assert copy.channel == "second"
