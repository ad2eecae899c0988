"""Canary people who exist in no other place: any trace of them outside their own data is a leak."""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from varsling.demo.samples import LANDLORD, samples, synthetic_number

BORN = date(1957, 3, 14)
NUMBER = synthetic_number(BORN, 3)
LANDLORDS_NUMBER = synthetic_number(date(1944, 8, 29), 5)
PERSON: dict[str, Any] = {
    "name": "Kanutte Fuglesangvik",
    "national_id": NUMBER,
    "language": "nn",
    "email": "kanutte@fuglepost.example",
    "phone": "+4798761234",
    "postal_address": {
        "lines": ["c/o Zebrafink", "Papegøyestien 77"],
        "postal_code": "0552",
        "city": "Oslo",
        "country": "NO",
    },
}
LANDLORD_PERSON: dict[str, Any] = {
    "name": "Utleifa Kakaduesen",
    "national_id": LANDLORDS_NUMBER,
    "contact": {"email": "utleifa@kakadu.example", "phone": "+4798764321"},
}
# Personal values that no log, error, URL, metric or database file may contain, in every usual encoding.
CANARIES = (
    "Kanutte",
    "Fuglesangvik",
    NUMBER,
    "fuglepost",
    "98761234",
    "Zebrafink",
    "Papegøyestien",
    "Utleifa",
    "Kakaduesen",
    LANDLORDS_NUMBER,
    "98764321",
    "1957-03-14",
    "Undulatgata",
    "81726.35",
    "8172635",  # the same in øre
)


def notice(reference: str, **changes: Any) -> dict[str, Any]:
    """A notice about her without a fault today."""
    body = samples(date.today())[0].notice  # noqa: DTZ011  (any day near today will do)
    claims = [
        claim | {"original_amount": "81726.35", "outstanding_amount": "81726.35"} for claim in body["breach"]["claims"]
    ]
    return (
        body
        | {
            "reference": reference,
            "lease": body["lease"] | {"reference": reference},
            "tenants": [PERSON],
            "dwelling": body["dwelling"] | {"street": "Undulatgata", "house_number": "4"},
            "breach": body["breach"] | {"claims": claims},
        }
        | changes
    )


def reservation(lease: str) -> dict[str, Any]:
    return {
        "landlord": {"organisation_number": LANDLORD},
        "lease": {"reference": lease},
        "tenant": {"name": PERSON["name"], "national_id": NUMBER},
        "received_on": f"{date.today()}",  # noqa: DTZ011  (any day near today will do)
        "form": "letter",
    }


def _written(canary: str) -> set[bytes]:
    escaped = canary.encode("unicode_escape").decode()
    ways = {canary, canary.lower(), canary.upper(), quote(canary), escaped, canary.encode().hex()}
    return {way.encode(encoding) for way in ways for encoding in ("utf-8", "utf-16-le")}


_WAYS = sorted({way.lower() for canary in CANARIES for way in _written(canary)})


def found_in(content: bytes) -> set[str]:
    """Find the canaries in the content, ignoring case. Plain searches are far faster than one pattern of all."""
    folded = content.lower()
    return {way.decode("utf-8", "replace") for way in _WAYS if way in folded}


def found_below(folder: Path) -> dict[str, set[str]]:
    """Search a folder file by file; empty if all is well."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.is_symlink())
    found = {f"{file.relative_to(folder)}": found_in(file.read_bytes()) for file in files}
    return {name: hits for name, hits in found.items() if hits}
