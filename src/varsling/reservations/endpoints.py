"""`/v1/reservations`, `/v1/leases/end`: reservations that landlords received, and ends of leases."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from varsling.domain.problems import Code
from varsling.notices.service import RegisterReservation, RevokeReservation
from varsling.reservations.examples import LEASE_END, RESERVATION, REVOCATION
from varsling.reservations.leases import EndLease
from varsling.reservations.listing import page, read
from varsling.reservations.registration import check, prepared
from varsling.reservations.schemas import (
    LeaseEndAnswer,
    LeaseEndInput,
    ReservationAnswer,
    ReservationInput,
    ReservationsPage,
    ReservationsQuery,
    RevocationInput,
)
from varsling.web import reading
from varsling.web.answers import json_answer
from varsling.web.dependencies import ContextOf, PrincipalOf
from varsling.web.keyed import KeyedCall, carry_out
from varsling.web.openapi import described

router = APIRouter(tags=["reservations"])

# The codes of faults of the parties and the lease.
_OF_WHO = (
    Code.LANDLORD_MISMATCH,
    Code.NOTICE_REFUSED,
    Code.BIRTH_DATE_CONFLICT,
    Code.SYNTHETIC_ID_IN_PRODUCTION,
    Code.REAL_ID_IN_TEST,
    Code.IDENTITY_NUMBER_IN_REFERENCE,
)


@router.post(
    "/v1/reservations",
    summary="Register a reservation",
    **described(
        request=ReservationInput,
        example=RESERVATION,
        responses={201: ReservationAnswer},
        problems=(*_OF_WHO, Code.DATE_IN_FUTURE),
        idempotent=True,
    ),
)
async def register_reservation(request: Request, context: ContextOf, principal: PrincipalOf) -> Response:
    def command(call: KeyedCall[ReservationInput]) -> RegisterReservation:
        check(context, principal, call.body)
        return RegisterReservation(
            context, call.key, principal, prepared(context, principal, call.body, call.body_digest)
        )

    return await carry_out(request, context, principal, ReservationInput, command)


@router.get(
    "/v1/reservations",
    summary="List reservations",
    **described(responses={200: ReservationsPage}, problems=(Code.CURSOR_UNKNOWN,)),
)
async def list_reservations(
    request: Request, context: ContextOf, principal: PrincipalOf, query: Annotated[ReservationsQuery, Query()]
) -> Response:
    return json_answer(await reading.read(request, page, context, principal, query))


@router.get(
    "/v1/reservations/{reservation_id}",
    summary="Read a reservation",
    **described(responses={200: ReservationAnswer}, problems=(Code.NOT_FOUND,)),
)
async def read_reservation(
    reservation_id: UUID, request: Request, context: ContextOf, principal: PrincipalOf
) -> Response:
    reservation = await reading.read(request, read, context, principal, reservation_id)
    return json_answer(reservation, version=reservation["version"])


@router.post(
    "/v1/reservations/{reservation_id}/revocation",
    summary="Revoke a reservation",
    **described(
        request=RevocationInput,
        example=REVOCATION,
        responses={200: ReservationAnswer},
        problems=(Code.NOT_FOUND, Code.DATE_IN_FUTURE, Code.DATE_CONFLICT),
        idempotent=True,
    ),
)
async def revoke_reservation(
    reservation_id: UUID, request: Request, context: ContextOf, principal: PrincipalOf
) -> Response:
    def command(call: KeyedCall[RevocationInput]) -> RevokeReservation:
        return RevokeReservation(context, call.key, principal, reservation_id, call.body)

    return await carry_out(request, context, principal, RevocationInput, command)


@router.post(
    "/v1/leases/end",
    summary="Tell the end of a lease",
    **described(
        request=LeaseEndInput,
        example=LEASE_END,
        responses={200: LeaseEndAnswer},
        problems=_OF_WHO,
        idempotent=True,
    ),
)
async def end_lease(request: Request, context: ContextOf, principal: PrincipalOf) -> Response:
    def command(call: KeyedCall[LeaseEndInput]) -> EndLease:
        check(context, principal, call.body)
        return EndLease(context, call.key, principal, call.body)

    return await carry_out(request, context, principal, LeaseEndInput, command)
