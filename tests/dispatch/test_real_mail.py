"""Copies through a real mail server: they arrive as they were written, and what bounces there goes out by post."""

import datetime as dt
import mailbox
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.certificates import make_certificate
from tests.cluster import until
from tests.deliveries.parcels import parcel
from tests.deliveries.test_smtp_channel import channel_to
from tests.dispatch.exim import FAILS, LOOKS_LONG, exim
from tests.dispatch.notices import KARI, accept, body, deliveries_of, grant, sheets
from varsling.context import Context
from varsling.deliveries.channels.channel import AwaitsConfirmation, Dispatched, Retry
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.policies import MailTls
from varsling.worker import run_until_idle

pytestmark = pytest.mark.slow

ODD = "Áŋŋa-Čáhppe Ødegård (f. Æ), «Annæ»"


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """The server's folder and port."""
    folder = tmp_path / "exim"
    with exim(folder, *make_certificate(tmp_path)) as port:
        yield folder, port


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_known_arrives_and_what_bounces_goes_by_post(
    mail: tuple[Path, int], new_context: Callable[..., Context], tmp_path: Path, letters: Path
) -> None:
    folder, port = mail
    context = new_context(
        copy_channels=["smtp", "folder"],
        unopened=0,
        smtp_host="localhost",
        smtp_port=port,
        smtp_ca_file=tmp_path / "chain.pem",
        smtp_sender="brev@brev.example",
        smtp_bounces=folder / "mail" / "brev",
    )
    grant(context)
    known = KARI | {"name": ODD, "email": "kari@mail.example"}
    unknown = KARI | {"birth_date": "1970-01-01", "email": "nobody@mail.example"}
    arriving, bouncing = accept(context, body("1", [known]), body("2", [unknown]))
    run_until_idle(context)
    assert {one.channel for one in deliveries_of(context, arriving)} == {"smtp"}

    box = folder / "mail" / "kari"
    until(lambda: (box / "new").exists() and any((box / "new").iterdir()), "the mail to arrive")
    (raw,) = [mailbox.Maildir(box, create=False).get_bytes(key) for key in mailbox.Maildir(box, create=False).keys()]  # noqa: SIM118  (a mailbox iterates over its mails)
    read = message_from_bytes(raw, policy=policy.default)
    (copy,) = deliveries_of(context, arriving)
    assert read["To"].addresses[0].display_name == ODD
    assert read["Message-ID"] == f"<{copy.id}@varsel.example>"
    assert "https://varsel.example/t/" in read.get_content()
    assert read["Bcc"] is None

    returned = folder / "mail" / "brev" / "new"
    until(lambda: returned.exists() and any(returned.iterdir()), "the bounce to arrive")
    run_until_idle(context)
    first, second = deliveries_of(context, bouncing)
    assert (first.channel, first.status) == ("smtp", CopyStatus.UNDELIVERABLE)
    assert (second.channel, second.status) == ("folder", CopyStatus.DISPATCHED)
    assert set(sheets(letters)) == {str(second.id)}


def test_one_that_fails_and_one_that_looks_long_hold_no_letter_that_goes_elsewhere(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with (
        exim(tmp_path / "sound", *certificate) as sound,
        exim(tmp_path / "failing", *certificate, FAILS) as failing,
        exim(tmp_path / "slow", *certificate, LOOKS_LONG) as slow,
    ):
        channels = {
            port: channel_to(port, MailTls.STARTTLS, patience, "localhost", ca_file=tmp_path / "chain.pem")
            for port, patience in ((sound, 8), (failing, 8), (slow, 0.1))
        }
        late, refused, arriving = parcel(), parcel(), parcel()
        asked_again = dt.timedelta(seconds=30)
        assert channels[slow].send(late) == AwaitsConfirmation(asked_again)
        assert channels[failing].send(refused) == Retry("smtp-451")
        assert isinstance(channels[sound].send(arriving), Dispatched)
        assert channels[slow].look_up(late.delivery_id, asked_again) == AwaitsConfirmation(asked_again)
        assert channels[failing].send(refused) == Retry("smtp-451")
        (tmp_path / "slow" / "free").touch()
        until(lambda: isinstance(channels[slow].look_up(late.delivery_id, asked_again), Dispatched), "the slow answer")
        assert [sent_by(tmp_path / name) for name in ("sound", "failing", "slow")] == [
            [str(arriving.delivery_id)], [], [str(late.delivery_id)]
        ]  # fmt: skip


def sent_by(server: Path) -> list[str]:
    """List the letters that lie in Kari's mailbox there, by delivery id."""
    until(lambda: not any((server / "spool" / "input").glob("*")), "the server to deliver what it took")
    box = server / "mail" / "kari"
    mails = mailbox.Maildir(box) if box.exists() else ()
    return [mail["Message-ID"].strip("<>").partition("@")[0] for mail in mails]
