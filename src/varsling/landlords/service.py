"""What is known of landlords before their notices are judged: asked together, kept for a day, never waited for."""

import threading
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Annotated, Protocol

import structlog
from fastapi import Depends, Request

from varsling.domain.landlord import REFUSING, Standing
from varsling.landlords.enhetsregisteret import Enhetsregisteret, NotAnswered
from varsling.settings import Settings

# The answers to a call wait so long for the register, and to a batch: an outage refuses and delays nobody.
_SECONDS = 0.3
_BATCH_SECONDS = 3.0
_KEPT = timedelta(hours=24)
# What is not there may be registered today; a refusal must not outlive its reason for long.
_REFUSALS_KEPT = timedelta(minutes=10)
_MOST_KEPT = 50_000
_AT_ONCE = 16
_FAILURES_BEFORE_REST = 5
_REST_SECONDS = 30.0

_log = structlog.get_logger(__name__)


class Register(Protocol):
    def standing(self, number: str) -> Standing:
        """What is registered of the organisation number. Raises NotAnswered."""

    def close(self) -> None: ...


class Landlords:
    """Standings by organisation number, from the register where one is configured.

    An answer is kept for a day. One that is older still counts while the register does not answer, unless it refuses:
    silence never refuses. After some failures in a row the register is left alone for a while.
    """

    def __init__(self, register: Register | None) -> None:
        self._register = register
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="landlords") if register else None
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Standing, float]] = {}
        self._failures = 0
        self._rests_until = 0.0

    @classmethod
    def of(cls, settings: Settings) -> "Landlords":
        url = settings.enhetsregisteret_url
        return cls(None if url is None else Enhetsregisteret(url, seconds=_BATCH_SECONDS))

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        if self._register is not None:
            self._register.close()

    def standings(self, numbers: Collection[str | None]) -> Mapping[str | None, Standing]:
        """The standing of each; `unanswered` for persons, and for what is not known in time."""
        asked = {number for number in numbers if number is not None}
        found: dict[str | None, Standing] = {number: self._remembered(number) for number in asked}
        open_ones = [number for number in asked if self._due(number)]
        if open_ones and self._pool is not None and time.monotonic() >= self._rests_until:
            calls = {self._pool.submit(self._ask, number): number for number in open_ones}
            done, late = wait(calls, timeout=_SECONDS if len(calls) == 1 else _BATCH_SECONDS)
            for call in late:
                call.cancel()
            found |= {calls[call]: call.result() for call in done}
        return {number: found.get(number, Standing.UNANSWERED) for number in numbers}

    def _ask(self, number: str) -> Standing:
        """Ask and keep. It may end after nobody waits for it any more: then the next call has the answer."""
        if self._register is None:
            return Standing.UNANSWERED
        try:
            standing = self._register.standing(number)
        except NotAnswered as error:
            with self._lock:
                self._failures += 1
                if self._failures >= _FAILURES_BEFORE_REST:
                    self._rests_until = time.monotonic() + _REST_SECONDS
            _log.warning("enhetsregisteret_not_answered", reason=str(error))
            return self._remembered(number)
        with self._lock:
            self._failures = 0
            while len(self._kept) >= _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[number] = (standing, time.monotonic())
        return standing

    def _remembered(self, number: str) -> Standing:
        kept = self._kept.get(number)
        if kept is None or (kept[0] in REFUSING and self._due(number)):
            return Standing.UNANSWERED
        return kept[0]

    def _due(self, number: str) -> bool:
        kept = self._kept.get(number)
        if kept is None:
            return True
        lifetime = _REFUSALS_KEPT if kept[0] in REFUSING else _KEPT
        return time.monotonic() - kept[1] > lifetime.total_seconds()


def landlords_of(request: Request) -> Landlords:
    landlords: Landlords = request.app.state.landlords
    return landlords


LandlordsOf = Annotated[Landlords, Depends(landlords_of)]
