"""Half an hour of the peak, compressed tenfold: notices with copies, a reader of the stream, status reads, a tenant on
the page, all at once. It counts every guarantee's account at the end, and watches memory.

The peak is LAW's with its margin of 100: 16,000 notices in the hour, here 44 a second for three minutes.
"""

import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from tests.bench.measuring import Figure, percentile
from tests.bench.notices import new_notice, organisations
from tests.bench.serving import Installation, Serving, installation, running
from varsling.context import close, open_context
from varsling.database.engine import create_engine
from varsling.feed.service import Grant, GrantKind
from varsling.notices.service import backfill_events

_SECONDS, _A_SECOND = 180, 16_000 / 3600 * 10
_BORN = "1980-05-17"
_NAV = next(organisations())
_SENDERS = 16
_GIVE_UP = 900


@dataclass
class Run:
    """What all saw."""

    made: Installation
    service: Serving
    worker: Serving
    over: threading.Event = field(default_factory=threading.Event)
    taken: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    fetched: set[str] = field(default_factory=set)
    memory: list[tuple[float, float]] = field(default_factory=list)

    def call(self, what: str, connection: http.client.HTTPConnection, request: tuple[Any, ...]) -> tuple[int, bytes]:
        started = time.perf_counter()
        connection.request(*request)
        answer = connection.getresponse()
        body = answer.read()
        self.taken.setdefault(what, []).append(time.perf_counter() - started)
        self.statuses[f"{what} {answer.status}"] += 1
        return answer.status, body

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)


def figures() -> Iterator[Figure]:
    with installation("postgresql") as made:
        context = open_context(made.settings)
        context.writer.submit_and_wait(Grant(_NAV, None, GrantKind.RECEIVE, backfill_events))
        close(context)
        command = [sys.executable, "-m", "varsling", "worker"]
        with made.serving() as service, running(command, made.environment) as process:
            assert process.stderr is not None
            threading.Thread(target=process.stderr.read, daemon=True).start()
            run = Run(made, service, Serving(process, 0))
            emptied = _peak(run)
            yield from _told(run, emptied)


def _peak(run: Run) -> float:
    """Let the peak happen. Gives the seconds after it until nothing waited any more."""
    beside = [threading.Thread(target=work, args=(run,)) for work in (_read_stream, _read_status, _visit, _watch)]
    for one in beside:
        one.start()
    bodies = [json.dumps(_body()).encode() for _ in range(round(_SECONDS * _A_SECOND))]
    began = time.perf_counter()
    with ThreadPoolExecutor(_SENDERS) as senders:
        for number, body in enumerate(bodies):
            time.sleep(max(0.0, began + number / _A_SECOND - time.perf_counter()))
            senders.submit(_send, run, body)
    ended = time.perf_counter()
    while len(run.fetched) < len(run.accepted):
        assert time.perf_counter() - ended < _GIVE_UP, f"{len(run.fetched)} of {len(run.accepted)} came through"
        time.sleep(0.2)
    emptied = time.perf_counter() - ended
    run.over.set()
    for one in beside:
        one.join()
    return emptied


def _body() -> dict[str, Any]:
    body = new_notice()
    for place, one in enumerate(body["tenants"]):
        one |= {"national_id": None, "birth_date": _BORN, "name": f"{one['name']} {'Andre' if place else 'Første'}"}
    return body


_connections = threading.local()


def _send(run: Run, body: bytes) -> None:
    if not hasattr(_connections, "own"):
        _connections.own, _connections.token = run.connect(), run.made.agents_token()
    headers = {"Authorization": f"Bearer {_connections.token}", "Content-Type": "application/json"}
    status, answer = run.call("send", _connections.own, ("POST", "/v1/notices", body, headers))
    if status == 201:
        run.accepted.append(json.loads(answer)["id"])


def _read_stream(run: Run) -> None:
    """As an integration does: each page, each new notice, each third opened by a person."""
    connection, headers = run.connect(), {"Authorization": f"Bearer {run.made.navs_token(_NAV)}"}
    after = ""
    while not run.over.is_set():
        path = f"/v1/feed?limit=100&wait=1{after}"
        _, body = run.call("page", connection, ("GET", path, None, headers))
        page = json.loads(body)
        after = f"&after={page['next']}" if page.get("next") else after
        for event in page["events"]:
            if event["type"] == "notice.sent":
                path = f"/v1/feed/notices/{event['notice']}"
                status, _ = run.call("fetch", connection, ("GET", path, None, headers))
                assert status == 200
                if len(run.fetched) % 3 == 0:
                    keyed = headers | {"Idempotency-Key": event["id"], "Content-Type": "application/json"}
                    read = ("POST", f"{path}/acknowledgement", b'{"opened_by_person": true}', keyed)
                    run.call("acknowledge", connection, read)
                run.fetched.add(event["notice"])


def _read_status(run: Run) -> None:
    connection, headers = run.connect(), {"Authorization": f"Bearer {run.made.agents_token()}"}
    while not run.over.wait(0.05):
        path = f"/v1/notices/{run.accepted[-1]}" if run.accepted else "/v1/notices?limit=1"
        run.call("status", connection, ("GET", path, None, headers))
        run.call("list", connection, ("GET", "/v1/notices?status=accepted&limit=20", None, headers))


def _visit(run: Run) -> None:
    """A tenant opens her letter's page every two seconds."""
    connection, seen = run.connect(), set[Path]()
    while not run.over.wait(2):
        new = next((one for one in _sheets(run) if one not in seen), None)
        if new is None:
            continue
        seen.add(new)
        code = json.loads(new.read_text())["code"]
        run.call("page's door", connection, ("GET", f"/t/{code}", None, {}))
        form = urlencode({"born": _BORN})
        connection.request("POST", f"/t/{code}", form, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        status, body = run.call("page's notice", connection, ("GET", "/t/notice", None, {"Cookie": cookie}))
        assert (status, b"Nav" in body) == (200, True)


def _sheets(run: Run) -> Iterator[Path]:
    return (run.made.folder / "letters").glob("*.json")


def _watch(run: Run) -> None:
    while not run.over.wait(5):
        run.memory.append((run.service.resident_mib(), run.worker.resident_mib()))


def _told(run: Run, emptied: float) -> Iterator[Figure]:
    calls = {what: percentile(taken, 99) * 1000 for what, taken in run.taken.items()}
    told = ", ".join(f"{what} {p99:.0f}" for what, p99 in calls.items())
    what = f"the peak tenfold ({len(run.accepted):,} notices in {_SECONDS} s): p99 of a post"
    yield Figure("P12", what, calls["send"], "ms", 250, 100, False, f"p99 in ms: {told}")
    wrong = {name: count for name, count in run.statuses.items() if name.split()[-1] not in {"200", "201", "303"}}
    yield Figure("P12", "errors", sum(wrong.values()), "calls", 0, 0, False, f"{wrong or 'none'}")
    yield Figure("P12", "seconds after the peak until all were out and read", emptied, "s", 600, 300, False)
    for place, name in enumerate(("API", "worker")):
        all_of = [one[place] for one in run.memory]
        third = len(all_of) // 3
        grown = max(all_of[-third:]) / max(all_of[third : 2 * third])
        told = f"{all_of[0]:.0f} at first, {max(all_of):.0f} at most, {all_of[-1]:.0f} MiB at last"
        yield Figure("P12", f"memory of the {name}: last third / second third", grown, "×", 1.1, 1.05, False, told)
    for what, missing in _accounts(run).items():
        yield Figure("P12", what, missing, "", 0, 0, False)


_ACCOUNTS = {
    "stored and not published": "SELECT count(*) FROM notices WHERE published_version IS NULL",
    "tenants without exactly one dispatched copy": (
        "SELECT count(*) FROM notice_tenants WHERE 1 <> (SELECT count(*) FROM deliveries WHERE tenant_id ="
        " notice_tenants.id AND kind = 'copy' AND status = 'dispatched')"
    ),
    "published before a copy": (
        "SELECT count(*) FROM notices JOIN deliveries ON notice_id = notices.id AND kind = 'copy'"
        " WHERE sent_at < dispatched_at"
    ),
    "holes in streams": "SELECT coalesce(sum(position), 0) - (SELECT count(*) FROM stream_events) FROM stream_heads",
    "deliveries still queued": "SELECT count(*) FROM deliveries WHERE status = 'queued'",
}


def _accounts(run: Run) -> dict[str, int]:
    """Count what would break a guarantee: each is nought."""
    engine = create_engine(run.made.url, pool_size=1)
    with engine.connect() as connection:
        counts = {what: int(connection.execute(sa.text(query)).scalar_one()) for what, query in _ACCOUNTS.items()}
        stored = connection.execute(sa.text("SELECT count(*) FROM notices")).scalar_one()
        tenants = connection.execute(sa.text("SELECT count(*) FROM notice_tenants")).scalar_one()
    engine.dispose()
    copies = sum(json.loads(one.read_text())["kind"] == "copy" for one in _sheets(run))
    return counts | {
        "accepted and not stored, or the other way": abs(len(run.accepted) - stored),
        "copies in the letter box, less the tenants": abs(copies - tenants),
    }
