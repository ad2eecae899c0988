"""A serving process: the server, and with `--worker` the worker in a thread beside it, over one context."""

import gc
import signal
import socket
import sys
import threading
from types import FrameType

import structlog

from varsling.app.app import create_app
from varsling.app.logging import what_failed
from varsling.app.memory import give_back
from varsling.app.server import Server
from varsling.context import Context, close, open_context, refuse_half
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
from varsling.domain.policies import Environment
from varsling.settings import Settings
from varsling.stopping import SIGNALS, Stop

# Python's threads take turns: with its usual 5 ms a single call beside a batch would wait that long at each step.
_SWITCH_SECONDS = 0.0001
# After so many new objects their rubbish is collected; the whole heap, which stops every thread, only rarely.
_COLLECTED_AFTER = (10_000, 20, 50)

_log = structlog.get_logger(__name__)


def run(settings: Settings, taken: socket.socket, *, worker: bool) -> int:
    """Serve until a signal, or until the worker fails. Gives the process's exit status.

    Raises the exceptions of `open_context`. Work that has begun when the signal comes is finished: calls, a letter, the
    queue.
    """
    refuse_half(settings)  # before the migration makes the missing half
    if settings.environment is Environment.TEST:
        _migrate(settings)
    context = open_context(settings)
    try:
        server = Server(create_app(settings, context))
        beside = _WorkerBeside(context, server) if worker else None
        _end_at_signals(server)
        _share_the_processor()
        _log.info("serving", environment=settings.environment, address=_address(taken))
        if beside is not None:
            beside.start()
        server.run(sockets=[taken])
        if beside is not None:
            beside.stop()
    finally:
        close(context)
    return 0 if server.started and (beside is None or not beside.failed) else 1


class _WorkerBeside(threading.Thread):
    """The worker in a thread. If it ends by itself, the server stops too, for a restart."""

    def __init__(self, context: Context, server: Server) -> None:
        super().__init__(name="worker", daemon=True)
        self._context = context
        self._server = server
        self._told = Stop()
        self.failed = False

    def run(self) -> None:
        from varsling import worker  # noqa: PLC0415  (typst and the fonts: only who works pays for them)

        try:
            self._server.app.state.vitals = vitals = worker.Vitals()
            worker.run(self._context, self._told, vitals)
        except Exception as error:  # noqa: BLE001  (whatever it is, nobody would hear of it here)
            _log.error("worker_failed", **what_failed(error))
        if not self._told.is_set():
            self.failed = True
            self._server.should_exit = True

    def stop(self) -> None:
        self._told.set()
        self.join()


def _share_the_processor() -> None:
    """Keep short what one call can make another wait for (P10: a single call beside batches)."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    give_back()
    gc.freeze()  # what is loaded by now stays
    gc.set_threshold(*_COLLECTED_AFTER)


def _end_at_signals(server: Server) -> None:
    """Let a signal before the server's own handlers end it too, and one after them interrupt nothing."""

    def told(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    for number in SIGNALS:
        signal.signal(number, told)


def _migrate(settings: Settings) -> None:
    engine = create_engine(settings.database_url)
    try:
        upgrade(engine)
    finally:
        engine.dispose()


def _address(taken: socket.socket) -> str:
    host, port = taken.getsockname()[:2]
    return f"{host}:{port}"
