"""A reservation as the landlord's side sees it. Never in it: an identity number."""

from datetime import datetime
from typing import Any

from varsling.access.idempotency import StoredAnswer
from varsling.reservations.keeping import Reserving
from varsling.reservations.store import StoredReservation
from varsling.web.answers import etag_of, rendered


def answer_of(stored: StoredReservation, tenant: Reserving | None, status: int) -> StoredAnswer:
    return StoredAnswer(
        status=status,
        body=rendered(shown(stored, tenant)),
        location=f"/v1/reservations/{stored.id}" if status == 201 else None,
        etag=etag_of(_version(stored)),
    )


def shown(stored: StoredReservation, tenant: Reserving | None) -> dict[str, Any]:
    return {
        "id": str(stored.id),
        "version": _version(stored),
        "landlord": {"organisation_number": stored.landlord_organisation},
        "lease": {"reference": stored.lease_reference},
        "tenant": None if tenant is None else _tenant(tenant),
        "received_on": stored.received_on.isoformat(),
        "form": stored.form,
        "created_at": _instant(stored.created_at),
        "revoked_at": None if stored.revoked_at is None else _instant(stored.revoked_at),
    }


def _version(stored: StoredReservation) -> int:
    return 1 if stored.revoked_at is None else 2


def _tenant(tenant: Reserving) -> dict[str, Any]:
    given = tenant.national_id is not None
    # Of a number that was given, the birth date is a part: it is not told either.
    return {
        "name": tenant.name,
        "national_id_given": given,
        "birth_date": None if given else tenant.birth_date.isoformat(),
    }


def _instant(at: datetime) -> str:
    return f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
