"""The `smtp` channel: an e-mail with the way to the letter, through a mail server of the operator's.

SMTP keeps no account: when the connection breaks after the message was sent, nobody can tell whether it was taken. It
is sent once more with the same Message-ID, and that is counted. A message that bounces later goes out by post.
"""

import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Final

import structlog

from varsling.deliveries.channels.bounces import take_bounces
from varsling.deliveries.channels.channel import (
    AwaitsConfirmation,
    CannotTell,
    ChannelRefuses,
    Dispatched,
    Outcome,
    Parcel,
    Permanent,
    Retry,
    SlowDown,
    Unknown,
)
from varsling.deliveries.channels.mail import NoWay, ascii_address, mail_of
from varsling.deliveries.channels.slow_calls import SlowCalls
from varsling.deliveries.store import DeliveryId
from varsling.domain.dates import oslo_hour
from varsling.domain.policies import Channel as ChannelName
from varsling.domain.policies import MailTls
from varsling.letters.content import Operator

# Of a whole conversation up to the message.
_TALK_SECONDS = 5.0
# Servers look through a message before they answer (RFC 5321 § 4.5.3.2.6: ten minutes).
MESSAGE = timedelta(minutes=10)
_PATIENCE_SECONDS = 8.0
_AT_ONCE = 4
_SOON = timedelta(seconds=30)

_FIRST_HOUR, _LAST_HOUR = 8, 20

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MailServer:
    """The operator's mail server. `ca_file` has the authority of its certificate, if no public one vouches for it."""

    host: str
    port: int
    tls: MailTls
    user: str = ""
    password: str = ""
    ca_file: Path | None = None


class SmtpChannel:
    """The channel of one process. `own_host` is the public address's, for Message-IDs; `bounces` is the sender's
    mailbox."""

    name: Final[str] = ChannelName.SMTP.value
    postal: Final[bool] = ChannelName.SMTP.postal
    prints_unread: Final[bool] = False

    def __init__(
        self,
        server: MailServer,
        *,
        sender: Address,
        operator: Operator,
        own_host: str,
        bounces: Path | None = None,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._server = server
        self._sender = sender
        self._operator = operator
        self._own_host = own_host
        self._bounces = bounces
        self._calls = SlowCalls(self.name, at_once=_AT_ONCE, patience=patience_seconds)
        self._tls = _trusting(server.ca_file)

    def awake(self, now: datetime) -> bool:
        """Between 08 and 20 in Oslo: nobody is woken by such a message."""
        return _FIRST_HOUR <= oslo_hour(now) < _LAST_HOUR

    def opened(self, delivery_id: DeliveryId) -> bool | None:
        """Only her page tells that she has been there."""
        del delivery_id
        return False

    def mark_read(self, delivery_id: DeliveryId, national_id: str, at: datetime) -> None:
        """Nothing is printed."""

    def take_returns(self, take: Callable[[DeliveryId], bool]) -> None:
        """Hand over the letters whose e-mails bounced."""
        if self._bounces is not None:
            take_bounces(self._bounces, take)

    def check(self) -> None:
        """Connect, encrypt and log in, and name the sender; look for the mailbox of bounces."""
        try:
            with self._connected() as server:
                code, _ = server.mail(self._sender.addr_spec)
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelRefuses(
                f"The mail server gives no access ({type(error).__name__}): check VARSLING_SMTP_HOST, _PORT, _TLS,"
                " _CA_FILE, _USER and _PASSWORD_FILE."
            ) from None
        if code != 250:
            raise ChannelRefuses(f"The mail server answers {code} to VARSLING_SMTP_SENDER.")
        if self._bounces is not None and not self._bounces.exists():
            raise ChannelRefuses(f"{self._bounces} is missing: set VARSLING_SMTP_BOUNCES to the sender's mailbox.")

    def close(self) -> None:
        """No connection outlives its message."""

    def send(self, parcel: Parcel) -> Outcome:
        if parcel.to.email is None:
            return Permanent("no-email")
        try:
            mail = mail_of(
                parcel, sender=self._sender, operator=self._operator, host=self._own_host, at=datetime.now(UTC)
            )
        except NoWay:
            return Permanent("not-on-page")
        return self._calls.run(parcel.delivery_id, lambda: self._talked(mail, parcel)) or AwaitsConfirmation(_SOON)

    def look_up(self, delivery_id: DeliveryId, since: timedelta) -> Outcome | CannotTell | None:
        """Give the answer that a slow server gave meanwhile. Of a call that has ended without one nobody can tell."""
        known = self._calls.answer(delivery_id)
        if known is None and since < MESSAGE:  # this process's call, or another's, may go on
            return AwaitsConfirmation(_SOON)
        if isinstance(known, SlowDown):  # said late, and before the message: it is sent again
            return None
        return CannotTell() if known is None or isinstance(known, Unknown) else known

    def _talked(self, mail: EmailMessage, parcel: Parcel) -> Outcome:
        try:
            with self._connected() as server:
                return self._sent(server, mail, parcel)
        except (OSError, smtplib.SMTPException) as error:  # before the message: the server certainly has not got it
            return self._unreachable(error)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Connect, encrypt and log in. Raises OSError, SMTPException."""
        given = self._server
        if given.tls is MailTls.IMPLICIT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                given.host, given.port, self._own_host, timeout=_TALK_SECONDS, context=self._tls
            )
        else:
            server = smtplib.SMTP(given.host, given.port, self._own_host, timeout=_TALK_SECONDS)
        try:
            if given.tls is MailTls.STARTTLS:
                server.starttls(context=self._tls)  # raises where the server has none: nothing goes unencrypted
            server.ehlo_or_helo_if_needed()
            if given.user:
                server.login(given.user, given.password)
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _sent(self, server: smtplib.SMTP, mail: EmailMessage, parcel: Parcel) -> Outcome:
        until = time.monotonic() + _TALK_SECONDS
        dsn = server.has_extn("dsn")
        sender = self._sender.addr_spec
        code, _ = server.mail(sender, [f"ENVID={parcel.delivery_id}", "RET=HDRS"] if dsn else [])
        if code != 250:
            return self._refused_us(code)
        code, _ = server.rcpt(ascii_address(parcel.to.email or ""), ["NOTIFY=FAILURE"] if dsn else [])
        if code not in (250, 251):
            return _refusal(code)
        if time.monotonic() > until:
            return SlowDown()
        if server.sock is not None:
            server.sock.settimeout(MESSAGE.total_seconds())
        try:
            code, said = server.data(mail.as_bytes(policy=SMTP))
        except smtplib.SMTPDataError as error:  # refused before the message
            return _refusal(error.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            return Unknown(type(error).__name__)
        return Dispatched(_receipt(said)) if code == 250 else _refusal(code)

    def _unreachable(self, error: Exception) -> Outcome:
        code = getattr(error, "smtp_code", None)
        _log.warning("mail_server_takes_nothing", error=type(error).__name__, code=code)
        return SlowDown()

    def _refused_us(self, code: int) -> Outcome:
        """The server does not take mail of this sender, whoever the reader is."""
        _log.error("mail_server_refuses_sender", code=code)
        return SlowDown()


@cache
def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    """Load the authorities once in a process: it takes 20 ms."""
    return ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))


def _refusal(code: int) -> Outcome:
    """Interpret a reply about one letter (RFC 5321): 421 closes the shop, 4xx may pass, 5xx will not."""
    if code == 421:
        return SlowDown()
    return Permanent(f"smtp-{code}") if code >= 500 else Retry(f"smtp-{code}")


def _receipt(said: bytes) -> str | None:
    """Keep the server's words about a taken message: its queue id, by which its operator finds it."""
    return said.decode("ascii", "replace").splitlines()[0][:100] if said else None
