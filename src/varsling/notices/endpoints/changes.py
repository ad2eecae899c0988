"""`POST /v1/notices/{id}/update`, `…/contact`, `…/settlement`, `…/withdrawal`: what the landlord's side changes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from varsling.access.idempotency import digest, key_of
from varsling.domain.problems import Code
from varsling.notices.commands.landlord import Call, ChangeContact, NoticeChange, Settle, Update, Withdraw
from varsling.notices.schemas.answers import NoticeAnswer
from varsling.notices.schemas.changes import ContactChangeShape, SettlementShape, UpdateShape, WithdrawalShape
from varsling.notices.schemas.examples import CONTACT, SETTLEMENT, UPDATE, WITHDRAWAL
from varsling.shapes import Shape
from varsling.web.answers import answer
from varsling.web.bodies import read_body
from varsling.web.dependencies import ContextOf, ExpectedVersionOf, LanguageOf, PrincipalOf
from varsling.web.openapi import described

router = APIRouter(tags=["notices"])

S = TypeVar("S", bound=Shape)
_ANY = (Code.NOT_FOUND, Code.NOTICE_CLOSED)
_OF_LAW = (
    Code.NOTICE_REFUSED,
    Code.TENANT_RESERVED,
    Code.PETITION_TOO_EARLY,
    Code.PLANNED_DATE_PASSED,
    Code.DATE_IN_FUTURE,
    Code.WARNING_BEFORE_DUE_DATE,
    Code.CLAIMS_NOT_APPLICABLE,
    Code.NOTHING_OVERDUE,
    Code.RENT_DEPOSITED,
    Code.IDENTITY_NUMBER_IN_REFERENCE,
)
_REPLACED = (Code.OPEN_NOTICE_EXISTS, Code.DUPLICATE_REFERENCE, Code.TENANT_RESERVED)


def asked(
    notice_id: UUID,
    context: ContextOf,
    principal: PrincipalOf,
    language: LanguageOf,
    expected_version: ExpectedVersionOf,
) -> Call:
    return Call(context, principal, notice_id, None, expected_version, language)


@router.post(
    "/v1/notices/{notice_id}/update",
    summary="Other sums, or another plan, of the same breach",
    **described(
        request=UpdateShape,
        example=UPDATE,
        responses={200: NoticeAnswer},
        problems=(*_ANY, Code.LANDLORD_SUSPENDED, *_OF_LAW),
        idempotent=True,
        conditional=True,
    ),
)
async def update_notice(request: Request, call: Annotated[Call, Depends(asked)]) -> Response:
    return await _changed(request, call, UpdateShape, Update)


@router.post(
    "/v1/notices/{notice_id}/contact",
    summary="Another way to reach a tenant",
    **described(
        request=ContactChangeShape,
        example=CONTACT,
        responses={200: NoticeAnswer},
        problems=(*_ANY, Code.LANDLORD_SUSPENDED, *_REPLACED),
        idempotent=True,
        conditional=True,
    ),
)
async def change_contact(request: Request, call: Annotated[Call, Depends(asked)]) -> Response:
    return await _changed(request, call, ContactChangeShape, ChangeContact)


@router.post(
    "/v1/notices/{notice_id}/settlement",
    summary="The breach is gone",
    **described(
        request=SettlementShape,
        example=SETTLEMENT,
        responses={200: NoticeAnswer},
        problems=(*_ANY, Code.DATE_IN_FUTURE),
        idempotent=True,
        conditional=True,
    ),
)
async def settle_notice(request: Request, call: Annotated[Call, Depends(asked)]) -> Response:
    return await _changed(request, call, SettlementShape, Settle)


@router.post(
    "/v1/notices/{notice_id}/withdrawal",
    summary="The notice is taken back",
    **described(
        request=WithdrawalShape,
        example=WITHDRAWAL,
        responses={200: NoticeAnswer},
        problems=_ANY,
        idempotent=True,
        conditional=True,
    ),
)
async def withdraw_notice(request: Request, call: Annotated[Call, Depends(asked)]) -> Response:
    return await _changed(request, call, WithdrawalShape, Withdraw)


async def _changed(request: Request, call: Call, shape: type[S], change: Callable[[Call, S], NoticeChange]) -> Response:
    body = await read_body(request, shape)
    index = call.context.keyring.index
    key = key_of(
        index,
        call.principal,
        request.headers.get("idempotency-key"),
        method=request.method,
        route=request.url.path,
        body_digest=digest(index, body.parsed),
    )
    answered = await call.context.writer.submit(change(replace(call, key=key), body.model))
    return answer(answered.answer, replayed=answered.replayed)
