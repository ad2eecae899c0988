"""`/v1/reservations`, `/v1/leases/end`: what tenants wrote to their landlords, and when leases end."""

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query, Request, Response

from varsling.access.idempotency import IdempotencyKey, digest, key_of
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.engine import reading
from varsling.domain.problems import Code
from varsling.notices.service import RegisterReservation, RevokeReservation
from varsling.reservations import leases, store
from varsling.reservations.examples import LEASE_END, RESERVATION, REVOCATION
from varsling.reservations.keeping import Reserving
from varsling.reservations.registration import check, prepared
from varsling.reservations.representation import shown
from varsling.reservations.schemas import (
    LeaseEndAnswer,
    LeaseEndShape,
    ReservationAnswer,
    ReservationShape,
    ReservationsPage,
    ReservationsQuery,
    RevocationShape,
)
from varsling.reservations.tables import reservations
from varsling.web.answers import answer, json_answer
from varsling.web.bodies import read_body
from varsling.web.cursors import cursor, read_cursor
from varsling.web.dependencies import ContextOf, PrincipalOf
from varsling.web.openapi import described

router = APIRouter(tags=["reservations"])

# What may be wrong with whom and which lease it is about.
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
    summary="A tenant's reservation that the landlord received",
    **described(
        request=ReservationShape,
        example=RESERVATION,
        responses={201: ReservationAnswer},
        problems=(*_OF_WHO, Code.DATE_IN_FUTURE),
        idempotent=True,
    ),
)
async def register_reservation(request: Request, context: ContextOf, principal: PrincipalOf) -> Response:
    body = await read_body(request, ReservationShape)
    body_digest = digest(context.keyring.index, body.parsed)
    key = _key(request, context, principal, body_digest)
    check(context, principal, body.model)
    new = prepared(context, principal, body.model, body_digest)
    answered = await context.writer.submit(RegisterReservation(context, principal, key, new))
    return answer(answered.answer, replayed=answered.replayed)


@router.get(
    "/v1/reservations",
    summary="The caller's reservations, a page, oldest first",
    **described(responses={200: ReservationsPage}, problems=(Code.CURSOR_UNKNOWN,)),
)
def list_reservations(
    context: ContextOf, principal: PrincipalOf, query: Annotated[ReservationsQuery, Query()]
) -> Response:
    return json_answer(_page(context, principal, query))


@router.post(
    "/v1/reservations/{reservation_id}/revocation",
    summary="The tenant took her reservation back",
    **described(
        request=RevocationShape,
        example=REVOCATION,
        responses={200: ReservationAnswer},
        problems=(Code.NOT_FOUND, Code.DATE_IN_FUTURE),
        idempotent=True,
    ),
)
async def revoke_reservation(
    reservation_id: UUID, request: Request, context: ContextOf, principal: PrincipalOf
) -> Response:
    body = await read_body(request, RevocationShape)
    key = _key(request, context, principal, digest(context.keyring.index, body.parsed))
    change = RevokeReservation(context, principal, reservation_id, key, body.model)
    answered = await context.writer.submit(change)
    return answer(answered.answer, replayed=answered.replayed)


@router.post(
    "/v1/leases/end",
    summary="The day on which a lease ends",
    **described(
        request=LeaseEndShape,
        example=LEASE_END,
        responses={200: LeaseEndAnswer},
        problems=_OF_WHO,
        idempotent=True,
    ),
)
async def end_lease(request: Request, context: ContextOf, principal: PrincipalOf) -> Response:
    body = await read_body(request, LeaseEndShape)
    key = _key(request, context, principal, digest(context.keyring.index, body.parsed))
    check(context, principal, body.model)
    answered = await context.writer.submit(leases.EndLease(context, principal, key, body.model))
    return answer(answered.answer, replayed=answered.replayed)


def _key(request: Request, context: Context, principal: Principal, body_digest: bytes) -> IdempotencyKey | None:
    return key_of(
        context.keyring.index,
        principal,
        request.headers.get("idempotency-key"),
        method=request.method,
        route=request.url.path,
        body_digest=body_digest,
    )


def _page(context: Context, principal: Principal, query: ReservationsQuery) -> dict[str, Any]:
    key, cipher = context.keyring.cursor_key, context.keyring.cipher
    conditions = [store.readable_by(principal)]
    if (after := read_cursor(key, principal, query, query.cursor)) is not None:
        conditions.append(reservations.c.id > after)
    if query.lease is not None:
        conditions.append(reservations.c.lease_reference == query.lease)
    with reading(context.engine) as connection:
        found = store.select(connection, sa.and_(*conditions), limit=query.limit + 1)
        items = found[: query.limit]
        told = [shown(one, Reserving.of(cipher, connection, one.id)) for one in items]
    return {
        "items": told,
        "next": cursor(key, principal, query, items[-1].id) if len(found) > len(items) else None,
    }
