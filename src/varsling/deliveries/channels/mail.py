"""A letter announced by e-mail: a short text that says nothing of what the letter is about, with the way to it.

Others read over a shoulder, and previews light up on locked phones. The letter itself is on the reader's page, behind
her birth date. Landlords and offices have no such page: their letters are attached.
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from varsling.deliveries.channels.channel import Parcel
from varsling.deliveries.store import DeliveryId, DeliveryKind
from varsling.letters.content import Language, Operator
from varsling.letters.texts import texts

FILE_NAME = "brev.pdf"
_TO_TENANTS = (DeliveryKind.COPY, DeliveryKind.COPY_AGAIN, DeliveryKind.SECOND)


class NoWay(Exception):
    """An e-mail would not lead to the letter: her page shows it no more."""


def message_id(delivery_id: DeliveryId, host: str) -> str:
    """Give the Message-ID of a letter: the same however often it is sent, so that mailboxes show it once."""
    return f"<{delivery_id}@{host}>"


def ascii_address(email: str) -> str:
    """Write an address for every mail server: a domain's other letters as IDNA. Its local part is ASCII (CONTRACT)."""
    username, at, domain = email.rpartition("@")
    return username + at + domain.encode("idna").decode("ascii")


def mail_of(parcel: Parcel, *, sender: Address, operator: Operator, host: str, at: datetime) -> EmailMessage:
    """Make the e-mail of a letter. Raises NoWay."""
    say = texts(Language(parcel.language)).line
    username, _, domain = ascii_address(parcel.to.email or "").rpartition("@")
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = Address(parcel.to.name, username, domain)
    mail["Subject"] = say("message.mail.subject")
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(parcel.delivery_id, host)
    mail["Auto-Submitted"] = "auto-generated"
    paragraphs = [*_way_to(parcel), say("message.mail.sender", operator=operator.name, phone=operator.phone)]
    mail.set_content("\n\n".join(paragraphs) + "\n", cte="quoted-printable")
    mail["Content-Language"] = parcel.language
    if parcel.kind not in _TO_TENANTS:
        mail.add_attachment(parcel.pdf, maintype="application", subtype="pdf", filename=FILE_NAME)
    return mail


def _way_to(parcel: Parcel) -> list[str]:
    say = texts(Language(parcel.language)).line
    if parcel.kind not in _TO_TENANTS:
        return [say("message.mail.attached")]
    if parcel.link is not None:
        return [say("message.mail.text", link=parcel.link), say("message.mail.born")]
    if parcel.page is not None:
        return [say("message.mail.text", link=parcel.page), say("message.mail.code")]
    raise NoWay
