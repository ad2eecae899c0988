"""Logs in with code and birth date: right and wrong ones, and the number of tries."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.letters.reading import links_of, pdftotext, plain
from tests.notices.scenario import Scenario, both
from tests.service import Service
from tests.tenant_page.conftest import KARIS_BIRTH_DATE, Reader, code_of
from varsling.database.changes import Change, Transaction

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

INSIDE = "Dette skylder du, ifølge utleieren"
WRONG = "Koden og fødselsdatoen hører ikke sammen"
NOT_HERS = "02.01.1990"
NOBODYS = "AAAABBBBCCCCDDDD"


def test_a_letters_code_leads_to_the_page(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    (letter,) = scenario.letters("copy")
    assert letter["link"] == f"{scenario.context.settings.public_url}/t/{letter['code']}"
    for typed in (letter["code"], letter["code"].lower(), "-".join(re.findall("....", letter["code"]))):
        answer = reader.send("/t", code=typed)
        assert (answer.status_code, answer.url.path) == (200, f"/t/{letter['code']}")
        assert "Fødselsdato" in answer.text
    assert reader.send("/t", code="ABC").status_code == 422


@pytest.mark.parametrize("host", ["varsel.example", "varsling.en-ganske-lang-vert-i-en-kommune.example:8443"])
def test_the_link_in_the_printed_pdf_leads_to_her_page(new_service: Callable[..., Service], host: str) -> None:
    """A reader's click, and her typing of what stands on paper, both arrive where the code opens the page."""
    scenario = Scenario.with_grant(new_service(public_url=f"https://{host}"))
    scenario.send()
    scenario.work()
    (pdf,) = scenario.context.settings.letters.glob("*.pdf")
    (link,) = links_of(pdf.read_bytes())
    clicked = httpx.URL(link)
    assert (clicked.scheme, clicked.netloc.decode()) == ("https", host)
    opened = Reader(scenario.service).client.post(clicked.path, data={"born": KARIS_BIRTH_DATE})
    assert (opened.status_code, opened.headers["Location"]) == (303, "/t/notice")
    printed = plain(pdftotext(pdf.read_bytes()))
    typed = re.search(r"koden ([A-Z0-9]{4}(?:-[A-Z0-9]{4}){3})", printed)
    assert typed is not None
    assert f"{host}/t" in re.sub(r"\s", "", printed)
    assert Reader(scenario.service).send("/t", code=typed[1]).url.path == clicked.path


@pytest.mark.parametrize(
    "typed", ["01.01.1990", "1.1.90", "01/01/1990", "1990-01-01", "010190", "01 01 1990", "01011990"]
)
def test_the_birth_date_lets_her_in_however_it_is_typed(
    scenario: Scenario, notice: dict[str, Any], reader: Reader, typed: str
) -> None:
    answer = reader.enter(code_of(scenario), typed)
    assert (answer.status_code, answer.url.path) == (200, "/t/notice")
    assert INSIDE in answer.text


def test_no_address_but_the_letters_own_has_the_code(
    scenario: Scenario, notice: dict[str, Any], reader: Reader
) -> None:
    code = code_of(scenario)
    page = reader.enter(code).text
    assert code not in page
    assert "-".join(re.findall("....", code)) not in page
    ticket = next(cookie for cookie in reader.client.cookies.jar if cookie.name == "varsling_ticket")
    assert (ticket.path, ticket.has_nonstandard_attr("HttpOnly")) == ("/t", True)
    assert code not in str(ticket.value)


@pytest.mark.parametrize("typed", ["", "31.02.1990", "i går", "1990"])
def test_what_is_no_date_is_no_try(scenario: Scenario, notice: dict[str, Any], reader: Reader, typed: str) -> None:
    code = code_of(scenario)
    for _ in range(6):
        answer = reader.enter(code, typed)
        assert answer.status_code == 422
        assert "Skriv fødselsdatoen med dag, måned og år" in answer.text
    assert reader.enter(code).status_code == 200


def test_a_code_that_nobody_has_looks_the_same(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    code = code_of(scenario)
    forms = [reader.get(f"/t/{one}").text.replace(one, "CODE") for one in (code, NOBODYS)]
    refusals = [reader.enter(one, NOT_HERS) for one in (code, NOBODYS)]
    assert forms[0] == forms[1]
    assert WRONG in refusals[0].text
    assert refusals[0].text.replace(code, "CODE") == refusals[1].text.replace(NOBODYS, "CODE")
    assert [one.status_code for one in refusals] == [422, 422]


def test_one_tenants_birth_date_opens_no_others_page(scenario: Scenario, reader: Reader) -> None:
    scenario.send(*both())
    scenario.work()
    assert WRONG in reader.enter(code_of(scenario, "Ola Prøvesen"), KARIS_BIRTH_DATE).text


def test_reading_ends_after_a_quarter_of_an_hour(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    reader.enter(code_of(scenario))
    scenario.pass_time(timedelta(minutes=14))
    assert reader.get("/t/notice").status_code == 200
    scenario.pass_time(timedelta(minutes=14))  # the time counts from the last page
    assert reader.get("/t/notice").status_code == 200
    scenario.pass_time(timedelta(minutes=16))
    over = reader.get("/t/notice")
    assert (over.status_code, INSIDE in over.text, "lukket" in over.text) == (403, False, True)
    assert reader.send("/t/notice/report", harassment="yes").status_code == 403


def test_who_leaves_is_out_and_somewhere_harmless(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    reader.enter(code_of(scenario))
    left = reader.client.get("/t/leave")
    assert (left.status_code, left.headers["Location"]) == (303, scenario.context.settings.leave_url)
    assert INSIDE not in reader.get("/t/notice").text


def test_a_ticket_is_worth_nothing_when_changed(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    reader.enter(code_of(scenario))
    ticket = str(reader.client.cookies["varsling_ticket"])
    for forged in (ticket[:-8] + "AAAAAAA=", ticket[8:], "x", "", ticket + "AAAA"):
        answer = reader.client.get("/t/notice", headers={"Cookie": f"varsling_ticket={forged}"})
        assert INSIDE not in answer.text


def test_every_page_is_kept_by_nobody(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    code = code_of(scenario)
    pages = [reader.get(path) for path in ("/t", f"/t/{code}", "/t/reserved")]
    pages += [reader.enter(code, NOT_HERS), reader.enter(code), reader.send("/t/notice/report")]
    for page in pages:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "no-store" in page.headers["Cache-Control"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in page.text
        assert "noindex" in page.text


def test_the_language_is_the_browsers_then_the_one_she_chose(
    scenario: Scenario, notice: dict[str, Any], reader: Reader
) -> None:
    code = code_of(scenario)
    assert 'lang="se"' in reader.get(f"/t/{code}", **{"Accept-Language": "se-NO, nb;q=0.5"}).text.splitlines()[1]
    assert 'lang="nb"' in reader.get(f"/t/{code}", **{"Accept-Language": "de"}).text.splitlines()[1]
    chosen = reader.get(f"/t/{code}?language=nn")
    assert (chosen.url.path, chosen.url.query) == (f"/t/{code}", b"")
    for page in (chosen, reader.enter(code, NOT_HERS), reader.enter(code), reader.get("/t")):
        assert '<html lang="nn">' in page.text
    assert '<html lang="en">' in reader.get("/t/notice?language=en").text
    assert '<html lang="en">' in reader.get("/t/notice?language=xx").text


def test_behind_https_no_cookie_goes_in_the_clear(scenario: Scenario, new_service: Callable[..., Service]) -> None:
    scenario.send()
    scenario.work()
    code = code_of(scenario)
    reader = Reader(new_service(public_url="https://varsel.example"))
    entered = reader.client.post(f"/t/{code}", data={"born": KARIS_BIRTH_DATE})
    chosen = reader.client.get("/t?language=nn")
    for answer, site in ((entered, "strict"), (chosen, "lax")):
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-varsling_")
        assert all(part in cookie for part in ("HttpOnly", "Path=/;", "Secure", f"SameSite={site}"))
        assert "Domain" not in cookie


class _Hold(Change[None]):
    """Holds the writer inside its transaction until it is released."""

    def __init__(self) -> None:
        self.entered, self.released = threading.Event(), threading.Event()

    def apply(self, transaction: Transaction) -> None:
        self.entered.set()
        assert self.released.wait(60)


def test_a_stranger_s_guess_does_not_reach_the_writer(scenario: Scenario, notice: dict[str, Any]) -> None:
    hold, anyone = _Hold(), scenario.service.anonymous()
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(scenario.context.writer.submit_and_wait, hold)
        assert hold.entered.wait(60)
        try:
            answers = [
                anyone.post(f"/t/{NOBODYS}", data={"born": NOT_HERS}),
                anyone.post(f"/t/{NOBODYS}/reserve", data={"sure": "yes"}),
                anyone.post(f"/o/{NOBODYS}/opened", data={"confirm": "yes"}),
                anyone.post(f"/o/{NOBODYS}/done", data={"confirm": "yes"}),
                anyone.post(f"/o/{NOBODYS}/forwarding", data={"reason": "unknown"}),
                anyone.get("/t/leave", headers={"Cookie": "varsling_ticket=forged"}),
            ]
        finally:
            hold.released.set()
        held.result()
    assert [answer.status_code for answer in answers] == [422, 422, 404, 404, 404, 303]


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),  # no browser, or one from before 2020
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://127.0.0.1:8000"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://utleier.example"}, False),
    ],
)
def test_a_form_of_another_site_is_not_taken(
    scenario: Scenario, notice: dict[str, Any], reader: Reader, headers: dict[str, str], taken: bool
) -> None:
    code = code_of(scenario)
    reader.enter(code)
    forms = [
        ("/t/notice/disagree", {"paid": "yes"}),
        ("/t/notice/call", {"phone": "90000000"}),
        ("/t", {"code": code}),
        (f"/t/{code}/reserve", {"sure": "yes"}),
    ]
    statuses = {reader.client.post(path, data=form, headers=headers).status_code for path, form in forms}
    assert statuses == {303 if taken else 403}
    assert ("tenant.disputes" in scenario.types()) is taken
    assert len(scenario.landlord.get("/v1/reservations").json()["items"]) == taken
    assert scenario.service.anonymous().post("/o", data={"code": code}, headers=headers).status_code == (
        303 if taken else 403
    )
