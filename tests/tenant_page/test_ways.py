"""The landlord gives her e-mail address too, and may give one of his own: what it gets opens nothing said on paper."""

import mailbox
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.notices.scenario import Scenario
from tests.service import Service
from tests.tenant_page.conftest import Reader, code_of
from varsling.simulators.smtp import SmtpSimulator

ADDRESS = "post@utleier.example"


@pytest.fixture
def mail_server() -> Iterator[SmtpSimulator]:
    simulator = SmtpSimulator()
    with simulator.served():
        yield simulator


@pytest.fixture
def scenario(mail_server: SmtpSimulator, new_service: Callable[..., Service], tmp_path: Path) -> Scenario:
    """A service that sends e-mail first, and after three working days paper where that lies unopened."""
    mailbox.Maildir(tmp_path / "bounces")
    channels: dict[str, Any] = {
        "copy_channels": ["smtp", "folder"],
        "unopened": 3,
        "smtp_host": "127.0.0.1",
        "smtp_port": mail_server.port,
        "smtp_tls": "none",
        "smtp_sender": "brev@brev.example",
        "smtp_bounces": tmp_path / "bounces",
    }
    return Scenario.with_grant(new_service(**channels))


@pytest.fixture
def notice(scenario: Scenario) -> dict[str, Any]:
    body = scenario.body()
    body["tenants"][0]["email"] = ADDRESS
    notice = scenario.send(*body["tenants"])
    scenario.work()
    return notice


def emailed_code(mail_server: SmtpSimulator) -> str:
    (code,) = {str(code) for one in mail_server.taken for code in re.findall(r"/t/(\w+)", one.mail.get_content())}
    return code


def call_me(reader: Reader, phone: str) -> None:
    reader.send("/t/notice/call", phone=phone, time="morning", spoken="pl")


def seen_by_nav(scenario: Scenario, notice: dict[str, Any]) -> dict[str, Any]:
    (tenant,) = scenario.fetch(notice["id"]).json()["tenants"]
    return dict(tenant)


def test_the_letter_on_paper_after_an_unopened_mail_has_a_code_of_its_own(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader
) -> None:
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    hers, his = code_of(scenario), emailed_code(mail_server)
    assert hers != his

    reader.enter(hers)
    call_me(reader, "90000000")
    landlord = Reader(scenario.service)
    page = landlord.enter(his).text
    assert "Dette skylder du" in page
    assert "Sendt til Nav" not in page
    call_me(landlord, "22334455")

    tenant = seen_by_nav(scenario, notice)
    assert tenant["wants_call"]["phone"] == "90000000"
    assert tenant["wants_call"]["sent_to_dwelling"] is True
    (elsewhere,) = tenant["said_elsewhere"]
    assert (elsewhere["wants_call"]["phone"], elsewhere["wants_call"]["sent_to_dwelling"]) == ("22334455", False)


def test_what_is_said_through_a_mail_alone_is_marked(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader
) -> None:
    reader.enter(emailed_code(mail_server))
    call_me(reader, "90000000")
    assert seen_by_nav(scenario, notice)["wants_call"]["sent_to_dwelling"] is False


@pytest.mark.parametrize("way", ["mail", "paper"])
def test_the_offices_letter_says_what_came_from_elsewhere(
    scenario: Scenario, mail_server: SmtpSimulator, reader: Reader, way: str
) -> None:
    """The office of a district without an integration."""
    elsewhere = {"street": "Storgata", "house_number": "1", "postal_code": "4879", "city": "Grimstad"}
    tenant = scenario.body()["tenants"][0] | {"email": ADDRESS if way == "mail" else None}
    scenario.send(tenant, dwelling=elsewhere)
    scenario.work()
    reader.enter(emailed_code(mail_server) if way == "mail" else code_of(scenario))
    call_me(reader, "90000000")
    scenario.work()
    (letter,) = [text for text in scenario.texts_of("office") if "90 00 00 00" in text]
    assert ("ikke til boligen" in letter) is (way == "mail")


def test_a_mail_that_the_server_refuses_leaves_no_code_on_the_paper(
    scenario: Scenario, mail_server: SmtpSimulator, reader: Reader
) -> None:
    """The letter was rendered for the e-mail already: on its next way it is written anew."""
    mail_server.unknown.add(ADDRESS)
    body = scenario.body()
    body["tenants"][0]["email"] = ADDRESS
    notice = scenario.send(*body["tenants"])
    scenario.work()
    (text,) = scenario.texts_of("copy")
    assert code_of(scenario) in re.sub(r"[ -]", "", text)  # printed in fours
    reader.enter(code_of(scenario))
    call_me(reader, "90000000")
    assert seen_by_nav(scenario, notice)["wants_call"]["sent_to_dwelling"] is True


@pytest.mark.parametrize("way", ["mail", "paper"])
def test_each_way_shows_how_she_is_reached(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader, way: str
) -> None:
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    code = emailed_code(mail_server) if way == "mail" else code_of(scenario)
    assert ADDRESS in reader.enter(code).text
