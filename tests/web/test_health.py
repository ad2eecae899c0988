"""Liveness means progress; readiness means a database with this version's schema."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from tests.service import Service
from varsling.app import health
from varsling.database.changes import Change, Transaction
from varsling.database.engine import connect_for_writing


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
