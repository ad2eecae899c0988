"""The worker: it sends letters, publishes the notices that they complete, and does what time alone makes due.

Any number of workers may run: the database coordinates them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import structlog

from varsling.context import Context
from varsling.deliveries.service import Beat, Breaker, Chains, Leave, open_chains
from varsling.dispatch.service import Dispatcher, take_returns, tell_stranded
from varsling.domain.problems import Unavailable
from varsling.notices import service as notices
from varsling.stopping import Stop

# How soon an idle worker sees new work, and how long it waits while the database is away.
_POLL_SECONDS = 0.15
_AWAY_SECONDS = 2.0
_SWEEP_SECONDS = 60.0
# While one thread writes a letter, another waits for disk and database.
_THREADS = 2

STUCK_SECONDS = 600.0
"""Far beyond the longest turn: a batch of letters to systems that answer nothing."""

_log = structlog.get_logger(__name__)


class Vitals:
    """When each of the worker's loops last began a turn."""

    def __init__(self) -> None:
        self._turns: dict[str, float] = {}

    def turn(self, loop: str) -> None:
        self._turns[loop] = monotonic()

    @property
    def stuck(self) -> bool:
        """Whether a loop has not begun a turn for so long that it never will."""
        return any(monotonic() - began > STUCK_SECONDS for began in list(self._turns.values()))


def run(context: Context, stop: Stop, vitals: Vitals | None = None) -> None:
    """Work until `stop` is set. Deliveries that were taken and not begun by then are returned."""
    vitals = vitals or Vitals()
    with open_chains(context.settings) as chains, _told(context) as beat:
        breakers = _breakers(chains)
        dispatchers = {f"dispatch-{number}": Dispatcher(context, chains, breakers, stop) for number in range(_THREADS)}
        threads = [
            threading.Thread(target=_dispatch, args=(dispatcher, stop, vitals, name), name=name)
            for name, dispatcher in dispatchers.items()
        ]
        for thread in threads:
            thread.start()
        _log.info("working")
        try:
            _sweep(context, chains, stop, vitals, beat)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    _log.info("stopped")


def run_until_idle(context: Context) -> int:
    """Sweep once, then work until nothing is due. Gives the number of deliveries. For tests and the demo."""
    notices.sweep(context)
    taken = 0
    with open_chains(context.settings) as chains:
        take_returns(context, chains)
        tell_stranded(context, chains)
        dispatcher = Dispatcher(context, chains, _breakers(chains))
        while step := dispatcher.step():
            taken += step
    return taken


@contextmanager
def _told(context: Context) -> Iterator[Beat]:
    """Tell at the end that the worker has left. A database that is away then sees it fall silent."""
    beat = Beat()
    try:
        yield beat
    finally:
        try:
            context.writer.submit_and_wait(Leave(beat.id))
        except Exception as error:  # noqa: BLE001  (it ends all the same)
            _log_failure("not_left", error)


def _breakers(chains: Chains) -> dict[str, Breaker]:
    return {channel.name: Breaker() for chain in chains.values() for channel in chain}


def _dispatch(dispatcher: Dispatcher, stop: Stop, vitals: Vitals, name: str) -> None:
    while not stop.is_set():
        vitals.turn(name)
        try:
            worked = dispatcher.step()
        except Exception as error:  # noqa: BLE001  (whatever happens, the next pass may do better: leases run out)
            _log_failure("dispatch_failed", error)
            stop.wait(_AWAY_SECONDS)
        else:
            if worked:
                _log.info("letters_taken", letters=worked)
            else:
                stop.wait(_POLL_SECONDS)


def _sweep(context: Context, chains: Chains, stop: Stop, vitals: Vitals, beat: Beat) -> None:
    while not stop.is_set():
        vitals.turn("sweep")
        try:
            context.writer.submit_and_wait(beat)
            notices.sweep(context)
            take_returns(context, chains)
            tell_stranded(context, chains)
        except Exception as error:  # noqa: BLE001  (as above)
            _log_failure("sweep_failed", error)
            stop.wait(_AWAY_SECONDS)
        else:
            stop.wait(_SWEEP_SECONDS)


def _log_failure(event: str, error: Exception) -> None:
    """Log the kind of error alone: its text may quote a row."""
    _log.error(event, error=type(error).__name__, away=isinstance(error, Unavailable))
