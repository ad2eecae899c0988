"""Calls that may take minutes: each in a thread of its own, so that no lease and no other letter waits for it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import structlog

from varsling.deliveries.channels.channel import Outcome, SlowDown, Unknown
from varsling.deliveries.store import DeliveryId

_MOST_ANSWERS = 1000

_log = structlog.get_logger(__name__)


class SlowCalls:
    """The calls of one channel in one process: at most `at_once`, each waited for `patience` seconds.

    What comes when nobody waits any more is kept in `answered` until it is looked up.
    """

    def __init__(self, channel: str, *, at_once: int, patience: float) -> None:
        self.answered: dict[DeliveryId, Outcome] = {}
        self._channel = channel
        self._patience = patience
        self._free = threading.Semaphore(at_once)

    def run(self, delivery_id: DeliveryId, call: Callable[[], Outcome]) -> Outcome | None:
        """Make a call. Gives None while it goes on, and SlowDown if too many do."""
        if not self._free.acquire(blocking=False):
            return SlowDown()
        outcome = Future[Outcome]()
        # A daemon: a worker that stops does not wait for it. What became of the letter is looked up.
        thread = threading.Thread(
            target=self._run, args=(delivery_id, call, outcome), name=f"{self._channel}-{delivery_id}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # the process has no more threads
            self._free.release()
            return SlowDown()
        try:
            return outcome.result(self._patience)
        except TimeoutError:
            return None

    def _run(self, delivery_id: DeliveryId, call: Callable[[], Outcome], outcome: "Future[Outcome]") -> None:
        try:
            result = call()
        except Exception as error:  # noqa: BLE001  (whatever it is: nobody knows whether the letter is there)
            _log.error("channel_failed", channel=self._channel, error=type(error).__name__)
            result = Unknown("failed")
        finally:
            self._free.release()
        self.answered[delivery_id] = result
        while len(self.answered) > _MOST_ANSWERS:  # nobody looks up what was taken back meanwhile
            self.answered.pop(next(iter(self.answered)), None)
        outcome.set_result(result)
