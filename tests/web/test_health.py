"""Liveness means progress; readiness means a database with this version's schema."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.database.conftest import until
from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.app import health
from varsling.database.changes import Change, Transaction
from varsling.database.engine import connect_for_writing, create_engine


@dataclass(frozen=True, slots=True, eq=False)
class Held(Change[None]):
    """A change that holds the writer halfway."""

    entered: threading.Event = field(default_factory=threading.Event)
    free: threading.Event = field(default_factory=threading.Event)

    def apply(self, transaction: Transaction) -> None:
        self.entered.set()
        self.free.wait(60)


def test_a_healthy_process_says_so(service: Service) -> None:
    for path in ("/health/live", "/health/ready"):
        answer = service.anonymous().get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "faults": []})


def test_a_writer_that_does_not_move_is_not_alive(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()
    waiting = threading.Thread(target=service.context.writer.submit_and_wait, args=[held])
    waiting.start()
    try:
        assert held.entered.wait(60)
        assert service.anonymous().get("/health/live").status_code == 200  # a busy writer is not a stuck one
        monkeypatch.setattr(health, "STUCK_SECONDS", 0.0)
        answer = service.anonymous().get("/health/live")
        assert (answer.status_code, answer.json()["faults"]) == (503, ["writer-stuck"])
    finally:
        held.free.set()
        waiting.join()
    assert service.anonymous().get("/health/live").status_code == 200


def test_a_writer_that_ended_is_neither_alive_nor_ready(service: Service) -> None:
    service.context.writer.stop()
    for path in ("/health/live", "/health/ready"):
        assert service.anonymous().get(path).json()["faults"] == ["writer-stopped"]


def test_another_schema_is_not_ready_but_alive(service: Service) -> None:
    with connect_for_writing(service.context.engine) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = 'other'"))
        connection.commit()
    assert service.anonymous().get("/health/ready").json()["faults"] == ["schema-differs"]
    assert service.anonymous().get("/health/live").status_code == 200


def test_while_it_stops_it_is_not_ready(new_service: Callable[..., Service]) -> None:
    service = new_service()
    service.app.state.stopping.set()
    assert service.anonymous().get("/health/ready").json()["faults"] == ["stopping"]


def test_however_many_ask_the_database_is_asked_once_a_second(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_LOOK_SECONDS", 3600.0)
    asked: list[object] = []
    sa.event.listen(service.context.engine, "checkout", lambda *given: asked.append(given))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.anonymous().get("/health/ready").status_code, range(40)))
    assert set(answers) == {200}
    assert len(asked) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_was_removed_takes_nothing(sqlite_url: str, new_service: Callable[..., Service]) -> None:
    """SQLite goes on with a file that has no name any more: what it answers for is lost at the next start."""
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    service = new_service()
    scenario = Scenario(service)
    scenario.send()
    body = scenario.body(reference="LATER", lease={"reference": "L-2", "use": "dwelling", "eviction_clause": True})
    file.rename(file.with_suffix(".away"))
    posted = service.landlord().post("/v1/notices", json=body)
    assert (posted.status_code, service.anonymous().get("/health/ready").status_code) == (503, 503)
    assert not file.exists()
    create_engine(sqlite_url).dispose()  # another in its place
    for _ in range(2):
        assert service.landlord().post("/v1/notices", json=body).status_code == 503
    file.unlink()
    file.with_suffix(".away").rename(file)
    until(lambda: service.anonymous().get("/health/ready").status_code == 200)
    assert service.landlord().post("/v1/notices", json=body).status_code == 201
