"""NORG2: the office that serves an area, and the offices in use.

Source: NORG2's swagger, `/api/v1/enhet`. Of an office's answer only number, name and state are read: the register also
has long internal texts with duty telephones, which must not leave Nav.
"""

from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from varsling import http
from varsling.domain.office import OfficeNumber
from varsling.lookup_cache import NotAnswered
from varsling.offices.register import Office, OfficeStatus

_SHUT = {"nedlagt", "under etablering"}


class _Unit(BaseModel):
    """`RsEnhet`. Its dates default to 1970 and are unreliable."""

    enhetNr: Annotated[str, Field(pattern=r"^\d{4}$")]  # noqa: N815  (the API's name)
    navn: Annotated[str, Field(min_length=1)]
    status: str
    organisasjonsnummer: str | None = None


_unit = TypeAdapter(_Unit)
_units = TypeAdapter(list[_Unit])


class Norg2:
    """A client for one process. A call takes at most `seconds`, and follows no redirect."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._url = url
        # Calls that list many units require the name of the caller.
        headers = {"Accept": "application/json", "consumerId": "varsling"}
        self._client = http.client(headers=headers, read_seconds=seconds, connect_seconds=seconds)

    def office_of(self, area: str) -> Office | None:
        """Find the office in use that serves a municipality or district; None if there is none. Raises NotAnswered."""
        answer = self._get(f"/enhet/navkontor/{area}")
        if answer.status_code == 404:  # no office: also the answer for a city whose districts have offices
            return None
        office = _office(self._read(answer, _unit))
        return office if office.status is OfficeStatus.ACTIVE else None

    def offices(self) -> dict[str, Office]:
        """Give all offices in use. Raises NotAnswered."""
        statuses = {"enhetStatusListe": ["AKTIV", "UNDER_AVVIKLING"], "oppgavebehandlerFilter": "UFILTRERT"}
        units: list[_Unit] = self._read(self._get("/enhet", statuses), _units)
        return {unit.enhetNr: _office(unit) for unit in units}

    def close(self) -> None:
        self._client.close()

    def _get(self, path: str, parameters: dict[str, Any] | None = None) -> http.Response:
        try:
            return self._client.get(f"{self._url}{path}", params=parameters)
        except http.NETWORK_ERRORS as error:
            raise NotAnswered(type(error).__name__) from None

    @staticmethod
    def _read(answer: http.Response, reader: TypeAdapter[Any]) -> Any:
        if answer.status_code != 200:
            raise NotAnswered(f"status-{answer.status_code}")
        try:
            return reader.validate_json(answer.content)
        except ValidationError as error:
            raise NotAnswered(type(error).__name__) from None


def _office(unit: _Unit) -> Office:
    status = OfficeStatus.REPLACED if unit.status.casefold() in _SHUT else OfficeStatus.ACTIVE
    return Office(OfficeNumber(unit.enhetNr), unit.navn, status, unit.organisasjonsnummer, None)
