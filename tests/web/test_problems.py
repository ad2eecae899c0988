"""Every failure leaves as a problem of RFC 9457, in the requested language, without any sent value."""

import json
import tomllib
from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from tests.contract import FILE
from tests.service import Service, settings_of
from varsling.app import dates
from varsling.app.app import create_app
from varsling.domain.codes import RULES
from varsling.domain.problems import FIELD_CODES, Code, Problem
from varsling.notices.schemas.examples import NOTICE

SECRET = "Kari-01819010001"
MEMBERS = {"type", "title", "status", "detail", "code", "errors", "trace_id"}


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert SECRET not in answer.text
    problem: dict[str, Any] = answer.json()
    assert problem.keys() >= MEMBERS
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"http://127.0.0.1:8000/problems/{code}"
    return problem


def test_the_frameworks_refusals_are_problems(service: Service) -> None:
    client = service.landlord()
    json_type = {"Content-Type": "application/json"}
    is_problem(client.get(f"/v1/nowhere/{SECRET}"), 404, "not-found")
    is_problem(client.get("/v1/feed/"), 404, "not-found")  # no redirect to a path outside the contract
    is_problem(client.get(f"/v1/notices/{SECRET}"), 404, "not-found")
    is_problem(client.get("/v1/feed/head", headers={"Accept": "text/csv"}), 406, "not-acceptable")
    is_problem(client.post("/v1/notices", content=b"{", headers=json_type), 400, "malformed-json")
    is_problem(client.post("/v1/notices", content=b'{"a": "\xff"}', headers=json_type), 400, "malformed-json")
    is_problem(client.post("/v1/notices", content=b"", headers=json_type), 400, "malformed-json")
    is_problem(client.post("/v1/notices", content=b"[" * 100_000, headers=json_type), 400, "malformed-json")


def test_405_names_every_method_of_the_path(service: Service) -> None:
    answer = service.landlord().delete("/v1/notices")
    is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    answer = service.anonymous().put("/health/live")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_another_media_type_is_refused(service: Service) -> None:
    latin = "application/json; charset=latin-1"
    for media_type in ("text/plain", "application/xml", "", latin, "application/merge-patch+json"):
        headers = {"Content-Type": media_type} if media_type else {}
        answer = service.landlord().post("/v1/notices", content=b"{}", headers=headers)
        is_problem(answer, 415, "unsupported-media-type")
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    is_problem(service.landlord().post("/v1/notices", content=b"{}", headers=headers), 415, "unsupported-media-type")
    plain = headers | {"Content-Encoding": "identity"}
    is_problem(service.landlord().post("/v1/notices", content=b"{}", headers=plain), 422, "validation-failed")


@pytest.mark.parametrize(("path", "size"), [("/v1/notices", 128 * 1024), ("/v1/notices/batch", 4 * 1024 * 1024)])
def test_a_body_that_is_too_large_is_refused(service: Service, path: str, size: int) -> None:
    client, headers = service.landlord(), {"Content-Type": "application/json"}
    most = b"{" + b" " * (size - 2) + b"}"
    is_problem(client.post(path, content=most, headers=headers), 422, "validation-failed")
    is_problem(client.post(path, content=most + b" ", headers=headers), 413, "too-large")
    in_pieces = (most[start : start + 65_536] for start in range(0, len(most) + 65_536, 65_536))
    pieces = client.post(path, content=_and_one_more(in_pieces), headers=headers)
    is_problem(pieces, 413, "too-large")


def _and_one_more(pieces: Any) -> Any:
    yield from pieces
    yield b" "


def test_who_calls_comes_before_what_was_sent(service: Service) -> None:
    wrong = {"Content-Type": "text/plain"}
    assert service.anonymous().post("/v1/notices", content=b"{", headers=wrong).status_code == 401
    assert service.nav().post("/v1/notices", content=b"{", headers=wrong).status_code == 403


def test_the_language_is_the_one_asked_for(service: Service) -> None:
    titles = {
        "": "Finnes ikke",
        "nn": "Finst ikkje",
        "en-GB,en;q=0.9": "Not found",
        "de": "Not found",
        "de, nn;q=0.3, nb;q=0.7": "Finnes ikke",
    }
    client = service.anonymous()
    for asked, title in titles.items():
        answer = client.get("/nowhere", headers={"Accept-Language": asked} if asked else {})
        assert (asked, answer.json()["title"]) == (asked, title)
        assert answer.headers["Vary"] == "Accept-Language"


def test_what_nobody_foresaw_is_told_without_its_words(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(dates, "notice_dates", fail)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = service.anonymous().get("/v1/dates?sent_on=2026-11-23", headers={"Accept-Language": "en"})
        service.stop()  # the call's log line, taken while it still exists
    problem = is_problem(answer, 500, "internal")
    assert problem.keys() == MEMBERS
    assert [line["event"] for line in lines] == ["request_failed", "request"]
    assert lines[0]["error"] == "RuntimeError"
    assert {line["trace_id"] for line in lines} == {problem["trace_id"]}
    assert SECRET not in f"{lines}{caplog.text}"


def test_a_database_that_is_away_is_unavailable_and_not_a_fault(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    service.context.engine.dispose()
    for file in tmp_path.glob("varsling.db*"):
        file.unlink()
    (tmp_path / "varsling.db").mkdir()
    answer = service.landlord().get("/v1/feed/head")
    is_problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert service.anonymous().get("/health/ready").status_code == 503
    assert service.anonymous().get("/health/live").status_code == 200


def test_a_route_without_a_row_admits_nobody(sqlite_url: str, tmp_path: Any) -> None:
    service = Service(settings_of(sqlite_url, tmp_path))
    service.app = app = create_app(service.settings)
    app.add_api_route("/v1/forgotten", lambda: {"secret": SECRET})
    service.server.config.app = app
    service.start()
    try:
        assert service.landlord().get("/v1/forgotten").status_code == 500
    finally:
        service.stop()


def test_every_code_has_a_page_that_its_type_leads_to(service: Service) -> None:
    client = service.anonymous()
    listed = client.get("/problems", headers={"Accept-Language": "en"}).json()["problems"]
    assert {one["code"] for one in listed} == set(Code)
    for one in listed:
        assert one["status"] == Problem(Code(one["code"])).status
        page = client.get(f"/problems/{one['code']}", headers={"Accept-Language": "en"})
        assert page.json() == one
    html = client.get("/problems/petition-too-early", headers={"Accept": "text/html", "Accept-Language": "nn"})
    assert html.headers["Content-Type"].startswith("text/html")
    assert '<html lang="nn">' in html.text
    overview = client.get("/problems", headers={"Accept": "text/html,*/*;q=0.1"})
    assert overview.text.count('<li><a href="/problems/') == len(Code)
    for accept in ("text/html;q=0, */*", "application/json, text/html; q=0"):
        assert (
            client.get("/problems", headers={"Accept": accept}).json()["problems"]
            == client.get("/problems").json()["problems"]
        )
    assert client.get("/problems/nothing").status_code == 404
    assert client.get("/problems", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"birth_date": "1990-02-30", "national_id": None}, "The date of birth is no date of the form YYYY-MM-DD"),
        ({"birth_date": None, "national_id": None}, "One of `national_id` or `birth_date` is needed here."),
        ({"phone": "22 00 00 00"}, "A phone number is written with + and the country's code"),
        ({"language": "norsk språk"}, "A language is written as a BCP 47 tag"),
        ({"national_id": "01819010002"}, "The number is no valid fødselsnummer or D-number"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_a_fault_is_told_in_words_of_its_field(service: Service, change: dict[str, Any], said: str) -> None:
    """A bad date of birth is not answered with petitions; what one of two members would mend names both."""
    body = deepcopy(NOTICE)
    body["tenants"][0] |= change
    answer = service.landlord().post("/v1/notices/check", json=body, headers={"Accept-Language": "en"})
    (error,) = answer.json()["errors"]
    assert said in error["detail"]
    assert "petition" not in error["detail"]
    assert error.get("one_of", ["national_id", "birth_date"]) == ["national_id", "birth_date"]


def test_every_word_of_a_field_is_of_a_field_and_a_code() -> None:
    """A misspelt key would be passed over in silence."""
    document = json.loads(FILE.read_text("utf-8"))
    members = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
    calls = [call for path in document["paths"].values() for call in path.values()]
    members |= {one["name"] for call in calls for one in call.get("parameters", ())}
    texts = tomllib.loads((files("varsling.domain") / "texts" / "fields.en.toml").read_text("utf-8"))
    for code, of_code in texts.items():
        if isinstance(of_code, dict):
            assert code in FIELD_CODES or Code(code) in RULES
            assert of_code.keys() <= members | {"given_twice", "of_open_notice"}
