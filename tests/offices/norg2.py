"""NORG2 on loopback (by its swagger): it can be slow, wrong and down, and its offices can change between two calls.

At first it has the bundled register's offices. As in NORG2, unknown areas and the four cities' own numbers give 404,
and unknown statuses are refused.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import Loopback
from varsling.offices.register import OfficeStatus, bundled

_OFFICE_OF = re.compile(r"/norg2/api/v1/enhet/navkontor/(\d{4}|\d{6})")
_STATUSES = {
    "UNDER_ETABLERING": "Under etablering",
    "AKTIV": "Aktiv",
    "UNDER_AVVIKLING": "Under avvikling",
    "NEDLAGT": "Nedlagt",
}


def unit(number: str, name: str, status: str = "Aktiv") -> dict[str, Any]:
    """An office as `RsEnhet` answers it."""
    return {
        "enhetId": 100000000 + int(number),
        "navn": name,
        "enhetNr": number,
        "antallRessurser": 0,
        "status": status,
        "orgNivaa": "EN",
        "type": "LOKAL",
        "organisasjonsnummer": None,
        "underEtableringDato": "1970-01-01",
        "aktiveringsdato": "1970-01-01",
        "underAvviklingDato": None,
        "nedleggelsesdato": None,
        "oppgavebehandler": True,
        "versjon": 63,
        "sosialeTjenester": "Vakttelefon: kun for Nav",
        "kanalstrategi": None,
        "orgNrTilKommunaltNavKontor": None,
    }


class Norg2(Loopback):
    """`units` by number, `serves` the office's number by area; `broken` answers every call."""

    def __init__(self) -> None:
        super().__init__()
        register = bundled()
        self.units = {
            number: unit(number, one.name, "Aktiv" if one.status is OfficeStatus.ACTIVE else "Nedlagt")
            for number, one in register.offices.items()
        }
        self.serves: dict[str, str] = {
            area: office.number for area, office in register.office_of.items() if office is not None
        }
        self.broken: tuple[int, bytes] | None = None
        self.url = f"{self.origin}/norg2/api/v1"

    def open(self, number: str, name: str, *areas: str, status: str = "Aktiv") -> None:
        """Open an office, or rename it, and let it serve these areas from now on."""
        self.units[number] = unit(number, name, status)
        self.serves |= dict.fromkeys(areas, number)

    def close(self, number: str) -> None:
        self.units[number] |= {"status": "Nedlagt"}

    def answer(self, path: str) -> tuple[int, bytes]:
        if self.broken is not None:
            return self.broken
        asked = urlsplit(path)
        if (area := _OFFICE_OF.fullmatch(asked.path)) is not None:
            number = self.serves.get(area[1])
            return (404, b"") if number is None else (200, json.dumps(self.units[number]).encode())
        if asked.path != "/norg2/api/v1/enhet":
            return 404, b""
        wanted = parse_qs(asked.query).get("enhetStatusListe", list(_STATUSES))
        if strangers := set(wanted) - _STATUSES.keys():
            return 400, json.dumps({"message": sorted(strangers)}).encode()
        statuses = {_STATUSES[status] for status in wanted}
        return 200, json.dumps([one for one in self.units.values() if one["status"] in statuses]).encode()
