"""A command that runs while a test looks on, and is told to stop."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

GRACE_SECONDS = 60
ONE, FIVE = (signal.SIGTERM,), (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class Told:
    """A running command and what it has said so far."""

    def __init__(self, process: ForkServerProcess, output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def said(self) -> str:
        return self._output.read_text("utf-8", "replace")

    def has_said(self, text: str) -> bool:
        assert self.process.is_alive() or text in self.said, self.said
        return text in self.said

    def stop(self, signals: Sequence[signal.Signals]) -> float:
        """Send the signals, and give the seconds until the end."""
        began = time.monotonic()
        for number in signals:
            self.send(number)
        self.process.join(GRACE_SECONDS)
        assert self.process.exitcode is not None, self.said
        return time.monotonic() - began

    def send(self, number: signal.Signals) -> None:
        if self.process.pid is not None and self.process.is_alive():
            os.kill(self.process.pid, number)


Start = Callable[..., Told]
