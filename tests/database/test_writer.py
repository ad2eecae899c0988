"""The writer's batches, and which change a failure belongs to."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.database.conftest import submit_all, together, until
from tests.database.samples import AlwaysLater, Gate, Put, PutAlone, PutFour, TooFew, keys_in, rows
from varsling.database.changes import Change, Transaction
from varsling.database.clock import Clock
from varsling.database.writer import Writer
from varsling.domain.problems import Problem, RequestInProgress, Unavailable

MakeWriter = Callable[..., Writer]


def test_a_change_is_stored_and_answered(writer: Writer, prepared: sa.Engine) -> None:
    assert asyncio.run(writer.submit(Put("a"))) == "stored"
    assert writer.submit_and_wait(PutAlone("b")) == "stored"
    assert keys_in(prepared) == {"a", "b"}


def test_a_transaction_has_the_clocks_time(writer: Writer) -> None:
    class Now(Change[datetime]):
        def apply(self, transaction: Transaction) -> datetime:
            return transaction.now

    before = datetime.now(UTC)
    now = writer.submit_and_wait(Now())
    assert before - timedelta(milliseconds=1) <= now <= datetime.now(UTC)


def test_what_queued_up_goes_in_one_transaction(writer: Writer, prepared: sa.Engine) -> None:
    changes = [Put(f"{number}") for number in range(100)]
    assert together(writer, *changes) == ["stored"] * 100
    assert Put.sizes == [100]
    assert len(keys_in(prepared)) == 101


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Threads that take over at every chance."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_what_is_submitted_together_goes_in_one_transaction(
    writer: Writer, prepared: sa.Engine, eager_threads: None
) -> None:
    """Otherwise the number of statements would depend on which thread is quicker, and guarantee 10 counts them."""
    for turn in range(10):
        changes = [Put(f"{turn}-{number}", "refused" if number == 1 else "good") for number in range(100)]
        first, refused, *_, last = writer.submit_all_and_wait(changes)
        assert (first, last) == ("stored", "stored")
        assert isinstance(refused, Problem)
    assert Put.sizes == [100] * 10
    writer.stop()
    outcomes = writer.submit_all_and_wait([Put("late"), Put("later")])
    assert [type(one) for one in outcomes] == [Unavailable, Unavailable]


def test_a_batch_has_its_types_limit(writer: Writer) -> None:
    changes: list[Put] = [PutFour(f"four-{number}") if number % 2 else Put(f"{number}") for number in range(20)]
    assert together(writer, *changes) == ["stored"] * 20
    assert (PutFour.sizes, Put.sizes) == ([4, 4, 2], [10])


def test_answers_come_in_the_order_of_the_questions(writer: Writer) -> None:
    writer.submit_and_wait(Put("there"))
    changes: list[Any] = [
        Put("a"),
        PutAlone("alone"),
        Put("there"),
        Put("b", "refused"),
        PutFour("c"),
    ]
    first, second, third, fourth, fifth = together(writer, *changes)
    assert (first, second, third, fifth) == ("stored", "stored", "present", "stored")
    assert isinstance(fourth, RequestInProgress)


@pytest.mark.parametrize("place", [0, 1, 7, 15])
@pytest.mark.parametrize(
    ("change", "error"),
    [
        (Put("odd", "bad"), sa.exc.IntegrityError),
        (Put("odd", parent="nobody"), sa.exc.IntegrityError),
        (Put("odd", "explode"), ZeroDivisionError),
        (Put("odd", "refused"), RequestInProgress),
        (PutAlone("odd", ZeroDivisionError()), ZeroDivisionError),
        (PutAlone("odd", RequestInProgress()), RequestInProgress),
    ],
    ids=["bad-row", "bad-at-commit", "exception", "problem", "exception-alone", "problem-alone"],
)
def test_a_failure_falls_to_its_own_request_alone(
    writer: Writer, prepared: sa.Engine, change: Put | PutAlone, error: type[Exception], place: int
) -> None:
    changes: list[Put | PutAlone] = [Put(f"{number}") for number in range(15)]
    changes.insert(place, change)
    outcomes = together(writer, *changes)
    assert isinstance(outcomes.pop(place), error)
    assert outcomes == ["stored"] * 15
    assert keys_in(prepared) == {"gate", *(f"{number}" for number in range(15))}


def test_several_failures_fall_to_their_own_requests(writer: Writer, prepared: sa.Engine) -> None:
    values = ["good", "bad", "explode", "refused"]
    outcomes = together(writer, *(Put(f"{number}", values[number % 4]) for number in range(40)))
    kinds = ["stored" if outcome == "stored" else type(outcome).__name__ for outcome in outcomes]
    assert kinds == ["stored", "IntegrityError", "ZeroDivisionError", "RequestInProgress"] * 10
    assert keys_in(prepared) == {"gate", *(f"{number}" for number in range(0, 40, 4))}


def test_a_row_longer_than_its_column_is_its_own_fault(writer: Writer, prepared: sa.Engine) -> None:
    good, long = together(writer, Put("a"), Put("b" * 41))
    assert good == "stored"
    if prepared.dialect.name == "postgresql":
        assert isinstance(long, sa.exc.DataError)
    else:  # SQLite has no lengths
        assert long == "stored"


def test_doubles_in_one_batch_see_the_first(writer: Writer, prepared: sa.Engine) -> None:
    outcomes = together(writer, *(Put(f"{number % 3}") for number in range(12)))
    assert outcomes == ["stored"] * 3 + ["present"] * 9
    assert Put.sizes == [12, 9]
    assert keys_in(prepared) == {"gate", "0", "1", "2"}


@pytest.mark.parametrize("kind", [AlwaysLater, TooFew])
def test_a_batch_that_owes_answers_is_told_so(writer: Writer, kind: type[AlwaysLater | TooFew]) -> None:
    outcomes = together(writer, *(kind(f"{number}") for number in range(5)))
    assert [type(outcome) for outcome in outcomes] == [RuntimeError] * 5
    assert writer.submit_and_wait(Put("after")) == "stored"


def test_a_key_taken_for_good_ends_as_unavailable(writer: Writer, prepared: sa.Engine) -> None:
    assert writer.submit_and_wait(PutAlone("taken")) == "stored"
    with pytest.raises(Unavailable):
        writer.submit_and_wait(PutAlone("taken"))
    assert keys_in(prepared) == {"taken"}


def test_changes_that_wait_for_a_rerun_hold_up_nobody(writer: Writer) -> None:
    order: list[str] = []

    async def noted(key: str) -> None:
        try:
            await writer.submit(PutAlone(key))
        except Problem:
            order.append(f"{key} refused")
        else:
            order.append(f"{key} stored")

    async def both() -> None:
        await writer.submit(PutAlone("taken"))
        await asyncio.gather(noted("taken"), noted("free"))

    asyncio.run(both())
    assert order == ["free stored", "taken refused"]


def test_a_full_queue_refuses_at_once(new_writer: MakeWriter, prepared: sa.Engine) -> None:
    writer = new_writer(capacity=3)
    stored, waited, refused, last = together(writer, Put("a"), Put("b"), Put("c"), Put("d"))
    assert (stored, waited) == ("stored", "stored")
    assert isinstance(refused, Unavailable)
    assert isinstance(last, Unavailable)
    assert keys_in(prepared) == {"gate", "a", "b"}
    assert writer.submit_and_wait(Put("c")) == "stored"


def test_stopping_stores_what_waits(writer: Writer, prepared: sa.Engine) -> None:
    gate = Gate()
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(writer.submit_and_wait, gate)
        assert gate.entered.wait(60)

        def stop_then_release() -> None:
            stopping = pool.submit(writer.stop)
            until(lambda: not writer.running)
            assert not stopping.done()
            gate.release.set()

        outcomes = asyncio.run(submit_all(writer, [Put(f"{number}") for number in range(50)], stop_then_release))
        assert held.result() == "stored"
    assert outcomes == ["stored"] * 50
    assert len(keys_in(prepared)) == 51
    with pytest.raises(Unavailable):
        writer.submit_and_wait(Put("late"))
    writer.stop()


def test_a_writer_that_never_started_refuses_what_waits(prepared: sa.Engine) -> None:
    writer = Writer(prepared, Clock())
    (outcome,) = asyncio.run(submit_all(writer, [Put("a")], writer.stop))
    assert isinstance(outcome, Unavailable)
    assert keys_in(prepared) == set()


def test_a_caller_that_went_away_disturbs_nobody(writer: Writer, prepared: sa.Engine) -> None:
    gate = Gate()

    async def leave() -> None:
        tasks = [asyncio.ensure_future(writer.submit(Put("left"))) for _ in range(3)]
        asyncio.get_running_loop().call_soon(tasks[0].cancel)
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(writer.submit_and_wait, gate)
        assert gate.entered.wait(60)
        asyncio.run(leave())  # the loop is closed before the answers come
        gate.release.set()
        assert held.result() == "stored"
    assert writer.submit_and_wait(Put("stays")) == "stored"
    assert keys_in(prepared) == {"gate", "left", "stays"}


def test_one_transaction_sees_what_the_last_one_stored(writer: Writer) -> None:
    class Count(Change[int]):
        def apply(self, transaction: Transaction) -> int:
            return transaction.connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar_one()

    for number in range(20):
        writer.submit_and_wait(Put(f"{number}"))
        assert writer.submit_and_wait(Count()) == number + 1
