"""P10: another caller's single post while four batches of 1,000 are under way, compared with its quiet median."""

import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from tests.bench.measuring import ROUNDS, Figure, percentile
from tests.bench.notices import get, new_notice, post
from tests.bench.serving import in_background, installation, loaded
from tests.service import LANDLORD, OTHER_LANDLORD
from varsling.domain.dates import oslo_date
from varsling.notices.schemas.examples import NOTICE

_SINGLES = 60
_BATCHES = 4
_ITEMS = 1000
_numbers = count()


def figures() -> Iterator[Figure]:
    yield from _beside_batches()
    yield from _beside_lists()


def _beside_lists() -> Iterator[Figure]:
    """Posts and probes while 100 callers list notices as fast as they get them."""
    with installation("postgresql") as made, made.serving() as service:
        token = made.agents_token()
        batch = {"items": [{"notice": new_notice()} for _ in range(500)]}
        assert loaded(made.folder, [post("/v1/notices/batch", token, batch)], [service.port])["statuses"] == {"200": 1}
        posts = [post("/v1/notices", token, new_notice()) for _ in range(60 * ROUNDS)]
        lists = [get("/v1/notices?limit=100", token)] * 100_000
        with in_background(made.folder, lists, service.port, 100):
            taken = loaded(made.folder, posts, [service.port], 1)
            probes = loaded(made.folder, [get("/health/ready", "none")] * 40, [service.port], 1)
        told = f"99th percentile {1000 * percentile(taken['taken'], 99):,.0f} ms"
        value = 1000 * statistics.median(taken["taken"])
        yield Figure("P10", "a post beside 100 callers who list, median", value, "ms", 100, 50, False, told)
        yield Figure("P10", "the slowest probe of readiness then", 1000 * max(probes["taken"]), "ms", 500, 200, False)


def _beside_batches() -> Iterator[Figure]:
    for database in ("postgresql", "sqlite"):
        quiet, beside = [], []
        with _serving(database) as served:
            served.singles(_SINGLES)
            for _ in range(ROUNDS):
                quiet.append(served.singles(_SINGLES))
                with served.batches():
                    beside.append(served.singles(_SINGLES))
        calm = statistics.median(map(statistics.median, quiet))
        ratio = statistics.median(map(statistics.median, beside)) / calm
        slowest = percentile([one for taken in beside for one in taken], 99) / calm
        what = f"{database}, a single post beside four batches × its quiet median ({1000 * calm:.1f} ms)"
        yield Figure("P10", what, ratio, "×", 3, 2, at_least=False)
        yield Figure("P10", f"{database}, the 99th percentile × that median", slowest, "×", 5, 3, at_least=False)


class _Served:
    def __init__(self, port: int, single: str, agent: str) -> None:
        self._port = port
        self._single = single
        self._batch = agent

    def singles(self, number: int) -> list[float]:
        """The seconds of each of so many single posts, one after the other."""
        bodies = [json.dumps(_notice(OTHER_LANDLORD)).encode() for _ in range(number + 10)]
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        taken = []
        for body in bodies:
            started = time.perf_counter()
            assert _sent(connection, "/v1/notices", self._single, body) == 201
            taken.append(time.perf_counter() - started)
        return taken[10:]

    @contextmanager
    def batches(self) -> Iterator[None]:
        """Send batches from four connections, one after the other on each, until the end."""
        ended = threading.Event()
        prepared = [_batch() for _ in range(3 * _BATCHES)]

        def send() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
            while not ended.is_set() and prepared:
                assert _sent(connection, "/v1/notices/batch", self._batch, prepared.pop()) == 200

        senders = [threading.Thread(target=send) for _ in range(_BATCHES)]
        for one in senders:
            one.start()
        yield
        ended.set()
        for one in senders:
            one.join()


def _sent(connection: http.client.HTTPConnection, path: str, token: str, body: bytes) -> int:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _batch() -> bytes:
    return json.dumps({"items": [{"notice": _notice(LANDLORD)} for _ in range(_ITEMS)]}).encode()


def _notice(landlord: str) -> dict[str, Any]:
    body: dict[str, Any] = deepcopy(NOTICE)
    number, today = next(_numbers), oslo_date(datetime.now(UTC))
    for place, claim in enumerate(body["breach"]["claims"]):
        claim["due_date"] = f"{today - timedelta(days=60 - 20 * place)}"
    body["ground"]["warning_sent_on"] = f"{today - timedelta(days=20)}"
    body["landlord"]["organisation_number"] = landlord
    body["lease"]["reference"] = body["reference"] = f"N-{number}"
    born = date(1930, 1, 1) + timedelta(days=number % 20_000)
    body["tenants"] = [{"name": f"Leier Nummer{'abcdefghij'[number // 20_000]}", "birth_date": f"{born}"}]
    return body | {"planned_petition_date": None}


@contextmanager
def _serving(database: str) -> Iterator[_Served]:
    with installation(database) as made, made.serving() as service:
        yield _Served(service.port, *(made.token_of(one) for one in (OTHER_LANDLORD, LANDLORD)))
