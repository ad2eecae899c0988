"""Notices made ready for their command: checked, looked up outside, prepared. Not for the event loop."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

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
from varsling.web.bodies import require_small, validate

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

Registrations = Mapping[str | None, Registration]


def prepare_one(
    context: Context, landlords: Landlords, principal: Principal, parsed: Any, language: AnswerLanguage, key: str | None
) -> Submission:
    """Make one notice ready. Raises Problem: malformed-json, too-large, validation-failed, and those of `prepare`."""
    require_small(parsed)
    notice = validate(NoticeInput, parsed)
    registrations = look_up(context, landlords, [notice], offices.CALL_SECONDS)
    return prepare(
        context,
        principal,
        notice,
        parsed,
        key=key,
        language=language,
        registration=registrations[notice.landlord.organisation_number],
        agent=agent_of(notice, registrations),
    )


def agent_of(notice: NoticeInput, registrations: Registrations) -> Registration:
    return Registration() if notice.agent is None else registrations[notice.agent.organisation_number]


def look_up(context: Context, landlords: Landlords, notices: Sequence[NoticeInput], seconds: float) -> Registrations:
    """Ask the outside registers about landlords and addresses, both at once, and wait no longer than that."""
    until = monotonic() + seconds
    dwellings, today = [notice.dwelling.to_domain() for notice in notices], oslo_date(datetime.now(UTC))
    context.offices.ask(dwellings, today)
    numbers = [notice.landlord.organisation_number for notice in notices]
    numbers += [notice.agent.organisation_number for notice in notices if notice.agent is not None]
    registrations = landlords.registrations(numbers)
    context.offices.look_up(dwellings, today, until - monotonic())
    return registrations
