"""Each command ends soon when it is told to, whatever it is doing, and leaves nothing behind."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.commands.running import FIVE, GRACE_SECONDS, ONE, Start
from tests.database.conftest import until
from tests.notices.scenario import Scenario
from tests.service import Service

pytestmark = pytest.mark.slow

SERVE = ("serve", "--port", "0")


def left_behind(folder: Path) -> list[str]:
    """List the temporary files, and the processes whose environment names the test's folder."""
    found = [str(one) for one in (folder / "temporary").iterdir()]
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.parametrize(
    ("arguments", "phase", "signals"),
    [
        (SERVE, "", ONE),
        (SERVE, "serving", ONE),
        ((*SERVE, "--worker"), "working", FIVE),
        (("worker",), "", FIVE),
        (("worker",), "working", ONE),
        (("worker",), "working", FIVE),
        (("demo",), "", FIVE),
        (("demo",), "varsling starts on", ONE),
        (("demo",), "1. ", FIVE),
        (("demo",), "Ctrl-C stops it", ONE),
        (("demo", "--every-way"), "2. ", FIVE),
        (("simulate", "altinn"), "altinn at", FIVE),
        (("simulate", "smtp"), "smtp at", ONE),
        (("simulate", "print"), "print house at", FIVE),
        (("conformance", "--port", "0"), "export", FIVE),
        (("conformance", "--port", "0"), "", ONE),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(map(str, value)),
)
def test_a_command_that_is_told_to_stop_ends_and_leaves_nothing(
    start: Start, tmp_path: Path, arguments: tuple[str, ...], phase: str, signals: tuple[signal.Signals, ...]
) -> None:
    running = start(*arguments)
    until(partial(running.has_said, phase))
    running.stop(signals)
    assert "Traceback" not in running.said or phase == ""
    # A signal just ends what has nothing to finish, and what does not run yet or is all but over.
    if phase and signals is ONE and arguments[0] != "simulate":
        assert running.process.exitcode in (0, 1)
    assert left_behind(tmp_path) == []


def test_a_reader_of_the_stream_stops_while_it_waits(start: Start, service: Service, tmp_path: Path) -> None:
    scenario = Scenario.with_grant(service)
    scenario.send()
    scenario.work()
    token = scenario.landlord.headers["Authorization"].removeprefix("Bearer ")
    running = start("follow", "--url", service.url, "--cursor", str(tmp_path / "place"), VARSLING_TOKEN=token)
    until((tmp_path / "place").exists)  # the first page is read, and the next is waited for
    running.stop((signal.SIGINT, signal.SIGINT))
    assert "The cursor is stored" in running.said


@contextmanager
def _slow_events() -> Iterator[None]:
    """Let `Event.set` hold its lock for long: a signal's handler that needs it would wait for itself."""

    def slow_set(self: threading.Event) -> None:
        with self._cond:  # type: ignore[attr-defined]  # the lock in question
            pause = threading.Condition()
            with pause:
                pause.wait(0.6)
            self._flag = True  # type: ignore[attr-defined]  # as the real one does
            self._cond.notify_all()  # type: ignore[attr-defined]  # as above

    threading.Event.set = slow_set  # type: ignore[method-assign]  # it is what the test plants
    yield


def with_slow_events(arguments: list[str], output: Path) -> None:
    with output.open("ab") as opened:
        os.dup2(opened.fileno(), 1)
        os.dup2(opened.fileno(), 2)
    with _slow_events():
        from varsling.cli import main  # noqa: PLC0415  (loaded in the process that is forked)

        main(arguments)


@pytest.mark.parametrize("arguments", [("worker",), (*SERVE, "--worker")], ids=" ".join)
def test_no_handler_waits_for_a_lock_that_its_own_thread_holds(start: Start, arguments: tuple[str, ...]) -> None:
    running = start(*arguments, program=with_slow_events)
    until(partial(running.has_said, "working"))
    give_up_at = time.monotonic() + GRACE_SECONDS
    while running.process.is_alive() and time.monotonic() < give_up_at:
        running.send(signal.SIGTERM)
        running.process.join(0.2)
    assert not running.process.is_alive(), running.said
