"""Calls that may take minutes: each in a thread of its own, so that no lease and no other letter waits for it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import structlog

from varsling.deliveries.channels.channel import AwaitsConfirmation, Dispatched, Outcome, SlowDown, Unknown
from varsling.deliveries.store import DeliveryId

_MOST_ANSWERS = 1000

_log = structlog.get_logger(__name__)


class SlowCalls:
    """The calls of one channel in one process: at most `at_once`, each waited for `patience` seconds.

    What comes when nobody waits any more is kept until `answer` is asked for it.
    """

    def __init__(self, channel: str, *, at_once: int, patience: float) -> None:
        self._answered: dict[DeliveryId, Outcome] = {}
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
            waited = outcome.result(self._patience)
        except TimeoutError:
            return None
        if not isinstance(waited, Unknown):
            self.answer(delivery_id)
        return waited

    def answer(self, delivery_id: DeliveryId) -> Outcome | None:
        """Give what a call said. That the letter is there stays known: whoever asked may fail to write it down, and ask
        again. Anything else is told once, as another process may call in between.
        """
        said = self._answered.get(delivery_id)
        return said if isinstance(said, Dispatched | AwaitsConfirmation) else self._answered.pop(delivery_id, None)

    def _run(self, delivery_id: DeliveryId, call: Callable[[], Outcome], outcome: "Future[Outcome]") -> None:
        try:
            result = call()
        except Exception as error:  # noqa: BLE001  (whatever it is: nobody knows whether the letter is there)
            _log.error("channel_failed", channel=self._channel, error=type(error).__name__)
            result = Unknown("failed")
        finally:
            self._free.release()
        self._answered[delivery_id] = result
        while len(self._answered) > _MOST_ANSWERS:  # nobody looks up what was taken back meanwhile
            self._answered.pop(next(iter(self._answered)), None)
        outcome.set_result(result)
