"""Kartverket's open address API: where a house stands.

Source: ws.geonorge.no/adresser/v1, swagger 1.2.0. It takes GET alone, so the URL of the call contains an address; it
contains neither flat nor people nor the reason of the question.
"""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ValidationError

from varsling import http
from varsling.lookup_cache import NotAnswered
from varsling.offices.addresses import AddressQuestion, Located, same_street
from varsling.offices.borders import Point

# The most hits that the API gives at once. An address with more of them is no single place.
_MOST_HITS = 1000


class _Place(BaseModel):
    lat: float
    lon: float


class _Hit(BaseModel):
    """An address; other members of the answer are ignored. `bokstav` is empty or null if there is none."""

    adressenavn: str | None = None
    adressetilleggsnavn: str | None = None
    nummer: int | None = None
    bokstav: str | None = None
    kommunenummer: str
    postnummer: str | None = None
    representasjonspunkt: _Place


class _Metadata(BaseModel):
    totaltAntallTreff: int  # noqa: N815  (the API's name)


class _Hits(BaseModel):
    metadata: _Metadata
    adresser: list[_Hit]


class Kartverket:
    """A client for one process. A call takes at most `seconds`, and follows no redirect."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._url = url
        self._client = http.client(
            headers={"Accept": "application/json"}, read_seconds=seconds, connect_seconds=seconds
        )

    def find(self, question: AddressQuestion) -> Located | None:
        """Find a place (`Addresses.find`). If the exact search fails, the street may be spelt otherwise: then similar
        addresses are searched for that street alone. Raises NotAnswered."""
        if question.number is None:
            return self._searched(question, _is_farm, adressetilleggsnavn=question.street)
        exact = self._searched(question, _is_house, adressenavn=question.street, nummer=question.number)
        if exact is not None:
            return exact
        similar = f"{question.street} {question.number}{question.letter or ''}"
        return self._searched(question, _is_house, sok=similar, fuzzy="true")

    def close(self) -> None:
        self._client.close()

    def _searched(
        self, question: AddressQuestion, meant: Callable[[AddressQuestion, _Hit], bool], **search: Any
    ) -> Located | None:
        hits = [hit for hit in self._hits(search | {"postnummer": question.postal_code}) if meant(question, hit)]
        lettered = [hit for hit in hits if (hit.bokstav or "").upper() == (question.letter or "")]
        if not lettered and question.letter is None:
            lettered = hits  # a house with only 1A and 1B, called 1
        municipalities = {hit.kommunenummer for hit in lettered}
        if len(municipalities) != 1:
            return None
        places = [hit.representasjonspunkt for hit in lettered]
        return Located(municipalities.pop(), tuple(Point(place.lat, place.lon) for place in places))

    def _hits(self, search: dict[str, Any]) -> list[_Hit]:
        try:
            answer = self._client.get(f"{self._url}/sok", params=search | {"treffPerSide": _MOST_HITS})
            if answer.status_code != 200:
                raise NotAnswered(f"status-{answer.status_code}")
            found = _Hits.model_validate_json(answer.content)
        except (*http.NETWORK_ERRORS, ValidationError) as error:
            raise NotAnswered(type(error).__name__) from None
        return found.adresser if found.metadata.totaltAntallTreff <= len(found.adresser) else []


def _is_house(question: AddressQuestion, hit: _Hit) -> bool:
    return (
        hit.nummer == question.number
        and hit.postnummer == question.postal_code
        and same_street(hit.adressenavn or "", question.street)
    )


def _is_farm(question: AddressQuestion, hit: _Hit) -> bool:
    return hit.postnummer == question.postal_code and same_street(hit.adressetilleggsnavn or "", question.street)
