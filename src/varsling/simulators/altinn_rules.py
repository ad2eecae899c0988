"""What Altinn refuses of a message: fields, lengths, languages, recipients, notifications, files."""

import re
from collections.abc import Callable
from uuid import UUID

from varsling.domain.identity import parse_national_id
from varsling.domain.organisation import parse_organisation_number
from varsling.simulators.forms import Part

_CHANNELS = {"Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms"}
_MARKUP = re.compile(r"<[a-zA-Z/]")

# Field → the most characters, and whether it must be there.
_FIELDS = {
    "Recipients[0]": (60, True),
    "IdempotentKey": (36, False),
    "Correspondence.ResourceId": (255, True),
    "Correspondence.SendersReference": (4096, True),
    "Correspondence.IgnoreReservation": (5, False),
    "Correspondence.IsConfirmationNeeded": (5, False),
    "Correspondence.IsConfidential": (5, False),
    "Correspondence.Content.Language": (2, True),
    "Correspondence.Content.MessageTitle": (255, True),
    "Correspondence.Content.MessageSummary": (255, True),
    "Correspondence.Content.MessageBody": (30_000, True),
    "Correspondence.Content.Attachments[0].DataLocationType": (40, True),
    "Correspondence.Content.Attachments[0].SendersReference": (4096, True),
    "Correspondence.Content.Attachments[0].FileName": (255, False),
    "Correspondence.Content.Attachments[0].DisplayName": (255, False),
    "Correspondence.Content.Attachments[0].IsEncrypted": (5, False),
    "Correspondence.Notification.NotificationTemplate": (40, True),
    "Correspondence.Notification.NotificationChannel": (40, False),
    "Correspondence.Notification.EmailSubject": (128, False),
    "Correspondence.Notification.EmailBody": (1024, False),
    "Correspondence.Notification.EmailContentType": (5, False),
    "Correspondence.Notification.SmsBody": (160, False),
    "Correspondence.Notification.SendReminder": (5, False),
}


class Refused(Exception):
    def __init__(self, status: int, code: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


def fields_of(parts: list[Part]) -> dict[str, str]:
    fields = {part.name: part.text for part in parts if part.file_name is None}
    faults = [name for name in fields if name not in _FIELDS]
    for name, (most, needed) in _FIELDS.items():
        value = fields.get(name)
        if (needed and not value) or (value is not None and len(value) > most):
            faults.append(name)
    if faults:
        raise Refused(400, 0, f"Validation failed: {', '.join(sorted(faults))}")
    if (key := fields.get("IdempotentKey")) is not None and not _is_uuid(key):
        raise Refused(400, 1033, "The idempotency key must be a valid non-empty GUID")
    return fields


def _by_the_old_rule(number: str) -> bool:
    """Check both digits by modulus 11: the numbers that only the rule of 2032 makes are unknown to Altinn as yet."""
    if len(number) != 11 or not number.isdecimal():
        return False
    digits = [int(one) for one in number]
    return all(
        sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 == 0
        for weights in ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
    )


def recipient_number(urn: str) -> str:
    """Give the number of a recipient. Raises Refused."""
    kind, _, number = urn.rpartition(":")
    if kind.endswith(":person:identifier-no") and not _by_the_old_rule(number):
        raise Refused(400, 0, "Validation failed: Recipients")
    parsers: dict[str, Callable[[str], object]] = {
        "urn:altinn:person:identifier-no": parse_national_id,
        "urn:altinn:organization:identifier-no": parse_organisation_number,
    }
    try:
        parsers[kind](number)
    except (KeyError, ValueError):
        raise Refused(400, 0, "Validation failed: Recipients") from None
    return number


def check_content(fields: dict[str, str]) -> None:
    content = {name.rpartition(".")[2]: value for name, value in fields.items() if ".Content.Message" in name}
    if fields["Correspondence.Content.Language"] not in ("nb", "nn", "en"):
        raise Refused(400, 1023, "Invalid language chosen")
    if _MARKUP.search(content["MessageTitle"]) or "\n" in content["MessageTitle"]:
        raise Refused(400, 1002, "Message title must be plain text")
    if _MARKUP.search(content["MessageBody"]):
        raise Refused(400, 1003, "Message body must be markdown")
    if _MARKUP.search(content["MessageSummary"]):
        raise Refused(400, 1004, "Message summary must be markdown")


def check_notification(fields: dict[str, str]) -> None:
    given = {name.rpartition(".")[2]: value for name, value in fields.items() if ".Notification." in name}
    if given["NotificationTemplate"] not in ("CustomMessage", "GenericAltinnMessage"):
        raise Refused(400, 3001, "The requested notification template was not found")
    channel = given.get("NotificationChannel", "EmailPreferred")
    if channel not in _CHANNELS:
        raise Refused(400, 0, "Validation failed: NotificationChannel")
    if channel != "Sms" and not (given.get("EmailBody") and given.get("EmailSubject")):
        raise Refused(400, 3002, "Email body and subject must be provided when sending email notifications")
    if channel != "Email" and not given.get("SmsBody"):
        raise Refused(400, 3004, "SMS body must be provided when sending SMS notifications")


def attachment_of(parts: list[Part], fields: dict[str, str]) -> bytes:
    files = [part for part in parts if part.file_name is not None]
    named = fields.get("Correspondence.Content.Attachments[0].FileName")
    if [(part.name.lower(), part.file_name) for part in files] != [("attachments", named)]:
        raise Refused(400, 1005, "Mismatch between the uploaded files and the attachments")
    if not files[0].content:
        raise Refused(400, 2004, "File must have content")
    return files[0].content


def _is_uuid(text: str) -> bool:
    try:
        return UUID(text).int != 0
    except ValueError:
        return False
