"""The writer: the only thread of a process that writes, and the only place that commits.

Group commit: while one transaction runs, changes queue up; the next takes all that wait, and does not wait for more.
The writer answers only after the commit, so that 2xx means durable (guarantee 1).
"""

import asyncio
import contextlib
import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog

from varsling.database.changes import DEFERRED, BatchChange, Change, Transaction
from varsling.database.clock import Clock
from varsling.database.engine import connect_for_writing
from varsling.database.failpoints import failpoint
from varsling.database.failures import Failure, failure_of, sqlstate_of
from varsling.domain.problems import RequestInProgress, Unavailable

T = TypeVar("T")

# The delays before each re-run of a change that fails alone. With the first lock wait (3 s) and those of the re-runs
# (250 ms each) they make about five seconds, as long as a second call waits for the first (CONTRACT § Idempotency).
_WAITS = (0.0, 0.1, 0.2, 0.3, 0.4)
_RERUN_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '250ms'"

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    change: Change[Any] | BatchChange[Any]
    future: asyncio.Future[Any] | Future[Any]
    loop: asyncio.AbstractEventLoop | None
    reruns: int = 0
    due_at: float = 0.0
    since: float = field(default_factory=time.monotonic)

    def settle(self, outcome: Any) -> None:
        if self.future.done():  # the caller has gone
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The contents of one transaction: changes of one batch type, or a single change."""

    waiting: Sequence[_Waiting]
    rerun: bool = False

    def halves(self) -> tuple["_Piece", "_Piece"]:
        middle = len(self.waiting) // 2
        return _Piece(self.waiting[:middle], rerun=True), _Piece(self.waiting[middle:], rerun=True)


class Writer:
    """Stores changes and answers each.

    `engine` should be the writer's own (one connection is enough). `capacity` is the limit of unanswered changes.
    """

    def __init__(self, engine: sa.Engine, clock: Clock, *, capacity: int = 2048) -> None:
        self._engine = engine
        self._clock = clock
        self._capacity = capacity
        self._condition = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._postponed: list[_Waiting] = []
        self._unanswered: set[_Waiting] = set()
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

    def oldest_wait(self) -> float:
        """Give the seconds that the longest waiting change has waited. It shows whether the writer moves."""
        with self._condition:
            now = time.monotonic()
            return now - min((waiting.since for waiting in self._unanswered), default=now)

    async def submit(self, change: Change[T] | BatchChange[T]) -> T:
        """Give the change's answer after its commit. A cancelled caller does not take its change back.

        Raises the change's own Problem; RequestInProgress; Unavailable, at once if `capacity` changes wait or after
        `stop`, and if the database is away: then the change may have been stored all the same.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._enqueue([_Waiting(change, future, loop)])
        return await future

    def submit_and_wait(self, change: Change[T] | BatchChange[T]) -> T:
        """Do the same for a thread without an event loop."""
        future: Future[T] = Future()
        self._enqueue([_Waiting(change, future, None)])
        return future.result()

    def submit_all_and_wait(self, changes: Sequence[BatchChange[T]]) -> list[T | BaseException]:
        """Give each change's answer or error. All are queued at once, for one transaction if they are of one type and
        within its `batch_limit`."""
        futures: list[Future[T]] = [Future() for _ in changes]
        try:
            self._enqueue([_Waiting(change, future, None) for change, future in zip(changes, futures, strict=True)])
        except Unavailable as refused:
            return [refused for _ in changes]
        return [future.exception() or future.result() for future in futures]

    def _enqueue(self, waiting: Sequence[_Waiting]) -> None:
        with self._condition:
            if self._stopping or len(self._unanswered) + len(waiting) > self._capacity:
                raise Unavailable
            self._unanswered.update(waiting)
            self._queue.extend(waiting)
            self._condition.notify()

    def _run(self) -> None:
        try:
            while taken := self._take():
                self._store_all(deque(_pieces(taken)))
        finally:  # answer every caller, whatever ended the thread
            with self._condition:
                self._stopping = True
            self._refuse(list(self._unanswered))

    def _take(self) -> list[_Waiting]:
        """Take all waiting changes, as soon as there is one. Empty once the writer is stopped and everything is
        answered."""
        with self._condition:
            while True:
                now = time.monotonic()
                due = [waiting for waiting in self._postponed if waiting.due_at <= now]
                if self._queue or due:
                    self._postponed = [waiting for waiting in self._postponed if waiting.due_at > now]
                    taken = [*due, *self._queue]
                    self._queue.clear()
                    return taken
                if self._stopping and not self._postponed:
                    return []
                self._condition.wait(min((w.due_at - now for w in self._postponed), default=None))

    def _store_all(self, pieces: deque[_Piece]) -> None:
        while pieces:
            piece = pieces.popleft()
            try:
                outcomes = self._transact(piece)
            except Exception as error:  # noqa: BLE001  (whatever a change raises must reach its caller and no other)
                failure = failure_of(error)
                if failure is Failure.DOWN:
                    _report(error, piece)
                    self._refuse(waiting for lost in (piece, *pieces) for waiting in lost.waiting)
                    return
                # Append the halves behind the other pieces, which need not wait for the search.
                pieces.extend(self._after(failure, error, piece))
            else:
                pieces.extend(self._answer_all(piece, outcomes))

    def _transact(self, piece: _Piece) -> Sequence[Any]:
        with connect_for_writing(self._engine) as connection:
            if piece.rerun and connection.dialect.name == "postgresql":
                # The search for the change that waits must not cost the others a full lock wait at each step.
                connection.exec_driver_sql(_RERUN_LOCK_TIMEOUT)
            transaction = Transaction(connection, self._clock.now(connection))
            outcomes = _apply(transaction, [waiting.change for waiting in piece.waiting])
            failpoint("writer.before-commit")
            connection.commit()
        failpoint("writer.after-commit")
        return outcomes

    def _answer_all(self, piece: _Piece, outcomes: Sequence[Any]) -> Iterator[_Piece]:
        pairs = list(zip(piece.waiting, outcomes, strict=True))
        self._answer((waiting, outcome) for waiting, outcome in pairs if outcome is not DEFERRED)
        if later := [waiting for waiting, outcome in pairs if outcome is DEFERRED]:
            yield _Piece(later)

    def _after(self, failure: Failure, error: Exception, piece: _Piece) -> Iterator[_Piece]:
        if len(piece.waiting) > 1:
            _report(error, piece)
            yield from piece.halves()
            return
        (waiting,) = piece.waiting
        if failure is Failure.PERMANENT:
            self._answer([(waiting, error)])
        elif waiting.reruns == len(_WAITS):
            _report(error, piece)
            in_progress = failure is Failure.LOCKED and getattr(waiting.change, "idempotency_key", None) is not None
            self._answer([(waiting, RequestInProgress() if in_progress else Unavailable())])
        else:
            waiting.due_at = time.monotonic() + _WAITS[waiting.reruns] * random.uniform(0.5, 1)
            waiting.reruns += 1
            self._postponed.append(waiting)

    def _refuse(self, waiting: Iterable[_Waiting]) -> None:
        self._answer((one, Unavailable()) for one in waiting)

    def _answer(self, outcomes: Iterable[tuple[_Waiting, Any]]) -> None:
        """Give the answers; each event loop is woken once."""
        loops: defaultdict[asyncio.AbstractEventLoop | None, list[tuple[_Waiting, Any]]] = defaultdict(list)
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


def _settle(answered: list[tuple[_Waiting, Any]]) -> None:
    for waiting, outcome in answered:
        waiting.settle(outcome)


def _pieces(taken: list[_Waiting]) -> Iterator[_Piece]:
    """Give re-runs and single changes first, each alone; then batches, each of one type."""
    batches: dict[type[BatchChange[Any]], list[_Waiting]] = {}
    for waiting in taken:
        if waiting.reruns:
            yield _Piece([waiting], rerun=True)
        elif isinstance(waiting.change, BatchChange):
            batches.setdefault(type(waiting.change), []).append(waiting)
        else:
            yield _Piece([waiting])
    for kind, batch in batches.items():
        for start in range(0, len(batch), kind.batch_limit):
            yield _Piece(batch[start : start + kind.batch_limit])


def _apply(transaction: Transaction, changes: Sequence[Any]) -> Sequence[Any]:
    first: Change[Any] | BatchChange[Any] = changes[0]
    if isinstance(first, Change):
        return [first.apply(transaction)]
    outcomes = type(first).apply_all(transaction, changes)
    if len(outcomes) != len(changes) or outcomes[0] is DEFERRED:
        raise RuntimeError("apply_all must return one outcome for each change, and must not defer the first")
    return outcomes


def _report(error: Exception, piece: _Piece) -> None:
    """Log names and codes alone: the driver's message quotes keys and rows."""
    cause = getattr(error, "orig", None)
    _log.warning(
        "writer_transaction_failed",
        change=type(piece.waiting[0].change).__name__,
        changes=len(piece.waiting),
        error=type(cause or error).__name__,
        sqlstate=sqlstate_of(cause),
    )
