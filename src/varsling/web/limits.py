"""Rate limits: calls a minute for each acting organisation, in this process (CONTRACT § Problems, 429)."""

import math
import time
from dataclasses import dataclass

from varsling.domain.problems import RateLimited

_WINDOW_SECONDS = 60.0
_CALL = 10
"""The cost of a call in tenths. An item of a batch costs one tenth."""
_MANY = 10_000


@dataclass(slots=True)
class _Window:
    ends_at: float
    spent: int = 0


class Limiter:
    """Counts calls in windows of a minute that begin with an organisation's first call. For one thread."""

    def __init__(self, calls_per_minute: int) -> None:
        self._allowed = calls_per_minute * _CALL
        self._windows: dict[str, _Window] = {}

    def charge(self, organisation: str) -> None:
        """Count a call. Raises Problem (rate-limited) with the time to wait."""
        self._count(organisation, _CALL)

    def charge_items(self, organisation: str, items: int) -> None:
        """Count a batch's items, as far as they exceed the call that is counted already."""
        if items > _CALL:
            self._count(organisation, items - _CALL)

    def _count(self, organisation: str, tenths: int) -> None:
        now = time.monotonic()
        window = self._windows.get(organisation)
        if window is None or window.ends_at <= now:
            self._forget_ended(now)
            window = self._windows[organisation] = _Window(now + _WINDOW_SECONDS)
        # A refused batch is not counted: smaller ones may follow it.
        if window.spent + tenths > self._allowed:
            raise RateLimited(retry_after=max(1, math.ceil(window.ends_at - now)))
        window.spent += tenths

    def _forget_ended(self, now: float) -> None:
        if len(self._windows) >= _MANY:
            self._windows = {name: window for name, window in self._windows.items() if window.ends_at > now}
