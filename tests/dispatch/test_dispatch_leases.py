"""Workers die, stop, or lose their leases, and each letter still goes out once (guarantee 6)."""

import os
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests import processes
from tests.database.conftest import until
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
    withdraw,
)
from tests.dispatch.process import main
from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries.channels.channel import Dispatched, Outcome
from varsling.deliveries.sealed import open_letter
from varsling.deliveries.store import DeliveryKind
from varsling.deliveries.tables import letters as letter_rows
from varsling.domain.lifecycle import CopyStatus, NoticeStatus
from varsling.letters.content import SecondKind
from varsling.privacy.tables import audit_rows
from varsling.stopping import Stop
from varsling.worker import run_until_idle

pytestmark = pytest.mark.slow

POINTS = ("copy.taken", "copy.rendered", "copy.sent", "copy.recorded", "writer.before-commit")
_LEASE_SECONDS = 31

StartWorker = Callable[[], ForkServerProcess]


@pytest.fixture
def pauses(tmp_path: Path) -> Path:
    folder = tmp_path / "pauses"
    folder.mkdir()
    return folder


@pytest.fixture
def start_worker(database_url: str, tmp_path: Path, pauses: Path) -> Iterator[StartWorker]:
    """Starts a worker process that stops at the given failpoints."""
    started: list[ForkServerProcess] = []

    def start() -> ForkServerProcess:
        environment = os.environ | {"VARSLING_FAILPOINTS": str(pauses)}
        started.append(processes.fork(main, database_url, str(tmp_path), environment=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.join()


def held_at(pauses: Path, point: str, start_worker: StartWorker) -> ForkServerProcess:
    """A worker that waits at the given point."""
    (pauses / f"{point}.hold").touch()
    process = start_worker()
    until(lambda: (pauses / f"{point}.reached").exists() or process.exitcode is not None)
    assert process.exitcode is None
    return process


def dispatches(context: Context) -> dict[str, int]:
    """Count how often each delivery is recorded as dispatched."""
    with reading(context.engine) as connection:
        query = sa.select(audit_rows.c.facts).where(audit_rows.c.action.in_(["copy.dispatched", "letter.dispatched"]))
        facts = list(connection.scalars(query))
    return {one: facts.count(one) for one in facts}


@pytest.mark.parametrize("point", POINTS)
def test_what_a_killed_worker_held_is_sent_once_by_another(
    context: Context, letters: Path, pauses: Path, start_worker: StartWorker, point: str
) -> None:
    grant(context)
    (notice_id,) = accept(context, body(tenants=[KARI, OLA]))
    process = held_at(pauses, point, start_worker)
    process.kill()
    process.join()
    printed = {file: file.stat().st_mtime_ns for file in letters.glob("*.json")}
    later(context, seconds=_LEASE_SECONDS)
    run_until_idle(context)
    copies = deliveries_of(context, notice_id)
    # The channel keeps its file unchanged: a second hand-over would write it again.
    assert {file: file.stat().st_mtime_ns for file in printed} == printed
    assert bool(printed) is (point in {"copy.sent", "copy.recorded", "writer.before-commit"} and point != POINTS[-1])
    assert [(one.status, one.attempts) for one in copies] == [(CopyStatus.DISPATCHED, 0)] * 2
    assert set(sheets(letters)) == {str(one.id) for one in copies}
    assert list(dispatches(context).values()) == [1, 1]
    assert events_of(context, NAV) == ["notice.sent"]


def test_a_letter_that_a_killed_worker_had_written_goes_out_as_it_was(
    context: Context, letters: Path, pauses: Path, start_worker: StartWorker
) -> None:
    (notice_id,) = accept(context, body())
    process = held_at(pauses, "copy.rendered", start_worker)
    with reading(context.engine) as connection:
        ((delivery_id, kept),) = connection.execute(sa.select(letter_rows.c.delivery_id, letter_rows.c.pdf)).all()
    process.kill()
    process.join()
    later(context, seconds=24 * 3600)
    run_until_idle(context)
    assert deliveries_of(context, notice_id)[0].id == delivery_id
    sent = (letters / f"{delivery_id}.pdf").read_bytes()
    assert open_letter(context.keyring.cipher, delivery_id, kept) == sent


@pytest.mark.parametrize("point", ["copy.taken", "copy.rendered", "copy.sent"])
def test_a_worker_that_lost_its_lease_records_nothing(
    context: Context, letters: Path, pauses: Path, start_worker: StartWorker, point: str
) -> None:
    grant(context)
    (notice_id,) = accept(context, body())
    process = held_at(pauses, point, start_worker)
    later(context, seconds=_LEASE_SECONDS)
    run_until_idle(context)
    before = deliveries_of(context, notice_id)
    assert before[0].status is CopyStatus.DISPATCHED
    (pauses / f"{point}.hold").unlink()
    process.join()
    assert process.exitcode == 0
    assert deliveries_of(context, notice_id) == before
    assert len(sheets(letters)) == 1
    assert list(dispatches(context).values()) == [1]
    assert events_of(context, NAV) == ["notice.sent"]


def test_a_worker_takes_nothing_that_another_holds(context: Context, pauses: Path, start_worker: StartWorker) -> None:
    accept(context, body())
    held_at(pauses, "copy.taken", start_worker)
    assert run_until_idle(context) == 0


def test_a_lease_is_renewed_while_its_letters_go_out(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four letters take 80 seconds, nearly three leases; a second worker looks for work beside each."""
    people = [KARI | {"birth_date": f"19{number}-01-01"} for number in range(20, 24)]
    grant(context)
    accept(context, *(body(str(number), [person]) for number, person in enumerate(people)))
    seconds = [0.0]
    monkeypatch.setattr("varsling.dispatch.dispatcher.monotonic", lambda: seconds[0])  # with the database's clock
    other = ListChannel()

    def slowly(_: object) -> Outcome:
        seconds[0] += 20
        later(context, seconds=20)
        work(dispatcher(context, other))
        return Dispatched()

    channel = ListChannel(answer=slowly)
    work(dispatcher(context, channel))
    assert (len(channel.got), other.got) == (4, [])
    assert list(dispatches(context).values()) == [1] * 4


def test_a_stop_gives_back_what_was_not_begun_at_no_cost(context: Context) -> None:
    grant(context)
    people = [KARI | {"birth_date": f"19{number}-01-01"} for number in range(20, 26)]
    ids = accept(context, *(body(str(number), [person]) for number, person in enumerate(people)))
    stop = Stop()

    def stop_now(_: object) -> Outcome:
        stop.set()
        return Dispatched()

    channel = ListChannel(answer=stop_now)
    worker = dispatcher(context, channel, stop=stop)
    worker.step()
    assert len(channel.got) == 1
    copies = [one for notice_id in ids for one in deliveries_of(context, notice_id)]
    undone = [one for one in copies if one.status is CopyStatus.QUEUED]
    assert [(one.attempts, one.lease_token, one.may_have_arrived) for one in undone] == [(0, None, False)] * 5
    work(dispatcher(context, channel))
    assert sorted(parcel.delivery_id for parcel in channel.got) == sorted(one.id for one in copies)


def test_a_copy_taken_back_while_it_is_sent_is_followed_by_a_letter_that_says_so(context: Context) -> None:
    grant(context)
    (notice_id,) = accept(context, body())

    def withdrawn_meanwhile(_: object) -> Outcome:
        if stored(context, notice_id).status is NoticeStatus.ACCEPTED:
            withdraw(context, notice_id)
        return Dispatched()

    channel = ListChannel(answer=withdrawn_meanwhile)
    work(dispatcher(context, channel))
    copy, second = deliveries_of(context, notice_id)
    assert (copy.status, second.status) == (CopyStatus.NOT_SENT, CopyStatus.DISPATCHED)
    assert second.second is SecondKind.WITHDRAWN
    assert [parcel.kind for parcel in channel.got] == [DeliveryKind.COPY, DeliveryKind.SECOND]
    assert events_of(context, LANDLORD) == ["notice.withdrawn"]
    assert events_of(context, NAV) == []
