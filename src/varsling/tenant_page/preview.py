"""The pages of a sample notice, for reading and judging them: `varsling letters preview`."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
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
    Through,
    Wishes,
)
from varsling.idporten.service import Refusal
from varsling.settings import Settings
from varsling.tenant_page.proven import Proven, SeenBy, Stated
from varsling.tenant_page.proven_login import NotProven
from varsling.tenant_page.responses import render
from varsling.tenant_page.view import CHOICES, TenantPage

_STATEMENTS = ("wants_call", "disputes", "wishes", "consents")
_SAID_ON = date(2026, 12, 1)
_REASONS: dict[PageState, tuple[str, ...]] = {
    PageState.SETTLED: tuple(SettlementReason),
    PageState.WITHDRAWN: ("mistake", "wrong_amount", "reserved"),
    PageState.BLOCKED: tuple(BlockedReason),
}
_PROVEN = Proven(
    stated={
        "wants_call": [
            Stated(CallWish("+4790000000", CallTime.MORNING, "pl", interpreter=True), _SAID_ON, Through.LOGIN),
            Stated(CallWish("+4722334455", CallTime.ANY_TIME, "nb", interpreter=False), _SAID_ON, Through.ELSEWHERE),
        ],
        "disputes": [Stated(Dispute(tuple(DisputeReason)), _SAID_ON, Through.HOME)],
        "wishes": [Stated(Wishes(()), _SAID_ON, Through.LOGIN)],
        "consents": [Stated(Consents(tuple(Consent)), _SAID_ON, Through.HOME)],
    },
    seen_by=[SeenBy("read", _SAID_ON, "09:05"), SeenBy("opened", _SAID_ON, "10:12")],
    reserved=True,
)
_FAULTS = {"born": "page.enter.wrong", "sure": "page.reserve.missing"}


def sample_pages(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Render every page in every language, with a name for its file."""
    for language in Language:

        def shown(template: str, language: Language = language, **values: Any) -> bytes:
            return bytes(render(settings, language, "/t", template, **values).body)

        yield f"page-code-{language}", shown("tenant_code.html", fault=None)
        yield f"page-door-{language}", shown("tenant_door.html", fault=None, login=True)
        for name, key in _FAULTS.items():
            yield f"page-door-{name}-{language}", shown("tenant_door.html", fault=(name, key), login=True)
        for closed in ("hour", "letter", "many"):
            yield f"page-closed-{closed}-{language}", shown("tenant_closed.html", closed=f"page.closed.{closed}")
        for said in ("done", *Refusal, *NotProven):
            page = shown("tenant_login.html", said=f"page.login.{said}", then="/t", on=said == "done")
            yield f"page-login-{said}-{language}", page
        yield f"page-problem-{language}", shown("tenant_problem.html")
        yield f"page-reserved-{language}", shown("tenant_reserved.html")
        yield f"page-reported-{language}", shown("tenant_reported.html")
        for name, values in _states(language):
            yield f"page-{name}-{language}", shown("tenant.html", **values)


def _states(language: Language) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the values of her page in each state, with a name for it."""
    usual = {"fault": None, "form": {}, "login": True, **CHOICES}
    for state in PageState:
        for ground in GroundCode if state.open else (GroundCode.RENT_UNPAID,):
            for reason in _REASONS.get(state, (None,)):
                for lodged in (False, True):
                    seen = _seen(language, ground, state, reason, lodged=lodged)
                    parts = (state, reason, ground, "lodged" if lodged else None)
                    yield "-".join(part for part in parts if part), usual | {"seen": seen}
    for state in (PageState.ACCEPTED, PageState.SENT):
        seen = _seen(language, GroundCode.RENT_UNPAID, state, None, everything=True)
        yield f"all-said-{state}", usual | {"seen": seen}
        yield f"proven-{state}", usual | {"seen": replace(seen, proven=_PROVEN)}


def _seen(
    language: Language,
    ground: GroundCode,
    state: PageState,
    reason: str | None,
    *,
    lodged: bool = False,
    everything: bool = False,
) -> TenantPage:
    told = sample_page(language, ground, state, reason, lodged=lodged)
    sent_on = told.sent_on if state.tells_content else None
    letters = [ReadableLetter(UUID(int=0), copy=True, sent_on=sent_on)] if sent_on else []
    said = dict.fromkeys(_STATEMENTS, _SAID_ON) if everything else {}
    reminder = _SAID_ON if state is PageState.SENT and not lodged else None
    return TenantPage(state, told, said, everything, tuple(letters), reminder=reminder)
