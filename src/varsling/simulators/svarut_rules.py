"""What SvarUt refuses of a `forsendelse`: members, lengths, addresses, documents, and files that do not match them."""

import json
import re
from typing import Any

from varsling.domain.identity import parse_national_id
from varsling.domain.organisation import parse_organisation_number
from varsling.simulators.forms import Part

# Member → type, and the most characters of a text.
_LETTER: dict[str, tuple[type, int]] = {
    "tittel": (str, 1000),
    "mottaker": (dict, 0),
    "dokumenter": (list, 0),
    "kunDigitalLevering": (bool, 0),
    "krevNiva4Innlogging": (bool, 0),
    "taushetsbelagtPost": (bool, 0),
    "utskriftskonfigurasjon": (dict, 0),
    "avgivendeSystem": (str, 100),
    "konteringskode": (str, 20),
    "eksternReferanse": (str, 100),
    "korrelasjonsid": (str, 36),
}
_ADDRESS_MEMBERS = "navn digitalId adresselinje1 adresselinje2 adresselinje3 postnummer poststed land"
_ADDRESS: dict[str, tuple[type, int]] = dict.fromkeys(_ADDRESS_MEMBERS.split(), (str, 1000))
_DOCUMENT: dict[str, tuple[type, int]] = {
    "filnavn": (str, 226),
    "mimeType": (str, 100),
    "inneholderPersonsensitivInformasjon": (bool, 0),
    "skalEkskluderesFraUtskrift": (bool, 0),
}
_PRINTING: dict[str, tuple[type, int]] = {"utskriftMedFarger": (bool, 0), "tosidig": (bool, 0)}
_FILE_NAME = re.compile(r'[^*:"\\/<>|?]{1,226}')
_COST_CODE = re.compile(r"[a-zA-Z0-9_\-.øæåØÆÅ]{0,20}")
_MOST_BYTES = 350 * 1024 * 1024


class Refused(Exception):
    """The letter is refused, with status 400."""


def letter_of(parts: list[Part]) -> tuple[dict[str, Any], list[bytes]]:
    """Check a call, and give the letter's description and files. Raises Refused."""
    if not parts or parts[0].name != "forsendelse" or parts[0].media_type != "application/json":
        raise Refused("the first part must be forsendelse")
    try:
        letter = json.loads(parts[0].content)
    except ValueError:
        raise Refused("forsendelse is no JSON") from None
    _check_members(letter, _LETTER, ("tittel", "mottaker"))
    _check_recipient(letter)
    _check_documents(letter, parts[1:])
    if letter.get("krevNiva4Innlogging"):
        raise Refused("krevNiva4Innlogging requires encrypted documents")
    if not _COST_CODE.fullmatch(letter.get("konteringskode", "")):
        raise Refused("konteringskode")
    return letter, [part.content for part in parts[1:]]


def _check_members(given: Any, known: dict[str, tuple[type, int]], needed: tuple[str, ...]) -> None:
    if not isinstance(given, dict):
        raise Refused("no object")
    for name, value in given.items():
        if name not in known:
            raise Refused(f"{name} is unknown")
        kind, most = known[name]
        if type(value) is not kind or (isinstance(value, str) and len(value) > most):
            raise Refused(f"{name} is wrong")
    if missing := [name for name in needed if not given.get(name)]:
        raise Refused(f"{missing[0]} is missing")


def _check_recipient(letter: dict[str, Any]) -> None:
    recipient = letter["mottaker"]
    _check_members(recipient, _ADDRESS, ("navn",))
    digital_id = recipient.get("digitalId")
    if digital_id is not None:
        try:
            (parse_national_id if len(digital_id) == 11 else parse_organisation_number)(digital_id)
        except ValueError:
            raise Refused("digitalId is wrong") from None
    if letter.get("kunDigitalLevering"):
        if digital_id is None:
            raise Refused("digitalId is missing")
        return
    needed = ("poststed",) if recipient.get("land") else ("poststed", "postnummer")
    _check_members(recipient, _ADDRESS, needed)
    if not recipient.get("land") and not re.fullmatch(r"\d{4}", recipient["postnummer"]):
        raise Refused("postnummer is wrong")


def _check_documents(letter: dict[str, Any], files: list[Part]) -> None:
    documents = letter.get("dokumenter", [])
    for document in documents:
        _check_members(document, _DOCUMENT, ("filnavn", "mimeType"))
        if not _FILE_NAME.fullmatch(document["filnavn"]):
            raise Refused("filnavn is wrong")
        if document["mimeType"] != "application/pdf" and not letter.get("kunDigitalLevering"):
            raise Refused("only PDF can be printed")
    _check_members(letter.get("utskriftskonfigurasjon", {}), _PRINTING, ())
    names = [(f"filer_{place}", document["filnavn"]) for place, document in enumerate(documents)]
    if names != [(file.name, file.file_name) for file in files]:
        raise Refused("the files are not the documents")
    if any(not file.content.startswith(b"%PDF") for file in files) or sum(len(f.content) for f in files) > _MOST_BYTES:
        raise Refused("a file is no PDF, or they are too large")
