"""An e-mail that bounces after its dispatch goes out by post, and the notice stands (LAW, case 6)."""

import mailbox
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.dispatch.notices import KARI, LANDLORD, accept, body, deliveries_of, events_of, grant, later, sheets, stored
from tests.dispatch.systems import settings_for_mail
from varsling.context import Context
from varsling.domain.lifecycle import CopyStatus, NoticeStatus
from varsling.simulators.smtp import MailFault, SmtpSimulator
from varsling.worker import run_until_idle

REPORT = """From: MAILER-DAEMON@mail.example
To: brev@brev.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

This is the mail system. The mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
{envelope}Arrival-Date: Mon, 23 Nov 2026 12:00:00 +0100

Final-Recipient: rfc822; kari@mail.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such mailbox

--b
Content-Type: {returned}

{mail}
--b--
"""


@pytest.fixture
def mail_server() -> Iterator[SmtpSimulator]:
    simulator = SmtpSimulator()
    with simulator.served():
        yield simulator


@pytest.fixture
def by_mail(mail_server: SmtpSimulator, new_context: Callable[..., Context], tmp_path: Path) -> Context:
    """A service that sends e-mail first, and letters then."""
    context = new_context(**settings_for_mail(mail_server, tmp_path), unopened=0)
    grant(context)
    return context


def report(mail: EmailMessage, *, action: str = "failed", whole: bool = False, envelope: str = "") -> bytes:
    """A notification as Postfix, Exim and others write it."""
    returned = "message/rfc822" if whole else "text/rfc822-headers"
    told = mail.as_string() if whole else f"Message-ID: {mail['Message-ID']}\nSubject: x\n"
    return REPORT.format(action=action, returned=returned, mail=told, envelope=envelope).encode()


def arrives(context: Context, content: bytes) -> None:
    assert context.settings.smtp_bounces is not None
    mailbox.Maildir(context.settings.smtp_bounces, create=False).add(content)


@pytest.mark.parametrize("whole", [True, False])
def test_a_copy_that_bounces_goes_by_post(
    by_mail: Context, mail_server: SmtpSimulator, letters: Path, whole: bool
) -> None:
    (notice_id,) = accept(by_mail, body())
    run_until_idle(by_mail)
    assert stored(by_mail, notice_id).status is NoticeStatus.SENT
    sent_at = stored(by_mail, notice_id).sent_at
    (taken,) = mail_server.taken
    arrives(by_mail, report(taken.mail, whole=whole))
    run_until_idle(by_mail)
    first, second = deliveries_of(by_mail, notice_id)
    assert (first.status, first.reason, second.status, second.channel) == (
        CopyStatus.UNDELIVERABLE,
        "returned",
        CopyStatus.DISPATCHED,
        "folder",
    )
    assert set(sheets(letters)) == {str(second.id)}
    notice = stored(by_mail, notice_id)
    assert (notice.status, notice.sent_at) == (NoticeStatus.SENT, sent_at)
    assert "copy.undeliverable" not in events_of(by_mail, LANDLORD)
    run_until_idle(by_mail)  # it is read once
    assert len(deliveries_of(by_mail, notice_id)) == 2


def test_the_envelope_id_is_enough(by_mail: Context, letters: Path) -> None:
    (notice_id,) = accept(by_mail, body())
    run_until_idle(by_mail)
    (copy,) = deliveries_of(by_mail, notice_id)
    arrives(by_mail, report(EmailMessage(), envelope=f"Original-Envelope-Id: {copy.id}\n"))
    run_until_idle(by_mail)
    assert len(sheets(letters)) == 1


def test_nothing_else_in_the_mailbox_is_a_bounce(by_mail: Context, mail_server: SmtpSimulator, letters: Path) -> None:
    (notice_id,) = accept(by_mail, body())
    run_until_idle(by_mail)
    (taken,) = mail_server.taken
    others = [
        report(taken.mail, action="delayed"),
        report(taken.mail, action="delivered"),
        report(EmailMessage()),
        taken.mail.as_bytes(),
        b"Subject: Ute av kontoret\nIn-Reply-To: x\n\nJeg er ute.",
        b"\xff\x00\n\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n",
        b"x" * 2_000_000,
    ]
    for content in others:
        arrives(by_mail, content)
    run_until_idle(by_mail)
    assert len(deliveries_of(by_mail, notice_id)) == 1
    assert sheets(letters) == {}
    assert by_mail.settings.smtp_bounces is not None
    assert len(mailbox.Maildir(by_mail.settings.smtp_bounces)) == len(others)  # nobody's mail is lost


def test_an_mbox_does_too(
    by_mail: Context, new_context: Callable[..., Context], mail_server: SmtpSimulator, tmp_path: Path
) -> None:
    (notice_id,) = accept(by_mail, body())
    run_until_idle(by_mail)
    box = mailbox.mbox(tmp_path / "mbox")
    box.add(report(mail_server.taken[0].mail))
    box.close()
    changed = {"smtp_bounces": tmp_path / "mbox"}
    names = {"copy_channels", "unopened", "smtp_host", "smtp_port", "smtp_tls", "smtp_sender"}
    kept = by_mail.settings.model_dump(include=names)
    other = new_context(**kept | changed)
    run_until_idle(other)
    assert len(deliveries_of(other, notice_id)) == 2
    run_until_idle(other)
    assert len(deliveries_of(other, notice_id)) == 2


def test_a_mailbox_that_is_away_stops_nothing(by_mail: Context) -> None:
    assert by_mail.settings.smtp_bounces is not None
    for part in ("new", "cur", "tmp"):
        (by_mail.settings.smtp_bounces / part).rmdir()
    by_mail.settings.smtp_bounces.rmdir()
    (notice_id,) = accept(by_mail, body())
    run_until_idle(by_mail)
    assert stored(by_mail, notice_id).status is NoticeStatus.SENT


def test_a_bounce_that_comes_before_anybody_knows_of_the_dispatch_counts_afterwards(
    by_mail: Context, mail_server: SmtpSimulator, letters: Path
) -> None:
    """A mail server that refuses at once is faster than the worker that hears of its answer."""
    mail_server.faults.append(MailFault.DROP)
    (notice_id,) = accept(by_mail, body())
    run_until_idle(by_mail)
    arrives(by_mail, report(mail_server.taken[0].mail))
    run_until_idle(by_mail)
    (copy,) = deliveries_of(by_mail, notice_id)
    assert copy.status is CopyStatus.QUEUED
    later(by_mail, seconds=600)
    for _ in range(2):
        run_until_idle(by_mail)
    first, second = deliveries_of(by_mail, notice_id)
    assert (first.reason, second.status, second.channel) == ("returned", CopyStatus.DISPATCHED, "folder")


def test_an_answer_that_is_lost_twice_is_counted_and_then_it_goes_by_post(
    by_mail: Context, mail_server: SmtpSimulator, letters: Path
) -> None:
    mail_server.faults += [MailFault.DROP, MailFault.LOSE]
    (notice_id,) = accept(by_mail, body(tenants=[KARI]))
    for _ in range(4):
        run_until_idle(by_mail)
        later(by_mail, seconds=600)
    (copy,) = deliveries_of(by_mail, notice_id)
    assert (copy.status, copy.channel, copy.resends) == (CopyStatus.DISPATCHED, "folder", 1)
    assert len({one.mail["Message-ID"] for one in mail_server.taken}) == 1
    assert len(sheets(letters)) == 1
