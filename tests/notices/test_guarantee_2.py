"""Four processes at once store a notice once, for the same key and for the same reference."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster import Cluster, run_cluster
from varsling.demo.samples import LANDLORD, samples

pytestmark = pytest.mark.slow

PROCESSES = 4
CALLERS = 24
ROUNDS = 5
Headers = Callable[[int, int], dict[str, str]]

KEYS: dict[str, Headers] = {
    "same-key": lambda round_, _: {"Idempotency-Key": f"key-{round_}"},
    "no-key": lambda _round, _caller: {},
    "own-key": lambda round_, caller: {"Idempotency-Key": f"key-{round_}-{caller}"},
}


@pytest.fixture
def cluster(database_url: str, tmp_path: Path) -> Iterator[Cluster]:
    with run_cluster(database_url, tmp_path, apis=PROCESSES, workers=0) as cluster:
        yield cluster


def body(name: str, number: int) -> dict[str, Any]:
    sample = samples(date.today())[0].notice  # noqa: DTZ011  (any day near today will do)
    people = [{"name": "Prøve Leier", "birth_date": f"{date(1980, 1, 1) + timedelta(days=number)}"}]
    return sample | {"reference": name, "lease": sample["lease"] | {"reference": name}, "tenants": people}


def test_four_processes_store_one_and_answer_alike(cluster: Cluster) -> None:
    token = cluster.command("token", "landlord", "--organisation", LANDLORD)
    clients = [
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False)
        for url in cluster.urls
    ]
    for number, (how, round_) in enumerate(product(KEYS, range(ROUNDS))):
        answers = together(clients, body(f"{how}-{round_}", number), KEYS[how], round_)
        assert {answer.status_code for answer in answers} == {201}, how
        assert len({answer.content for answer in answers}) == 1
        replayed = Counter(answer.headers.get("Idempotency-Replayed") for answer in answers)
        assert replayed == {None: 1, "true": CALLERS - 1}
    items = clients[0].get("/v1/notices", params={"limit": 100}).json()["items"]
    assert len(items) == len(KEYS) * ROUNDS
    for client in clients:
        client.close()


def together(clients: list[httpx.Client], body: dict[str, Any], headers: Headers, round_: int) -> list[httpx.Response]:
    barrier = threading.Barrier(CALLERS)

    def send(caller: int) -> httpx.Response:
        barrier.wait(60)
        return clients[caller % len(clients)].post("/v1/notices", json=body, headers=headers(round_, caller))

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(send, range(CALLERS)))
