"""Dispatch for the packages above: the dispatcher, letters that came back, and the texts of a tenant's page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Self
from uuid import UUID

from varsling.context import Context
from varsling.dispatch.compose import OfficeUnknown, Sources
from varsling.dispatch.compose_tenant import copy_to
from varsling.dispatch.dispatcher import Dispatcher
from varsling.dispatch.returned import Returned, return_letter, take_returns, tell_stranded
from varsling.domain.dates import oslo_date
from varsling.domain.notice import GroundCode
from varsling.domain.policies import JointReservation
from varsling.domain.problems import NotFound
from varsling.domain.tenant import PageState
from varsling.letters import page, samples, tenant_copy
from varsling.letters.blocks import operator_values
from varsling.letters.content import TAGS, Access, Language, Operator, TenantCopy
from varsling.letters.formats import phone
from varsling.letters.page import PageParts
from varsling.letters.render import render
from varsling.letters.texts import Texts, box, texts
from varsling.notices.service import StoredNotice
from varsling.settings import Settings

__all__ = [
    "TAGS",
    "Dispatcher",
    "Language",
    "PageParts",
    "PageTexts",
    "Returned",
    "Texts",
    "box",
    "page_texts",
    "page_words",
    "phone",
    "return_letter",
    "sample_letters",
    "sample_page",
    "take_returns",
    "tell_stranded",
]


@dataclass(frozen=True, slots=True)
class PageTexts:
    """The parts of the page, and what its forms and its box of languages depend on.

    `joint`: the notice can go on for the others without her. `claims`: it tells of a debt. `lodged`: of a petition.
    `dated`: of a date for one to come.
    """

    parts: PageParts
    sent_on: date | None
    joint: bool
    claims: bool
    lodged: bool
    dated: bool

    @classmethod
    def of(cls, copy: TenantCopy, state: PageState, sent_on: date | None, reason: str | None, joint: bool) -> Self:
        return cls(
            page.compose(copy, state, sent_on, reason),
            sent_on,
            joint=joint and bool(copy.other_tenants),
            claims=bool(copy.debt.claims),
            lodged=copy.petition.filed_on is not None,
            dated=tenant_copy.has_date(copy),
        )


def page_texts(
    context: Context,
    stored: StoredNotice,
    tenant_id: UUID,
    state: PageState,
    language: Language,
    today: date,
    *,
    contact: bool,
) -> PageTexts:
    """Compose a tenant's page about a notice. Raises NotFound if nothing of it is kept, or no letter went out yet.

    It names the office of her letters, whichever office has the notice. `contact`: her telephone and e-mail are shown.
    """
    notice, number = stored.notice, stored.version_office or stored.office
    tenant = next((one for one in notice.tenants if one.id == tenant_id), None) if notice else None
    if notice is None or tenant is None or number is None:
        raise NotFound
    if not contact:
        tenant = replace(tenant, email=None, phone=None)
    sources = Sources(
        settings=context.settings,
        stored=stored,
        siblings=(),
        office=context.offices.office(number),
        code=None,
        today=today,
    )
    nowhere = Access("", "", "")  # the page does not print the way to itself
    try:
        copy = copy_to(tenant, sources, notice, nowhere, language)
    except OfficeUnknown:
        raise NotFound from None
    sent_on = oslo_date(stored.sent_at) if stored.sent_at else None
    joint = context.settings.joint_reservation is JointReservation.EXCLUDE
    return PageTexts.of(copy, state, sent_on, stored.reason, joint)


def page_words(settings: Settings, language: Language) -> tuple[Texts, Mapping[str, str]]:
    """Give a language's texts, with the operator's placeholders."""
    return texts(language), operator_values(Operator.of(settings))


def sample_letters() -> Iterator[tuple[str, bytes]]:
    """Render every kind of letter in every language, with a name for its file."""
    for name, content in samples.every_letter():
        yield name, render(content).pdf


def sample_page(
    language: Language, ground: GroundCode, state: PageState, reason: str | None = None, *, lodged: bool = False
) -> PageTexts:
    """Compose the page of the sample notice. `reason` is why it ended."""
    copy = samples.sample_copy(language, ground)
    if lodged:
        copy = samples.sample_of_petition(language, ground, lodged=True)
    return PageTexts.of(copy, state, copy.rendered_on, reason, joint=True)
