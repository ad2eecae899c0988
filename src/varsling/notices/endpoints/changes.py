"""`POST /v1/notices/{id}/update`, `…/contact`, `…/settlement`, `…/withdrawal`: what the landlord's side changes."""

from collections.abc import Callable
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from varsling.access.idempotency import IdempotencyKey
from varsling.context import Context
from varsling.domain.problems import Code
from varsling.notices.schemas.answers import NoticeAnswer
from varsling.notices.schemas.changes import ContactChangeInput, SettlementInput, UpdateInput, WithdrawalInput
from varsling.notices.schemas.examples import CONTACT, SETTLEMENT, UPDATE, WITHDRAWAL
from varsling.notices.service import ChangeContact, LandlordCall, LandlordCommand, Settle, Update, Withdraw
from varsling.shapes import RequestModel
from varsling.web.dependencies import ContextOf, ExpectedVersionsOf, LanguageOf, PrincipalOf
from varsling.web.keyed import carry_out
from varsling.web.openapi import described

router = APIRouter(tags=["notices"])

Model = TypeVar("Model", bound=RequestModel)
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
    Code.CLAIM_LISTED_TWICE,
    Code.DATE_CONFLICT,
)
_REPLACED = (Code.OPEN_NOTICE_EXISTS, Code.DUPLICATE_REFERENCE, Code.TENANT_RESERVED)


async def landlord_call(
    notice_id: UUID, principal: PrincipalOf, language: LanguageOf, expected_versions: ExpectedVersionsOf
) -> LandlordCall:
    return LandlordCall(principal, notice_id, expected_versions, language)


@router.post(
    "/v1/notices/{notice_id}/update",
    summary="Update sums or plan",
    **described(
        request=UpdateInput,
        example=UPDATE,
        responses={200: NoticeAnswer},
        problems=(*_ANY, Code.LANDLORD_SUSPENDED, *_OF_LAW),
        idempotent=True,
        conditional=True,
    ),
)
async def update_notice(
    request: Request, context: ContextOf, call: Annotated[LandlordCall, Depends(landlord_call)]
) -> Response:
    return await _changed(request, context, call, UpdateInput, Update)


@router.post(
    "/v1/notices/{notice_id}/contact",
    summary="Change a tenant's contact",
    **described(
        request=ContactChangeInput,
        example=CONTACT,
        responses={200: NoticeAnswer},
        problems=(*_ANY, Code.LANDLORD_SUSPENDED, *_REPLACED),
        idempotent=True,
        conditional=True,
    ),
)
async def change_contact(
    request: Request, context: ContextOf, call: Annotated[LandlordCall, Depends(landlord_call)]
) -> Response:
    return await _changed(request, context, call, ContactChangeInput, ChangeContact)


@router.post(
    "/v1/notices/{notice_id}/settlement",
    summary="Settle a notice",
    **described(
        request=SettlementInput,
        example=SETTLEMENT,
        responses={200: NoticeAnswer},
        problems=(*_ANY, Code.DATE_IN_FUTURE, Code.DATE_CONFLICT),
        idempotent=True,
        conditional=True,
    ),
)
async def settle_notice(
    request: Request, context: ContextOf, call: Annotated[LandlordCall, Depends(landlord_call)]
) -> Response:
    return await _changed(request, context, call, SettlementInput, Settle)


@router.post(
    "/v1/notices/{notice_id}/withdrawal",
    summary="Withdraw a notice",
    **described(
        request=WithdrawalInput,
        example=WITHDRAWAL,
        responses={200: NoticeAnswer},
        problems=_ANY,
        idempotent=True,
        conditional=True,
    ),
)
async def withdraw_notice(
    request: Request, context: ContextOf, call: Annotated[LandlordCall, Depends(landlord_call)]
) -> Response:
    return await _changed(request, context, call, WithdrawalInput, Withdraw)


async def _changed(
    request: Request,
    context: Context,
    call: LandlordCall,
    model: type[Model],
    command: Callable[[Context, IdempotencyKey | None, LandlordCall, Model], LandlordCommand],
) -> Response:
    return await carry_out(
        request, context, call.principal, model, lambda keyed: command(context, keyed.key, call, keyed.body)
    )
