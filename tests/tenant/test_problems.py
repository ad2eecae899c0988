"""What goes wrong is told on a page, in her language: who stands here with a phone can do nothing with JSON."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.postgres import Server
from tests.service import Service, settings_of
from tests.tenant.conftest import KARIS_BIRTH_DATE, Reader
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
from varsling.web.answers import NO_STORE

CODE = "AAAABBBBCCCCDDDD"
NAV = "55\u00a055\u00a033\u00a033"


@pytest.fixture
def over_own_server(own_server: Server, tmp_path: Path) -> Iterator[Service]:
    engine: sa.Engine = create_engine(own_server.url("postgres"))
    upgrade(engine)
    engine.dispose()
    service = Service(settings_of(own_server.url("postgres"), tmp_path))
    service.start()
    yield service
    service.stop()


def test_a_database_that_is_away(own_server: Server, over_own_server: Service) -> None:
    reader = Reader(over_own_server)
    reader.get("/t?language=nn")
    own_server.stop()
    read, sent = reader.get("/t/notice"), reader.enter(CODE, KARIS_BIRTH_DATE)
    own_server.start()
    for answer in (read, sent):
        assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert "Sida verkar ikkje akkurat no" in answer.text
        assert NAV in answer.text
        assert CODE not in answer.text
        assert answer.headers["Cache-Control"] == NO_STORE
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert int(answer.headers["Retry-After"]) > 0
    assert "Koden og fødselsdatoen høyrer ikkje saman" in reader.enter(CODE, KARIS_BIRTH_DATE).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/t/", 404),
        ("GET", f"/t/{CODE}/other", 404),
        ("GET", f"/t/notice/letters/{uuid.UUID(int=1)}/other", 404),
        ("PUT", "/t/notice", 405),
        ("GET", "/t/notice/call", 405),
    ],
)
def test_an_address_that_is_none_asks_for_the_code(service: Service, method: str, path: str, status: int) -> None:
    """A POST's address, too, which a browser asks for when it comes back to a page that it sent a form to."""
    answer = service.anonymous().request(method, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert "Siden finnes ikke. Skriv koden som står i brevet." in answer.text
    assert CODE not in answer.text
