"""An Enhetsregisteret on loopback by the recorded contract (OpenAPI 2.0.0): it can be slow, wrong and down.

It refuses what the real register refuses: other paths (404), and numbers without their check digit (400). Its answers
have the real members; all units are synthetic.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from stdnum.no import orgnr

from tests.loopback import Loopback

_PATH = re.compile(r"/enhetsregisteret/api/(enheter|underenheter)/([^/]+)")


def unit(number: str, form: str = "AS", sector: str = "2100", **members: Any) -> dict[str, Any]:
    """A unit as `GET /enheter/{number}` answers it."""
    return {
        "organisasjonsnummer": number,
        "navn": "TIGERBOLIGER AS",
        "organisasjonsform": {"kode": form, "beskrivelse": form},
        "institusjonellSektorkode": {"kode": sector, "beskrivelse": sector},
        "forretningsadresse": {"landkode": "NO", "postnummer": "0181", "poststed": "OSLO", "adresse": ["Storgata 1"]},
        "konkurs": False,
        "underAvvikling": False,
        "underTvangsavviklingEllerTvangsopplosning": False,
        "respons_klasse": "Enhet",
    } | members


def deleted(number: str) -> dict[str, Any]:
    """A deleted unit: the answer is still 200, with few members."""
    form = {"kode": "AS", "beskrivelse": "Aksjeselskap"}
    return {
        "organisasjonsnummer": number,
        "navn": "SLETTET TIGER AS",
        "organisasjonsform": form,
        "slettedato": "2024-03-09",
        "respons_klasse": "SlettetEnhet",
    }


class Simulator(Loopback):
    """`units` and `parts` by number, `gone` the numbers removed for legal reasons; `broken` answers every call."""

    def __init__(self) -> None:
        super().__init__()
        self.units: dict[str, dict[str, Any]] = {}
        self.parts: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()
        self.broken: tuple[int, bytes] | None = None
        self.url = f"{self.origin}/enhetsregisteret/api"

    def answer(self, path: str) -> tuple[int, bytes]:
        if self.broken is not None:
            return self.broken
        asked = _PATH.fullmatch(path)
        if asked is None:
            return 404, b""
        collection, number = asked.groups()
        if not orgnr.is_valid(number):
            fault = {"feilmelding": f"{number} er ikke et gyldig organisasjonsnummer", "feilaktigVerdi": number}
            return 400, encoded({"status": 400, "antallFeil": 1, "valideringsfeil": [fault]})
        if number in self.gone:
            return 410, encoded({"organisasjonsnummer": number, "slettedato": "2024-03-09"})
        found: Mapping[str, dict[str, Any]] = self.units if collection == "enheter" else self.parts
        return (200, encoded(found[number])) if number in found else (404, b"")


def encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
