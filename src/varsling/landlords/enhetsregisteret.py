"""Enhetsregisteret's open API, version 2: the registration of an organisation number.

Source: data.brreg.no/enhetsregisteret/api, OpenAPI 2.0.0.
"""

from typing import Any

from varsling import http
from varsling.domain.landlord import Registration, Standing
from varsling.lookup_cache import NotAnswered

# State, county, municipality, their administrative units, and municipal and county enterprises without legal
# personality of their own. A company (AS) is private, whoever owns it.
_PUBLIC_FORMS = frozenset({"STAT", "KOMM", "FYLK", "KF", "FKF", "ADOS"})
# State administration and its business units, municipal administration, municipal enterprises (SSB's sector codes).
_PUBLIC_SECTORS = frozenset({"1110", "1510", "6100", "6500"})
_COMPANIES = frozenset({"AS", "ASA"})


class Enhetsregisteret:
    """A client for one process. A call takes at most `seconds`, and follows no redirect."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._url = url
        self._client = http.client(
            headers={"Accept": "application/json"}, read_seconds=seconds, connect_seconds=seconds
        )

    def registration(self, number: str) -> Registration:
        """Find the registration of a unit or a sub-unit. Raises NotAnswered."""
        unit = self._read("enheter", number)
        if unit is not None:
            return _registration_of(unit)
        part = self._read("underenheter", number)
        if part is None:
            return Registration(Standing.UNKNOWN)
        if _standing_of(part) is Standing.DISSOLVED or not isinstance(part.get("overordnetEnhet"), str):
            return _registration_of(part)
        whole = self._read("enheter", part["overordnetEnhet"])
        return Registration(Standing.UNKNOWN if whole is None else _standing_of(whole), _name_of(part))

    def close(self) -> None:
        self._client.close()

    def _read(self, collection: str, number: str) -> dict[str, Any] | None:
        """Read a unit's document; None if the register has none. A removed unit appears as deleted."""
        try:
            answer = self._client.get(f"{self._url}/{collection}/{number}")
            if answer.status_code == 404:
                return None
            document = answer.json() if answer.status_code in (200, 410) else None
        except (*http.NETWORK_ERRORS, ValueError) as error:
            raise NotAnswered(type(error).__name__) from None
        if not isinstance(document, dict) or document.get("organisasjonsnummer") != number:
            raise NotAnswered(f"status-{answer.status_code}")
        # 410: removed for legal reasons. Only the fact that it is gone is kept.
        return document | ({"slettedato": True} if answer.status_code == 410 else {})


def _registration_of(unit: dict[str, Any]) -> Registration:
    return Registration(_standing_of(unit), _name_of(unit))


def _name_of(unit: dict[str, Any]) -> str | None:
    name = unit.get("navn")
    return name if isinstance(name, str) and name else None


def _standing_of(unit: dict[str, Any]) -> Standing:
    if unit.get("slettedato"):
        return Standing.DISSOLVED
    if _public(unit):
        return Standing.PUBLIC
    ending = ("konkurs", "underAvvikling", "underTvangsavviklingEllerTvangsopplosning")
    return Standing.BANKRUPT if any(unit.get(name) is True for name in ending) else Standing.PRIVATE


def _public(unit: dict[str, Any]) -> bool:
    form, sector = _code(unit, "organisasjonsform"), _code(unit, "institusjonellSektorkode")
    return form in _PUBLIC_FORMS or (sector in _PUBLIC_SECTORS and form not in _COMPANIES)


def _code(unit: dict[str, Any], member: str) -> str | None:
    found = unit.get(member)
    code = found.get("kode") if isinstance(found, dict) else None
    return code if isinstance(code, str) else None
