"""A letter as SvarUt's `forsendelse`: to the reader's digital inbox where she has one, else printed and posted."""

from typing import Any

from varsling.deliveries.channels.channel import Parcel
from varsling.domain.notice import PostalAddress
from varsling.letters.content import Language
from varsling.letters.texts import texts

FILE_NAME = "brev.pdf"
SYSTEM = "varsling"
_MOST_LINES = 3


def forsendelse(parcel: Parcel, cost_code: str) -> dict[str, Any] | None:
    """Make the description of the letter; None for a reader without number and address.

    Without an address it is digital only, and SvarUt tells if that fails.
    """
    to = parcel.to
    digital_id = to.national_id or to.organisation_number
    if digital_id is None and to.postal is None:
        return None
    recipient = {"navn": to.name, **({"digitalId": digital_id} if digital_id else {}), **_address(to.postal)}
    return {
        "tittel": texts(Language(parcel.language)).line("letter.subject"),
        "mottaker": recipient,
        "dokumenter": [
            {"filnavn": FILE_NAME, "mimeType": "application/pdf", "inneholderPersonsensitivInformasjon": True}
        ],
        "kunDigitalLevering": to.postal is None,
        "krevNiva4Innlogging": False,
        "utskriftskonfigurasjon": {"utskriftMedFarger": False, "tosidig": True},
        "avgivendeSystem": SYSTEM,
        "eksternReferanse": str(parcel.delivery_id),
        **({"konteringskode": cost_code} if cost_code else {}),
    }


def _address(postal: PostalAddress | None) -> dict[str, str]:
    if postal is None:
        return {}
    most = _MOST_LINES - 1
    lines = [*postal.lines[:most], *([", ".join(postal.lines[most:])] if postal.lines[most:] else [])]
    address = {f"adresselinje{number}": line for number, line in enumerate(lines, 1)}
    country = {} if postal.country == "NO" else {"land": postal.country}
    return {**address, "postnummer": postal.postal_code, "poststed": postal.city, **country}
