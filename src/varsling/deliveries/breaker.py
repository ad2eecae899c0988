"""The breaker of a channel that takes nothing: an outage costs a probe now and then, and no attempt."""

import random
import threading
import time
from datetime import timedelta

_FIRST = timedelta(seconds=1)
_LONGEST = timedelta(seconds=60)


class Breaker:
    """The breaker of one channel, shared by the threads of a process.

    Each refusal doubles the wait. One delivered letter closes the breaker.
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
        """Give the time until the breaker closes."""
        return timedelta(seconds=max(self._open_until - time.monotonic(), 0))

    def refused(self, after: timedelta | None) -> timedelta:
        """Open the breaker, and give the time for which the channel rests. `after` is the channel's own wish."""
        with self._lock:
            wait = after or min(_FIRST * 2 ** min(self._refusals, 10), _LONGEST) * random.uniform(0.8, 1.2)
            self._refusals += 1
            self._open_until = max(self._open_until, time.monotonic() + wait.total_seconds())
            return wait

    def worked(self) -> None:
        with self._lock:
            self._refusals = 0
            self._open_until = 0.0
