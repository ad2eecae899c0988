"""The bundled register: municipalities, districts, postal codes and NAV offices, and the areas that offices serve.

It is read once, at the first look-up. `compile.py` names the sources.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from typing import Any, NamedTuple, TypeVar

import orjson

from varsling.domain.office import OfficeNumber
from varsling.domain.problems import Candidate

_Fact = TypeVar("_Fact")

# County numbers of Svalbard, Jan Mayen and the continental shelf: they have no municipal social service.
_OUTSIDE = ("21", "22", "23")


class OfficeStatus(StrEnum):
    ACTIVE = "active"
    REPLACED = "replaced"


class Estimate(StrEnum):
    """How surely a postal code of a city with districts lies in one of them."""

    ONE = "one"
    MOSTLY = "mostly"
    UNSURE = "unsure"


class Municipality(NamedTuple):
    number: str
    name: str
    parallel_names: tuple[str, ...]


class Change(NamedTuple):
    """The new number of a municipality from a day on. Two changes of one old number are a split."""

    new_number: str
    valid_from: date


class PostalCode(NamedTuple):
    place: str
    municipality: str
    boxes_only: bool


class PostalCodeDistricts(NamedTuple):
    """The districts of a postal code. The first is the estimate's, unless the estimate is unsure."""

    estimate: Estimate
    districts: tuple[str, ...]


class Area(NamedTuple):
    """A municipality or district and its office; None if the register does not know the office."""

    office: OfficeNumber | None
    confidence: str
    evidence: str
    candidates: tuple[str, ...]


class Street(NamedTuple):
    """House numbers of a street in Oslo Marka, and the district whose office serves them."""

    first: int
    last: int
    side: str
    district: str

    def holds(self, house_number: int) -> bool:
        on_side = self.side == "all" or (house_number % 2 == 0) == (self.side == "even")
        return on_side and self.first <= house_number <= self.last


@dataclass(frozen=True, slots=True)
class Office:
    """A NAV office. A replaced one has a successor if the register is certain of it."""

    number: OfficeNumber
    name: str
    status: OfficeStatus
    organisation_number: str | None
    successor: OfficeNumber | None


@dataclass(frozen=True, slots=True)
class Renewal:
    """NORG2's answers about areas and offices on a day. They replace the bundled facts about them."""

    version: str
    made_on: date
    areas: Mapping[str, OfficeNumber | None]
    offices: Mapping[str, Office]


@dataclass(frozen=True)
class Register:
    """`renewed_on` is the day of NORG2's own answers; None: all facts are the bundled ones."""

    version: str
    sources: Mapping[str, Mapping[str, str | None]]
    municipalities: Mapping[str, Municipality]
    changes: Mapping[str, tuple[Change, ...]]
    districts: Mapping[str, str]
    postal_codes: Mapping[str, PostalCode]
    postal_code_districts: Mapping[str, PostalCodeDistricts]
    offices: Mapping[str, Office]
    areas: Mapping[str, Area]
    streets: Mapping[str, tuple[Street, ...]]
    renewed_on: date | None = None

    @cached_property
    def cities(self) -> Mapping[str, tuple[str, ...]]:
        """The municipalities whose districts have offices of their own, with those districts."""
        found: dict[str, list[str]] = {}
        for district in self.districts:
            found.setdefault(district[:4], []).append(district)
        return {city: tuple(districts) for city, districts in found.items()}

    @cached_property
    def office_of(self) -> Mapping[str, Office | None]:
        """The office in use of each municipality and district; None if the register does not know it."""
        return {
            number: self.active_office(area.office) if area.office is not None else None
            for number, area in self.areas.items()
        }

    @cached_property
    def served_by(self) -> Mapping[str, tuple[str, ...]]:
        """The municipalities and districts that each office serves. Svalbard and Jan Mayen are neither."""
        found: dict[str, list[str]] = {}
        for number, office in self.office_of.items():
            if office is not None and (number in self.municipalities or number in self.districts):
                found.setdefault(office.number, []).append(number)
        return {office: tuple(areas) for office, areas in found.items()}

    def renewed(self, renewal: Renewal) -> "Register":
        """Give this register with NORG2's answers in it."""
        evidence = f"norg2_{renewal.made_on}"
        areas = {number: Area(office, "high", evidence, ()) for number, office in renewal.areas.items()}
        return replace(
            self,
            version=f"{self.version}+{renewal.version}",
            areas={**self.areas, **areas},
            offices={**self.offices, **renewal.offices},
            renewed_on=renewal.made_on,
        )

    def name_of(self, area: str) -> str:
        """Give the name of a municipality or district. Raises KeyError for another number."""
        return self.districts[area] if area in self.districts else self.municipalities[area].name

    def candidate(self, area: str) -> Candidate:
        """Name a municipality or district to choose, with its office. Raises KeyError for another number."""
        office = self.office_of[area]
        return Candidate(area, self.name_of(area), None if office is None else (office.number, office.name))

    def successors(self, municipality: str, on: date) -> tuple[str, ...]:
        """Give the municipalities that a number stands for on a day.

        That is the municipality itself, or its successor through every change, or all successors of a split; none for
        an unknown number.
        """
        changed = [change for change in self.changes.get(municipality, ()) if change.valid_from <= on]
        if changed:
            found = [number for change in changed for number in self.successors(change.new_number, on)]
            return tuple(dict.fromkeys(found))
        return (municipality,) if municipality in self.municipalities or municipality in self.changes else ()

    def active_office(self, number: str) -> Office | None:
        """Give the office itself, or the active one that replaced it; None if that is unknown or uncertain."""
        office = self.offices.get(number)
        passed: set[str] = set()
        while office is not None and office.status is OfficeStatus.REPLACED and office.number not in passed:
            passed.add(office.number)  # no circle in the data may hang a look-up
            office = self.offices.get(office.successor) if office.successor else None
        return office if office is not None and office.status is OfficeStatus.ACTIVE else None


def outside_norway(municipality: str) -> bool:
    return municipality.startswith(_OUTSIDE)


@cache
def bundled() -> Register:
    """Read the bundled register."""
    return read_register(resources.files("varsling.offices").joinpath("register", "register.json").read_bytes())


def read_register(text: bytes) -> Register:
    facts: dict[str, Any] = orjson.loads(text)
    return Register(
        version=facts["version"],
        sources=facts["sources"],
        municipalities={row[0]: Municipality(row[0], row[1], tuple(row[2])) for row in facts["municipalities"]},
        changes=_grouped((row[0], Change(row[2], date.fromisoformat(row[3]))) for row in facts["changes"]),
        districts={row[0]: row[1] for row in facts["districts"]},
        postal_codes={row[0]: PostalCode(row[1], row[2], bool(row[3])) for row in facts["postal_codes"]},
        postal_code_districts={
            row[0]: PostalCodeDistricts(Estimate(row[1]), tuple(row[2])) for row in facts["postal_code_districts"]
        },
        offices={row[0]: Office(row[0], row[1], OfficeStatus(row[2]), row[3], row[4]) for row in facts["offices"]},
        areas={row[0]: Area(row[1], row[2], row[3], tuple(row[4])) for row in facts["areas"]},
        streets=_grouped((row[0].casefold(), Street(*row[1:])) for row in facts["streets"]),
    )


def _grouped(rows: Iterable[tuple[str, _Fact]]) -> dict[str, tuple[_Fact, ...]]:
    found: dict[str, list[_Fact]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
