"""Examples of the documentation: reservations of a synthetic tenant, and the end of a lease."""

from typing import Any

RESERVATION: dict[str, Any] = {
    "landlord": {"organisation_number": "311758489"},
    "lease": {"reference": "K-1044"},
    "tenant": {"name": "Kari Testperson", "birth_date": "1990-01-01"},
    "received_on": "2026-11-20",
    "form": "letter",
}
REVOCATION: dict[str, Any] = {"received_on": "2026-11-24", "form": "email"}
LEASE_END: dict[str, Any] = {
    "landlord": {"organisation_number": "311758489"},
    "lease": {"reference": "K-1044"},
    "on": "2026-11-30",
}
