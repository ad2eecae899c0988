"""The landlord gives her e-mail address too, and may give one of his own: what it gets opens nothing said on paper."""

import mailbox
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from tests.dispatch.systems import settings_for_mail
from tests.notices.scenario import Scenario
from tests.service import Service
from tests.tenant_page.conftest import Reader, code_of
from varsling import worker
from varsling.database.engine import reading
from varsling.deliveries.service import DeliveryId, DeliveryKind, open_chains
from varsling.deliveries.tables import deliveries
from varsling.dispatch.service import Returned, return_letter
from varsling.domain.policies import Channel
from varsling.simulators.print_house import PrintHouse
from varsling.simulators.smtp import MailFault, SmtpSimulator

ADDRESS = "post@utleier.example"
REPORT = """Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Original-Envelope-Id: {id}

Action: failed
Status: 5.1.1

--b--
"""


@pytest.fixture
def mail_server() -> Iterator[SmtpSimulator]:
    simulator = SmtpSimulator()
    with simulator.served():
        yield simulator


@pytest.fixture
def scenario(mail_server: SmtpSimulator, new_service: Callable[..., Service], tmp_path: Path) -> Scenario:
    """A service that sends e-mail first, and after three working days paper where that lies unopened."""
    channels = settings_for_mail(mail_server, tmp_path) | {"unopened": 3, "print_folder": tmp_path / "print"}
    return Scenario.with_grant(new_service(**channels))


@pytest.fixture
def notice(scenario: Scenario) -> dict[str, Any]:
    body = scenario.body()
    body["tenants"][0]["email"] = ADDRESS
    notice = scenario.send(*body["tenants"])
    scenario.work()
    return notice


def work_with(scenario: Scenario, *channels: Channel) -> None:
    """Let a worker work that was started with another chain of channels."""
    settings = scenario.context.settings.model_copy(update={"copy_channels": channels})
    worker.run_until_idle(replace(scenario.context, settings=settings))


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
    assert tenant["wants_call"]["through"] == "home"
    (elsewhere,) = tenant["said_elsewhere"]
    assert (elsewhere["wants_call"]["phone"], elsewhere["wants_call"]["through"]) == ("22334455", "elsewhere")


def test_what_is_said_through_a_mail_alone_is_marked(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader
) -> None:
    reader.enter(emailed_code(mail_server))
    call_me(reader, "90000000")
    assert seen_by_nav(scenario, notice)["wants_call"]["through"] == "elsewhere"


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


@pytest.mark.parametrize("end", ["wrong_person", "mistake", "forwarded"])
def test_what_she_said_goes_to_no_office_that_has_the_notice_no_more(
    scenario: Scenario, reader: Reader, end: str
) -> None:
    grimstad = {"street": "Storgata", "house_number": "1", "postal_code": "4879", "city": "Grimstad"}
    notice = scenario.send(scenario.body()["tenants"][0] | {"email": None}, dwelling=grimstad)
    scenario.work()
    (letter,) = scenario.letters("office")
    reader.enter(code_of(scenario))
    call_me(reader, "90000000")
    if end == "forwarded":
        form = {"office": "0315", "reason": "wrong_area", "confirm": "yes"}
        answer = scenario.service.anonymous().post(f"/o/{letter['code']}/forwarding", data=form)
        assert answer.status_code in (200, 303), answer.text
    else:
        assert scenario.withdraw(notice["id"], end).status_code == 200
    scenario.work()
    to_grimstad = [text for text in scenario.texts_of("office") if "Grimstad" in text]
    assert to_grimstad
    assert not any("90 00 00 00" in text.replace("\xa0", " ") for text in to_grimstad)


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
    assert seen_by_nav(scenario, notice)["wants_call"]["through"] == "home"


@pytest.mark.parametrize("way", ["mail", "paper"])
def test_each_way_shows_how_she_is_reached(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader, way: str
) -> None:
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    code = emailed_code(mail_server) if way == "mail" else code_of(scenario)
    assert ADDRESS in reader.enter(code).text


GRIMSTAD = {"lines": ["Storgata 1"], "postal_code": "4879", "city": "Grimstad", "country": "NO"}


def return_newest(scenario: Scenario, kind: DeliveryKind, *chain: Channel) -> Returned:
    """The newest letter of this kind comes back, to a service with this chain of channels."""
    with reading(scenario.context.engine) as connection:
        query = sa.select(deliveries.c.id).where(deliveries.c.kind == kind).order_by(deliveries.c.id.desc())
        (newest, *_) = connection.scalars(query).all()
    settings = scenario.context.settings.model_copy(update={"copy_channels": chain} if chain else {})
    with open_chains(settings) as chains:
        return return_letter(scenario.context, chains, DeliveryId(newest))


def told_of(scenario: Scenario) -> list[str]:
    return [str(one["type"]) for one in scenario.landlord.get("/v1/feed").json()["events"]]


@pytest.mark.parametrize("channels", [(Channel.FOLDER,), (Channel.FOLDER, Channel.SMTP), (Channel.PRINT, Channel.SMTP)])
def test_a_copy_on_paper_stays_on_paper_whatever_the_chain_is_now(
    scenario: Scenario,
    mail_server: SmtpSimulator,
    notice: dict[str, Any],
    tmp_path: Path,
    channels: tuple[Channel, ...],
) -> None:
    house = PrintHouse(tmp_path / "print")
    house.open()
    scenario.pass_time(timedelta(days=7))
    work_with(scenario, *channels)
    assert len(scenario.letters("copy")) + len([*house.work()]) == 1
    assert len(mail_server.taken) == 1


def test_a_copy_that_the_printer_refuses_does_not_go_to_the_unopened_inbox_again(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], tmp_path: Path
) -> None:
    PrintHouse(tmp_path / "print").open()
    scenario.pass_time(timedelta(days=7))
    work_with(scenario, Channel.PRINT, Channel.SMTP)
    (manifest,) = (tmp_path / "print" / "letters").glob("*.json")
    (tmp_path / "print" / "receipts" / f"{manifest.stem}.refused").touch()
    scenario.pass_time(timedelta(days=1))
    work_with(scenario, Channel.PRINT, Channel.SMTP)
    assert len(mail_server.taken) == 1
    assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "undeliverable"


def test_a_letter_goes_on_where_its_channel_was_taken_away(scenario: Scenario, mail_server: SmtpSimulator) -> None:
    mail_server.faults.append(MailFault.FULL)
    body = scenario.body()
    body["tenants"][0]["email"] = ADDRESS
    scenario.send(*body["tenants"])
    scenario.work()
    assert mail_server.taken == []
    scenario.pass_time(timedelta(hours=1))
    work_with(scenario, Channel.FOLDER)
    assert len(scenario.letters("copy")) == 1


def test_a_letter_that_a_channel_may_have_that_is_gone_goes_once_more_with_a_code_of_its_own(
    scenario: Scenario, mail_server: SmtpSimulator
) -> None:
    mail_server.faults.append(MailFault.DROP)
    body = scenario.body()
    body["tenants"][0]["email"] = ADDRESS
    notice = scenario.send(*body["tenants"])
    scenario.work()
    scenario.pass_time(timedelta(hours=1))
    work_with(scenario, Channel.FOLDER)
    (text,) = scenario.texts_of("copy")
    assert code_of(scenario) in re.sub(r"[ -]", "", text)
    assert code_of(scenario) != emailed_code(mail_server)
    assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "dispatched"


def test_an_end_tells_her_on_paper_while_her_copy_lies_unopened(scenario: Scenario, notice: dict[str, Any]) -> None:
    """Else a landlord who gives an address of his own and settles at once keeps all of it from her."""
    scenario.settle(notice["id"])
    scenario.work()
    (second,) = scenario.letters("second")
    assert second["address"][0] == "Kari Testperson"


def test_a_new_version_goes_on_paper_while_her_copy_lies_unopened(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any]
) -> None:
    """Else a landlord who changes it every other day keeps the paper waiting for ever."""
    answer = scenario.change(notice["id"], "update", {"petition_filed_on": scenario.today.isoformat()})
    assert answer.status_code == 200
    scenario.work()
    assert len(scenario.letters("copy")) == 1
    assert len(mail_server.taken) == 1


def test_what_she_has_opened_goes_on_by_e_mail(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader
) -> None:
    reader.enter(emailed_code(mail_server))
    scenario.settle(notice["id"])
    scenario.work()
    assert scenario.letters("second") == []
    assert len(mail_server.taken) == 2


def test_a_second_letter_goes_on_paper_once_her_copy_did(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any]
) -> None:
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    scenario.settle(notice["id"])
    scenario.work()
    assert len(scenario.letters("second")) == 1
    assert len(mail_server.taken) == 1


def test_an_e_mail_whose_code_she_never_got_is_no_way(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader
) -> None:
    reader.enter(emailed_code(mail_server))
    body = {"tenant": notice["tenants"][0]["id"], "email": "ny@adresse.example"}
    assert scenario.change(notice["id"], "contact", body).status_code == 200
    scenario.settle(notice["id"])
    scenario.work()
    assert len(scenario.letters("second")) == 1
    assert len(mail_server.taken) == 1


def test_a_copy_on_paper_that_comes_back_is_told_and_a_new_address_gets_one(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any]
) -> None:
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    assert return_newest(scenario, DeliveryKind.COPY_AGAIN) is Returned.NO_WAY
    assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "undeliverable"
    assert told_of(scenario).count("copy.undeliverable") == 1
    body = {"tenant": notice["tenants"][0]["id"], "postal_address": GRIMSTAD}
    assert scenario.change(notice["id"], "contact", body).status_code == 200
    scenario.work()
    assert [one["address"][-1] for one in scenario.letters("copy")][-1] == "4879 Grimstad"
    assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "dispatched"
    assert len(mail_server.taken) == 1


def test_a_copy_that_she_has_opened_has_reached_her_wherever_the_paper_is(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader
) -> None:
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    reader.enter(emailed_code(mail_server))
    assert return_newest(scenario, DeliveryKind.COPY_AGAIN) is Returned.NEEDLESS
    assert "copy.undeliverable" not in told_of(scenario)
    scenario.settle(notice["id"])
    scenario.work()
    assert len(scenario.letters("second")) + len(mail_server.taken) == 2


def test_nor_does_one_that_no_printer_takes_any_more_stop_what_she_has_opened(
    scenario: Scenario, mail_server: SmtpSimulator, tmp_path: Path, reader: Reader
) -> None:
    """Before publication: the notice of two tenants waits for the other's copy."""
    house = PrintHouse(tmp_path / "print")
    house.open()
    body = scenario.body()
    scenario.send(body["tenants"][0] | {"email": ADDRESS}, {"name": "Ola Prøvesen", "birth_date": "1975-02-15"})
    work_with(scenario, Channel.SMTP, Channel.PRINT)
    scenario.pass_time(timedelta(days=7))
    work_with(scenario, Channel.SMTP, Channel.PRINT)
    reader.enter(emailed_code(mail_server))
    again = [one for one in (tmp_path / "print" / "letters").glob("*.json") if "Kari" in one.read_text()]
    assert len(again) == 1
    (tmp_path / "print" / "receipts" / f"{again[0].stem}.refused").touch()
    scenario.pass_time(timedelta(days=1))
    work_with(scenario, Channel.SMTP, Channel.PRINT)
    assert "notice.blocked" not in told_of(scenario)


@pytest.mark.parametrize("end", ["wrong_person", "mistake", "settled", "reserved"])
def test_a_copy_that_comes_back_after_the_end_is_not_sent_again(
    scenario: Scenario, notice: dict[str, Any], reader: Reader, mail_server: SmtpSimulator, end: str
) -> None:
    match end:
        case "settled":
            scenario.settle(notice["id"])
        case "reserved":
            reader.send(f"/t/{emailed_code(mail_server)}/reserve", sure="yes")
        case reason:
            scenario.withdraw(notice["id"], reason)
    assert return_newest(scenario, DeliveryKind.COPY) is Returned.NEEDLESS
    scenario.work()
    assert scenario.letters("copy") == []


def test_a_bounce_after_she_has_opened_it_keeps_nothing_from_her(
    scenario: Scenario, notice: dict[str, Any], reader: Reader, mail_server: SmtpSimulator
) -> None:
    reader.enter(emailed_code(mail_server))
    assert return_newest(scenario, DeliveryKind.COPY) is Returned.NEEDLESS
    scenario.settle(notice["id"])
    scenario.work()
    assert len(scenario.letters("second")) + len(mail_server.taken) == 2


def test_a_forged_bounce_speaks_of_no_letter_on_paper(scenario: Scenario, tmp_path: Path) -> None:
    """Whoever once opened her page knows the ids of its letters."""
    notice = scenario.send(scenario.body()["tenants"][0] | {"email": None})
    scenario.work()
    (copy,) = scenario.letters("copy")
    (sheet,) = scenario.context.settings.letters.glob("*.json")
    assert copy["address"][0] == "Kari Testperson"
    forged = REPORT.format(id=sheet.stem).encode()
    mailbox.Maildir(tmp_path / "bounces", create=False).add(forged)
    scenario.work()
    assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "dispatched"
    assert "copy.undeliverable" not in told_of(scenario)


def test_an_e_mail_that_bounces_after_the_paper_brings_no_second_one(
    scenario: Scenario, notice: dict[str, Any]
) -> None:
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    assert return_newest(scenario, DeliveryKind.COPY) is Returned.NEEDLESS
    scenario.work()
    assert len(scenario.letters("copy")) == 1
    assert scenario.read(notice["id"])["tenants"][0]["copy"]["status"] == "dispatched"


def test_an_e_mail_that_bounces_before_the_paper_brings_one(scenario: Scenario, notice: dict[str, Any]) -> None:
    assert return_newest(scenario, DeliveryKind.COPY) is Returned.AGAIN
    scenario.work()
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    assert len(scenario.letters("copy")) == 1


def test_a_letter_whose_channel_was_taken_away_comes_back_to_the_first_that_brings_paper(
    scenario: Scenario, notice: dict[str, Any]
) -> None:
    assert return_newest(scenario, DeliveryKind.COPY, Channel.FOLDER) is Returned.AGAIN
    work_with(scenario, Channel.FOLDER)
    assert len(scenario.letters("copy")) == 1


def test_where_no_channel_brings_paper_any_more_the_operator_hears_of_what_waits(
    scenario: Scenario, notice: dict[str, Any]
) -> None:
    scenario.pass_time(timedelta(days=7))
    with capture_logs() as logs:
        work_with(scenario, Channel.SMTP)
    assert [one["letters"] for one in logs if one["event"] == "no_channel_for_copies_on_paper"] == [1]
    scenario.work()
    assert len(scenario.letters("copy")) == 1


def test_a_planned_paper_goes_where_a_returned_copy_had_no_other_way(
    scenario: Scenario, notice: dict[str, Any]
) -> None:
    """The copy came back while no channel brought paper; the chain has one again when its repetition is due."""
    assert return_newest(scenario, DeliveryKind.COPY, Channel.SMTP) is Returned.NO_WAY
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    assert len(scenario.letters("copy")) == 1


def test_paper_that_she_has_read_sends_no_later_letter_to_the_inbox(
    scenario: Scenario, mail_server: SmtpSimulator, notice: dict[str, Any], reader: Reader
) -> None:
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    reader.enter(code_of(scenario))
    scenario.settle(notice["id"])
    scenario.work()
    assert len(scenario.letters("second")) == 1
    assert len(mail_server.taken) == 1


def test_where_both_ways_lead_elsewhere_who_spoke_first_comes_first(
    scenario: Scenario, mail_server: SmtpSimulator, reader: Reader
) -> None:
    """Perhaps the address is the landlord's, and the e-mail hers."""
    body = scenario.body()
    body["tenants"][0] |= {"email": ADDRESS, "postal_address": GRIMSTAD}
    notice = scenario.send(*body["tenants"])
    scenario.work()
    scenario.pass_time(timedelta(days=7))
    scenario.work()
    reader.enter(emailed_code(mail_server))
    call_me(reader, "90000000")
    landlord = Reader(scenario.service)
    landlord.enter(code_of(scenario))
    call_me(landlord, "22334455")
    call_me(reader, "90000001")  # and she may change it
    tenant = seen_by_nav(scenario, notice)
    assert tenant["wants_call"]["phone"] == "90000001"
    assert [one["wants_call"]["phone"] for one in tenant["said_elsewhere"]] == ["22334455"]
