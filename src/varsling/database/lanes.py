"""The order in which waiting changes are stored: in turn by sender, and what somebody waits for before batches.

One sender's four batches must not keep another's single change waiting: each transaction takes a little of every
sender, and after each transaction of a batch's changes comes one of the others.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from varsling.database.changes import BatchChange, Change

# The most changes of one transaction: of batches, and of one sender while others wait. The next one waits for as long
# as they take.
_OF_BATCHES = 32
_OF_A_SENDER = 16


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wants a change stored: an acting organisation, or (empty) the service itself. `in_bulk`: an item of a batch,
    for which nobody waits alone."""

    name: str = ""
    in_bulk: bool = False


@dataclass(slots=True, eq=False)
class Waiting:
    """A change, and who waits for its answer. `alone`: it failed together with others, and is stored by itself."""

    change: Change[Any] | BatchChange[Any]
    future: asyncio.Future[Any] | Future[Any]
    loop: asyncio.AbstractEventLoop | None
    sender: Sender = Sender()
    alone: bool = False
    reruns: int = 0
    due_at: float = 0.0
    give_up_at: float | None = None
    since: float = field(default_factory=time.monotonic)

    def settle(self, outcome: Any) -> None:
        if self.future.done():  # the caller has gone
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)

    def goes_with(self, other: "Waiting") -> bool:
        """Whether both may share a transaction."""
        alone = self.alone or other.alone
        return not alone and isinstance(self.change, BatchChange) and type(self.change) is type(other.change)


class Lanes:
    """The waiting changes, each sender's in the order in which they came. For one thread at a time."""

    def __init__(self) -> None:
        self._single: OrderedDict[str, deque[Waiting]] = OrderedDict()
        self._bulk: OrderedDict[str, deque[Waiting]] = OrderedDict()
        self._bulk_last = False
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, waiting: Waiting) -> None:
        self._size += 1
        self._of(waiting).setdefault(waiting.sender.name, deque()).append(waiting)

    def put_back(self, waiting: Waiting) -> None:
        """Add a change that was taken before: it goes before its sender's others."""
        self._size += 1
        self._of(waiting).setdefault(waiting.sender.name, deque()).appendleft(waiting)

    def take(self) -> Sequence[Waiting]:
        """Take the changes of the next transaction: some of one batch type, or a single one."""
        bulk = bool(self._bulk) and not (self._single and self._bulk_last)
        self._bulk_last = bulk
        lanes = self._bulk if bulk else self._single
        first = next(iter(lanes.values()))[0]
        most = type(first.change).batch_limit if isinstance(first.change, BatchChange) and not first.alone else 1
        if bulk:
            most = min(most, _OF_BATCHES)
        share = most if len(lanes) == 1 else _OF_A_SENDER
        taken: list[Waiting] = []
        for name in list(lanes):
            taken += _take_from(lanes, name, first, min(share, most - len(taken)))
            if len(taken) == most:
                break
        self._size -= len(taken)
        return taken

    def take_all(self) -> list[Waiting]:
        """Take everything that waits."""
        all_lanes = [*self._single.values(), *self._bulk.values()]
        self._single.clear()
        self._bulk.clear()
        self._size = 0
        return [waiting for lane in all_lanes for waiting in lane]

    def _of(self, waiting: Waiting) -> OrderedDict[str, deque[Waiting]]:
        return self._bulk if waiting.sender.in_bulk else self._single


def _take_from(lanes: OrderedDict[str, deque[Waiting]], name: str, first: Waiting, most: int) -> list[Waiting]:
    """Take up to `most` of a sender's changes that go with the first, and let the sender wait for its next turn."""
    taken: list[Waiting] = []
    left: deque[Waiting] = deque()
    for one in lanes[name]:
        goes = len(taken) < most and (one is first or one.goes_with(first))
        (taken if goes else left).append(one)
    if taken:
        del lanes[name]
        if left:
            lanes[name] = left
    return taken
