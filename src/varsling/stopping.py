"""How a process is told to stop.

A signal's handler runs in the midst of whatever the main thread does, so it may take no lock: the lock may be the main
thread's own, and then the process would wait for itself for ever.
"""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Whether the process was told to stop. Any number of threads may wait for it; a signal's handler may set it.

    Not `threading.Event`: its `set` takes a lock. Here it is one write to a pipe that nobody empties.
    """

    def __init__(self) -> None:
        self._told = False
        self._waiting, self._telling = os.pipe()
        os.set_blocking(self._telling, False)

    def set(self) -> None:
        self._told = True
        os.write(self._telling, b".")  # the few signals of a stop do not fill a pipe

    def is_set(self) -> bool:
        return self._told

    def wait(self, seconds: float | None = None) -> bool:
        """Wait at most so long. Tells whether it is set."""
        if not self._told:
            select.select([self._waiting], (), (), seconds)
        return self._told

    def close(self) -> None:
        os.close(self._waiting)
        os.close(self._telling)


@contextmanager
def stop_at_signals() -> Iterator[Stop]:
    """Give a stop that SIGINT, SIGTERM and SIGHUP set, until the end of the block."""
    stop = Stop()

    def told(_number: int, _frame: FrameType | None) -> None:
        if not stop.is_set():  # more of them change nothing
            stop.set()

    before = {number: signal.signal(number, told) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.close()


class Interrupted(BaseException):
    """The process was told to stop in the midst of what it did."""


class Interruption:
    """Interrupts the main thread at the first signal, once: what ends the work is not interrupted again."""

    def __init__(self) -> None:
        self._told = False
        self._raised = False
        self._held = False

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        self._told = True
        self._raise_once()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no signal interrupt what must be done wholly, and interrupt after it."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._told:
            self._raise_once()

    def check(self) -> None:
        """Raise Interrupted if a signal has come: Python may have dropped its own, as it does in a destructor."""
        if self._told:
            raise Interrupted

    def _raise_once(self) -> None:
        if not self._held and not self._raised:
            self._raised = True
            raise Interrupted


@contextmanager
def interrupted_by_signals() -> Iterator[Interruption]:
    """Let the first SIGINT, SIGTERM or SIGHUP raise Interrupted in the block, and later ones nothing."""
    interruption = Interruption()
    for number in SIGNALS:
        signal.signal(number, interruption.handle)
    yield interruption
