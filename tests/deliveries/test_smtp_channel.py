"""The `smtp` channel against a mail server on loopback: what it sends, and what it makes of each reply."""

import datetime as dt
import socket
import ssl
from collections.abc import Callable, Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import make_certificate
from tests.cluster import until
from tests.deliveries.parcels import HOME, parcel
from varsling.deliveries.channels.channel import (
    Addressee,
    AwaitsConfirmation,
    CannotTell,
    Dispatched,
    Outcome,
    Permanent,
    Retry,
    SlowDown,
    Unknown,
)
from varsling.deliveries.channels.smtp import MailServer, SmtpChannel
from varsling.deliveries.store import DeliveryKind
from varsling.domain.policies import MailTls, OperatorKind
from varsling.letters.content import Language, Operator
from varsling.simulators.smtp import MailFault, SmtpSimulator

OPERATOR = Operator("Brevposten AS", OperatorKind.PRIVATE, "Postboks 1, 0102 Oslo", "22 00 00 01", "pvo@brev.example")
SENDER = Address("Brevposten AS", addr_spec="brev@brev.example")
Open = Callable[..., SmtpChannel]


@pytest.fixture
def mail_server() -> Iterator[SmtpSimulator]:
    simulator = SmtpSimulator()
    with simulator.served():
        yield simulator


def channel_to(
    port: int, tls: MailTls = MailTls.NONE, patience: float = 8.0, host: str = "127.0.0.1", **server: Any
) -> SmtpChannel:
    return SmtpChannel(
        MailServer(host, port, tls, **server),
        sender=SENDER,
        operator=OPERATOR,
        own_host="varsel.example",
        patience_seconds=patience,
    )


@pytest.fixture
def channel(mail_server: SmtpSimulator) -> SmtpChannel:
    return channel_to(mail_server.port)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("language", Language)
def test_an_e_mail_leads_to_the_letter_and_says_nothing_of_it(
    channel: SmtpChannel, mail_server: SmtpSimulator, language: Language
) -> None:
    sent = parcel(language=language.value)
    assert channel.send(sent) == Dispatched("2.0.0 Ok: queued as 000001")
    (taken,) = mail_server.taken
    mail = taken.mail
    assert (taken.sender, taken.recipients) == ("brev@brev.example", ["kari@mail.example"])
    assert mail["Message-ID"] == f"<{sent.delivery_id}@varsel.example>"
    assert mail["To"].addresses == (Address("Kari Testperson", addr_spec="kari@mail.example"),)
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", language.value)
    assert mail["Bcc"] is mail["Cc"] is None
    text = text_of(mail)
    assert sent.link is not None
    assert sent.link in text.split()
    without_link = f"{mail['Subject']} {text.replace(sent.link, '')}".lower()
    assert not [word for word in ("leie", "rent", "nav", "kari", "utkast", "evict") if word in without_link]
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]


def test_a_second_letter_is_read_on_her_page(channel: SmtpChannel, mail_server: SmtpSimulator) -> None:
    second = parcel(kind=DeliveryKind.SECOND, link=None, code=None, page="https://varsel.example/t")
    assert isinstance(channel.send(second), Dispatched)
    (taken,) = mail_server.taken
    assert "https://varsel.example/t" in text_of(taken.mail).split()


def test_one_that_her_page_does_not_show_goes_by_another_channel(
    channel: SmtpChannel, mail_server: SmtpSimulator
) -> None:
    assert channel.send(parcel(kind=DeliveryKind.SECOND, link=None, code=None)) == Permanent("not-on-page")
    assert channel.send(parcel(to=Addressee("Kari Testperson", HOME))) == Permanent("no-email")
    assert mail_server.taken == []


def test_a_landlord_gets_the_letter_itself(channel: SmtpChannel, mail_server: SmtpSimulator) -> None:
    to = Addressee("Tigerboliger AS", email="utleie@tiger.example")
    sent = parcel(kind=DeliveryKind.LANDLORD, to=to, link=None, code=None)
    assert isinstance(channel.send(sent), Dispatched)
    (attached,) = mail_server.taken[0].mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("brev.pdf", sent.pdf)


@pytest.mark.parametrize(
    "name",
    [
        "Åse Bjørnøy-Čájet",
        'Kari "Kiki" Testperson, dr.',
        "Kari <kari@else.example>",
        "漢字 Testperson",
        "Kari\u200d Testperson",
        "K" * 200,
    ],
)
def test_any_name_arrives_as_it_is(channel: SmtpChannel, mail_server: SmtpSimulator, name: str) -> None:
    assert isinstance(channel.send(parcel(to=Addressee(name, email="kari@mail.example"))), Dispatched)
    (taken,) = mail_server.taken
    assert taken.mail["To"].addresses == (Address(name, addr_spec="kari@mail.example"),)
    assert taken.recipients == ["kari@mail.example"]
    assert set(taken.mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Kari\r\nBcc: all@else.example", "Kari\nX: y", "Kari\r"])
def test_no_name_adds_a_header(channel: SmtpChannel, mail_server: SmtpSimulator, name: str) -> None:
    """Such a name is refused where it comes in; and if it were not, nothing would be sent."""
    with pytest.raises(ValueError, match=r"[Cc][Rr]|[Nn]ewline|invalid"):
        channel.send(parcel(to=Addressee(name, email="kari@mail.example")))
    assert mail_server.taken == []


def test_a_domain_with_norwegian_letters_is_reached(channel: SmtpChannel, mail_server: SmtpSimulator) -> None:
    assert isinstance(channel.send(parcel(to=Addressee("Kari", email="kari@bjørk.example"))), Dispatched)
    assert mail_server.taken[0].recipients == ["kari@xn--bjrk-hra.example"]


@pytest.mark.parametrize(
    ("fault", "outcome", "taken"),
    [
        (MailFault.FULL, SlowDown(), 0),
        (MailFault.LATER, Retry("smtp-451"), 0),
        (MailFault.SPAM, Permanent("smtp-554"), 0),
        (MailFault.DROP, Unknown("SMTPServerDisconnected"), 1),
        (MailFault.LOSE, Unknown("SMTPServerDisconnected"), 0),
    ],
)
def test_each_reply(
    channel: SmtpChannel, mail_server: SmtpSimulator, fault: MailFault, outcome: Outcome, taken: int
) -> None:
    mail_server.faults.append(fault)
    sent = parcel()
    assert channel.send(sent) == outcome
    assert len(mail_server.taken) == taken
    since = dt.timedelta() if isinstance(outcome, Unknown) else dt.timedelta(minutes=10)
    assert channel.look_up(sent.delivery_id, since) == CannotTell()
    # Once more, with the same Message-ID: a mailbox shows it once.
    assert isinstance(channel.send(sent), Dispatched)
    assert {one.mail["Message-ID"] for one in mail_server.taken} == {f"<{sent.delivery_id}@varsel.example>"}


class TestASlowServer:
    """It looks through a message for minutes before it answers: no other letter waits, and none goes twice."""

    def test_its_answer_counts_when_it_comes(self, mail_server: SmtpSimulator) -> None:
        mail_server.faults.append(MailFault.SLOW)
        mail_server.free.clear()
        channel, sent = channel_to(mail_server.port, patience=0.1), parcel()
        assert channel.send(sent) == AwaitsConfirmation(dt.timedelta(seconds=30))
        assert channel.look_up(sent.delivery_id, dt.timedelta(seconds=30)) == AwaitsConfirmation(
            dt.timedelta(seconds=30)
        )
        patient = channel_to(mail_server.port)
        assert isinstance(patient.send(parcel()), Dispatched)
        mail_server.free.set()
        until(lambda: isinstance(channel.look_up(sent.delivery_id, dt.timedelta(minutes=1)), Dispatched), "the answer")
        assert len(mail_server.taken) == 2
        # Whoever asked could not write it down, and asks again.
        assert isinstance(channel.look_up(sent.delivery_id, dt.timedelta(minutes=11)), Dispatched)

    def test_an_answer_that_was_not_written_down_is_given_again(self, channel: SmtpChannel) -> None:
        sent = parcel()
        assert channel.send(sent) == channel.look_up(sent.delivery_id, dt.timedelta(minutes=11))

    def test_few_wait_for_it_and_the_next_is_told_to(self, mail_server: SmtpSimulator) -> None:
        mail_server.faults += [MailFault.SLOW] * 4
        mail_server.free.clear()
        channel = channel_to(mail_server.port, patience=0.1)
        assert all(isinstance(channel.send(parcel()), AwaitsConfirmation) for _ in range(4))
        assert channel.send(parcel()) == SlowDown()
        mail_server.free.set()
        until(lambda: channel.send(parcel()) != SlowDown(), "a slow call to end")

    def test_a_late_no_is_no_and_the_letter_is_sent_again(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = int(closed.getsockname()[1])
            channel, sent = channel_to(port, patience=0.1), parcel()
            assert isinstance(channel.send(sent), AwaitsConfirmation)  # it takes the connection, and says nothing
            closed.accept()[0].close()
            until(lambda: channel.look_up(sent.delivery_id, dt.timedelta(seconds=30)) is None, "the end of the call")

    def test_after_a_restart_it_is_asked_for_ten_minutes(self, channel: SmtpChannel) -> None:
        sent = parcel()
        assert isinstance(channel.look_up(sent.delivery_id, dt.timedelta(minutes=9)), AwaitsConfirmation)
        assert channel.look_up(sent.delivery_id, dt.timedelta(minutes=10)) == CannotTell()


def test_a_mailbox_that_is_unknown_is_given_up(channel: SmtpChannel, mail_server: SmtpSimulator) -> None:
    mail_server.unknown.add("kari@mail.example")
    assert channel.send(parcel()) == Permanent("smtp-550")


def test_a_server_that_is_not_there_takes_nothing() -> None:
    assert channel_to(9).send(parcel()) == SlowDown()


@pytest.mark.parametrize(("hour", "awake"), [(7, False), (8, True), (19, True), (20, False), (2, False)])
@pytest.mark.parametrize("month", [1, 7])
def test_nobody_is_woken(channel: SmtpChannel, hour: int, awake: bool, month: int) -> None:
    offset = 1 if month == 1 else 2  # Oslo's winter and summer time
    instant = dt.datetime(2026, month, 15, hour, 59, tzinfo=dt.timezone(dt.timedelta(hours=offset)))
    assert channel.awake(instant.astimezone(dt.UTC)) is awake


class TestEncryption:
    @pytest.fixture(scope="class")
    @classmethod
    def authority(cls, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
        """A certificate of its own authority, and a server's context with it."""
        folder = Path(tmp_path_factory.mktemp("tls"))
        chain, secret = make_certificate(folder)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(chain, secret)
        return chain, context

    @pytest.fixture
    def encrypted(self, authority: tuple[Path, ssl.SSLContext]) -> Iterator[SmtpSimulator]:
        simulator = SmtpSimulator(user="varsling", password="a password", tls=authority[1])
        with simulator.served():
            yield simulator

    def channel(self, simulator: SmtpSimulator, host: str = "localhost", **changes: Any) -> SmtpChannel:
        given = {"user": "varsling", "password": "a password", "ca_file": None, "tls": MailTls.STARTTLS} | changes
        server = MailServer(host, simulator.port, **given)
        return SmtpChannel(server, sender=SENDER, operator=OPERATOR, own_host="varsel.example")

    def test_it_logs_in_behind_tls(self, encrypted: SmtpSimulator, authority: tuple[Path, ssl.SSLContext]) -> None:
        assert isinstance(self.channel(encrypted, ca_file=authority[0]).send(parcel()), Dispatched)

    @pytest.mark.parametrize(
        "changes",
        [
            {"ca_file": None},  # an authority that nobody knows
            {"host": "127.0.0.1"},  # a certificate of another name
            {"password": "another"},
            {"tls": MailTls.NONE},
        ],
    )
    def test_nothing_goes_to_a_server_that_is_not_ours(
        self, encrypted: SmtpSimulator, authority: tuple[Path, ssl.SSLContext], changes: dict[str, Any]
    ) -> None:
        channel = self.channel(encrypted, **{"ca_file": authority[0]} | changes)
        assert channel.send(parcel()) == SlowDown()
        assert encrypted.taken == []

    def test_a_server_without_tls_gets_nothing(self, mail_server: SmtpSimulator) -> None:
        plain = self.channel(mail_server, user="")
        assert plain.send(parcel()) == SlowDown()
        assert mail_server.taken == []
