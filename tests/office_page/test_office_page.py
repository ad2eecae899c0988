"""`/o`: an office without an integration acknowledges, forwards and ends its letter with the printed code."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.law.test_case_8 import SAGENE, SAGENES
from tests.notices.scenario import GRUNERLOKKA, Scenario, both
from tests.service import Service
from varsling.notices.service import held_notices

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HERE = "Varselet gjelder."


@pytest.fixture
def scenario(service: Service) -> Scenario:
    """Sagene alone has an integration."""
    scenario = Scenario(service)
    scenario.grant(SAGENE, organisation=SAGENES)
    return scenario


@pytest.fixture
def notice(scenario: Scenario) -> dict[str, Any]:
    notice = scenario.send(*both())
    scenario.work()
    return notice


@pytest.fixture
def reader(scenario: Scenario) -> httpx.Client:
    return scenario.service.anonymous()


def code_of(scenario: Scenario, office: str = GRUNERLOKKA) -> str:
    (letter,) = [one for one in scenario.letters("office") if one["office_number"] == office]
    return str(letter["code"])


def press(reader: httpx.Client, code: str, what: str, **form: str) -> httpx.Response:
    """Send a form of the page and return the next page."""
    return reader.post(f"/o/{code}/{what}", data=form or {"confirm": "yes"}, follow_redirects=True)


class TestTheLetter:
    def test_it_names_the_page_and_its_code(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        (letter,) = scenario.letters("office")
        assert letter["link"] == f"{scenario.context.settings.public_url}/o/{letter['code']}"
        (text,) = scenario.texts_of("office")
        in_fours = "-".join(re.findall("....", letter["code"]))
        assert in_fours in text
        assert f"{scenario.context.settings.public_url.partition('://')[2]}/o" in text

    def test_each_letter_has_a_code_of_its_own(self, scenario: Scenario, notice: dict[str, Any]) -> None:
        scenario.send(reference="K-2", lease=scenario.body()["lease"] | {"reference": "K-2"})
        scenario.work()
        codes = [one["code"] for one in scenario.letters("office")] + [one["code"] for one in scenario.letters("copy")]
        assert len(set(codes)) == len(codes) == 5

    def test_a_letter_that_is_sent_again_keeps_its_code(self, scenario: Scenario) -> None:
        scenario.send()
        scenario.step()
        scenario.dispatch_to()  # the office's letter waits in the queue
        scenario.pass_time(timedelta(hours=1))
        scenario.work()
        assert scenario.service.anonymous().get(f"/o/{code_of(scenario)}").status_code == 200


class TestThePage:
    def test_the_code_leads_to_it_as_it_is_typed(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client
    ) -> None:
        code = code_of(scenario)
        for typed in (code, code.lower(), " ".join(re.findall("....", code)), "-".join(re.findall("....", code))):
            answer = reader.post("/o", data={"code": typed})
            assert (answer.status_code, answer.headers["Location"]) == (303, f"/o/{code}")
        page = reader.get(f"/o/{code}")
        assert page.status_code == 200
        assert HERE in page.text
        assert "Nav Grünerløkka (0315)" in page.text
        assert notice["id"] in page.text

    def test_it_says_nothing_about_the_people(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client
    ) -> None:
        text = reader.get(f"/o/{code_of(scenario)}").text
        for word in ("Kari", "Testperson", "Ola", "Prøvesen", "01819010001", "Sannergata", "0557", "21 500", "Tiger"):
            assert word not in text

    def test_nobody_keeps_it_and_nothing_leaves_it(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client
    ) -> None:
        for path in ("/o", f"/o/{code_of(scenario)}"):
            headers = reader.get(path).headers
            assert headers["Cache-Control"] == "no-store, private"
            assert headers["Referrer-Policy"] == "no-referrer"
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "script" not in policy
            assert "form-action 'self'" in policy
        assert "Set-Cookie" not in headers

    @pytest.mark.parametrize("code", ["AAAAAAAAAAAAAAAA", "x", "%20", "AAAA-AAAA-AAAA-AAAA", "a" * 300])
    def test_an_unknown_code_gets_the_same_form(self, reader: httpx.Client, code: str) -> None:
        page = reader.get(f"/o/{code}")
        assert page.status_code == 404
        assert 'action="/o"' in page.text
        assert "finner ingen kode" in page.text
        for what in ("opened", "done"):
            assert press(reader, code, what).status_code == 404
        assert press(reader, code, "forwarding", reason="unknown").status_code == 404
        assert len(code) < 5 or code not in page.text

    def test_a_tenants_code_is_none(self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client) -> None:
        assert reader.get(f"/o/{scenario.letters('copy')[0]['code']}").status_code == 404

    @pytest.mark.parametrize(("language", "words"), [("nn", "Varselet gjeld."), ("en", "The notice stands.")])
    def test_in_the_readers_language(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client, language: str, words: str
    ) -> None:
        page = reader.get(f"/o/{code_of(scenario)}", headers={"Accept-Language": language})
        assert words in page.text
        assert f'<html lang="{language}">' in page.text

    def test_looking_changes_nothing(self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client) -> None:
        before = scenario.read(notice["id"])
        code = code_of(scenario)
        reader.get(f"/o/{code}")
        for what in ("opened", "done", "forwarding"):
            reader.get(f"/o/{code}/{what}")
            press(reader, code, what, nothing="")  # a scanner sends empty forms
        assert HERE in reader.get(f"/o/{code}").text
        assert scenario.read(notice["id"]) == before


class TestOpened:
    def test_that_is_its_reception(self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client) -> None:
        scenario.pass_time(timedelta(days=2))
        page = press(reader, code_of(scenario), "opened")
        assert "Mottaket er bekreftet" in page.text
        dates = scenario.read(notice["id"])["dates"]
        assert (dates["basis"], dates["received_on"]) == ("confirmed", scenario.today.isoformat())
        assert scenario.types(scenario.landlord)[-1] == "notice.dates_changed"

    def test_a_double_click_is_one(self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client) -> None:
        press(reader, code_of(scenario), "opened")
        once = scenario.read(notice["id"]), scenario.events(scenario.landlord)
        scenario.pass_time(timedelta(days=1))
        assert "Mottaket er bekreftet" in press(reader, code_of(scenario), "opened").text
        assert (scenario.read(notice["id"]), scenario.events(scenario.landlord)) == once

    def test_after_the_letters_way_no_date_moves(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client
    ) -> None:
        scenario.pass_time(timedelta(days=8))
        scenario.work()
        before = scenario.read(notice["id"])["dates"]
        press(reader, code_of(scenario), "opened")
        assert scenario.read(notice["id"])["dates"] == before


class TestForwarded:
    def test_to_the_right_office(self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client) -> None:
        page = press(reader, code_of(scenario), "forwarding", reason="wrong_area", office=SAGENE)
        assert "sendt videre" in page.text
        sagene = scenario.service.nav(SAGENES)
        assert sagene.get(f"/v1/feed/notices/{notice['id']}").json()["office"]["number"] == SAGENE
        assert "sendt videre" in press(reader, code_of(scenario), "opened").text

    def test_to_one_that_gets_a_letter_with_a_code_of_its_own(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client
    ) -> None:
        press(reader, code_of(scenario), "forwarding", reason="moved", office="0316")
        scenario.work()
        assert "Mottaket er bekreftet" in press(reader, code_of(scenario, "0316"), "opened").text

    def test_an_update_on_its_way_follows(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client
    ) -> None:
        """The queued letter to the wrong office is taken back."""
        code = code_of(scenario)
        scenario.change(notice["id"], "update", {"deposited_amount": "100.00"})
        scenario.pass_time(timedelta(days=15))
        scenario.step()
        press(reader, code, "forwarding", reason="moved", office="0316")
        scenario.work()
        assert "notice.updated" in scenario.types(scenario.landlord)
        assert [one["office_number"] for one in scenario.letters("office")] == [GRUNERLOKKA, "0316", "0316"]

    def test_to_whoever_it_is(self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client) -> None:
        press(reader, code_of(scenario), "forwarding", reason="unknown", office="0314")
        assert [one.held_for for one in held_notices(scenario.context)] == ["forwarded"]

    @pytest.mark.parametrize(
        ("form", "says"),
        [
            ({"office": "0314"}, "Velg en grunn"),
            ({"reason": "sideways", "office": "0314"}, "Velg en grunn"),
            ({"reason": "moved"}, "Skriv kontorets nummer"),
            ({"reason": "moved", "office": "12"}, "Vi kjenner ikke noe kontor"),
            ({"reason": "moved", "office": "9999"}, "Vi kjenner ikke noe kontor"),
            ({"reason": "moved", "office": GRUNERLOKKA}, "allerede"),
        ],
    )
    def test_what_is_wrong_is_said_beside_what_was_typed(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client, form: dict[str, str], says: str
    ) -> None:
        page = press(reader, code_of(scenario), "forwarding", **form)
        assert page.status_code == 422
        assert says in page.text
        assert f'value="{form.get("office", "")}"' in page.text
        assert HERE in reader.get(f"/o/{code_of(scenario)}").text


class TestDone:
    def test_it_closes_the_page(self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client) -> None:
        before = scenario.read(notice["id"]), scenario.events(scenario.landlord)
        code = code_of(scenario)
        assert "siden er stengt" in press(reader, code, "done").text
        assert "siden er stengt" in press(reader, code, "done").text
        assert "siden er stengt" in press(reader, code, "opened").text
        assert "siden er stengt" in press(reader, code, "forwarding", reason="unknown").text
        assert (scenario.read(notice["id"]), scenario.events(scenario.landlord)) == before


class TestEnded:
    def test_it_says_that_it_stands_no_more(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client
    ) -> None:
        scenario.settle(notice["id"])
        page = press(reader, code_of(scenario), "opened")
        assert "gjelder ikke lenger" in page.text
        assert scenario.read(notice["id"])["status"] == "settled"

    def test_and_where_it_is_to_be_destroyed(
        self, scenario: Scenario, notice: dict[str, Any], reader: httpx.Client
    ) -> None:
        scenario.withdraw(notice["id"], "wrong_person")
        assert "Slett eller makuler" in reader.get(f"/o/{code_of(scenario)}").text


def test_an_escalated_letter_has_its_page_too(service: Service) -> None:
    scenario = Scenario.with_grant(service)
    scenario.send()
    scenario.work()
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    scenario.work()
    assert "Mottaket er bekreftet" in press(service.anonymous(), code_of(scenario), "opened").text
