"""P1 and P2: one notice a call over 32 connections, beside what the database does with the same rows alone."""

import json
import statistics
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from tests.bench.load import Told
from tests.bench.measuring import ROUNDS, Figure, percentile
from tests.bench.notices import new_notice, post
from tests.bench.peers import limits
from tests.bench.serving import Installation, Serving, installation, loaded, peer
from varsling.privacy.keys import open_keyring

_CALLS = 2500
_OF_PEER = 600
_T1_SECONDS = 4
_keys = count()


class Round(NamedTuple):
    a_second: float
    p99: float
    processor: float
    """Of the service's processes, in seconds a notice."""


def figures() -> Iterator[Figure]:
    yield from _postgresql()
    yield from _sqlite()


def _postgresql() -> Iterator[Figure]:
    ours, two, limit, usual = [], [], [], []
    with (
        installation("postgresql") as made,
        made.serving() as first,
        made.serving() as second,
        peer(made, "orm", BENCH_KEY=_public_key(made)) as orm,
    ):
        accept(made, [first, second])
        accept(made, [orm], _OF_PEER)
        for _ in range(ROUNDS):
            ours.append(accept(made, [first]))
            limit.append(limits.t1(made, _T1_SECONDS))
            usual.append(accept(made, [orm], _OF_PEER).a_second)
            two.append(accept(made, [first, second]).a_second)
    alone, t1, both = statistics.median(one.a_second for one in ours), statistics.median(limit), statistics.median(two)
    told = f"{alone:,.0f}/s; T1 {t1:,.0f}/s; {_milliseconds(ours)} ms of processor a notice"
    yield Figure("P1", "accept one notice, PostgreSQL, / pgbench T1", alone / t1, "×", 0.4, 0.75, True, told)
    peers = statistics.median(usual)
    yield Figure(
        "P1", "the same / FastAPI and an ORM session a request", alone / peers, "×", 6, 10, True, f"{peers:,.0f}/s"
    )
    slowest = 1000 * statistics.median(one.p99 for one in ours)
    yield Figure("P1", "the same, 99th percentile at 32 connections", slowest, "ms", 50, 50, False)
    yield Figure("P1", "two processes / one", both / alone, "×", 1.6, 1.6, True, f"{both:,.0f}/s")


def _public_key(made: Installation) -> str:
    return json.dumps(open_keyring(made.settings).issuer_key.as_dict(private=False))


def _sqlite() -> Iterator[Figure]:
    ours, limit = [], []
    with installation("sqlite") as made, installation("sqlite") as bare, made.serving() as service:
        accept(made, [service])
        columns, rows = limits.stored_rows(made)
        for _ in range(ROUNDS):
            ours.append(accept(made, [service]))
            limit.append(limits.bare_sqlite(bare.folder / "varsling.db", columns, rows))
            limits.emptied(bare)
    alone, peer = statistics.median(one.a_second for one in ours), statistics.median(limit)
    told = f"{alone:,.0f}/s; bare {peer:,.0f}/s; {_milliseconds(ours)} ms of processor a notice"
    yield Figure("P2", "accept one notice, SQLite, / bare sqlite3", alone / peer, "×", 0.5, 1.0, True, told)


def _milliseconds(rounds: list[Round]) -> str:
    return f"{1000 * statistics.median(one.processor for one in rounds):.2f}"


def accept(made: Installation, services: list[Serving], calls: int = _CALLS, connections: int = 32) -> Round:
    token = made.agents_token()
    requests = [post("/v1/notices", token, new_notice(), Idempotency_Key=f"K-{next(_keys)}") for _ in range(calls)]
    before = sum(one.processor_seconds() for one in services)
    told: Told = loaded(made.folder, requests, [one.port for one in services], connections)
    assert told["statuses"] == {"201": calls}, told["statuses"]
    processor = sum(one.processor_seconds() for one in services) - before
    return Round(calls / told["seconds"], percentile(told["taken"], 99), processor / calls)
