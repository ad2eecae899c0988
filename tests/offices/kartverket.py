"""Kartverket's address API on loopback (swagger 1.2.0): it can be slow, wrong, empty and down.

It refuses what the real API refuses: other paths, unknown parameters, malformed numbers, and pages beyond 10,000 hits.
As there, only `sok` takes `fuzzy`. The streets are real, the addresses invented.
"""

import difflib
import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.loopback import Loopback

_PATH = "/adresser/v1/sok"
_TEXT = {"sok", "adressenavn", "adressetekst", "adressetilleggsnavn", "kommunenavn", "poststed", "bokstav", "filtrer"}
_FORMS = {
    "postnummer": r"\d{4}",
    "kommunenummer": r"\d{4}",
    "nummer": r"\d+",
    "treffPerSide": r"\d+",
    "side": r"\d+",
    "fuzzy": "true|false",
    "sokemodus": "AND|OR",
}
_SIMILAR = 0.75


def address(street: str, number: int | None, letter: str = "", **more: Any) -> dict[str, Any]:
    """A hit as `GET /sok` answers it; `at` is latitude and longitude."""
    latitude, longitude = more.pop("at")
    text = f"{street} {number}{letter}" if number is not None else "112/4"
    return {
        "adressenavn": street if number is not None else "",
        "adressetekst": text,
        "adressetilleggsnavn": more.pop("farm", None),
        "adressekode": 18999,
        "nummer": number,
        "bokstav": letter,
        "kommunenavn": "",
        "gardsnummer": 112,
        "bruksnummer": 4,
        "festenummer": 0,
        "undernummer": None,
        "bruksenhetsnummer": ["H0101", "H0102"],
        "objtype": "Vegadresse" if number is not None else "Matrikkeladresse",
        "poststed": "",
        "adressetekstutenadressetilleggsnavn": text,
        "stedfestingverifisert": True,
        "representasjonspunkt": {"epsg": "EPSG:4258", "lat": latitude, "lon": longitude},
        "oppdateringsdato": "2026-01-04T12:51:04",
    } | more


class Kartverket(Loopback):
    """`addresses` are all addresses that exist; `broken` answers every call."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[dict[str, Any]] = []
        self.broken: tuple[int, bytes] | None = None
        self.url = f"{self.origin}/adresser/v1"

    def answer(self, path: str) -> tuple[int, bytes]:
        if self.broken is not None:
            return self.broken
        asked = urlsplit(path)
        if asked.path != _PATH:
            return 404, b""
        search = dict(parse_qsl(asked.query, keep_blank_values=True))
        wrong = {name: ["Unknown field."] for name in search.keys() - _TEXT - _FORMS.keys()}
        wrong |= {
            name: ["Not valid."]
            for name, form in _FORMS.items()
            if name in search and not re.fullmatch(form, search[name])
        }
        size, page = int(search.get("treffPerSide", "10")), int(search.get("side", "0"))
        if size > 1000 or (page + 1) * size > 10_000:
            wrong["treffPerSide"] = ["Api-et returner ikke mer enn de første 10 000 treffene."]
        if wrong:
            return 400, json.dumps({"message": wrong}).encode()
        hits = [one for one in self.addresses if _is_hit(search, one)]
        metadata = {"totaltAntallTreff": len(hits), "asciiKompatibel": True, "side": page, "treffPerSide": size}
        shown = hits[page * size : (page + 1) * size]
        return 200, json.dumps({"metadata": metadata, "adresser": shown}).encode()


def _is_hit(search: dict[str, str], one: dict[str, Any]) -> bool:
    for name in ("postnummer", "kommunenummer", "nummer", "bokstav"):
        if name in search and str(one[name]) != search[name]:
            return False
    for name in ("adressenavn", "adressetekst", "adressetilleggsnavn"):
        if name in search and str(one[name] or "").casefold() != search[name].casefold():
            return False
    return "sok" not in search or _similar(search["sok"], one["adressetekst"], fuzzy=search.get("fuzzy") == "true")


def _similar(asked: str, text: str, *, fuzzy: bool) -> bool:
    if not fuzzy:
        return asked.casefold() == text.casefold()
    return difflib.SequenceMatcher(None, asked.casefold(), text.casefold()).ratio() > _SIMILAR
