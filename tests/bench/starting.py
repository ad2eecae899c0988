"""P8: from the start of the API process to its first answer, with the migration of an empty database; idle memory."""

import http.client
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measuring import ROUNDS, Figure
from tests.bench.notices import new_notice, post
from tests.bench.serving import Installation, Serving, installation, loaded, running

_GIVE_UP = 60
_SETTLED = 3.0
_LEAN = Path(__file__).parent / "lean"


def figures() -> Iterator[Figure]:
    for database in ("postgresql", "sqlite"):
        taken = []
        for _ in range(ROUNDS):
            with installation(database, migrated=False) as made:
                taken.append(_first_answer(made))
        yield Figure(
            "P8", f"cold start, {database}, its migration included", statistics.median(taken), "s", 3, 1.5, False
        )
    with installation("postgresql") as made:
        yield from _memory(made)


def _memory(made: Installation) -> Iterator[Figure]:
    """Idle is: ready, and nothing was ever to do. What the first notice and the first letter load stands beside it."""
    lean = {"PYTHONPATH": f"{_LEAN}:{os.environ.get('PYTHONPATH', '')}"}
    with (
        made.serving(**lean) as service,
        running([sys.executable, "-m", "varsling", "worker"], made.environment | lean) as process,
    ):
        worker = Serving(process, 0)
        assert process.stderr is not None
        next(line for line in process.stderr if '"working"' in line)
        time.sleep(_SETTLED)
        idle = service.resident_mib(), worker.resident_mib()
        request = post("/v1/notices", made.agents_token(), new_notice())
        assert loaded(made.folder, [request], [service.port])["statuses"] == {"201": 1}
        while not any((made.folder / "letters").rglob("*.pdf")):
            time.sleep(0.1)
        time.sleep(_SETTLED)
        told = f"{service.resident_mib():.0f} after a notice: registers and calendar"
        yield Figure("P8", "memory of the API, idle", idle[0], "MiB", 120, 90, False, told)
        told = f"{worker.resident_mib():.0f} after a letter: typst and fonts"
        yield Figure("P8", "memory of a worker, idle", idle[1], "MiB", 120, 90, False, told)


def _first_answer(made: Installation) -> float:
    started = time.perf_counter()
    with made.serving() as service:
        while time.perf_counter() - started < _GIVE_UP:
            connection = http.client.HTTPConnection("127.0.0.1", service.port)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return time.perf_counter() - started
    raise RuntimeError("the service was never ready")
