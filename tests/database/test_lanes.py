"""The writer serves senders in turn, and single changes before those of batches."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.database.samples import Gate, Put, PutAlone, PutFour
from varsling.database.lanes import Lanes, Sender, Waiting
from varsling.database.writer import Writer

CHANGES = {"put": Put, "four": PutFour, "alone": PutAlone}
_ANY = st.tuples(st.sampled_from("abc"), st.booleans(), st.sampled_from(list(CHANGES)))


def waiting(key: str, sender: str, in_bulk: bool = False, kind: str = "put") -> Waiting:
    future: Any = None
    return Waiting(CHANGES[kind](key), future, None, Sender(sender, in_bulk))


def keys(taken: Any) -> list[str]:
    return [one.change.key for one in taken]


@given(st.lists(_ANY, max_size=60))
def test_everything_is_taken_once_and_in_its_senders_order(sent: list[tuple[str, bool, str]]) -> None:
    lanes = Lanes()
    for place, (sender, in_bulk, kind) in enumerate(sent):
        lanes.add(waiting(f"{place}", sender, in_bulk, kind))
    order: list[Any] = []
    while lanes:
        piece = lanes.take()
        assert len({type(one.change) for one in piece}) == 1
        assert len(piece) <= getattr(type(piece[0].change), "batch_limit", 1)
        order += piece
    assert sorted(keys(order), key=int) == [f"{place}" for place in range(len(sent))]
    for lane in {(one.sender, type(one.change)) for one in order}:
        mine = [int(one.change.key) for one in order if (one.sender, type(one.change)) == lane]
        assert mine == sorted(mine)


def test_a_single_change_comes_next_whatever_waits_of_batches() -> None:
    lanes = Lanes()
    for place in range(2000):
        lanes.add(waiting(f"bulk-{place}", "agent", in_bulk=True))
    before = lanes.take()
    lanes.add(waiting("single", "other"))
    assert len(before) == 32
    assert keys(lanes.take()) == ["single"]
    assert len(lanes.take()) == 32


def test_batches_go_on_beside_any_number_of_single_changes() -> None:
    lanes = Lanes()
    for place in range(100):
        lanes.add(waiting(f"single-{place}", f"sender-{place}", kind="alone"))
        lanes.add(waiting(f"bulk-{place}", "agent", in_bulk=True))
    taken = [keys(lanes.take())[0].partition("-")[0] for _ in range(6)]
    assert sorted(taken) == ["bulk"] * 3 + ["single"] * 3


def test_one_senders_many_changes_leave_room_for_anothers_one() -> None:
    lanes = Lanes()
    for place in range(600):
        lanes.add(waiting(f"many-{place}", "busy"))
    lanes.add(waiting("one", "other"))
    first = keys(lanes.take())
    assert "one" in first
    assert len(first) == 17
    assert len(lanes.take()) == 512  # nobody else waits now


def test_the_writer_stores_in_that_order(writer: Writer) -> None:
    gate, order, lock = Gate(), list[str](), threading.Lock()

    async def one(change: Put, sender: Sender) -> None:
        await writer.submit(change, sender)
        with lock:
            order.append(change.key)

    async def all_of_them() -> None:
        agent = Sender("agent", in_bulk=True)
        tasks = [asyncio.ensure_future(one(Put(f"{place:03}"), agent)) for place in range(200)]
        tasks.append(asyncio.ensure_future(one(Put("single"), Sender("other"))))
        asyncio.get_running_loop().call_soon(gate.release.set)
        await asyncio.gather(*tasks)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(writer.submit_and_wait, gate)
        assert gate.entered.wait(60)
        asyncio.run(all_of_them())
        held.result()
    assert order.index("single") <= 32
