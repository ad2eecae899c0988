"""A reservation in answers to the landlord's side. It never contains an identity number."""

from varsling.access.idempotency import StoredAnswer
from varsling.domain.reservation import ReservationForm
from varsling.reservations.keeping import Reserving
from varsling.reservations.schemas import ReservationAnswer, ReservingTenant
from varsling.reservations.store import StoredReservation
from varsling.shapes import day, instant
from varsling.web.answers import stored_answer


def answer_of(stored: StoredReservation, tenant: Reserving | None, status: int) -> StoredAnswer:
    location = f"/v1/reservations/{stored.id}" if status == 201 else None
    return stored_answer(reservation_answer(stored, tenant), _version(stored), status, location)


def reservation_answer(stored: StoredReservation, tenant: Reserving | None) -> ReservationAnswer:
    return {
        "id": str(stored.id),
        "version": _version(stored),
        "landlord": {"organisation_number": stored.landlord_organisation},
        "lease": {"reference": stored.lease_reference},
        "tenant": None if tenant is None else _tenant(tenant),
        "received_on": day(stored.received_on),
        "form": stored.form,
        "registered_by": None if stored.form is ReservationForm.PAGE else stored.acting_organisation,
        "created_at": instant(stored.created_at),
        "revoked_at": instant(stored.revoked_at),
    }


def _version(stored: StoredReservation) -> int:
    return 1 if stored.revoked_at is None else 2


def _tenant(tenant: Reserving) -> ReservingTenant:
    given = tenant.national_id is not None
    # The birth date is a part of a number that was given: it is not told either.
    return {
        "name": tenant.name,
        "national_id_given": given,
        "birth_date": None if given else day(tenant.birth_date),
    }
