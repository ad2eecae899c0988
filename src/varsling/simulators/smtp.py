"""A mail server: it takes mail for anybody, keeps what it took, and can refuse, be slow, and forget to answer."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class MailFault(StrEnum):
    """What goes wrong with the next message."""

    DROP = "drop"
    """It is taken, and the connection breaks before the answer."""
    LOSE = "lose"
    """The connection breaks before it is taken."""
    FULL = "full"
    """421: no service now."""
    LATER = "later"
    """451: this recipient, later."""
    SPAM = "spam"
    """554 after the message."""
    SLOW = "slow"
    """It is taken, and the answer waits until `free` is set."""


class Taken(NamedTuple):
    """A message that was taken: the envelope's sender, recipients and options, and the message."""

    sender: str
    recipients: list[str]
    options: list[str]
    mail: EmailMessage


class SmtpSimulator:
    """`taken` are the messages. `unknown` are the recipients who have no mailbox here."""

    def __init__(
        self,
        *,
        user: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        told: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.taken: list[Taken] = []
        self.faults: list[MailFault] = []
        self.unknown: set[str] = set()
        self.free = threading.Event()
        self.free.set()
        self.port = 0
        self._login = (user.encode(), password.encode())
        self._tls = tls
        self._told = told

    async def handle_MAIL(  # noqa: N802  (aiosmtpd's names)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        if self.faults and self.faults[0] is MailFault.FULL:
            self.faults.pop(0)
            return "421 4.3.2 No service now"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  (as above)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session
        if self.faults and self.faults[0] is MailFault.LATER:
            self.faults.pop(0)
            return "451 4.7.1 Greylisted"
        if address in self.unknown:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  (as above)
        del session
        fault = self.faults.pop(0) if self.faults else None
        if fault is MailFault.SPAM:
            return "554 5.7.1 Refused"
        if fault is not MailFault.LOSE:
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            mail = message_from_bytes(content, policy=policy.default)
            options = [*envelope.mail_options, *envelope.rcpt_options]
            self._told(f"mail to {', '.join(envelope.rcpt_tos)}: {mail['Subject']}")
            self.taken.append(Taken(str(envelope.mail_from), list(envelope.rcpt_tos), options, mail))
        if fault is MailFault.SLOW:
            await asyncio.to_thread(self.free.wait, 60)
        if fault in (MailFault.LOSE, MailFault.DROP) and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return f"250 2.0.0 Ok: queued as {len(self.taken):06}"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        del server, session, envelope, mechanism
        good = isinstance(data, LoginPassword) and (data.login, data.password) == self._login
        return AuthResult(success=good)

    @contextlib.contextmanager
    def served(self, port: int = 0) -> Iterator[int]:
        """Serve on loopback, beside the caller. Gives the port."""
        listener = socket.create_server(("127.0.0.1", port))
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(loop.create_server(self._protocol, sock=listener))
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            self.port = int(listener.getsockname()[1])
            yield self.port
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _protocol(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.example",
            tls_context=self._tls,
            require_starttls=self._tls is not None,
            authenticator=self.authenticate,
            auth_required=bool(self._login[0]),
            auth_require_tls=self._tls is not None,
        )


async def _end(server: asyncio.Server) -> None:
    """Stop, and let running conversations end."""
    server.close()
    for task in asyncio.all_tasks():
        if task is not asyncio.current_task():
            task.cancel()
    await asyncio.sleep(0)
