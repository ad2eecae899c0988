"""P3: a batch of 1,000 notices, beside COPY of the same rows over one connection."""

import statistics
from collections.abc import Iterator

from tests.bench.measuring import ROUNDS, Figure
from tests.bench.notices import new_notice, post
from tests.bench.peers import limits
from tests.bench.serving import Installation, Serving, installation, loaded

_ITEMS = 1000


def figures() -> Iterator[Figure]:
    ours, limit, taken = [], [], []
    with installation("postgresql") as made, installation("postgresql") as bare, made.serving() as service:
        send_batch(made, service)
        columns, rows = limits.stored_rows(made)
        for _ in range(ROUNDS):
            before = service.processor_seconds()
            ours.append(send_batch(made, service))
            taken.append(service.processor_seconds() - before)
            limit.append(limits.copied(bare, columns, rows))
            limits.emptied(bare)
    batch, copy = statistics.median(ours), statistics.median(limit)
    told = (
        f"{batch:,.0f}/s; COPY {copy:,.0f}/s; {1000 * statistics.median(taken) / _ITEMS:.2f} ms of processor a notice"
    )
    yield Figure("P3", "a batch of 1,000 / COPY of its rows", batch / copy, "×", 0.3, 0.5, True, told)


def send_batch(made: Installation, service: Serving) -> float:
    """Send a batch, and give its notices a second."""
    items = [{"notice": new_notice()} for _ in range(_ITEMS)]
    request = post("/v1/notices/batch", made.agents_token(), {"items": items})
    told = loaded(made.folder, [request], [service.port], 1)
    assert told["statuses"] == {"200": 1}, told["statuses"]
    return _ITEMS / told["seconds"]
