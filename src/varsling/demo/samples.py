"""The sample notices: addresses of public buildings, and people who cannot exist (Tenor's numbers, month + 80)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

LANDLORD = "311758489"
AGENT = "313367002"
INTEGRATION = "310702641"
# The tenant whose page is shown, and the birth date that opens it.
TENANT_SHOWN, BIRTH_DATE_SHOWN = "Kari Testperson", "01.01.1990"

# Weights of the two check digits (INTEGRATIONS § 10.3, Skatteetaten's published rule).
_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True, slots=True)
class Sample:
    """A notice with the point that it shows. A `reservation` is registered before it is sent."""

    shows: str
    notice: dict[str, Any]
    refused: bool = False
    reservation: dict[str, Any] | None = None


def synthetic_number(born: date, place: int) -> str:
    """Make the `place`-th synthetic number (Tenor: month + 80) of a person born on a day of 1900–1999."""
    found = []
    for individual in range(500):
        digits = f"{born.day:02}{born.month + 80:02}{born.year % 100:02}{individual:03}"
        first = -sum(int(d) * w for d, w in zip(digits, _FIRST, strict=True)) % 11
        second = -sum(int(d) * w for d, w in zip(f"{digits}{first}", _SECOND, strict=False)) % 11
        if first < 10 and second < 10:
            found.append(f"{digits}{first}{second}")
            if len(found) > place:
                return found[place]
    raise ValueError("there are not so many numbers a day")


def samples(today: date) -> list[Sample]:
    """Make all samples as of an Oslo date. Each differs from the others in one point."""
    return [
        Sample("one tenant in Oslo, the office found by the district", _notice("1", today, OSLO, [_kari()])),
        Sample(
            "two tenants on one lease in Bergen: a copy for each",
            _notice("2", today, _BERGEN, _two()),
        ),
        Sample(
            "a municipality that was renumbered: 3005 Drammen became 3301",
            _notice("3", today, _DRAMMEN, [_tenant("Mary Example", 1990, 4, "en")]),
        ),
        Sample(
            "a tenant who has reserved: refused, nothing is sent to anybody",
            _notice("4", today, OSLO, [_tenant("Per Nei", 1978, 5, None)]),
            refused=True,
            reservation=_reservation("4", today, {"name": "Per Nei", "national_id": _number(1978, 5)}),
        ),
        Sample(
            "a petition planned too early: refused, with the dates that would do",
            _notice("5", today, OSLO, [_tenant("Tove Tidlig", 1969, 6, None)])
            | {"planned_petition_date": f"{today + timedelta(days=3)}"},
            refused=True,
        ),
        Sample(
            "a municipality whose office the register does not know: held for a person, not guessed",
            _notice("6", today, _LUND, [_tenant("Lars Vente", 1992, 7, None)]),
        ),
        Sample(
            "an office without an integration: the notice goes there as a letter",
            _notice("7", today, TROMSO, [_tenant("Máret Geahččaleapmi", 1980, 8, "se")]),
        ),
        Sample(
            "three faults at once: all of them are told in one answer",
            _notice("8", today, OSLO | {"postal_code": "0000"}, [_tenant("Feil Person", 1970, 9, None)])
            | {"lease": _lease("8") | {"use": "holiday"}, "attestations": _ATTESTED | _RESERVED},
            refused=True,
        ),
    ]


_ATTESTED = {"no_reservation_received": True, "reason_to_notify": True}
_RESERVED = {"no_reservation_received": False}
OSLO = {
    "street": "Schous plass",
    "house_number": "10",
    "postal_code": "0552",
    "city": "Oslo",
    "district_number": "030102",
}
_BERGEN = {"address_line": "Strømgaten 6, H0301", "postal_code": "5015", "city": "Bergen"}
_DRAMMEN = {"address_line": "Grønland 58 A", "postal_code": "3045", "city": "Drammen", "municipality_number": "3005"}
_LUND = {"address_line": "Moiveien 9", "postal_code": "4460", "city": "Moi"}
TROMSO = {"street": "Rådhusgata", "house_number": "2", "postal_code": "9008", "city": "Tromsø"}


def _number(year: int, place: int) -> str:
    return synthetic_number(date(year, 1, 1), place)


NOT_AT_ALTINN = frozenset({_number(1990, 1), _number(1987, 3)})
"""The tenants to whom the demonstration's Altinn brings nothing: one has an e-mail address, one has none."""


def synthetic_tenant(name: str, year: int, place: int, language: str | None = None) -> dict[str, Any]:
    return {"name": name, "national_id": _number(year, place), "language": language}


def _two() -> list[dict[str, Any]]:
    return [synthetic_tenant("Ola Prøve", 1985, 2, "nn"), synthetic_tenant("Anne Prøve", 1987, 3)]


def _kari() -> dict[str, Any]:
    return synthetic_tenant(TENANT_SHOWN, 1990, 1, None) | {"email": "kari@mail.example"}


def _lease(name: str) -> dict[str, Any]:
    return {"reference": f"DEMO-{name}", "use": "dwelling", "eviction_clause": True}


def _landlord() -> dict[str, Any]:
    contact = {"name": "Utleie", "email": "utleie@tiger.example", "phone": "+4722000000"}
    return {"organisation_number": LANDLORD, "name": "Tigerboliger AS", "contact": contact}


def sample_notice(name: str, today: date, dwelling: Mapping[str, Any], tenants: list[dict[str, Any]]) -> dict[str, Any]:
    first = (today.replace(day=1) - timedelta(days=40)).replace(day=1)
    second = (today.replace(day=1) - timedelta(days=10)).replace(day=1)
    claims = [
        {"due_date": f"{first}", "original_amount": "12500.00", "outstanding_amount": "12500.00"},
        {"due_date": f"{second}", "original_amount": "12500.00", "outstanding_amount": "9000.00"},
    ]
    return {
        "reference": f"DEMO-{name}-{today:%Y-%m}",
        "landlord": _landlord(),
        "lease": _lease(name),
        "dwelling": dict(dwelling),
        "tenants": tenants,
        "breach": {"claims": claims, "deposited_amount": "0.00"},
        "payment": {"account_number": "12345678903", "kid": None},
        "ground": {"code": "rent_unpaid", "warning_sent_on": f"{today - timedelta(days=6)}"},
        "attestations": _ATTESTED,
    }


def _reservation(name: str, today: date, tenant: dict[str, Any]) -> dict[str, Any]:
    return {
        "landlord": {"organisation_number": LANDLORD},
        "lease": {"reference": f"DEMO-{name}"},
        "tenant": tenant,
        "received_on": f"{today - timedelta(days=30)}",
        "form": "letter",
    }


_notice, _tenant = sample_notice, synthetic_tenant
