"""Her page: its contents, and her actions, which reach the right party and no other."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.notices.scenario import GRUNERLOKKA, KARI, Scenario, both, tenant
from tests.service import LANDLORD, Service
from tests.tenant_page.conftest import Reader, code_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CALL = {"phone": "90 00 00 00", "time": "morning", "spoken": "pl", "interpreter": "yes"}
WISH = {"phone": "90000000", "time": "morning", "language": "pl", "interpreter": True, "through": "home"}


def disputes(*reasons: str) -> dict[str, Any]:
    return {"reasons": list(reasons), "through": "home"}


@pytest.fixture
def inside(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> Reader:
    reader.enter(code_of(scenario))
    return reader


def tenants_for_office(scenario: Scenario, notice: dict[str, Any]) -> list[dict[str, Any]]:
    return list(scenario.fetch(notice["id"]).json()["tenants"])


BEFORE_HER_NO = "gjelder heller ikke datoen i brevet for deg"


class TestWhatSheReads:
    def test_what_was_said(self, scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
        scenario.pass_time(timedelta(days=3))
        scenario.fetch(notice["id"])
        page = inside_again(scenario, inside).text.replace("\u00a0", " ")
        for said in ("Tigerboliger AS", "Nav Grünerløkka", "21 500,00 kr", "Sannergata 1 B", "55 55 33 33"):
            assert said in page
        for hidden in (KARI, "1990", notice["id"]):
            assert hidden not in page

    def test_who_fetched_it_is_told_to_nobody_here(
        self, scenario: Scenario, notice: dict[str, Any], inside: Reader
    ) -> None:
        before = inside.get("/t/notice").text
        scenario.fetch(notice["id"])
        assert inside.get("/t/notice").text == before

    def test_a_phone_dials_telephone_numbers_and_nothing_else(self, scenario: Scenario, reader: Reader) -> None:
        """A KID of eight digits looks like one."""
        scenario.send(payment={"account_number": "12345678903", "kid": "12345674"})
        scenario.work()
        page = reader.enter(code_of(scenario)).text
        assert "KID 12345674" in page
        assert set(re.findall('href="tel:([^"]*)"', page)) == {
            *("+4755553333", "+4755553339", "+4700000000", "+4722842900", "+4722842950", "+4724149100"),
        }

    def test_her_letters_as_they_went_out(self, scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
        link = next(line for line in inside.get("/t/notice").text.splitlines() if "/t/notice/letters/" in line)
        path = link.partition('href="')[2].partition('"')[0]
        answer = inside.client.get(path)
        (sent,) = scenario.context.settings.letters.glob("*.pdf")
        assert (answer.headers["Content-Type"], answer.content) == ("application/pdf", sent.read_bytes())
        assert "no-store" in answer.headers["Cache-Control"]

    def test_no_letter_of_anybody_else(self, scenario: Scenario, inside: Reader) -> None:
        scenario.send(tenant("Ida Nabo", birth_date="1970-01-01"), reference="O", lease=lease("O"))
        scenario.work()
        for pdf in scenario.context.settings.letters.glob("*.pdf"):
            other = inside.client.get(f"/t/notice/letters/{pdf.stem}")
            assert (other.status_code == 200) is (code_of(scenario) in pdf.with_suffix(".json").read_text())

    @pytest.mark.parametrize(
        ("ends", "says"),
        [
            (lambda scenario, one: scenario.settle(one), "det som sto i varselet, er betalt"),
            (lambda scenario, one: scenario.withdraw(one), "har trukket varselet tilbake"),
            (lambda scenario, one: scenario.withdraw(one, "wrong_person"), "brevet gjaldt ikke deg"),
        ],
    )
    def test_an_end_is_the_first_thing_she_reads(
        self,
        scenario: Scenario,
        notice: dict[str, Any],
        inside: Reader,
        ends: Callable[[Scenario, str], Any],
        says: str,
    ) -> None:
        ends(scenario, notice["id"])
        page = inside.get("/t/notice").text
        assert says in page
        assert "ikke før" not in page
        assert "/t/notice/disagree" not in page
        assert inside.send("/t/notice/disagree", paid="yes").status_code == 200
        assert "tenant.disputes" not in scenario.types()
        wrong = says == "brevet gjaldt ikke deg"
        assert ("Sannergata" in page) is not wrong
        assert ("55\xa055\xa033\xa033" in page) is not wrong
        # The wrong person reads her rights too, but nothing as to one who rents there.
        assert ("Rettighetene dine" in page) is not wrong
        assert "Datatilsynet" in page
        assert BEFORE_HER_NO not in page

    def test_before_her_no_she_reads_what_it_does_to_the_date(self, scenario: Scenario, reader: Reader) -> None:
        scenario.send()
        scenario.work()
        code = code_of(scenario)
        assert BEFORE_HER_NO in reader.get(f"/t/{code}").text
        assert BEFORE_HER_NO in reader.enter(code).text

    def test_a_lodged_petition_has_no_date_for_her_no_to_end(self, scenario: Scenario, reader: Reader) -> None:
        scenario.send(petition_filed_on=f"{scenario.today}")
        scenario.work()
        page = reader.enter(code_of(scenario)).text
        assert "Si nei til varsler" in page
        assert BEFORE_HER_NO not in page

    def test_a_notice_that_is_not_sent_yet(self, scenario: Scenario, reader: Reader) -> None:
        scenario.send(*both())
        page = reader.enter(code_before_it_is_sent(scenario)).text
        assert "Det er ikke sendt til Nav ennå" in page
        assert "Sier du nei nå, nevner det ikke deg. Det kan bli sendt til Nav om andre i boligen." in page
        # call, disagree, wishes, consents: nobody at Nav receives them yet
        assert page.count("Nav får dette bare hvis det blir sendt.") == 4

    @pytest.mark.parametrize(("joint", "tenants"), [("exclude", both()[:1]), ("block", both())])
    def test_her_no_stops_it_whole(self, new_service: Callable[..., Service], joint: str, tenants: list[Any]) -> None:
        scenario = Scenario.with_grant(new_service(reservation_window_days=3, joint_reservation=joint))
        scenario.send(*tenants)
        scenario.work()
        assert "Sier du nei nå, blir det ikke sendt" in Reader(scenario.service).enter(code_of(scenario)).text

    def test_of_payment_she_speaks_where_there_are_claims(self, scenario: Scenario, reader: Reader) -> None:
        expired = {"code": "lease_expired", "expired_on": "2026-10-31", "move_out_requested_on": "2026-11-02"}
        scenario.send(ground={**expired, "warning_sent_on": "2026-11-05"}, breach={"claims": []})
        scenario.work()
        page = reader.enter(code_of(scenario)).text
        offered = re.findall('name="(paid|amount|agreed|defects|may_stay|not_tenant|other)"', page)
        assert offered == ["defects", "may_stay", "not_tenant", "other", "other"]  # the last one reports misuse
        wishes = re.findall('name="(payment_plan|voluntary_deduction|housing_allowance|children)"', page)
        assert wishes == ["housing_allowance", "children"]

    def test_nothing_of_another_tenant_but_the_name(self, scenario: Scenario, reader: Reader) -> None:
        other = tenant("Ola Prøvesen", birth_date="1985-05-05", email="kanari@mail.example", phone="+4798765432")
        scenario.send(tenant("Kari Testperson", KARI), other)
        scenario.work()
        page = reader.enter(code_of(scenario)).text
        assert "Ola Prøvesen" in page
        assert not any(word in page for word in ("kanari", "98765432", "1985"))


def code_before_it_is_sent(scenario: Scenario) -> str:
    """The code of the first of two copies while the other still waits."""
    return str(scenario.dispatch_to("Kari Testperson")["Kari Testperson"].code)


def inside_again(scenario: Scenario, reader: Reader) -> httpx.Response:
    return reader.enter(code_of(scenario))


def lease(reference: str) -> dict[str, Any]:
    return {"reference": reference, "use": "dwelling", "eviction_clause": True}


class TestCallMe:
    def test_it_reaches_the_offices_stream_and_view_once(
        self, scenario: Scenario, notice: dict[str, Any], inside: Reader
    ) -> None:
        for _ in range(2):  # a double click
            answer = inside.send("/t/notice/call", **CALL)
        assert "Sendt til Nav" in answer.text
        assert answer.url.fragment == "call"
        (event,) = scenario.events(type="tenant.wants_call")
        assert (event["notice"], event["tenant"]) == (notice["id"], notice["tenants"][0]["id"])
        assert tenants_for_office(scenario, notice)[0]["wants_call"] == WISH

    def test_changed_it_is_told_again(self, scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
        inside.send("/t/notice/call", **CALL)
        inside.send("/t/notice/call", **CALL | {"phone": "+46701234567", "time": "no such"})
        assert len(scenario.events(type="tenant.wants_call")) == 2
        wish = tenants_for_office(scenario, notice)[0]["wants_call"]
        assert (wish["phone"], wish["time"]) == ("+46701234567", "any_time")

    @pytest.mark.parametrize("phone", ["", "12", "ring meg"])
    def test_a_number_that_nobody_has_is_asked_for_again(self, scenario: Scenario, inside: Reader, phone: str) -> None:
        answer = inside.send("/t/notice/call", **CALL | {"phone": phone})
        assert answer.status_code == 422
        assert "Skriv et telefonnummer" in answer.text
        assert "tenant.wants_call" not in scenario.types()

    def test_the_landlord_hears_nothing(self, scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
        before = scenario.read(notice["id"])
        told = len(scenario.events(scenario.landlord))
        inside.send("/t/notice/call", **CALL)
        inside.send("/t/notice/disagree", paid="yes")
        inside.send("/t/notice/report", harassment="yes")
        assert scenario.read(notice["id"]) == before
        assert len(scenario.events(scenario.landlord)) == told

    def test_said_before_the_notice_is_sent_it_follows_the_notice(self, scenario: Scenario, reader: Reader) -> None:
        notice = scenario.send(*both())
        reader.enter(code_before_it_is_sent(scenario))
        reader.send("/t/notice/call", **CALL)
        reader.send("/t/notice/disagree", amount="yes", defects="yes")
        assert scenario.types() == []
        scenario.pass_time(timedelta(hours=1))
        scenario.work()
        assert scenario.types() == ["notice.sent", "tenant.wants_call", "tenant.disputes"]
        first = tenants_for_office(scenario, notice)[0]
        assert (first["wants_call"], first["disputes"]) == (WISH, disputes("amount", "defects"))


class TestOnPaper:
    """An office without an integration gets her words by letter."""

    @pytest.fixture
    def scenario(self, service: Service) -> Scenario:
        return Scenario(service)

    def test_what_she_says_goes_to_it_as_a_letter(
        self, scenario: Scenario, notice: dict[str, Any], inside: Reader
    ) -> None:
        inside.send("/t/notice/call", **CALL)
        inside.send("/t/notice/disagree", paid="yes")
        scenario.work()
        texts = [
            text for text in scenario.texts_of("office") if "vil bli ringt" in text or "er uenig i varselet" in text
        ]
        assert len(texts) == 2
        assert any("90 00 00 00" in text and "Polski" in text for text in texts)
        assert any("Jeg har betalt" in text for text in texts)

    def test_what_she_said_before_follows_the_offices_letter(self, scenario: Scenario, reader: Reader) -> None:
        scenario.send(*both())
        reader.enter(code_before_it_is_sent(scenario))
        reader.send("/t/notice/call", **CALL)
        scenario.pass_time(timedelta(hours=1))
        scenario.work()
        assert ["90 00 00 00" in text for text in scenario.texts_of("office")].count(True) == 1

    def test_what_she_says_while_the_offices_letter_waits_follows_it_once(
        self, scenario: Scenario, reader: Reader
    ) -> None:
        scenario.grant()
        notice = scenario.send()
        scenario.work()
        reader.enter(code_of(scenario))
        forwarding = {"office": "0314", "reason": "wrong_area"}  # an office without an integration
        assert scenario.nav.post(f"/v1/feed/notices/{notice['id']}/forwarding", json=forwarding).status_code == 200
        reader.send("/t/notice/call", **CALL)
        scenario.work()
        assert ["90 00 00 00" in text for text in scenario.texts_of("office")].count(True) == 1


class TestDisagree:
    def test_it_reaches_the_office_in_codes(self, scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
        for _ in range(2):
            answer = inside.send("/t/notice/disagree", paid="yes", may_stay="yes", nonsense="yes")
        assert "Sendt til Nav" in answer.text
        assert len(scenario.events(type="tenant.disputes")) == 1
        assert tenants_for_office(scenario, notice)[0]["disputes"] == disputes("paid", "may_stay")

    def test_nothing_ticked_is_asked_for_again(self, scenario: Scenario, inside: Reader) -> None:
        answer = inside.send("/t/notice/disagree")
        assert answer.status_code == 422
        assert "tenant.disputes" not in scenario.types()


class TestReserve:
    def test_with_the_code_alone(self, scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
        code = code_of(scenario)
        assert reader.send(f"/t/{code}/reserve").status_code == 422
        assert scenario.landlord.get("/v1/reservations").json()["items"] == []
        for _ in range(2):
            answer = reader.send(f"/t/{code}/reserve", sure="yes")
            assert (answer.status_code, answer.url.path) == (200, "/t/reserved")
        (kept,) = scenario.landlord.get("/v1/reservations").json()["items"]
        assert (kept["form"], kept["tenant"]["name"]) == ("page", "Kari Testperson")
        (event,) = scenario.events(scenario.landlord, type="reservation.made")
        assert (event["reservation"], event["landlord"]) == (kept["id"], LANDLORD)

    def test_for_an_unknown_code_there_is_nothing(self, reader: Reader) -> None:
        assert reader.send("/t/AAAABBBBCCCCDDDD/reserve", sure="yes").status_code == 422

    def test_it_stops_what_nobody_has_read_and_what_comes_later(
        self, scenario: Scenario, notice: dict[str, Any], inside: Reader
    ) -> None:
        answer = inside.send("/t/notice/reserve", sure="yes")
        assert "Du har sagt nei til varsler" in answer.text
        assert scenario.read(notice["id"])["status"] == "withdrawn"
        refused = scenario.landlord.post("/v1/notices", json=scenario.body(reference="N-2"))
        assert refused.json()["code"] == "tenant-reserved"

    def test_what_an_office_has_read_stands(self, scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
        scenario.fetch(notice["id"])
        inside.send("/t/notice/reserve", sure="yes")
        assert scenario.read(notice["id"])["status"] == "received"

    def test_her_own_stands_beside_the_landlords_and_he_cannot_take_it_back(
        self, scenario: Scenario, notice: dict[str, Any], inside: Reader
    ) -> None:
        scenario.fetch(notice["id"])
        scenario.reserve()
        inside.send("/t/notice/reserve", sure="yes")
        kept = {one["form"]: one["id"] for one in scenario.landlord.get("/v1/reservations").json()["items"]}
        assert set(kept) == {"letter", "page"}
        back = {"received_on": scenario.today.isoformat(), "form": "letter"}
        assert scenario.landlord.post(f"/v1/reservations/{kept['page']}/revocation", json=back).status_code == 403

    def test_a_box_that_is_not_ticked_reserves_nothing(self, scenario: Scenario, inside: Reader) -> None:
        answer = inside.send("/t/notice/reserve")
        assert answer.status_code == 422
        assert "Sett kryss i ruten" in answer.text
        assert scenario.landlord.get("/v1/reservations").json()["items"] == []

    def test_one_of_two_is_left_out_and_reads_that_she_is(self, scenario: Scenario, reader: Reader) -> None:
        notice = scenario.send(*both())
        scenario.work()
        reader.enter(code_of(scenario))
        page = reader.send("/t/notice/reserve", sure="yes").text
        assert "nevner ikke deg" in page
        assert [one["name"] for one in tenants_for_office(scenario, notice)] == ["Ola Prøvesen"]

    def test_where_no_system_reads_the_landlord_gets_a_letter(
        self, scenario: Scenario, notice: dict[str, Any], inside: Reader
    ) -> None:
        inside.send("/t/notice/reserve", sure="yes")
        scenario.work()
        (text,) = scenario.texts_of("landlord")
        assert "Kari Testperson" in text
        assert "kari@mail.example" not in text

    def test_where_one_reads_there_is_no_letter(
        self, scenario: Scenario, notice: dict[str, Any], inside: Reader
    ) -> None:
        scenario.events(scenario.landlord)
        inside.send("/t/notice/reserve", sure="yes")
        scenario.work()
        assert scenario.letters("landlord") == []


def test_looking_changes_nothing(scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
    """Mail scanners open every link."""
    code = code_of(scenario)
    for method in ("GET", "HEAD"):
        for path in (f"/t/{code}", f"/t/{code}/reserve", "/t/notice", "/t/notice/reserve", "/t/notice/call"):
            assert inside.client.request(method, path).status_code in (200, 303, 405)
    assert scenario.landlord.get("/v1/reservations").json()["items"] == []
    assert scenario.types() == ["notice.sent"]


def test_the_office_is_the_one_of_her_letter(scenario: Scenario, notice: dict[str, Any], inside: Reader) -> None:
    assert f"(kontor {GRUNERLOKKA})" in inside.get("/t/notice").text
