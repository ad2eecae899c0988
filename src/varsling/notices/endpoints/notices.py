"""`/v1/notices`: a landlord's system sends notices and reads them. Many in one call: `batches`. Changes: `changes`."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from varsling.domain.notice import NoticeId
from varsling.domain.problems import Code
from varsling.notices import service
from varsling.notices.endpoints.preparing import REFUSALS, LandlordsOf, prepare_call
from varsling.notices.schemas.answers import NoticeAnswer, NoticesPage, WholeNotice
from varsling.notices.schemas.examples import TIMELESS_NOTICE
from varsling.notices.schemas.notice import NoticeInput, NoticesQuery
from varsling.web.answers import answer, json_answer
from varsling.web.bodies import read_raw
from varsling.web.dependencies import ContextOf, LanguageOf, PrincipalOf, idempotency_key
from varsling.web.direct import DirectRoute
from varsling.web.openapi import described
from varsling.web.reading import read

router = APIRouter(tags=["notices"])
hot = APIRouter(tags=["notices"], route_class=DirectRoute)


@hot.post(
    "/v1/notices",
    summary="Send a notice",
    **described(
        responses={200: NoticeAnswer, 201: NoticeAnswer},
        request=NoticeInput,
        example=TIMELESS_NOTICE,
        problems=REFUSALS,
        idempotent=True,
    ),
)
async def submit_notice(
    request: Request,
    context: ContextOf,
    principal: PrincipalOf,
    language: LanguageOf,
    landlords: LandlordsOf,
) -> Response:
    raw, key = await read_raw(request), idempotency_key(request)
    with request.app.state.turns.single(principal.acting):
        submission = await prepare_call(context, landlords, principal, raw, language, key)
        stored, replayed = await service.submit(context, submission)
    return answer(stored, replayed=replayed)


@router.get(
    "/v1/notices",
    summary="List notices",
    **described(responses={200: NoticesPage}, problems=(Code.CURSOR_UNKNOWN,)),
)
async def list_notices(
    request: Request,
    context: ContextOf,
    principal: PrincipalOf,
    language: LanguageOf,
    query: Annotated[NoticesQuery, Query()],
) -> Response:
    return json_answer(await read(request, service.page, context, principal, query, language))


@router.get(
    "/v1/notices/{notice_id}",
    summary="Read a notice",
    **described(responses={200: WholeNotice}, problems=(Code.NOT_FOUND,)),
)
async def read_notice(
    notice_id: UUID, request: Request, context: ContextOf, principal: PrincipalOf, language: LanguageOf
) -> Response:
    notice = await read(request, service.read, context, principal, NoticeId(notice_id), language)
    return json_answer(notice, version=notice["version"])
