"""When a channel takes nothing: who waits how long, so that an outage costs a probe now and then and no attempt."""

import random
import threading
import time
from datetime import timedelta

_FIRST = timedelta(seconds=1)
_LONGEST = timedelta(seconds=60)


class Breaker:
    """One channel's, shared by the threads of a process.

    Each refusal doubles the wait; one letter that gets through closes it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refusals = 0
        self._open_until = 0.0

    @property
    def open(self) -> bool:
        return time.monotonic() < self._open_until

    @property
    def rest(self) -> timedelta:
        """How long it stays open yet."""
        return timedelta(seconds=max(self._open_until - time.monotonic(), 0))

    def refused(self, after: timedelta | None) -> timedelta:
        """The channel takes nothing; for how long it is left alone. `after` is what it asked for itself."""
        with self._lock:
            wait = after or min(_FIRST * 2 ** min(self._refusals, 10), _LONGEST) * random.uniform(0.8, 1.2)
            self._refusals += 1
            self._open_until = max(self._open_until, time.monotonic() + wait.total_seconds())
            return wait

    def worked(self) -> None:
        with self._lock:
            self._refusals = 0
            self._open_until = 0.0
