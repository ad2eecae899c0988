"""P8: from the start of the API process to its first answer, with the migration of an empty database; idle memory."""

import http.client
import statistics
import sys
import time
from collections.abc import Iterator

from tests.bench.measuring import ROUNDS, Figure
from tests.bench.notices import new_notice, post
from tests.bench.serving import Installation, Serving, installation, loaded, running

_GIVE_UP = 60
_SETTLED = 3.0


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
        with made.serving() as service:
            request = post("/v1/notices", made.agents_token(), new_notice())
            assert loaded(made.folder, [request], [service.port])["statuses"] == {"201": 1}
            time.sleep(_SETTLED)
            yield Figure("P8", "memory of the API, idle after a call", service.resident_mib(), "MiB", 120, 90, False)
        with running([sys.executable, "-m", "varsling", "worker"], made.environment) as worker:
            assert worker.stderr is not None
            next(line for line in worker.stderr if '"working"' in line)
            time.sleep(_SETTLED)
            yield Figure("P8", "memory of a worker, idle", Serving(worker, 0).resident_mib(), "MiB", 120, 90, False)


def _first_answer(made: Installation) -> float:
    started = time.perf_counter()
    with made.serving() as service:
        while time.perf_counter() - started < _GIVE_UP:
            connection = http.client.HTTPConnection("127.0.0.1", service.port)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return time.perf_counter() - started
    raise RuntimeError("the service was never ready")
