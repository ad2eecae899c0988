"""Copies through a real mail server: they arrive as they were written, and what bounces there goes out by post."""

import mailbox
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.certificates import make_certificate
from tests.cluster import until
from tests.dispatch.exim import exim
from tests.dispatch.notices import KARI, accept, body, deliveries_of, grant, sheets
from varsling.context import Context
from varsling.domain.lifecycle import CopyStatus
from varsling.worker import run_until_idle

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

ODD = "Áŋŋa-Čáhppe Ødegård (f. Æ), «Annæ»"


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """The server's folder and port."""
    folder = tmp_path / "exim"
    folder.mkdir()
    with exim(folder, *make_certificate(tmp_path)) as port:
        yield folder, port


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
