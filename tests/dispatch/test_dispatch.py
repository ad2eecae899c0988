"""A letter's way from an accepted notice to the folder channel's files, and what is recorded of it."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.dispatch.channels import ListChannel, dispatcher, work
from tests.dispatch.notices import (
    KARI,
    LANDLORD,
    NAV,
    OLA,
    accept,
    body,
    deliveries_of,
    events_of,
    grant,
    later,
    sheets,
    stored,
    withdraw,
)
from tests.letters.reading import pdftotext
from tests.notices.scenario import KARI as KARIS_NUMBER
from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries import service
from varsling.deliveries.channels.channel import AwaitsConfirmation, Outcome
from varsling.deliveries.channels.folder import FolderChannel
from varsling.deliveries.sealed import open_letter
from varsling.deliveries.store import DeliveryKind
from varsling.deliveries.tables import letters as letter_rows
from varsling.domain.lifecycle import CopyStatus, NoticeStatus
from varsling.domain.policies import Envelope
from varsling.domain.remarks import Remark
from varsling.tenant_page.login import Enter, Session
from varsling.worker import run_until_idle

KARIS_BIRTH = date(1990, 1, 1)


def test_every_tenant_gets_her_copy_and_then_the_office_the_notice(context: Context, letters: Path) -> None:
    grant(context)
    (notice_id,) = accept(context, body(tenants=[KARI, OLA]))
    assert events_of(context, NAV) == []
    run_until_idle(context)
    copies = deliveries_of(context, notice_id)
    assert [one.status for one in copies] == [CopyStatus.DISPATCHED] * 2
    assert set(sheets(letters)) == {str(one.id) for one in copies}
    assert stored(context, notice_id).status is NoticeStatus.SENT
    assert events_of(context, NAV) == ["notice.sent"]
    assert events_of(context, LANDLORD)[:3] == ["copy.dispatched", "copy.dispatched", "notice.sent"]


def test_a_sheet_has_what_a_printer_needs_and_nothing_of_the_case(context: Context, letters: Path) -> None:
    grant(context)
    address = {"lines": ["c/o Berg", "Storgata 7"], "postal_code": "0155", "city": "Oslo", "country": "NO"}
    (notice_id,) = accept(context, body(tenants=[KARI | {"language": "nn", "postal_address": address}]))
    run_until_idle(context)
    (copy,) = deliveries_of(context, notice_id)
    sheet = sheets(letters)[str(copy.id)]
    code = sheet.pop("code")
    assert len(code) == 16
    assert sheet == {
        "kind": "copy",
        "channel": "folder",
        "language": "nn",
        "address": ["Kari Testperson", "c/o Berg", "Storgata 7", "0155 Oslo"],
        "link": f"https://varsel.example/t/{code}",
    }


def test_an_office_without_an_integration_gets_a_letter_whose_dispatch_is_the_publication(
    context: Context, letters: Path
) -> None:
    (notice_id,) = accept(context, body(tenants=[KARI, OLA]))
    everything = dispatcher(context, FolderChannel(letters, needs_done=False))
    everything.step()
    (letter,) = deliveries_of(context, notice_id, DeliveryKind.OFFICE)
    assert stored(context, notice_id).status is NoticeStatus.ACCEPTED
    work(everything)
    assert stored(context, notice_id).status is NoticeStatus.SENT
    sheet = sheets(letters)[str(letter.id)]
    assert sheet["kind"] == "office"
    assert sheet["office_number"] == "0315"
    assert sheet["organisation_number"].isdigit()
    assert sheet["link"] == f"https://varsel.example/o/{sheet['code']}"
    assert not any("Sannergata" in line or "Testperson" in line for line in sheet["address"])
    text = pdftotext((letters / f"{letter.id}.pdf").read_bytes())
    assert "Kari Testperson" in text
    assert "Ola Testperson" in text


def test_a_letter_is_kept_as_it_went_out_and_only_encrypted(context: Context, letters: Path) -> None:
    (notice_id,) = accept(context, body())
    run_until_idle(context)
    copy = deliveries_of(context, notice_id)[0]
    with reading(context.engine) as connection:
        kept = connection.execute(sa.select(letter_rows.c.pdf).where(letter_rows.c.delivery_id == copy.id)).scalar_one()
    sent = (letters / f"{copy.id}.pdf").read_bytes()
    assert b"%PDF" not in kept
    assert open_letter(context.keyring.cipher, copy.id, kept) == sent
    assert len(kept) < 0.7 * len(sent)


def test_what_is_done_is_not_done_again(context: Context, new_context: Callable[..., Context]) -> None:
    accept(context, body())
    assert run_until_idle(context) == 2
    assert run_until_idle(new_context()) == 0


def test_a_channel_that_an_operator_paused_sends_nothing_until_it_is_resumed(context: Context, letters: Path) -> None:
    (notice_id,) = accept(context, body())
    context.writer.submit_and_wait(service.PauseChannel("folder"))
    run_until_idle(context)
    (copy,) = deliveries_of(context, notice_id)
    assert (copy.status, copy.attempts) == (CopyStatus.QUEUED, 0)
    assert sheets(letters) == {}
    context.writer.submit_and_wait(service.ResumeChannel("folder"))
    run_until_idle(context)
    assert len(sheets(letters)) == 2


def test_a_printers_letter_is_dispatched_when_it_says_done(context: Context, letters: Path) -> None:
    grant(context)
    letters.mkdir(exist_ok=True)
    (notice_id,) = accept(context, body())
    printer = dispatcher(context, FolderChannel(letters, needs_done=True))
    work(printer)
    (copy,) = deliveries_of(context, notice_id)
    assert set(sheets(letters)) == {str(copy.id)}
    later(context, seconds=20)
    work(printer)
    assert deliveries_of(context, notice_id)[0].status is CopyStatus.QUEUED
    assert events_of(context, NAV) == []
    (letters / f"{copy.id}.done").touch()
    later(context, seconds=20)
    work(printer)
    assert deliveries_of(context, notice_id)[0].status is CopyStatus.DISPATCHED
    assert events_of(context, NAV) == ["notice.sent"]


def test_a_name_that_the_letter_cannot_show_is_remarked(context: Context) -> None:
    (notice_id,) = accept(context, body(tenants=[KARI | {"name": "Kari 张伟 Testperson"}]))
    run_until_idle(context)
    assert Remark.NAME_CHARACTERS_REPLACED in stored(context, notice_id).remarks


def test_many_notices_go_in_batches(context: Context, letters: Path) -> None:
    grant(context)
    people = [KARI | {"birth_date": f"19{number}-01-01"} for number in range(20, 60)]
    notice_ids = accept(context, *(body(str(number), [person]) for number, person in enumerate(people)))
    run_until_idle(context)
    assert len(sheets(letters)) == 40
    assert {stored(context, one).status for one in notice_ids} == {NoticeStatus.SENT}
    assert events_of(context, NAV) == ["notice.sent"] * 40


def test_a_channel_that_prints_what_stays_unread_hears_that_she_has_read_it(context: Context) -> None:
    grant(context)
    person = {name: value for name, value in KARI.items() if name != "birth_date"} | {"national_id": KARIS_NUMBER}
    (notice_id,) = accept(context, body(tenants=[person, OLA]))
    confirmed: list[Outcome] = [AwaitsConfirmation()]
    channel = ListChannel(answer=lambda _: AwaitsConfirmation(), known=lambda: confirmed[0], prints_unread=True)
    worker = dispatcher(context, channel)
    work(worker)
    later(context, seconds=3600)
    work(worker)
    assert channel.read == []
    copies = {parcel.to.name: parcel for parcel in channel.got}
    for name, born in (("Kari Testperson", KARIS_BIRTH), ("Ola Testperson", date(1988, 5, 6))):
        entered = context.writer.submit_and_wait(Enter(context, copies[name].code or "", born))
        assert isinstance(entered, Session)
    later(context, seconds=7200)
    work(worker)
    # Ola has no number, so nobody can be told that he has read it.
    assert channel.read == [(copies["Kari Testperson"].delivery_id, KARIS_NUMBER)]
    assert len(deliveries_of(context, notice_id)) == 2


class TestUnopened:
    """A copy in an inbox that nobody opens goes out on paper too (policy `unopened`)."""

    def test_it_goes_on_paper_after_three_working_days(self, context: Context) -> None:
        grant(context)
        (notice_id,) = accept(context, body())
        inbox, paper = ListChannel("inbox", postal=False), ListChannel("paper")
        worker = dispatcher(context, inbox, paper)
        work(worker)
        before = stored(context, notice_id)
        copy, again = deliveries_of(context, notice_id)
        assert (again.kind, again.status, again.next_channel) == (DeliveryKind.COPY_AGAIN, CopyStatus.QUEUED, "paper")
        assert copy.dispatched_at is not None
        assert again.due_at is not None
        assert 3 <= (again.due_at - copy.dispatched_at).days <= 5  # a weekend may lie between
        later(context, seconds=5 * 24 * 3600 + 60)
        work(worker)
        (sent,) = [parcel for parcel in paper.got if parcel.kind is DeliveryKind.COPY_AGAIN]
        assert "Kari Testperson" in sent.address
        assert sent.code == inbox.got[0].code
        after = stored(context, notice_id)
        assert (after.sent_at, after.status, after.dates) == (before.sent_at, before.status, before.dates)
        assert events_of(context, LANDLORD).count("copy.dispatched") == 1  # the landlord learns no channel

    @pytest.mark.parametrize("where", ["channel", "page"])
    def test_nothing_follows_a_copy_that_she_has_opened(self, context: Context, where: str) -> None:
        grant(context)
        (notice_id,) = accept(context, body())
        inbox, paper = ListChannel("inbox", postal=False), ListChannel("paper")
        worker = dispatcher(context, inbox, paper)
        work(worker)
        if where == "page":
            context.writer.submit_and_wait(Enter(context, inbox.got[0].code or "", date(1990, 2, 3)))
        else:
            inbox.is_opened = True
        later(context, seconds=5 * 24 * 3600 + 60)
        work(worker)
        again = next(one for one in deliveries_of(context, notice_id) if one.kind is DeliveryKind.COPY_AGAIN)
        assert again.status is CopyStatus.NOT_SENT
        assert [parcel for parcel in paper.got if parcel.kind is DeliveryKind.COPY_AGAIN] == []

    def test_it_waits_while_the_channel_cannot_tell(self, context: Context) -> None:
        grant(context)
        (notice_id,) = accept(context, body())
        inbox, paper = ListChannel("inbox", postal=False), ListChannel("paper")
        inbox.is_opened = None
        worker = dispatcher(context, inbox, paper)
        work(worker)
        later(context, seconds=5 * 24 * 3600 + 60)
        work(worker)
        again = next(one for one in deliveries_of(context, notice_id) if one.kind is DeliveryKind.COPY_AGAIN)
        assert (again.status, again.attempts) == (CopyStatus.QUEUED, 0)

    def test_it_ends_with_the_notice(self, context: Context) -> None:
        grant(context)
        (notice_id,) = accept(context, body())
        inbox, paper = ListChannel("inbox", postal=False), ListChannel("paper")
        worker = dispatcher(context, inbox, paper)
        work(worker)
        withdraw(context, notice_id)
        later(context, seconds=5 * 24 * 3600 + 60)
        work(worker)
        kinds = {one.kind: one.status for one in deliveries_of(context, notice_id)}
        assert kinds[DeliveryKind.COPY_AGAIN] is CopyStatus.NOT_SENT

    def test_none_is_planned_without_paper_or_policy(self, new_context: Callable[..., Context]) -> None:
        context = new_context(unopened=0)
        grant(context)
        first, second = accept(context, body("1"), body("2", [OLA]))
        work(dispatcher(context, ListChannel("inbox", postal=False), ListChannel("paper")))
        assert len(deliveries_of(context, first)) == len(deliveries_of(context, second)) == 1
        alone = new_context()
        (third,) = accept(alone, body("3", [KARI | {"birth_date": "1970-01-01"}]))
        work(dispatcher(alone, ListChannel("inbox", postal=False)))
        assert len(deliveries_of(alone, third)) == 1


def test_letters_are_laid_out_for_the_print_house_s_envelope(new_context: Callable[..., Context]) -> None:
    """The window of an E65 is higher up and further left than that of a C5."""
    places = {}
    for envelope in Envelope:
        context = new_context(print_envelope=envelope)
        grant(context)
        accept(context, body(envelope.value, [KARI]))
        channel = ListChannel()
        work(dispatcher(context, channel))
        (copy,) = [one for one in channel.got if one.kind is DeliveryKind.COPY]
        found = re.search(r'xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>Kari<', pdftotext(copy.pdf, "-bbox", "-l", "1"))
        assert found is not None
        places[envelope] = (float(found[1]), float(found[2]))
    assert places[Envelope.E65] < places[Envelope.C5]
    assert places[Envelope.E65][1] < places[Envelope.C5][1]
