"""Below `/t` and `/o` a problem is a page: a reader with a letter in her hand can do nothing with JSON."""

import uuid
from datetime import UTC, datetime

import pytest

from tests.postgres import Server
from tests.service import Service
from varsling.database.engine import create_engine
from varsling.database.migrate import upgrade
from varsling.tenant_page.login import Session, ticket
from varsling.web.answers import NO_STORE

CODE = "AAAABBBBCCCCDDDD"
HTML = "text/html; charset=utf-8"


class TestADatabaseThatIsAway:
    @pytest.fixture
    def database_url(self, own_server: Server) -> str:
        url = own_server.url("postgres")
        engine = create_engine(url)
        upgrade(engine)
        engine.dispose()
        return url

    def test_it_is_told_and_passes(self, own_server: Server, service: Service) -> None:
        tenant, office = (service.anonymous() for _ in range(2))
        tenant.get("/t?language=nn")
        opened = Session(uuid.UUID(int=1), uuid.UUID(int=2), datetime.now(UTC))
        tenant.cookies.set("varsling_ticket", ticket(service.context.keyring.cipher, opened), path="/t")
        office.headers["Accept-Language"] = "nn"
        own_server.stop()
        hers = tenant.get("/t/notice"), tenant.post(f"/t/{CODE}", data={"born": "01.01.1990"})
        theirs = office.get(f"/o/{CODE}"), office.post(f"/o/{CODE}/opened", data={"confirm": "yes"})
        own_server.start()
        for answer in (*hers, *theirs):
            assert (answer.status_code, answer.headers["Content-Type"]) == (503, HTML)
            assert "Sida verkar ikkje akkurat no" in answer.text
            assert CODE not in answer.text
            assert answer.headers["Cache-Control"] == NO_STORE
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert int(answer.headers["Retry-After"]) > 0
        assert all("55\u00a055\u00a033\u00a033" in answer.text for answer in hers)
        assert "høyrer ikkje saman" in tenant.post(f"/t/{CODE}", data={"born": "01.01.1990"}).text
        assert "Vi finn ingen kode" in office.get(f"/o/{CODE}").text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/t/", 404, "Siden finnes ikke."),
        ("GET", f"/t/{CODE}/other", 404, "Siden finnes ikke."),
        ("GET", f"/t/notice/letters/{uuid.UUID(int=1)}/other", 404, "Siden finnes ikke."),
        ("PUT", "/t/notice", 405, "Siden finnes ikke."),
        ("GET", "/t/notice/call", 405, "Siden finnes ikke."),
        ("GET", "/o/", 404, "Vi finner ingen kode"),
        ("GET", f"/o/{CODE}/other", 404, "Vi finner ingen kode"),
        ("GET", f"/o/{CODE}/opened", 405, "Vi finner ingen kode"),
    ],
)
def test_an_address_that_is_none_asks_for_the_code(
    service: Service, method: str, path: str, status: int, says: str
) -> None:
    """A browser may return to a form's address when it goes back to the answer."""
    answer = service.anonymous().request(method, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, HTML)
    assert says in answer.text
    assert 'name="code"' in answer.text
    assert CODE not in answer.text
