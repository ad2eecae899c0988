"""P4: a page of 100 events of streams of every length, beside a list of pydantic models; a 304 beside an empty call."""

import statistics
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import sqlalchemy as sa

from tests.bench.measuring import ROUNDS, Figure
from tests.bench.notices import get, organisations
from tests.bench.serving import Installation, Serving, installation, loaded, peer
from varsling.database.engine import create_engine
from varsling.feed.chain import FIRST_HASH

_CALLS, _LIMIT = 1500, 100
LENGTHS = (10_000, 100_000, 1_000_000)
_CONNECTIONS = 8
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


FULL = False


def figures() -> Iterator[Figure]:
    lengths = (*LENGTHS, 10_000_000) if FULL else LENGTHS
    with installation("postgresql") as made:
        names = dict(zip(lengths, organisations(), strict=False))
        for length, name in names.items():
            fill(made, name, length)
        with made.serving() as service, peer(made, "plain") as beside:
            yield from _pages(made, service, beside.port, names)


def _pages(made: Installation, service: Serving, plain: int, names: dict[int, str]) -> Iterator[Figure]:
    ours: dict[int, list[float]] = {length: [] for length in names}
    listed, unchanged, empty = [], [], []
    requests = {length: _requests(made, service, name, length) for length, name in names.items()}
    shortest = min(names)
    tags = _tagged(made, service, names[shortest], requests[shortest])
    for number in range(ROUNDS + 1):
        rates = {length: _rate(made, requests[length], service.port, "200") for length in names}
        lists = _rate(made, _list_requests(names[shortest], shortest), plain, "200")
        same = _rate(made, tags, service.port, "304")
        nothing = _rate(made, [get("/empty", "none")] * _CALLS, plain, "200")
        if number:
            for length, rate in rates.items():
                ours[length].append(rate)
            listed.append(lists)
            unchanged.append(same)
            empty.append(nothing)
    pages = {length: statistics.median(rates) for length, rates in ours.items()}
    told = ", ".join(f"{length:,}: {rate:,.0f}/s" for length, rate in pages.items())
    yield Figure(
        "P4", "fastest page / slowest page", max(pages.values()) / min(pages.values()), "×", 1.5, 1.2, False, told
    )
    ratio = pages[shortest] / statistics.median(listed)
    yield Figure("P4", "a page / a pydantic list", ratio, "×", 2, 4, True, f"list {statistics.median(listed):,.0f}/s")
    ratio = statistics.median(unchanged) / statistics.median(empty)
    told = f"{statistics.median(unchanged):,.0f}/s; empty {statistics.median(empty):,.0f}/s"
    yield Figure("P4", "a 304 / an empty FastAPI endpoint", ratio, "×", 0.7, 0.9, True, told)


def _rate(made: Installation, requests: list[bytes], port: int, status: str) -> float:
    told = loaded(made.folder, requests, [port], _CONNECTIONS)
    assert told["statuses"] == {status: len(requests)}, told["statuses"]
    return len(requests) / told["seconds"]


def _requests(made: Installation, service: Serving, name: str, length: int) -> list[bytes]:
    """Ask for full pages all over the stream."""
    token = made.navs_token(name)
    with httpx.Client(
        headers={"Authorization": f"Bearer {token}"}, base_url=f"http://127.0.0.1:{service.port}"
    ) as client:
        pages = []
        for minute in range(0, length - 2 * _LIMIT, max(1, length // 50)):
            at = f"{_FIRST + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"
            pages.append(
                client.get("/v1/feed", params={"after": at, "limit": _LIMIT}).raise_for_status().json()["next"]
            )
    asked = [get(f"/v1/feed?after={page}&limit={_LIMIT}", token) for page in pages]
    return [asked[place % len(asked)] for place in range(_CALLS)]


def _tagged(made: Installation, service: Serving, name: str, requests: list[bytes]) -> list[bytes]:
    """Ask again for a page that is kept."""
    path, token = requests[0].split()[1].decode(), made.navs_token(name)
    answer = httpx.get(f"http://127.0.0.1:{service.port}{path}", headers={"Authorization": f"Bearer {token}"})
    return [get(path, token, If_None_Match=answer.headers["ETag"])] * _CALLS


def _list_requests(name: str, length: int) -> list[bytes]:
    steps = range(0, length - 2 * _LIMIT, max(1, length // 50))
    asked = [get(f"/events?organisation={name}&after={after}", "none") for after in steps]
    return [asked[place % len(asked)] for place in range(_CALLS)]


def fill(made: Installation, name: str, length: int) -> None:
    """Write a stream of that length, as large as real ones, by COPY: reading checks no chain."""
    engine = create_engine(made.url, pool_size=1)
    with engine.connect() as connection:
        head = {"organisation": name, "position": length, "hash": _hash(length), "time": _FIRST}
        connection.execute(
            sa.text(
                "INSERT INTO stream_heads (organisation, epoch, position, hash, time)"
                " VALUES (:organisation, 1, :position, :hash, :time)"
            ),
            head,
        )
        driver: Any = connection.connection.driver_connection
        columns = "organisation, position, id, time, hash, body"
        with driver.cursor() as cursor, cursor.copy(f"COPY stream_events ({columns}) FROM STDIN") as copy:
            for position in range(1, length + 1):
                copy.write_row(_event(name, position))
        connection.commit()
    engine.dispose()


def _event(name: str, position: int) -> tuple[str, int, UUID, datetime, str, str]:
    time, event_id = _FIRST + timedelta(minutes=position), uuid4()
    body = {
        "id": event_id,
        "type": "notice.sent",
        "time": time,
        "position": position,
        "reference": f"K-{position}",
        "notice": {"id": uuid4(), "version": 1, "status": "sent"},
        "office": {"number": "0315", "name": "Nav Grünerløkka"},
        "href": f"/v1/feed/notices/{event_id}",
        "previous_hash": FIRST_HASH if position == 1 else _hash(position - 1),
        "hash": _hash(position),
    }
    return name, position, event_id, time, _hash(position), orjson.dumps(body).decode()


def _hash(position: int) -> str:
    return f"{position:064x}"
