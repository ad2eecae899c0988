"""The landlord chooses where her letters go and knows her birth date: what reaches him opens nothing that she said."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.letters.reading import pdftotext
from tests.notices.scenario import Scenario
from tests.tenant_page.conftest import Reader, code_of
from varsling.database.engine import reading
from varsling.domain.tenant import MisuseKind
from varsling.tenants.service import ADDRESSES_A_DAY, CHANGES_A_DAY, open_reports

HIS_STREET = {"lines": ["Utleierveien 9"], "postal_code": "0557", "city": "Oslo", "country": "NO"}
HER_WORDS = ("90000000", "90 00 00 00", "+4790000000")


def tell_everything(reader: Reader) -> None:
    reader.send("/t/notice/call", phone="90000000", time="morning", spoken="pl")
    reader.send("/t/notice/disagree", paid="yes")
    reader.send("/t/notice/wishes", payment_plan="yes")
    reader.send("/t/notice/consents", health_services="yes")


def divert(scenario: Scenario, notice: dict[str, Any], **contact: Any) -> str:
    """The landlord's side gives another address for her and changes the sums. Gives the code of the letter there."""
    told = codes(scenario)
    body = {"tenant": notice["tenants"][0]["id"], **(contact or {"postal_address": HIS_STREET})}
    assert scenario.change(notice["id"], "contact", body).status_code == 200
    sums = {"deposited_amount": f"{len(told)}00.00"}
    assert scenario.change(notice["id"], "update", sums).status_code == 200
    scenario.pass_time(timedelta(days=15))
    scenario.work()
    (code,) = (code for letter, code in codes(scenario).items() if letter not in told)
    return code


def codes(scenario: Scenario) -> dict[str, str]:
    """The codes of the copies that went out, by letter."""
    sheets = {one.stem: json.loads(one.read_text()) for one in scenario.context.settings.letters.glob("*.json")}
    return {letter: str(sheet["code"]) for letter, sheet in sheets.items() if sheet["kind"] == "copy"}


def test_nothing_that_she_said_is_shown_back(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    """Not even to herself: whoever opens her post may be reading."""
    reader.enter(code_of(scenario))
    before = reader.get("/t/notice").text
    tell_everything(reader)
    page = reader.get("/t/notice").text
    assert page.count("Sendt til Nav") == 4
    assert not any(word in page for word in HER_WORDS)
    for chosen in ("checked", "selected"):
        assert page.count(chosen) == before.count(chosen)


def test_of_a_report_nothing_is_shown(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    reader.enter(code_of(scenario))
    before = reader.get("/t/notice").text
    answer = reader.send("/t/notice/report", harassment="yes")
    assert (answer.url.path, "Vi har fått meldingen" in answer.text) == ("/t/reported", True)
    assert reader.get("/t/notice").text == before


def test_a_changed_address_gets_a_code_of_its_own(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    """The case of the landlord who has her letters sent to himself."""
    hers = code_of(scenario)
    reader.enter(hers)
    tell_everything(reader)
    reader.send("/t/notice/report", harassment="yes")
    his = divert(scenario, notice)
    assert his != hers

    landlord = Reader(scenario.service)
    page = landlord.enter(his).text
    assert "Dette skylder du" in page
    assert "Sendt til Nav" not in page
    # Her first letter shows her code: it is not to be had through his.
    (path,) = re.findall('href="(/t/notice/letters/[^"]+)"', page)
    letter = landlord.client.get(path).content
    assert "Utleierveien 9" in pdftotext(letter)

    landlord.send("/t/notice/disagree", amount="yes")
    assert landlord.get("/t/notice").text.count("Sendt til Nav") == 1
    again = Reader(scenario.service)
    assert again.enter(hers).text.count("Sendt til Nav") == 4


KINDS = ("wants_call", "disputes", "wishes", "consents")


def test_a_letter_elsewhere_changes_nothing_that_she_said(
    scenario: Scenario, notice: dict[str, Any], reader: Reader
) -> None:
    """Nor takes it back: what is said through it stands beside, and is marked."""
    reader.enter(code_of(scenario))
    tell_everything(reader)
    (before,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert before["said_elsewhere"] == []
    assert [before[one]["through"] for one in KINDS] == ["home"] * 4
    landlord = Reader(scenario.service)
    landlord.enter(divert(scenario, notice))
    landlord.send("/t/notice/call", phone="22334455", time="afternoon", spoken="nb")
    landlord.send("/t/notice/disagree", other="yes")
    landlord.send("/t/notice/wishes", voluntary_deduction="yes")
    landlord.send("/t/notice/consents", landlord="yes")
    for form in ("wishes", "consents"):
        landlord.send(f"/t/notice/{form}", none="yes")
    (after,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert [after[one] for one in KINDS] == [before[one] for one in KINDS]
    elsewhere = after["said_elsewhere"]
    assert [next(kind for kind in KINDS if one[kind]) for one in elsewhere] == list(KINDS)
    assert elsewhere[0]["wants_call"]["phone"] == "22334455"
    assert [one[kind]["through"] for one, kind in zip(elsewhere, KINDS, strict=True)] == ["elsewhere"] * 4


@pytest.mark.parametrize("first_elsewhere", [True, False])
def test_what_was_said_through_a_letter_elsewhere_makes_way_for_hers(
    scenario: Scenario, reader: Reader, *, first_elsewhere: bool
) -> None:
    """Also where the notice itself gave his address, and her home's came later."""
    body = scenario.body()
    home = {"lines": ["Sannergata 1 B"], "postal_code": "0557", "city": "Oslo"}
    if first_elsewhere:
        body["tenants"][0]["postal_address"] = HIS_STREET
    notice = scenario.send(*body["tenants"])
    scenario.work()
    first = code_of(scenario)
    second = divert(scenario, notice, postal_address=home if first_elsewhere else HIS_STREET)
    hers, his = (second, first) if first_elsewhere else (first, second)
    landlord = Reader(scenario.service)
    landlord.enter(his)
    landlord.send("/t/notice/call", phone="22334455", time="afternoon", spoken="nb")
    (before,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert before["wants_call"]["phone"] == "22334455"  # she may live there, and have said it herself
    assert before["wants_call"]["through"] == "elsewhere"
    reader.enter(hers)
    reader.send("/t/notice/call", phone="90000000", time="morning", spoken="pl")
    (after,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert after["wants_call"] | {"phone": "90000000", "through": "home"} == after["wants_call"]
    assert [one["wants_call"]["phone"] for one in after["said_elsewhere"]] == ["22334455"]


@pytest.mark.parametrize(
    "dwelling",
    [
        {"address_line": "Sannergata 1 B, c/o Ola Utleier, Utleierveien 9"},
        {"address_line": "Postboks 12, Sannergata 1 B"},
        {"street": "Sannergata", "house_number": "1", "city": "Oslo co Ola Utleier, Utleierveien 9"},
    ],
)
def test_a_dwelling_with_a_way_to_somebody_else_is_no_home(
    scenario: Scenario, reader: Reader, dwelling: dict[str, str]
) -> None:
    usual = scenario.body()["dwelling"]
    district = {name: usual[name] for name in ("postal_code", "district_number")}
    notice = scenario.send(dwelling=district | dwelling)
    scenario.work()
    reader.enter(code_of(scenario))
    reader.send("/t/notice/disagree", paid="yes")
    (seen,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert seen["disputes"]["through"] == "elsewhere"


def test_what_was_said_elsewhere_is_news_from_her_home(
    scenario: Scenario, notice: dict[str, Any], reader: Reader
) -> None:
    landlord = Reader(scenario.service)
    landlord.enter(divert(scenario, notice))
    landlord.send("/t/notice/disagree", paid="yes")
    reader.enter(next(str(one["code"]) for one in scenario.letters("copy")))
    for _ in range(2):
        reader.send("/t/notice/disagree", paid="yes")
    assert len(scenario.events(type="tenant.disputes")) == 2
    (seen,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert seen["disputes"] == {"reasons": ["paid"], "through": "home"}


def test_a_tenant_may_be_given_so_many_new_addresses_a_day(scenario: Scenario, notice: dict[str, Any]) -> None:
    def give(number: int) -> int:
        address = HIS_STREET | {"lines": [f"Utleierveien {number}"]}
        body = {"tenant": notice["tenants"][0]["id"], "postal_address": address}
        return scenario.change(notice["id"], "contact", body).status_code

    assert [give(number) for number in range(1, ADDRESSES_A_DAY + 2)] == [200] * ADDRESSES_A_DAY + [429]
    assert give(1) == 200  # it has its code
    scenario.pass_time(timedelta(days=1))
    assert give(99) == 200


def test_a_code_changes_a_statement_so_often_a_day(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    """Each change may be a letter on paper to the office."""
    reader.enter(code_of(scenario))
    phones = [f"9000000{number}" for number in range(CHANGES_A_DAY + 1)]
    told = [reader.send("/t/notice/call", phone=one, time="any", spoken="nb") for one in phones]
    assert [one.status_code for one in told] == [200] * CHANGES_A_DAY + [422]
    assert "mange ganger i dag" in told[-1].text
    (seen,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert seen["wants_call"]["phone"].endswith(phones[-2])
    assert reader.send("/t/notice/disagree", paid="yes").status_code == 200
    scenario.pass_time(timedelta(days=1))
    reader.enter(code_of(scenario))
    assert reader.send("/t/notice/call", phone=phones[-1], time="any", spoken="nb").status_code == 200


def test_an_address_that_she_has_left_tells_nothing_of_the_new_one(
    scenario: Scenario, notice: dict[str, Any], reader: Reader
) -> None:
    """Somebody else may live there, and open her post."""
    hers = code_of(scenario)
    assert "kari@mail.example" in reader.enter(hers).text
    new = divert(scenario, notice, email="ny@mail.example", postal_address=HIS_STREET)
    page = reader.enter(hers).text
    assert not any(word in page for word in ("mail.example", "Utleierveien"))
    assert page.count("/t/notice/letters/") == 1
    assert "ny@mail.example" in Reader(scenario.service).enter(new).text


@pytest.mark.parametrize("lines", [["Sannergata 1 B"], ["sannergata  1b"], ["SANNERGATA 1 B", "H0201"]])
def test_her_home_has_one_code_however_it_is_written(
    scenario: Scenario, notice: dict[str, Any], lines: list[str]
) -> None:
    hers = code_of(scenario)
    his = divert(scenario, notice)
    assert his != hers
    home = {"lines": lines, "postal_code": "0557", "city": "Oslo", "country": "NO"}
    assert divert(scenario, notice, postal_address=home) == hers
    assert divert(scenario, notice, postal_address=HIS_STREET | {"lines": ["utleierveien 9"]}) == his
    near = home | {"lines": [*lines, "c/o Ola"]}
    assert divert(scenario, notice, postal_address=near) not in {hers, his}
    neighbour = home | {"lines": ["Sannergata 1 B", "H0101"]}
    assert divert(scenario, notice, postal_address=neighbour) not in {hers, his}
    within_the_city = home | {"city": "Oslo co Ola Utleier, Utleierveien 9"}
    scenario.pass_time(timedelta(days=1))
    assert divert(scenario, notice, postal_address=within_the_city) not in {hers, his}


def test_his_report_does_not_take_the_place_of_hers(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    his = divert(scenario, notice)
    landlord = Reader(scenario.service)
    landlord.enter(his)
    landlord.send("/t/notice/report", other="yes")
    reader.enter(next(str(one["code"]) for one in scenario.letters("copy") if one["code"] != his))
    reader.send("/t/notice/report", harassment="yes")
    with reading(scenario.context.engine) as connection:
        waiting = open_reports(connection, scenario.context.keyring.cipher)
    assert [one.kinds for one in waiting] == [(MisuseKind.OTHER,), (MisuseKind.HARASSMENT,)]


def test_second_letters_have_no_code(scenario: Scenario, notice: dict[str, Any]) -> None:
    scenario.settle(notice["id"])
    kept = scenario.reserve().json()
    body = {"received_on": scenario.today.isoformat(), "form": "letter"}
    assert scenario.landlord.post(f"/v1/reservations/{kept['id']}/revocation", json=body).status_code == 200
    scenario.work()
    letters = scenario.letters("second")
    assert [(one["code"], one["link"]) for one in letters] == [(None, None)] * 2
    code = code_of(scenario)
    for text in scenario.texts_of("second"):
        assert not any(part in text for part in (code, code[:4]))


def test_leaving_ends_every_copy_of_the_cookie(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    code = code_of(scenario)
    reader.enter(code)
    copied = {"Cookie": f"varsling_ticket={reader.client.cookies['varsling_ticket']}"}
    anyone = scenario.service.anonymous()
    assert anyone.get("/t/notice", headers=copied).status_code == 200
    assert reader.client.get("/t/leave").status_code == 303
    assert "varsling_ticket" not in reader.client.cookies
    anyone.cookies.clear()
    assert anyone.get("/t/notice", headers=copied).status_code == 403
    assert reader.enter(code).url.path == "/t/notice"


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("Kari Testperson hos Per Utleier", False),
        ("Kari Testperson v. Per Utleier", False),
        ("Kari Testperson c-o Per Utleier", False),
        ("Kari Testperson co Per Utleier", False),
        ("Kari Testperson p.a. Ola Hansen", False),
        ("Kari Testperson, Karl Johans gate", False),
        ("Kari Testperson h\u043es Ola", False),
        ("Kari Testperson ho\u00ads Ola", False),
        ("Kari Testperson pr. adr. Ola", False),
        ("Testperson, Kari", True),
        ("Kari P. Testperson", True),
        ("Kari Per Olav Testperson", True),
        ("Kari V. Testperson", True),
        ("Kari Hosseini Testperson", True),
    ],
)
def test_a_care_of_in_her_name_leads_elsewhere(scenario: Scenario, reader: Reader, name: str, *, home: bool) -> None:
    """Her name is the first line of the address."""
    notice = scenario.send(scenario.body()["tenants"][0] | {"name": name})
    scenario.work()
    reader.enter(code_of(scenario, name))
    reader.send("/t/notice/call", phone="90000000", time="morning", spoken="pl")
    (tenant,) = scenario.fetch(notice["id"]).json()["tenants"]
    assert tenant["wants_call"]["through"] == ("home" if home else "elsewhere")
