"""By ID-porten she proves who she is, and sees what only she may see: a code with her birth date shows less."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster import until
from tests.maskinporten.issuer import registered, signing_keys
from tests.notices.bodies import OLA
from tests.notices.scenario import KARI, Scenario
from tests.service import LANDLORD, NAV, Service
from tests.tenant_page.conftest import Reader, code_of
from varsling.http import tls
from varsling.simulators.idporten import IdPortenSimulator, Lie
from varsling.simulators.serving import Fault, served

CLIENT = "tenant-portal-client"
OLAS_NUMBER = "15827520362"


@pytest.fixture
def idporten(tmp_path: Path) -> Iterator[IdPortenSimulator]:
    simulator = IdPortenSimulator(CLIENT, registered(signing_keys(tmp_path)), "", "")
    with served(simulator):
        yield simulator


@pytest.fixture
def service(idporten: IdPortenSimulator, new_service: Callable[..., Service], tmp_path: Path) -> Service:
    service = new_service(
        idporten_issuer=idporten.origin,
        idporten_client_id=CLIENT,
        maskinporten_key_file=tmp_path / "maskinporten.json",
        public_url="http://varsel.example",
    )
    idporten.redirect_uri = "http://varsel.example/t/login"
    idporten.logout_uri = "http://varsel.example/t/logged-out"
    return service


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


class Browser(Reader):
    """A browser that goes to ID-porten and back. The service's public address is not the one it listens at."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.cookies_there = httpx.Cookies()

    def to_idporten(self, path: str) -> httpx.Response:
        """Click the way to ID-porten. Gives its page."""
        sent_off = self.client.get(path)
        assert sent_off.status_code == 303, sent_off.text
        assert "code_challenge" not in sent_off.headers["Location"]  # all of it was pushed
        return httpx.get(sent_off.headers["Location"], verify=tls())

    def answer_as(self, page: httpx.Response, number: str, **more: str) -> str:
        """Log in at ID-porten. Gives the path and query that it sends the browser back to."""
        (name,) = re.findall(r'name=request_uri value="([^"]+)"', page.text)
        login = page.url.copy_with(path="/login", query=None)
        form = {"request_uri": name, "number": number, **more}
        answer = httpx.post(login, data=form, cookies=self.cookies_there, verify=tls())
        self.cookies_there.update(answer.cookies)
        return answer.headers["Location"].removeprefix("http://varsel.example")

    def log_in(self, path: str, number: str = KARI) -> httpx.Response:
        return self.client.get(self.answer_as(self.to_idporten(path), number))


@pytest.fixture
def browser(scenario: Scenario) -> Browser:
    return Browser(scenario.service)


def inside(browser: Browser) -> bool:
    return "Dette skylder du" in browser.get("/t/notice").text


def logout_frames(idporten: IdPortenSimulator) -> list[str]:
    """Log out at ID-porten. Gives the paths at the service that its page loads in frames."""
    page = httpx.get(f"{idporten.origin}/logout", verify=tls()).text
    return re.findall(r'<iframe src="http://varsel.example([^"]+)"', page)


def proven(browser: Browser, scenario: Scenario) -> str:
    """Log in with the code of her letter. Gives the page."""
    done = browser.log_in(f"/t/{code_of(scenario)}/login")
    assert done.status_code == 200, done.text
    assert '<meta http-equiv="refresh" content="0;url=/t/notice">' in done.text
    return browser.get("/t/notice").text


def test_without_configuration_nothing_of_it_is_there(new_service: Callable[..., Service]) -> None:
    scenario = Scenario.with_grant(new_service())
    scenario.send()
    scenario.work()
    reader = Reader(scenario.service)
    assert "ID-porten" not in reader.get(f"/t/{code_of(scenario)}").text
    assert "ID-porten" not in reader.enter(code_of(scenario)).text
    for path in ("/t/login", "/t/logout", "/t/logged-out", "/t/notice/export", f"/t/{code_of(scenario)}/login"):
        assert reader.get(path).status_code == 404


def test_she_sees_what_was_said_in_her_name_and_who_saw_the_notice(
    scenario: Scenario, notice: dict[str, Any], browser: Browser
) -> None:
    """Also what somebody else said, who had her letter and her birth date."""
    other = Reader(scenario.service)
    other.enter(code_of(scenario))
    other.send("/t/notice/call", phone="22334455", time="afternoon", spoken="nb")
    assert scenario.fetch(notice["id"]).status_code == 200
    page = proven(browser, scenario)
    assert "22\xa033\xa044\xa055" in page
    assert "Etter klokka 12" in page
    assert "med koden i et brev til boligen" in page
    assert "et system hos Nav leste varselet" in page
    assert NAV not in page  # whose system: it might be that of the office for protected people
    browser.send("/t/notice/call", phone="90000000", time="morning", spoken="pl")
    (tenant,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert tenant["wants_call"]["phone"] == "90000000"
    assert tenant["wants_call"]["through"] == "login"
    assert tenant["said_elsewhere"] == []  # she replaced it
    again = browser.get("/t/notice").text
    assert "av deg innlogget" in again
    # And through the letter nothing of it is told.
    assert other.get("/t/notice").text.count("Sendt til Nav") == 1
    assert "90000000" not in other.get("/t/notice").text


def test_what_she_said_after_her_login_is_replaced_by_nobody_with_her_letter(
    scenario: Scenario, notice: dict[str, Any], browser: Browser
) -> None:
    proven(browser, scenario)
    browser.send("/t/notice/call", phone="91111111", time="any_time", spoken="ur", interpreter="yes")
    browser.send("/t/notice/consents", health_services="yes")
    other = Reader(scenario.service)
    other.enter(code_of(scenario))
    other.send("/t/notice/call", phone="40000000", time="any_time", spoken="nb")
    other.send("/t/notice/consents", landlord="yes")
    (tenant,) = scenario.fetch(notice["id"]).json()["tenants"]
    hers, others = tenant, tenant["said_elsewhere"]
    assert (hers["wants_call"]["phone"], hers["wants_call"]["through"]) == ("91111111", "login")
    assert hers["consents"] == {"to": ["health_services"], "through": "login"}
    assert [one["wants_call"]["phone"] for one in others if one["wants_call"]] == ["40000000"]
    assert [one["consents"] for one in others if one["consents"]] == [{"to": ["landlord"], "through": "home"}]
    told = scenario.types().count("tenant.wants_call")
    same = {"phone": "91111111", "time": "any_time", "spoken": "ur", "interpreter": "yes"}
    browser.send("/t/notice/call", **same)  # that replaces what the other said meanwhile: the office hears of it
    (tenant,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert [one["wants_call"] for one in tenant["said_elsewhere"]] == [None]
    other.send("/t/notice/call", phone="40000000", time="any_time", spoken="nb")  # and now it stands beside again
    assert scenario.types().count("tenant.wants_call") == told + 2
    other.send("/t/notice/call", phone="40000000", time="any_time", spoken="nb")
    assert scenario.types().count("tenant.wants_call") == told + 2


def test_she_undoes_a_reservation_and_her_landlord_hears_of_it(
    scenario: Scenario, notice: dict[str, Any], browser: Browser
) -> None:
    reader = Reader(scenario.service)
    reader.enter(code_of(scenario))
    reader.send("/t/notice/reserve", sure="yes")
    refused = reader.send("/t/notice/undo", sure="yes")
    assert refused.status_code == 404
    page = proven(browser, scenario)
    assert "Angre at du sa nei til varsler" in page
    assert browser.send("/t/notice/undo").status_code == 422
    done = browser.send("/t/notice/undo", sure="yes")
    assert done.status_code == 200
    assert "Angre at du sa nei til varsler" not in done.text
    (reservation,) = scenario.landlord.get("/v1/reservations").json()["items"]
    assert reservation["revoked_at"] is not None
    events = [one["type"] for one in scenario.landlord.get("/v1/feed").json()["events"]]
    assert events.count("reservation.revoked") == 1
    browser.send("/t/notice/undo", sure="yes")  # a second click changes nothing
    events = [one["type"] for one in scenario.landlord.get("/v1/feed").json()["events"]]
    assert events.count("reservation.revoked") == 1


def test_who_reserves_and_takes_it_back_all_day_has_to_wait(
    scenario: Scenario, notice: dict[str, Any], browser: Browser
) -> None:
    """Her landlord gets a letter for each. To reserve is never refused."""
    proven(browser, scenario)
    for _ in range(7):
        browser.send("/t/notice/reserve", sure="yes")
        browser.send("/t/notice/undo", sure="yes")
    told = scenario.landlord.get("/v1/reservations").json()["items"]
    assert [one["revoked_at"] is None for one in told] == [False] * 4 + [True]
    scenario.pass_time(timedelta(days=1))
    proven(browser, scenario)
    browser.send("/t/notice/undo", sure="yes")
    told = scenario.landlord.get("/v1/reservations").json()["items"]
    assert told[-1]["revoked_at"] is not None


def test_the_export_has_everything_about_her_and_nothing_about_others(scenario: Scenario, browser: Browser) -> None:
    body = scenario.body()
    notice = scenario.send(*body["tenants"], OLA)
    scenario.work()
    scenario.fetch(notice["id"])
    proven(browser, scenario)
    browser.send("/t/notice/disagree", paid="yes")
    browser.send("/t/notice/report", harassment="yes")
    answer = browser.get("/t/notice/export")
    assert answer.headers["Content-Type"] == "application/json"
    document = answer.json()
    assert document["national_id"] == KARI
    assert [one["name"] for one in document["notice"]["tenants"]] == ["Kari Testperson"]
    assert OLA["name"] not in answer.text
    assert [(one["kind"], one["content"]["reasons"], one["through"]) for one in document["statements"]] == [
        ("disputes", ["paid"], "login")
    ]
    assert [one["kinds"] for one in document["reports"]] == [["harassment"]]
    assert [one["kind"] for one in document["letters"]] == ["copy"]
    assert [one["how"] for one in document["seen_by"]] == ["read"]
    assert [one["event"] for one in document["notice"]["history"]].count("copy.dispatched") == 1
    # A letter's code with the birth date gets none of it.
    reader = Reader(scenario.service)
    reader.enter(code_of(scenario))
    assert "harassment" not in reader.get("/t/notice/export").text


TWIN = {"name": "Karin Prøvesen", "birth_date": "1990-01-01"}


def test_a_co_tenant_s_reservation_is_nobody_else_s_to_see_or_undo(scenario: Scenario, browser: Browser) -> None:
    """Not even one's who was born on the same day: doubt is enough to stop a notice, not to undo a reservation."""
    scenario.send(scenario.body()["tenants"][0], TWIN)
    scenario.work()
    hers, reader = proven(browser, scenario), Reader(scenario.service)
    assert "Angre at du sa nei til varsler" not in hers
    reader.enter(code_of(scenario, TWIN["name"]))
    reader.send("/t/notice/reserve", sure="yes")
    page = browser.get("/t/notice").text
    assert "Angre at du sa nei til varsler" not in page
    assert "Ja, jeg sier nei til at utleieren" in page
    browser.send("/t/notice/undo", sure="yes")
    export = browser.get("/t/notice/export").json()
    assert (export["reservations"], export["notice"]["remarks"]) == ([], [])
    (reservation,) = scenario.landlord.get("/v1/reservations").json()["items"]
    assert reservation["revoked_at"] is None
    # Hers is one of its own, and hers to undo.
    browser.send("/t/notice/reserve", sure="yes")
    browser.send("/t/notice/undo", sure="yes")
    told = scenario.landlord.get("/v1/reservations").json()["items"]
    assert [one["revoked_at"] is None for one in told] == [True, False]


@pytest.mark.parametrize("number", [OLAS_NUMBER, "01819000049"])
def test_another_person_does_not_get_in(
    scenario: Scenario, notice: dict[str, Any], browser: Browser, number: str
) -> None:
    """Not even one who was born on the same day: the landlord gave her number."""
    refused = browser.log_in(f"/t/{code_of(scenario)}/login", number)
    assert refused.status_code == 403
    assert "en annen enn den som er logget inn" in refused.text
    assert not inside(browser)


def test_where_the_landlord_gave_a_birth_date_alone_no_login_proves_anything(
    scenario: Scenario, browser: Browser
) -> None:
    """He may have given his own, and let her letter come to him."""
    kari = scenario.body()["tenants"][0] | {"national_id": None, "birth_date": "1990-01-01"}
    scenario.send(kari)
    scenario.work()
    for number in (KARI, OLAS_NUMBER):
        refused = browser.log_in(f"/t/{code_of(scenario)}/login", number)
        assert (refused.status_code, "ikke oppgitt fødselsnummeret" in refused.text) == (403, True)
        assert not inside(browser)
    assert "Det virker når" in browser.get(f"/t/{code_of(scenario)}").text
    reader = Reader(scenario.service)
    assert "/t/notice/login" not in reader.enter(code_of(scenario), born="1990-01-01").text


def test_the_login_is_offered_where_the_landlord_gave_her_number(scenario: Scenario, notice: dict[str, Any]) -> None:
    assert "/t/notice/login" in Reader(scenario.service).enter(code_of(scenario)).text


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        (Lie.LEVEL, "ikke sikker nok"),
        (Lie.NO_NUMBER, "ikke noe norsk fødselsnummer"),
        *((lie, "tok for lang tid") for lie in Lie if lie not in (Lie.LEVEL, Lie.NO_NUMBER)),
    ],
)
def test_a_wrong_answer_lets_nobody_in(
    scenario: Scenario,
    notice: dict[str, Any],
    browser: Browser,
    idporten: IdPortenSimulator,
    lie: Lie,
    told: str,
) -> None:
    idporten.lies = [lie]
    refused = browser.log_in(f"/t/{code_of(scenario)}/login")
    assert (refused.status_code, told in refused.text) == (403, True)
    assert not inside(browser)
    assert "Du er logget inn" in proven(browser, scenario)  # and the next try does


def test_who_cancels_comes_back_to_her_letter_s_page(
    scenario: Scenario, notice: dict[str, Any], browser: Browser
) -> None:
    page = browser.to_idporten(f"/t/{code_of(scenario)}/login")
    back = browser.client.get(browser.answer_as(page, "", cancel="yes"))
    assert (back.status_code, "ble ikke logget inn" in back.text) == (403, True)
    assert f'href="/t/{code_of(scenario)}"' in back.text


def test_an_answer_counts_once_and_in_the_browser_that_asked(
    scenario: Scenario, notice: dict[str, Any], browser: Browser
) -> None:
    answer = browser.answer_as(browser.to_idporten(f"/t/{code_of(scenario)}/login"), KARI)
    thief = Browser(scenario.service)
    assert thief.client.get(answer).status_code == 403
    # Her own attempt stands: a forged answer did not end it, and a thief's cookie is another attempt's.
    thief.to_idporten(f"/t/{code_of(scenario)}/login")
    assert thief.client.get(answer).status_code == 403
    assert browser.client.get(answer).status_code == 200
    assert browser.client.get(answer).status_code == 403


def test_a_link_of_somebody_else_s_ends_no_login(scenario: Scenario, notice: dict[str, Any], browser: Browser) -> None:
    """Not one under way, and not her session: her browser sends no ticket with a step that another site began."""
    answer = browser.answer_as(browser.to_idporten(f"/t/{code_of(scenario)}/login"), KARI)
    assert browser.client.get("/t/login?state=x&code=y").status_code == 403
    assert browser.client.get(answer).status_code == 200
    for path in ("/t/logout", "/t/leave"):
        assert "Set-Cookie" not in Reader(scenario.service).client.get(path).headers


def test_an_attempt_lives_ten_minutes(scenario: Scenario, notice: dict[str, Any], browser: Browser) -> None:
    answer = browser.answer_as(browser.to_idporten(f"/t/{code_of(scenario)}/login"), KARI)
    scenario.pass_time(timedelta(minutes=10))
    assert browser.client.get(answer).status_code == 403


def test_a_login_opens_what_wrong_tries_have_closed(
    scenario: Scenario, notice: dict[str, Any], browser: Browser
) -> None:
    for _ in range(5):
        browser.enter(code_of(scenario), "02.02.1992")
    assert browser.enter(code_of(scenario)).status_code == 429
    assert "Du er logget inn" in proven(browser, scenario)
    assert Reader(scenario.service).enter(code_of(scenario)).status_code == 200


def test_logging_out_ends_her_session_here_and_there(
    scenario: Scenario, notice: dict[str, Any], browser: Browser, idporten: IdPortenSimulator
) -> None:
    proven(browser, scenario)
    kept = dict(browser.client.cookies)
    out = browser.client.get("/t/logout")
    assert out.headers["Location"] == f"{idporten.origin}/logout"  # nothing of her is in it
    copied = Browser(scenario.service)
    copied.client.cookies.update(kept)
    assert copied.get("/t/notice").status_code == 403


def test_a_logout_elsewhere_ends_her_session_here(
    scenario: Scenario, notice: dict[str, Any], browser: Browser, idporten: IdPortenSimulator
) -> None:
    """ID-porten's page loads ours in a frame, without cookies."""
    proven(browser, scenario)
    frames = logout_frames(idporten)
    nobody = Reader(scenario.service)
    for wrong in ("/t/logged-out?iss=https://other.example&sid=x", "/t/logged-out?sid=x", "/t/logged-out"):
        assert nobody.get(wrong).status_code == 200
        assert browser.get("/t/notice").status_code == 200
    (frame,) = frames
    told = nobody.get(frame)
    assert f"frame-ancestors {idporten.origin}" in told.headers["Content-Security-Policy"]
    assert browser.get("/t/notice").status_code == 403


def test_a_logout_elsewhere_ends_each_session_of_that_login(
    scenario: Scenario, notice: dict[str, Any], browser: Browser, idporten: IdPortenSimulator
) -> None:
    """She has entered two notices in it, and another browser has a login of its own since."""
    lease = scenario.body()["lease"] | {"reference": "L-2"}
    scenario.send(reference="R-2", lease=lease)
    scenario.work()
    codes = sorted({str(one["code"]) for one in scenario.letters("copy")})
    tickets = []
    for code in codes:
        assert browser.log_in(f"/t/{code}/login").status_code == 200
        tickets.append(dict(browser.client.cookies))
    logout = logout_frames(idporten)
    other = Browser(scenario.service)
    assert other.log_in(f"/t/{codes[0]}/login").status_code == 200
    (frame,) = logout
    Reader(scenario.service).get(frame)
    for ticket in tickets:
        reader = Reader(scenario.service)
        reader.client.cookies.update(ticket)
        assert reader.get("/t/notice").status_code == 403


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.BUSY, Fault.DROP])
@pytest.mark.parametrize("at", ["push", "token"])
def test_where_idporten_does_not_answer_her_letter_s_page_is_there(
    scenario: Scenario,
    notice: dict[str, Any],
    browser: Browser,
    idporten: IdPortenSimulator,
    fault: Fault,
    at: str,
) -> None:
    path = f"/t/{code_of(scenario)}/login"
    assert browser.log_in(path, OLAS_NUMBER).status_code == 403  # its metadata are known now
    if at == "push":
        idporten.faults.append(fault)
        refused = browser.client.get(path)
    else:
        answer = browser.answer_as(browser.to_idporten(path), KARI)
        idporten.faults.append(fault)
        refused = browser.client.get(answer)
    assert refused.status_code in (403, 503)
    assert "ID-porten svarer ikke" in refused.text
    assert browser.get(f"/t/{code_of(scenario)}").status_code == 200


def test_who_was_named_by_mistake_reads_no_more_of_the_others_case(scenario: Scenario, browser: Browser) -> None:
    notice = scenario.send(scenario.body()["tenants"][0], OLA)
    scenario.work()
    body = {"reason": "wrong_person", "tenants": [notice["tenants"][0]["id"]]}
    assert scenario.change(notice["id"], "withdrawal", body).status_code == 200
    scenario.change(notice["id"], "update", {"petition_filed_on": scenario.today.isoformat()})
    scenario.work()
    assert scenario.fetch(notice["id"]).status_code == 200
    assert "et system hos Nav" not in proven(browser, scenario)
    document = browser.get("/t/notice/export").json()
    assert (document["notice"], document["seen_by"], document["national_id"]) == (None, [], KARI)


@pytest.fixture
def hung() -> Iterator[str]:
    """A server that takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_idporten_that_hangs_holds_nothing_else(
    hung: str, new_service: Callable[..., Service], tmp_path: Path
) -> None:
    signing_keys(tmp_path)
    keys = tmp_path / "maskinporten.json"
    service = new_service(idporten_issuer=hung, idporten_client_id=CLIENT, maskinporten_key_file=keys)
    scenario = Scenario.with_grant(service)
    scenario.send()
    scenario.work()
    code, answers = code_of(scenario), list[int]()

    def log_in() -> None:
        answers.append(service.anonymous().get(f"/t/{code}/login", timeout=60).status_code)

    threads = [threading.Thread(target=log_in) for _ in range(20)]
    for thread in threads:
        thread.start()
    until(lambda: len(answers) >= 12, "those to be refused who find no room")
    assert len(answers) < 20  # the others still hang
    assert service.anonymous().get("/health/ready").status_code == 200
    assert Reader(service).enter(code).status_code == 200
    for thread in threads:
        thread.join()
    assert set(answers) == {503}
    # It is not asked again at once, and a stranger's logout asks nobody.
    assert service.anonymous().get(f"/t/{code}/login").status_code == 503
    assert service.anonymous().get("/t/logged-out?iss=x&sid=y").status_code == 200


def test_a_new_key_of_idporten_s_is_fetched(
    scenario: Scenario, notice: dict[str, Any], browser: Browser, idporten: IdPortenSimulator, monkeypatch: Any
) -> None:
    monkeypatch.setattr("varsling.access.jwks.REFETCH_SECONDS", 0.0)
    proven(browser, scenario)
    idporten.rotate()
    assert "Du er logget inn" in proven(Browser(scenario.service), scenario)


def test_a_stranger_s_guess_calls_nobody(
    scenario: Scenario, notice: dict[str, Any], browser: Browser, idporten: IdPortenSimulator
) -> None:
    assert browser.get("/t/ABCDEFGHJKLMNPQR/login").status_code == 422
    assert browser.get("/t/notice/login").status_code == 200  # the form for a code
    assert idporten.calls == []


def test_from_her_page_she_logs_in_too_and_sees_all_her_letters(
    scenario: Scenario, notice: dict[str, Any], browser: Browser
) -> None:
    """Those to an address that her landlord's side gave later as well."""
    first = code_of(scenario)
    street = {"lines": ["Utleierveien 9"], "postal_code": "0557", "city": "Oslo", "country": "NO"}
    body = {"tenant": notice["tenants"][0]["id"], "postal_address": street}
    assert scenario.change(notice["id"], "contact", body).status_code == 200
    assert scenario.change(notice["id"], "update", {"deposited_amount": "100.00"}).status_code == 200
    scenario.pass_time(timedelta(days=15))
    scenario.work()
    browser.enter(first)
    assert browser.get("/t/notice").text.count("/t/notice/letters/") == 1
    assert browser.log_in("/t/notice/login").status_code == 200
    assert browser.get("/t/notice").text.count("/t/notice/letters/") == 2
    assert LANDLORD not in browser.get("/t/notice").url.path
