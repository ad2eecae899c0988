"""Many more callers than one process can serve: how soon it refuses, what it stores meanwhile, and how soon it is well
again."""

import statistics
import time
from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa

from tests.bench.measuring import Figure, percentile
from tests.bench.notices import new_notice, organisations, post
from tests.bench.serving import Installation, Serving, installation, loaded
from varsling.database.engine import create_engine

_CONNECTIONS, _CALLS, _CALLERS = 1500, 12_000, 20
_GIVE_UP = 60.0


def figures() -> Iterator[Figure]:
    with installation("postgresql") as made, made.serving() as service:
        loaded(made.folder, _calls(made, 1000), [service.port])  # it is warm
        quiet = statistics.median(loaded(made.folder, _calls(made, 100), [service.port], 1)["taken"])
        callers = [(name, made.token_of(name)) for name in islice(organisations(), _CALLERS)]
        before = _stored(made)
        requests = [_of(*callers[number % _CALLERS]) for number in range(_CALLS)]
        told = loaded(made.folder, requests, [service.port], _CONNECTIONS)
        stored = _stored(made) - before
        recovered = _recovery(made, service, quiet)
        accepted = told["statuses"].get("201", 0)
        beside = f"{accepted / told['seconds']:.0f} accepted a second beside {len(told['refused']):,} refused"
        what = f"overload, {_CONNECTIONS:,} callers at once: p99 of a refusal"
        refused = 1000 * percentile(told["refused"], 99)
        yield Figure("P13", what, refused, "ms", 100, 50, False, f"{beside}; {told['statuses']}")
        yield Figure("P13", "overload: accepted and not stored", accepted - stored, "", 0, 0, False)
        yield Figure("P13", "overload: seconds until a call is quick again", recovered, "s", 5, 1, False)


def _of(agent: str, token: str) -> bytes:
    body = new_notice()
    body["agent"]["organisation_number"] = agent
    return post("/v1/notices", token, body)


def _calls(made: Installation, number: int) -> list[bytes]:
    token = made.agents_token()
    return [post("/v1/notices", token, new_notice()) for _ in range(number)]


def _recovery(made: Installation, service: Serving, quiet: float) -> float:
    """Give the seconds until ten calls in a row take no longer than twice the quiet median each, in the middle."""
    began = time.perf_counter()
    while time.perf_counter() - began < _GIVE_UP:
        started = time.perf_counter() - began
        if statistics.median(loaded(made.folder, _calls(made, 10), [service.port], 1)["taken"]) <= 2 * quiet:
            return started
    return _GIVE_UP


def _stored(made: Installation) -> int:
    engine = create_engine(made.url, pool_size=1)
    with engine.connect() as connection:
        found = int(connection.execute(sa.text("SELECT count(*) FROM notices")).scalar_one())
    engine.dispose()
    return found
