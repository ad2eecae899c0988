"""A letter as a message in Altinn: the form, with the letter attached, that Altinn's `upload` call takes.

The message itself is read behind a login. E-mail and SMS that announce it are read by whoever holds the phone: they say
nothing of what it is about.
"""

from varsling.deliveries.channels.channel import Parcel
from varsling.deliveries.store import DeliveryKind
from varsling.letters.content import Language
from varsling.letters.texts import texts

FILE_NAME = "brev.pdf"
# Altinn has these languages of content; the words themselves may be in another.
_LANGUAGES = {"nb": "nb", "nn": "nn", "en": "en", "se": "nb"}
_PERSON, _ORGANISATION = "urn:altinn:person:identifier-no", "urn:altinn:organization:identifier-no"


def recipient_of(parcel: Parcel) -> str | None:
    """Give the reader's name at Altinn; None without a number."""
    if parcel.to.national_id is not None:
        return f"{_PERSON}:{parcel.to.national_id}"
    number = parcel.to.organisation_number
    return None if number is None else f"{_ORGANISATION}:{number}"


def form_of(parcel: Parcel, recipient: str, resource_id: str) -> dict[str, str]:
    """Make the fields of the form. The delivery id keeps Altinn from taking the letter twice."""
    say = texts(Language(parcel.language)).line
    body = [say("message.altinn.summary")]
    if parcel.kind is DeliveryKind.COPY and parcel.link is not None:  # her page opens with the code in the letter
        body = [say("message.altinn.text"), say("message.altinn.page", page=parcel.link.rpartition("/")[0])]
    content = {
        "Language": _LANGUAGES[parcel.language],
        "MessageTitle": say("letter.subject"),
        "MessageSummary": say("message.altinn.summary"),
        "MessageBody": "\n\n".join(body),
        "Attachments[0].DataLocationType": "NewCorrespondenceAttachment",
        "Attachments[0].SendersReference": str(parcel.delivery_id),
        "Attachments[0].FileName": FILE_NAME,
        "Attachments[0].DisplayName": say("letter.subject"),
        "Attachments[0].IsEncrypted": "false",
    }
    notification = {
        "NotificationTemplate": "CustomMessage",
        "NotificationChannel": "EmailAndSms",
        "EmailSubject": say("message.altinn.subject"),
        "EmailBody": say("message.altinn.email"),
        "EmailContentType": "Plain",
        "SmsBody": say("message.altinn.sms"),
        "SendReminder": "false",
    }
    return {
        "Recipients[0]": recipient,
        "IdempotentKey": str(parcel.delivery_id),
        "Correspondence.ResourceId": resource_id,
        "Correspondence.SendersReference": str(parcel.delivery_id),
        "Correspondence.IgnoreReservation": "false",
        "Correspondence.IsConfirmationNeeded": "false",
        # To an organisation: read by those alone whom it trusts with what is secret.
        "Correspondence.IsConfidential": "true" if recipient.startswith(_ORGANISATION) else "false",
        **{f"Correspondence.Content.{name}": value for name, value in content.items()},
        **{f"Correspondence.Notification.{name}": value for name, value in notification.items()},
    }
