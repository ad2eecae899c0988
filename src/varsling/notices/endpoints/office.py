"""`/v1/feed/notices/{id}`: a notice as its NAV office reads, acknowledges and forwards it."""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from varsling.access.idempotency import IdempotencyKey, digest, key_of
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.domain.problems import Code
from varsling.notices.commands.acknowledge import Acknowledge
from varsling.notices.commands.forward import Forward
from varsling.notices.commands.office_read import ReadByOffice, look
from varsling.notices.schemas.changes import AcknowledgementShape, ForwardingShape
from varsling.notices.schemas.examples import ACKNOWLEDGEMENT, FORWARDING
from varsling.notices.schemas.office import AcknowledgementAnswer, ForwardingAnswer, OfficeView
from varsling.web.answers import NO_STORE, answer, etag_of, json_answer
from varsling.web.bodies import read_body
from varsling.web.dependencies import ContextOf, PrincipalOf
from varsling.web.openapi import described

router = APIRouter(tags=["feed"])

_GONE = (Code.NOT_FOUND, Code.ERASED)


@router.get(
    "/v1/feed/notices/{notice_id}",
    summary="The newest published version, for its office",
    **described(responses={200: OfficeView}, problems=_GONE),
)
async def read_notice_as_office(notice_id: UUID, context: ContextOf, principal: PrincipalOf) -> Response:
    view = await context.writer.submit(ReadByOffice(context, principal.acting, notice_id))
    return json_answer(view.body, version=view.version)


@router.head("/v1/feed/notices/{notice_id}", include_in_schema=False)
async def look_at_notice_as_office(notice_id: UUID, context: ContextOf, principal: PrincipalOf) -> Response:
    """Whether it is there, and in which version: nobody has read it by this."""
    version = await asyncio.to_thread(look, context, principal.acting, notice_id)
    return Response(headers={"Cache-Control": NO_STORE, "ETag": etag_of(version)}, media_type="application/json")


@router.post(
    "/v1/feed/notices/{notice_id}/acknowledgement",
    summary="The office has it",
    **described(
        request=AcknowledgementShape,
        example=ACKNOWLEDGEMENT,
        responses={200: AcknowledgementAnswer},
        problems=(*_GONE, Code.DATE_IN_FUTURE, Code.IDENTITY_NUMBER_IN_REFERENCE),
        idempotent=True,
    ),
)
async def acknowledge_notice(notice_id: UUID, request: Request, context: ContextOf, principal: PrincipalOf) -> Response:
    body = await read_body(request, AcknowledgementShape)
    key = _key(request, context, principal, body.parsed)
    answered = await context.writer.submit(Acknowledge(context, principal.acting, notice_id, key, body.model))
    return answer(answered.answer, replayed=answered.replayed)


@router.post(
    "/v1/feed/notices/{notice_id}/forwarding",
    summary="The notice is another office's",
    **described(
        request=ForwardingShape,
        example=FORWARDING,
        responses={200: ForwardingAnswer},
        problems=(*_GONE, Code.UNKNOWN_OFFICE, Code.NOTICE_CLOSED, Code.ALREADY_FORWARDED),
        idempotent=True,
    ),
)
async def forward_notice(notice_id: UUID, request: Request, context: ContextOf, principal: PrincipalOf) -> Response:
    """`office` null: an operator finds out whose it is. Who forwards a notice cannot read it any more."""
    body = await read_body(request, ForwardingShape)
    key = _key(request, context, principal, body.parsed)
    answered = await context.writer.submit(Forward(context, principal.acting, notice_id, key, body.model))
    return answer(answered.answer, replayed=answered.replayed)


def _key(request: Request, context: Context, principal: Principal, parsed: dict[str, Any]) -> IdempotencyKey | None:
    index = context.keyring.index
    return key_of(
        index,
        principal,
        request.headers.get("idempotency-key"),
        method=request.method,
        route=request.url.path,
        body_digest=digest(index, parsed),
    )
