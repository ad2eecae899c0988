"""Notices made ready for their command: checked, looked up outside, prepared."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Annotated, Any

from varsling.access.principal import Principal
from varsling.context import Context
from varsling.domain.dates import oslo_date
from varsling.domain.landlord import Registration
from varsling.domain.language import AnswerLanguage
from varsling.domain.law import LAW_REFUSALS
from varsling.domain.problems import Code
from varsling.landlords.service import Landlords
from varsling.notices.schemas.notice import NoticeInput
from varsling.notices.service import Submission, prepare
from varsling.offices import service as offices
from varsling.web.bodies import beside, in_thread, parse_small, require_small, validate
from varsling.web.dependencies import of_request

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

LandlordsOf = Annotated[Landlords, of_request(lambda request: request.app.state.landlords)]
Registrations = Mapping[str | None, Registration]


async def prepare_call(
    context: Context, landlords: Landlords, principal: Principal, raw: bytes, language: AnswerLanguage, key: str | None
) -> Submission:
    """Make the notice of a call ready. Raises Problem: malformed-json, too-large, validation-failed, and those of
    `prepare`."""
    notice = await beside(raw, _read, raw)
    ask = look_up, context, landlords, [notice], offices.CALL_SECONDS
    registrations = await (in_thread(*ask) if _must_ask(context, landlords, notice) else beside(raw, *ask))
    return await beside(raw, _prepared, context, principal, notice, registrations, language, key)


def prepare_one(
    context: Context, landlords: Landlords, principal: Principal, parsed: Any, language: AnswerLanguage, key: str | None
) -> Submission:
    """Do the same for a notice that is parsed already, in a thread."""
    require_small(parsed)
    notice = validate(NoticeInput, parsed)
    registrations = look_up(context, landlords, [notice], offices.CALL_SECONDS)
    return _prepared(context, principal, notice, registrations, language, key)


def _read(raw: bytes) -> NoticeInput:
    return validate(NoticeInput, parse_small(raw))


def _prepared(
    context: Context,
    principal: Principal,
    notice: NoticeInput,
    registrations: Registrations,
    language: AnswerLanguage,
    key: str | None,
) -> Submission:
    return prepare(
        context,
        principal,
        notice,
        key=key,
        language=language,
        registration=registrations[notice.landlord.organisation_number],
        agent=agent_of(notice, registrations),
    )


def agent_of(notice: NoticeInput, registrations: Registrations) -> Registration:
    return Registration() if notice.agent is None else registrations[notice.agent.organisation_number]


def look_up(context: Context, landlords: Landlords, notices: Sequence[NoticeInput], seconds: float) -> Registrations:
    """Ask the outside registers about landlords and addresses, both at once, and wait no longer than that."""
    until, today = monotonic() + seconds, oslo_date(datetime.now(UTC))
    dwellings = [notice.dwelling.to_domain() for notice in notices] if context.offices.asks else []
    context.offices.ask(dwellings, today)
    registrations = landlords.registrations([number for notice in notices for number in _numbers(notice)])
    context.offices.look_up(dwellings, today, until - monotonic())
    return registrations


def _must_ask(context: Context, landlords: Landlords, notice: NoticeInput) -> bool:
    """Tell whether somebody outside has to be asked about a notice: not on the event loop."""
    today = oslo_date(datetime.now(UTC))
    dwellings = [notice.dwelling.to_domain()] if context.offices.asks else []
    return landlords.must_ask(_numbers(notice)) or context.offices.must_ask(dwellings, today)


def _numbers(notice: NoticeInput) -> list[str | None]:
    agent = [] if notice.agent is None else [notice.agent.organisation_number]
    return [notice.landlord.organisation_number, *agent]
