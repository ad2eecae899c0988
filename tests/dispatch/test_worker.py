"""The running worker finds work by itself and stops when told."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database.conftest import until
from tests.dispatch.notices import NAV, accept, body, events_of, grant, sheets
from varsling.context import Context
from varsling.stopping import Stop
from varsling.worker import run


@pytest.fixture
def running(context: Context) -> Iterator[threading.Thread]:
    stop = Stop()
    thread = threading.Thread(target=run, args=(context, stop))
    thread.start()
    yield thread
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


def test_a_worker_sends_what_comes_while_it_runs(context: Context, letters: Path, running: threading.Thread) -> None:
    grant(context)
    for number in range(3):
        accept(context, body(str(number), [{"name": "Kari Testperson", "birth_date": f"199{number}-01-01"}]))
        until(lambda sent=number + 1: len(events_of(context, NAV)) == sent)  # type: ignore[misc]  # bound at once
    assert running.is_alive()
    assert len(sheets(letters)) == 3
