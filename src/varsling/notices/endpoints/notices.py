"""`/v1/notices`: a landlord's system sends notices, checks them, reads them. Their changes: `endpoints_changes`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Header, Query, Request, Response

from varsling.access.idempotency import Answered, StoredAnswer
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.domain.dates import oslo_date
from varsling.domain.landlord import Registration
from varsling.domain.language import AnswerLanguage
from varsling.domain.law import LAW_REFUSALS
from varsling.domain.notice import NoticeId
from varsling.domain.problems import Code, Problem
from varsling.landlords.service import Landlords, LandlordsOf
from varsling.notices import service
from varsling.notices.schemas.answers import BatchAnswer, CheckAnswer, NoticeAnswer, NoticesPage, WholeNotice
from varsling.notices.schemas.examples import TIMELESS_NOTICE
from varsling.notices.schemas.notice import BatchInput, BatchItemInput, CheckInput, NoticeInput, NoticesQuery
from varsling.notices.service import Submission, prepare
from varsling.offices import service as offices
from varsling.web.answers import answer, json_answer, rendered
from varsling.web.bodies import BATCH_BYTES, in_thread, parse, read_raw, require_small, validate
from varsling.web.dependencies import ContextOf, LanguageOf, PrincipalOf, charge_items
from varsling.web.openapi import described
from varsling.web.problems import problem_body

router = APIRouter(tags=["notices"])

# Seconds after which a batch is sent again of which some items could not be decided: as a single call is told.
_UNDECIDED_RETRY = "5"

IdempotencyKeyOf = Annotated[str | None, Header(alias="Idempotency-Key", include_in_schema=False)]
REFUSALS = (
    Code.LANDLORD_MISMATCH,
    Code.LANDLORD_SUSPENDED,
    Code.NOTICE_REFUSED,
    *LAW_REFUSALS,
    *offices.REFUSALS,
    Code.TENANT_RESERVED,
    Code.OPEN_NOTICE_EXISTS,
    Code.DUPLICATE_REFERENCE,
    Code.NOTICE_LIMIT_REACHED,
)


@router.post(
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
    idempotency_key: IdempotencyKeyOf = None,
) -> Response:
    raw = await read_raw(request)
    submission = await in_thread(_prepare_one, context, landlords, principal, raw, language, idempotency_key)
    stored, replayed = await service.submit(context, submission)
    return answer(stored, replayed=replayed)


@router.post(
    "/v1/notices/check",
    summary="Check a notice or a batch without sending it",
    **described(responses={200: CheckAnswer}, request=CheckInput, example=TIMELESS_NOTICE, problems=REFUSALS),
)
async def check_notices(
    request: Request, context: ContextOf, principal: PrincipalOf, language: LanguageOf, landlords: LandlordsOf
) -> Response:
    parsed = await in_thread(parse, await read_raw(request, BATCH_BYTES))
    if isinstance(parsed, dict) and "items" in parsed:
        batch = await in_thread(validate, BatchInput, parsed)
        charge_items(request, principal, len(batch.items))
        prepared = await in_thread(_prepare_all, context, landlords, principal, batch, language, None)
        verdicts = await in_thread(service.check, context, _ready(prepared))
        return json_answer(await in_thread(_results, request, language, _outcomes(prepared, verdicts)))
    submission = await in_thread(_prepare, context, landlords, principal, parsed, language, None)
    (verdict,) = await in_thread(service.check, context, [submission])
    if isinstance(verdict, Problem):
        raise verdict
    return json_answer(orjson.Fragment(verdict.answer.body))


@router.post(
    "/v1/notices/batch",
    summary="Send up to 1000 notices",
    **described(
        responses={200: BatchAnswer},
        request=BatchInput,
        example={"items": [{"notice": TIMELESS_NOTICE, "idempotency_key": "K-1044-1"}]},
        idempotent=True,
    ),
)
async def submit_batch(
    request: Request,
    context: ContextOf,
    principal: PrincipalOf,
    language: LanguageOf,
    landlords: LandlordsOf,
    idempotency_key: IdempotencyKeyOf = None,
) -> Response:
    parsed = await in_thread(parse, await read_raw(request, BATCH_BYTES))
    batch = await in_thread(validate, BatchInput, parsed)
    key = await in_thread(service.batch_key, context, principal, idempotency_key, parsed)
    if (known := await in_thread(service.first_answer, context, key)) is not None:
        return answer(known, replayed=True)
    charge_items(request, principal, len(batch.items))
    prepared = await in_thread(_prepare_all, context, landlords, principal, batch, language, idempotency_key)
    outcomes = _outcomes(prepared, await service.submit_all(context, _ready(prepared)))
    results = await in_thread(_results, request, language, outcomes)
    if not all(map(service.is_decided, outcomes)):
        return json_answer(results, headers={"Retry-After": _UNDECIDED_RETRY})
    first = StoredAnswer(HTTPStatus.OK, rendered(results))
    stored, replayed = await service.bind_batch(context, key if results["accepted"] else None, first)
    return answer(stored, replayed=replayed)


@router.get(
    "/v1/notices",
    summary="List notices",
    **described(responses={200: NoticesPage}, problems=(Code.CURSOR_UNKNOWN,)),
)
def list_notices(
    context: ContextOf, principal: PrincipalOf, language: LanguageOf, query: Annotated[NoticesQuery, Query()]
) -> Response:
    return json_answer(service.page(context, principal, query, language))


@router.get(
    "/v1/notices/{notice_id}",
    summary="Read a notice",
    **described(responses={200: WholeNotice}, problems=(Code.NOT_FOUND,)),
)
def read_notice(notice_id: UUID, context: ContextOf, principal: PrincipalOf, language: LanguageOf) -> Response:
    notice = service.read(context, principal, NoticeId(notice_id), language)
    return json_answer(notice, version=notice["version"])


def _prepare_one(
    context: Context, landlords: Landlords, principal: Principal, raw: bytes, language: AnswerLanguage, key: str | None
) -> Submission:
    return _prepare(context, landlords, principal, parse(raw), language, key)


def _prepare(
    context: Context, landlords: Landlords, principal: Principal, parsed: Any, language: AnswerLanguage, key: str | None
) -> Submission:
    """One notice made ready. Raises Problem: malformed-json, too-large, validation-failed, and those of `prepare`."""
    require_small(parsed)
    notice = validate(NoticeInput, parsed)
    registrations = _look_up(context, landlords, [notice], offices.CALL_SECONDS)
    registration = registrations[notice.landlord.organisation_number]
    return prepare(context, principal, notice, parsed, key=key, language=language, registration=registration)


def _look_up(
    context: Context, landlords: Landlords, notices: Sequence[NoticeInput], seconds: float
) -> Mapping[str | None, Registration]:
    """Ask the outside registers about landlords and addresses, both at once, and wait no longer than that."""
    until = monotonic() + seconds
    dwellings, today = [notice.dwelling.to_domain() for notice in notices], oslo_date(datetime.now(UTC))
    context.offices.ask(dwellings, today)
    registrations = landlords.registrations([notice.landlord.organisation_number for notice in notices])
    context.offices.look_up(dwellings, today, until - monotonic())
    return registrations


def _prepare_all(
    context: Context,
    landlords: Landlords,
    principal: Principal,
    batch: BatchInput,
    language: AnswerLanguage,
    key: str | None,
) -> list[Submission | Problem]:
    """The items of a batch made ready, or what refuses one before anything is looked up.

    An item without a key of its own gets one from the batch's: of a batch that is sent again, what is decided stays.
    """
    notices = [_validated(item) for item in batch.items]
    right = [notice for notice in notices if isinstance(notice, NoticeInput)]
    registrations = _look_up(context, landlords, right, offices.BATCH_SECONDS)
    prepared: list[Submission | Problem] = []
    for place, (item, notice) in enumerate(zip(batch.items, notices, strict=True)):
        if isinstance(notice, Problem):
            prepared.append(notice)
            continue
        own = item.idempotency_key
        try:
            made = prepare(
                context,
                principal,
                notice,
                item.notice,
                key=key if own is None else own,
                place=place if own is None else None,
                language=language,
                registration=registrations[notice.landlord.organisation_number],
            )
        except Problem as problem:
            prepared.append(problem)
        else:
            prepared.append(made)
    return prepared


def _validated(item: BatchItemInput) -> NoticeInput | Problem:
    try:
        require_small(item.notice)
        return validate(NoticeInput, item.notice)
    except Problem as problem:
        return problem


def _ready(prepared: Sequence[Submission | Problem]) -> list[Submission]:
    return [one for one in prepared if isinstance(one, Submission)]


def _outcomes(
    prepared: Sequence[Submission | Problem], fates: Sequence[Answered | Problem]
) -> list[Answered | Problem]:
    """What became of each item, in order."""
    following = iter(fates)
    return [next(following) if isinstance(one, Submission) else one for one in prepared]


def _results(request: Request, language: AnswerLanguage, outcomes: Sequence[Answered | Problem]) -> dict[str, Any]:
    accepted = sum(isinstance(one, Answered) for one in outcomes)
    return {
        "results": [_result(request, language, one) for one in outcomes],
        "accepted": accepted,
        "refused": len(outcomes) - accepted,
    }


def _result(request: Request, language: AnswerLanguage, outcome: Answered | Problem) -> dict[str, Any]:
    if isinstance(outcome, Answered):
        return {"status": outcome.answer.status, "notice": orjson.Fragment(outcome.answer.body)}
    public_url, trace_id = request.app.state.settings.public_url, request.scope["trace_id"]
    body = problem_body(outcome, language, public_url=public_url, trace_id=trace_id)
    return {"status": outcome.status, "problem": body}
