"""`/v1/notices/batch` and `/v1/notices/check`: many notices in one call, each with its own fate.

Batches take turns, some items at a time: while one is read, prepared or stored the others wait, and single calls find
the processor and the writer free.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
from fastapi import APIRouter, Request, Response

from varsling.access.idempotency import Answered, StoredAnswer
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.domain.language import AnswerLanguage
from varsling.domain.problems import Problem
from varsling.landlords.service import Landlords
from varsling.notices import service
from varsling.notices.endpoints.preparing import (
    REFUSALS,
    LandlordsOf,
    Registrations,
    agent_of,
    look_up,
    prepare_one,
)
from varsling.notices.endpoints.turns import Turns
from varsling.notices.schemas.answers import BatchAnswer, CheckAnswer
from varsling.notices.schemas.examples import TIMELESS_NOTICE
from varsling.notices.schemas.notice import BatchInput, BatchItemInput, CheckInput, NoticeInput
from varsling.notices.service import Submission, prepare
from varsling.offices import service as offices
from varsling.web.answers import answer, json_answer, rendered
from varsling.web.bodies import BATCH_BYTES, in_thread, parse, read_raw, require_small, validate
from varsling.web.dependencies import ContextOf, LanguageOf, PrincipalOf, charge_items, idempotency_key
from varsling.web.openapi import described
from varsling.web.problems import problem_body

router = APIRouter(tags=["notices"])

# Items of one turn: a few transactions.
_A_TURN = 64
# Seconds after which a batch is sent again of which some items could not be decided: as a single call is told.
_UNDECIDED_RETRY = "5"


@router.post(
    "/v1/notices/check",
    summary="Check a notice or a batch without sending it",
    **described(responses={200: CheckAnswer}, request=CheckInput, example=TIMELESS_NOTICE, problems=REFUSALS),
)
async def check_notices(
    request: Request, context: ContextOf, principal: PrincipalOf, language: LanguageOf, landlords: LandlordsOf
) -> Response:
    turns: Turns = request.app.state.turns
    with turns.entered(principal.acting):
        raw = await read_raw(request, BATCH_BYTES)
        async with turns.room(principal.acting, len(raw)):
            return await _checked(request, raw, context, principal, language, landlords, turns)


async def _checked(
    request: Request,
    raw: bytes,
    context: Context,
    principal: Principal,
    language: AnswerLanguage,
    landlords: Landlords,
    turns: Turns,
) -> Response:
    parsed = await turns.take(parse, raw)
    if not isinstance(parsed, dict) or "items" not in parsed:
        submission = await in_thread(prepare_one, context, landlords, principal, parsed, language, None)
        (verdict,) = await in_thread(service.check, context, [submission])
        if isinstance(verdict, Problem):
            raise verdict
        return json_answer(orjson.Fragment(verdict.answer.body))
    batch = await turns.take(validate, BatchInput, parsed)
    charge_items(request, principal, len(batch.items))
    items = _Items(context, landlords, principal, language, None, batch.items, turns)
    prepared = [one for part in await items.parts(turns) for one in await turns.take(items.prepare, part)]
    verdicts = await turns.take(service.check, context, _ready(prepared))
    return json_answer(await turns.take(_results, request, language, _outcomes(prepared, verdicts)))


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
) -> Response:
    turns: Turns = request.app.state.turns
    with turns.entered(principal.acting):
        raw = await read_raw(request, BATCH_BYTES)
        async with turns.room(principal.acting, len(raw)):
            key = idempotency_key(request)
            return await _submitted(request, raw, context, principal, language, landlords, key, turns)


async def _submitted(
    request: Request,
    raw: bytes,
    context: Context,
    principal: Principal,
    language: AnswerLanguage,
    landlords: Landlords,
    given: str | None,
    turns: Turns,
) -> Response:
    parsed = await turns.take(parse, raw)
    batch = await turns.take(validate, BatchInput, parsed)
    key = await turns.take(service.batch_key, context, principal, given, parsed)
    if (known := await in_thread(service.first_answer, context, key)) is not None:
        return answer(known, replayed=True)
    charge_items(request, principal, len(batch.items))
    items = _Items(context, landlords, principal, language, given, batch.items, turns)
    outcomes: list[Answered | Problem] = []
    for part in await items.parts(turns):
        async with turns.lock:
            prepared = await in_thread(items.prepare, part)
            outcomes += _outcomes(prepared, await service.submit_all(context, _ready(prepared)))
    results = await turns.take(_results, request, language, outcomes)
    if not all(map(service.is_decided, outcomes)):
        return json_answer(results, headers={"Retry-After": _UNDECIDED_RETRY})
    first = StoredAnswer(HTTPStatus.OK, rendered(results))
    stored, replayed = await service.bind_batch(context, key if results["accepted"] else None, first)
    return answer(stored, replayed=replayed)


class _Checked(NamedTuple):
    """An item of the right form, or what is wrong with it."""

    place: int
    item: BatchItemInput
    notice: NoticeInput | Problem


class _Part(NamedTuple):
    items: Sequence[_Checked]
    registrations: Registrations


@dataclass(frozen=True, slots=True)
class _Items:
    """The items of a batch. `key` is the batch's own."""

    context: Context
    landlords: Landlords
    principal: Principal
    language: AnswerLanguage
    key: str | None
    items: Sequence[BatchItemInput]
    turns: Turns

    async def parts(self, turns: Turns) -> list[_Part]:
        """Check all items, look them up outside together, and divide them into the parts of one turn each."""
        checked = [await turns.take(self._checked, start) for start in range(0, len(self.items), _A_TURN)]
        right = [one.notice for part in checked for one in part if isinstance(one.notice, NoticeInput)]
        registrations = await in_thread(look_up, self.context, self.landlords, right, offices.BATCH_SECONDS)
        return [_Part(part, registrations) for part in checked]

    def prepare(self, part: _Part) -> list[Submission | Problem]:
        """Make the items ready, or tell what refuses one before anything is stored."""
        ready = []
        for one in part.items:
            self.turns.let_singles_pass()
            ready.append(self._prepared(one, part.registrations))
        return ready

    def _checked(self, start: int) -> list[_Checked]:
        checked = []
        for place, item in enumerate(self.items[start : start + _A_TURN]):
            self.turns.let_singles_pass()
            checked.append(_Checked(start + place, item, _validated(item)))
        return checked

    def _prepared(self, checked: _Checked, registrations: Registrations) -> Submission | Problem:
        """An item without a key of its own gets one from the batch's: of a batch that is sent again, what is decided
        stays."""
        place, item, notice = checked
        if isinstance(notice, Problem):
            return notice
        own = item.idempotency_key
        try:
            return prepare(
                self.context,
                self.principal,
                notice,
                key=self.key if own is None else own,
                place=place if own is None else None,
                language=self.language,
                registration=registrations[notice.landlord.organisation_number],
                agent=agent_of(notice, registrations),
            )
        except Problem as problem:
            return problem


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
) -> Iterator[Answered | Problem]:
    """What became of each item, in order."""
    following = iter(fates)
    return (next(following) if isinstance(one, Submission) else one for one in prepared)


def _results(request: Request, language: AnswerLanguage, fates: Iterable[Answered | Problem]) -> dict[str, Any]:
    outcomes = list(fates)
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
