"""E-mails that came back: delivery status notifications (RFC 3464) in the mailbox of the sender's address.

A notification names the letter by the envelope id that we gave (RFC 3461), or by the Message-ID of the mail that it
returns. Anything else in the mailbox, be it written by people, is left alone.
"""

import mailbox
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path
from typing import cast
from uuid import UUID

import structlog

from varsling.deliveries.store import DeliveryId

_MOST_BYTES = 1024 * 1024

_log = structlog.get_logger(__name__)


def take_bounces(place: Path, take: Callable[[DeliveryId], bool]) -> int:
    """Hand over the letters that new notifications in a Maildir (a folder) or mbox (a file) report as failed.

    A notification is marked as read when `take` has taken it; else it is read again. Gives the number of those taken.
    Raises OSError if the mailbox cannot be read.
    """
    box = _opened(place)
    taken = 0
    box.lock()
    try:
        for key, mail in list(_unread(box)):
            failed = failed_letter(mail)
            if failed is not None:
                if not take(failed):
                    continue
                taken += 1
            _mark_read(box, key)
        box.flush()
    finally:
        box.unlock()
        box.close()
    return taken


def failed_letter(mail: EmailMessage) -> DeliveryId | None:
    """Find the letter of a notification that its delivery has failed; None for any other mail."""
    if mail.get_content_type() != "multipart/report" or mail.get_param("report-type") != "delivery-status":
        return None
    parts = [cast("EmailMessage", part) for part in mail.iter_parts()]
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    blocks = [block for part in reports for block in cast("list[Message]", part.get_payload())]
    if not any(str(block.get("Action", "")).strip().lower() == "failed" for block in blocks):
        return None  # delayed, relayed, delivered
    given = [str(block["Original-Envelope-Id"]) for block in blocks if block["Original-Envelope-Id"]]
    returned = [_message_id(part) for part in parts if part not in reports]
    ids = [one for one in map(_delivery_id, [*given, *returned]) if one is not None]
    return ids[0] if ids else None


def _message_id(part: EmailMessage) -> str:
    """Give the Message-ID of the returned mail, which is whole or its headers alone."""
    match part.get_content_type():
        case "message/rfc822":
            (inner,) = cast("list[Message]", part.get_payload())
            return str(inner.get("Message-ID", ""))
        case "text/rfc822-headers":
            content = part.get_payload(decode=True)
            head = message_from_bytes(content if isinstance(content, bytes) else b"", policy=policy.default)
            return str(head.get("Message-ID", ""))
        case _:
            return ""


def _delivery_id(text: str) -> DeliveryId | None:
    try:
        return DeliveryId(UUID(text.strip(" <>").partition("@")[0]))
    except ValueError:
        return None


def _opened(place: Path) -> mailbox.Maildir | mailbox.mbox:
    place.stat()  # raises where nothing is: a mailbox is never made here
    return mailbox.Maildir(place, create=False) if place.is_dir() else mailbox.mbox(place, create=False)


def _unread(box: mailbox.Maildir | mailbox.mbox) -> Iterator[tuple[str, EmailMessage]]:
    for key in box.keys():  # noqa: SIM118  (a mailbox iterates over its mails)
        kept = box.get_message(key)
        if "S" in kept.get_flags() or "R" in kept.get_flags():
            continue
        content = box.get_bytes(key)
        if len(content) > _MOST_BYTES:
            _log.warning("mail_too_large_for_a_bounce")
            _mark_read(box, key)
            continue
        yield key, message_from_bytes(content, policy=policy.default)


def _mark_read(box: mailbox.Maildir | mailbox.mbox, key: str) -> None:
    kept = box.get_message(key)
    if isinstance(kept, mailbox.MaildirMessage):
        kept.set_subdir("cur")
        kept.add_flag("S")
    else:
        kept.add_flag("R")
    box[key] = kept
