"""Answers of outside registers: asked for together, kept, and waited for no longer than a caller can wait."""

import threading
import time
from collections.abc import Callable, Collection, Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from typing import Generic, NamedTuple, TypeVar

import structlog

_MOST_KEPT = 50_000
_FAILURES_BEFORE_REST = 5
_REST_SECONDS = 30.0

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")

_log = structlog.get_logger(__name__)


class NotAnswered(Exception):
    """The register is away, slow, or gives an invalid answer. The message is a code."""


class Lifetime(NamedTuple):
    """How long an answer counts, and whether an older answer counts while the register does not answer."""

    fresh: timedelta
    outlives_outage: bool = True


class CachedLookup(Generic[Question, Answer]):
    """The answers of one register, for the threads of a process.

    `ask` raises NotAnswered. A running question is not asked twice. After some failures in a row the register gets a
    rest. An answer that comes too late for its caller serves the next call.
    """

    def __init__(
        self, name: str, ask: Callable[[Question], Answer], lifetime: Callable[[Answer], Lifetime], *, at_once: int = 16
    ) -> None:
        self._name = name
        self._ask = ask
        self._lifetime = lifetime
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._lock = threading.RLock()
        self._kept: dict[Question, tuple[Answer, float]] = {}
        self._running: dict[Question, Future[None]] = {}
        self._failures = 0
        self._rests_until = 0.0

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def ask(self, questions: Collection[Question]) -> None:
        """Ask the unknown questions, without waiting."""
        self._calls(questions)

    def lacks(self, questions: Collection[Question]) -> bool:
        """Tell whether a question has no fresh answer yet: whoever asks it may have to wait."""
        return any((kept := self._kept.get(one)) is None or not self._fresh(*kept) for one in questions)

    def known(self, questions: Collection[Question], seconds: float) -> Mapping[Question, Answer]:
        """Give the answers that are known within `seconds`."""
        if calls := self._calls(questions):
            _, late = wait(calls, timeout=max(seconds, 0))
            for call in late:
                call.cancel()  # calls that have not begun: their caller has gone
        return self.remembered(questions)

    def remembered(self, questions: Collection[Question]) -> Mapping[Question, Answer]:
        """Give the answers that are known already."""
        found = {}
        for question in set(questions):
            kept = self._kept.get(question)
            if kept is not None and (self._fresh(*kept) or self._lifetime(kept[0]).outlives_outage):
                found[question] = kept[0]
        return found

    def _calls(self, questions: Collection[Question]) -> list[Future[None]]:
        with self._lock:
            due = [one for one in set(questions) if (kept := self._kept.get(one)) is None or not self._fresh(*kept)]
            asked = [one for one in due if one not in self._running]
            if time.monotonic() >= self._rests_until:
                for question in asked:
                    call = self._running[question] = self._pool.submit(self._call, question)
                    call.add_done_callback(partial(self._ended, question))
            return [self._running[one] for one in due if one in self._running]

    def _call(self, question: Question) -> None:
        try:
            answer = self._ask(question)
        except NotAnswered as error:
            self._failed(str(error))
        except Exception as error:  # noqa: BLE001  (a fault of ours is no answer either, and refuses nobody)
            self._failed(type(error).__name__)
        else:
            with self._lock:
                self._failures = 0
                while len(self._kept) >= _MOST_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[question] = (answer, time.monotonic())

    def _ended(self, question: Question, _call: Future[None]) -> None:
        with self._lock:
            self._running.pop(question, None)

    def _failed(self, reason: str) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= _FAILURES_BEFORE_REST:
                self._rests_until = time.monotonic() + _REST_SECONDS
        _log.warning("register_not_answered", register=self._name, reason=reason)

    def _fresh(self, answer: Answer, kept_at: float) -> bool:
        return time.monotonic() - kept_at <= self._lifetime(answer).fresh.total_seconds()
