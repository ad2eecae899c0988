"""`/v1/feed/notices/{id}`: a NAV office's system reads a notice, acknowledges receipt, and forwards it."""

import asyncio
from uuid import UUID

from fastapi import APIRouter, Request, Response

from varsling.domain.problems import Code
from varsling.notices.schemas.changes import AcknowledgementInput, ForwardingInput
from varsling.notices.schemas.examples import ACKNOWLEDGEMENT, FORWARDING
from varsling.notices.schemas.office import AcknowledgementAnswer, ForwardingAnswer, OfficeView
from varsling.notices.service import Acknowledge, Forward, ReadByOffice, version_readable_by
from varsling.web.answers import NO_STORE, etag_of, json_answer
from varsling.web.dependencies import ContextOf, PrincipalOf
from varsling.web.keyed import KeyedCall, carry_out
from varsling.web.openapi import described

router = APIRouter(tags=["feed"])

_GONE = (Code.NOT_FOUND, Code.ERASED)


@router.get(
    "/v1/feed/notices/{notice_id}",
    summary="Read a notice as its office",
    **described(responses={200: OfficeView}, problems=_GONE),
)
async def read_notice_as_office(notice_id: UUID, context: ContextOf, principal: PrincipalOf) -> Response:
    view = await context.writer.submit(ReadByOffice(context, principal.acting, notice_id))
    return json_answer(view, version=view["version"])


@router.head("/v1/feed/notices/{notice_id}", include_in_schema=False)
async def look_at_notice_as_office(notice_id: UUID, context: ContextOf, principal: PrincipalOf) -> Response:
    """Tell whether the notice can be read, and its version. It does not count as a read."""
    version = await asyncio.to_thread(version_readable_by, context, principal.acting, notice_id)
    answer = Response(headers={"Cache-Control": NO_STORE, "ETag": etag_of(version)}, media_type="application/json")
    del answer.headers["content-length"]  # it would be that of the body, which is not made here (RFC 9110 § 8.6)
    return answer


@router.post(
    "/v1/feed/notices/{notice_id}/acknowledgement",
    summary="Acknowledge receipt",
    **described(
        request=AcknowledgementInput,
        example=ACKNOWLEDGEMENT,
        responses={200: AcknowledgementAnswer},
        problems=(*_GONE, Code.DATE_IN_FUTURE, Code.IDENTITY_NUMBER_IN_REFERENCE),
        idempotent=True,
    ),
)
async def acknowledge_notice(notice_id: UUID, request: Request, context: ContextOf, principal: PrincipalOf) -> Response:
    def command(call: KeyedCall[AcknowledgementInput]) -> Acknowledge:
        return Acknowledge(context, call.key, principal.acting, notice_id, call.body)

    return await carry_out(request, context, principal, AcknowledgementInput, command)


@router.post(
    "/v1/feed/notices/{notice_id}/forwarding",
    summary="Forward to another office",
    **described(
        request=ForwardingInput,
        example=FORWARDING,
        responses={200: ForwardingAnswer},
        problems=(*_GONE, Code.UNKNOWN_OFFICE, Code.NOTICE_CLOSED, Code.ALREADY_FORWARDED),
        idempotent=True,
    ),
)
async def forward_notice(notice_id: UUID, request: Request, context: ContextOf, principal: PrincipalOf) -> Response:
    """With `office` null an operator finds the office. The office that forwards a notice cannot read it any more."""

    def command(call: KeyedCall[ForwardingInput]) -> Forward:
        return Forward(context, call.key, principal.acting, notice_id, call.body)

    return await carry_out(request, context, principal, ForwardingInput, command)
