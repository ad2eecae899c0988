"""The writer: the only thread of a process that writes, and the only place that commits.

Group commit: while one transaction runs, changes queue up; the next takes what waits, in turn by sender (`lanes`). A
change that comes alone is stored at once. After a group, the next transaction waits while more come, no longer than a
transaction lasts: its cost is shared by more of them, and each waits less in the end.

The writer answers only after the commit, so that 2xx means durable (guarantee 1). It sleeps in no lock that another
transaction holds on a landlord: the changes of that landlord alone wait.
"""

import asyncio
import contextlib
import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from varsling.database.changes import BUSY, DEFERRED, BatchChange, Change, Deferred, Transaction
from varsling.database.clock import Clock
from varsling.database.engine import connect_for_writing
from varsling.database.failpoints import failpoint
from varsling.database.failures import Failure, failure_of
from varsling.database.lanes import Lanes, Sender, Waiting
from varsling.database.pieces import Piece, apply, report
from varsling.domain.problems import RequestInProgress, Unavailable

T = TypeVar("T")

SERVICE = Sender()

# How long a change waits for what another transaction holds, as long as a second call waits for the first (CONTRACT
# § Idempotency). It does not wait in the database, where it would keep all others waiting: it runs again after a delay.
_BUSY_SECONDS = 5.0
_FIRST_DELAY, _LONGEST_DELAY = 0.01, 0.25
# How often a change runs again that failed alone for another reason: a deadlock, a row that another one stored first.
_MOST_RERUNS = 5
# After a group: how long a transaction waits at most, for how many changes, and when it sees that no more come.
_GATHERING_SECONDS = 0.012
_ENOUGH = 32
_QUIET_SECONDS = 0.003
_RERUN_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '250ms'"

_log = structlog.get_logger(__name__)


class Writer:
    """Stores changes and answers each.

    `engine` should be the writer's own (one connection is enough). `capacity` is the limit of unanswered changes.
    """

    def __init__(self, engine: sa.Engine, clock: Clock, *, capacity: int = 2048) -> None:
        self._engine = engine
        self._clock = clock
        self._capacity = capacity
        self._condition = threading.Condition()
        self._lanes = Lanes()
        self._postponed: list[Waiting] = []
        self._unanswered: set[Waiting] = set()
        # What a failed or deferred part of a transaction is to be tried as next. Only the writer's thread has it.
        self._parts: deque[Piece] = deque()
        self._part_last = False
        self._in_group = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Refuse new changes, store the waiting ones, then end and disconnect. Returns when all are answered."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        if self._thread.ident is None:
            self._refuse(list(self._unanswered))
        else:
            self._thread.join()
        self._engine.dispose()

    @property
    def running(self) -> bool:
        """Tell whether the writer takes changes: it is started, not stopped, and its thread lives."""
        return self._thread.is_alive() and not self._stopping

    @property
    def waiting(self) -> int:
        """How many changes wait for their answer."""
        return len(self._unanswered)

    def oldest_wait(self) -> float:
        """Give the seconds that the longest waiting change has waited. It shows whether the writer moves."""
        with self._condition:
            now = time.monotonic()
            return now - min((waiting.since for waiting in self._unanswered), default=now)

    async def submit(self, change: Change[T] | BatchChange[T], sender: Sender = SERVICE) -> T:
        """Give the change's answer after its commit. A cancelled caller does not take its change back.

        Raises the change's own Problem; RequestInProgress; Unavailable, at once if `capacity` changes wait or after
        `stop`, and if the database is away: then the change may have been stored all the same.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._enqueue([Waiting(change, future, loop, sender)])
        return await future

    def submit_and_wait(self, change: Change[T] | BatchChange[T]) -> T:
        """Do the same for a thread without an event loop."""
        future: Future[T] = Future()
        self._enqueue([Waiting(change, future, None)])
        return future.result()

    def submit_all_and_wait(self, changes: Sequence[BatchChange[T]]) -> Sequence[T | BaseException]:
        """Give each change's answer or error. All are queued at once, for one transaction if they are of one type and
        within its `batch_limit`, and nobody else's changes wait."""
        futures: list[Future[T]] = [Future() for _ in changes]
        try:
            self._enqueue([Waiting(change, future, None) for change, future in zip(changes, futures, strict=True)])
        except Unavailable as refused:
            return [refused for _ in changes]
        return [future.exception() or future.result() for future in futures]

    def _enqueue(self, waiting: Sequence[Waiting]) -> None:
        with self._condition:
            if self._stopping or len(self._unanswered) + len(waiting) > self._capacity:
                raise Unavailable
            self._unanswered.update(waiting)
            for one in waiting:
                self._lanes.add(one)
            if not self._in_group or len(self._lanes) >= _ENOUGH:
                self._condition.notify()

    def _run(self) -> None:
        try:
            while (piece := self._take()) is not None:
                self._store(piece)
        finally:  # answer every caller, whatever ended the thread
            with self._condition:
                self._stopping = True
            self._refuse(list(self._unanswered))

    def _take(self) -> Piece | None:
        """Take the next transaction's changes, as soon as there are any; None once the writer is stopped and everything
        is answered. After each part of a failed transaction comes one with new changes, which need not wait for it."""
        with self._condition:
            self._gather()
            while True:
                now = time.monotonic()
                for one in [waiting for waiting in self._postponed if waiting.due_at <= now]:
                    self._postponed.remove(one)
                    self._lanes.put_back(one)
                if self._parts and not (self._lanes and self._part_last):
                    self._part_last = True
                    return self._parts.popleft()
                if self._lanes:
                    self._part_last = False
                    taken = self._lanes.take()
                    return Piece(taken, rerun=taken[0].alone)
                if self._stopping and not self._postponed:
                    return None
                self._condition.wait(min((w.due_at - now for w in self._postponed), default=None))

    def _gather(self) -> None:
        """Wait while more changes come, after a transaction of several."""
        until = time.monotonic() + _GATHERING_SECONDS
        seen = 0
        while self._in_group and not (self._stopping or self._parts or len(self._lanes) >= _ENOUGH):
            if time.monotonic() >= until or (seen and len(self._lanes) == seen):
                break
            seen = len(self._lanes)
            self._condition.wait(_QUIET_SECONDS)
        self._in_group = False

    def _store(self, piece: Piece) -> None:
        try:
            outcomes = self._transact(piece)
        except Exception as error:  # noqa: BLE001  (whatever a change raises must reach its caller and no other)
            failure = failure_of(error)
            if failure is Failure.DOWN:
                report(error, piece)
                self._refuse([*piece.waiting, *self._drained()])
            else:
                self._after(failure, error, piece)
        else:
            self._answer_all(piece, outcomes)

    def _drained(self) -> list[Waiting]:
        """Take back everything that waits: the database is away for all of it."""
        with self._condition:
            waiting = self._lanes.take_all()
        waiting += [one for piece in self._parts for one in piece.waiting]
        self._parts.clear()
        return waiting

    def _transact(self, piece: Piece) -> Sequence[Any]:
        with connect_for_writing(self._engine) as connection:
            if piece.rerun and connection.dialect.name == "postgresql":
                # The search for the change that waits must not cost the others a full lock wait at each step.
                connection.exec_driver_sql(_RERUN_LOCK_TIMEOUT)
            transaction = Transaction(connection, self._clock.now(connection))
            outcomes = apply(transaction, [waiting.change for waiting in piece.waiting])
            failpoint("writer.before-commit")
            connection.commit()
        failpoint("writer.after-commit")
        return outcomes

    def _answer_all(self, piece: Piece, outcomes: Sequence[Any]) -> None:
        self._in_group = len(piece.waiting) > 1
        pairs = list(zip(piece.waiting, outcomes, strict=True))
        self._answer((waiting, outcome) for waiting, outcome in pairs if not isinstance(outcome, Deferred))
        if later := [waiting for waiting, outcome in pairs if outcome is DEFERRED]:
            self._parts.append(Piece(later))
        for waiting, outcome in pairs:
            if outcome is BUSY:
                self._wait_for_other(waiting)

    def _after(self, failure: Failure, error: Exception, piece: Piece) -> None:
        if len(piece.waiting) > 1:
            report(error, piece)
            self._parts += piece.halves()
            return
        (waiting,) = piece.waiting
        waiting.alone = True
        if failure is Failure.PERMANENT:
            self._answer([(waiting, error)])
        elif failure is Failure.LOCKED:
            self._wait_for_other(waiting)
        elif waiting.reruns >= _MOST_RERUNS:
            report(error, piece)
            self._answer([(waiting, Unavailable())])
        else:
            self._postpone(waiting)

    def _wait_for_other(self, waiting: Waiting) -> None:
        """Run a change again later, while another transaction holds what it needs, and at last refuse it."""
        now = time.monotonic()
        if waiting.give_up_at is None:
            waiting.give_up_at = now + _BUSY_SECONDS
        if now >= waiting.give_up_at:
            _log.warning("writer_change_locked_out", change=type(waiting.change).__name__)
            keyed = getattr(waiting.change, "idempotency_key", None) is not None
            self._answer([(waiting, RequestInProgress() if keyed else Unavailable())])
        else:
            self._postpone(waiting)

    def _postpone(self, waiting: Waiting) -> None:
        delay = min(_FIRST_DELAY * 2**waiting.reruns, _LONGEST_DELAY)
        waiting.due_at = time.monotonic() + delay * random.uniform(0.5, 1)
        waiting.reruns += 1
        with self._condition:
            self._postponed.append(waiting)

    def _refuse(self, waiting: Iterable[Waiting]) -> None:
        self._answer((one, Unavailable()) for one in waiting)

    def _answer(self, outcomes: Iterable[tuple[Waiting, Any]]) -> None:
        """Give the answers; each event loop is woken once."""
        loops: defaultdict[asyncio.AbstractEventLoop | None, list[tuple[Waiting, Any]]] = defaultdict(list)
        with self._condition:
            for waiting, outcome in outcomes:
                self._unanswered.discard(waiting)
                loops[waiting.loop].append((waiting, outcome))
        for loop, answered in loops.items():
            if loop is None:
                _settle(answered)
            else:
                with contextlib.suppress(RuntimeError):  # the loop is closed: its callers have gone
                    loop.call_soon_threadsafe(_settle, answered)


def _settle(answered: list[tuple[Waiting, Any]]) -> None:
    for waiting, outcome in answered:
        waiting.settle(outcome)
