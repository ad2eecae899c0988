"""The pages of a sample notice, for reading and judging them: `varsling letters preview`."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from varsling.deliveries.service import ReadableLetter
from varsling.dispatch.service import Language, sample_page
from varsling.domain.lifecycle import BlockedReason, SettlementReason
from varsling.domain.notice import GroundCode
from varsling.domain.tenant import (
    CallTime,
    CallWish,
    Consent,
    Consents,
    Dispute,
    DisputeReason,
    PageState,
    Wish,
    Wishes,
)
from varsling.settings import Settings
from varsling.tenant_page.responses import render
from varsling.tenant_page.view import CHOICES, TenantPage
from varsling.tenants.service import Statements

_STATEMENTS = Statements(
    CallWish("90000000", CallTime.MORNING, "pl", interpreter=True),
    Dispute((DisputeReason.PAID,)),
    Wishes((Wish.PAYMENT_PLAN,)),
    Consents((Consent.LANDLORD,)),
)
_REASONS: dict[PageState, tuple[str, ...]] = {
    PageState.SETTLED: tuple(SettlementReason),
    PageState.WITHDRAWN: ("mistake", "wrong_amount", "reserved"),
    PageState.BLOCKED: tuple(BlockedReason),
}
_FAULTS = {"born": "page.enter.wrong", "sure": "page.reserve.missing"}


def sample_pages(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Render every page in every language, with a name for its file."""
    for language in Language:

        def shown(template: str, language: Language = language, **values: Any) -> bytes:
            return bytes(render(settings, language, "/t", template, **values).body)

        yield f"page-code-{language}", shown("tenant_code.html", fault=None)
        yield f"page-door-{language}", shown("tenant_door.html", fault=None)
        for name, key in _FAULTS.items():
            yield f"page-door-{name}-{language}", shown("tenant_door.html", fault=(name, key))
        for closed in ("hour", "letter"):
            yield f"page-closed-{closed}-{language}", shown("tenant_closed.html", closed=f"page.closed.{closed}")
        yield f"page-problem-{language}", shown("tenant_problem.html")
        yield f"page-reserved-{language}", shown("tenant_reserved.html")
        for state in PageState:
            for ground in GroundCode if state.open else (GroundCode.RENT_UNPAID,):
                for reason in _REASONS.get(state, (None,)):
                    for lodged in (False, True):
                        seen = _seen(language, ground, state, reason, lodged=lodged)
                        page = shown("tenant.html", seen=seen, fault=None, form={}, **CHOICES)
                        parts = ("page", state, reason, ground, "lodged" if lodged else None, language)
                        yield "-".join(part for part in parts if part), page
        seen = _seen(language, GroundCode.RENT_UNPAID, PageState.SENT, None, _STATEMENTS)
        yield f"page-all-said-{language}", shown("tenant.html", seen=seen, fault=None, form={}, **CHOICES)


def _seen(
    language: Language,
    ground: GroundCode,
    state: PageState,
    reason: str | None,
    statements: Statements = Statements(),  # noqa: B008  (it is frozen)
    *,
    lodged: bool = False,
) -> TenantPage:
    told = sample_page(language, ground, state, reason, lodged=lodged)
    everything = bool(statements.all)
    sent_on = told.sent_on if state.tells_content else None
    letters = [ReadableLetter(UUID(int=0), copy=True, sent_on=sent_on)] if sent_on else []
    return TenantPage(state, told, statements, everything, everything, tuple(letters))
