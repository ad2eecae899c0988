"""The letter's texts on the tenant's page: the state of the notice today, then the contents of her copy."""

from dataclasses import dataclass
from datetime import date

from varsling.domain.lifecycle import BlockedReason, SettlementReason, WithdrawalReason
from varsling.domain.tenant import PageState
from varsling.letters import blocks, second_letter, tenant_copy
from varsling.letters.blocks import Block
from varsling.letters.content import SecondKind, SecondLetter, TenantCopy
from varsling.letters.said import said
from varsling.letters.texts import Texts, texts

_REASONS = {reason.value: reason for reason in (*SettlementReason, *WithdrawalReason)}

_KINDS = {
    PageState.SETTLED: SecondKind.SETTLED,
    PageState.WITHDRAWN: SecondKind.WITHDRAWN,
    PageState.WRONG_PERSON: SecondKind.WRONG_PERSON,
    PageState.LAPSED: SecondKind.LAPSED,
    PageState.LEFT_OUT: SecondKind.LEFT_OUT,
}


@dataclass(frozen=True, slots=True)
class PageParts:
    """The page's texts, in the order of the letter. A part that does not apply is empty."""

    state: tuple[Block, ...]
    help: tuple[Block, ...]
    owed: tuple[Block, ...]
    do: tuple[Block, ...]
    said: tuple[Block, ...]
    rights: tuple[Block, ...]


def compose(copy: TenantCopy, state: PageState, sent_on: date | None, reason: str | None = None) -> PageParts:
    """Compose the parts that this state shows, in the copy's language: debt and advice only while the notice is open,
    and what was said only where the state tells it. `reason` is why the notice ended.

    To the wrong person nothing speaks as to one who owes: no debt, no help, no content. Her rights are
    told all the same.
    """
    words = texts(copy.language)
    values = tenant_copy.values_of(words, copy)
    wrong = state is PageState.WRONG_PERSON
    return PageParts(
        state=tuple(_state(words, copy, state, sent_on, reason, values)),
        help=() if wrong else tuple(tenant_copy.help_(words)),
        owed=tuple(tenant_copy.owed(words, copy, every_claim=True)) if state.open else (),
        do=tuple(tenant_copy.do(words, copy)) if state.open else (),
        said=tuple(said(words, copy, _office(words, values), ended=not state.open)) if state.tells_content else (),
        rights=tuple(_rights(words, copy, state, values)),
    )


def _office(words: Texts, values: dict[str, str]) -> tuple[str, str]:
    return words.line("copy.said.office"), words.line("page.said.to", **values)


def _rights(words: Texts, copy: TenantCopy, state: PageState, values: dict[str, str]) -> list[Block]:
    if state is PageState.WRONG_PERSON:
        return [blocks.small(words.runs("second.privacy", **values))]
    return [
        blocks.heading(words.line("copy.rights.heading")),
        *(blocks.paragraph(words.runs(key, **values)) for key in tenant_copy.genuine(copy)),
        *([blocks.small(words.runs("copy.rights.privacy", **values))] if state.tells_content else []),
    ]


def _state(
    words: Texts, copy: TenantCopy, state: PageState, sent_on: date | None, reason: str | None, values: dict[str, str]
) -> list[Block]:
    if state.open:
        day = words.formats.day(sent_on) if sent_on is not None else ""
        standing = words.runs(f"page.state.{state}", sent_on=day, **values)
        return tenant_copy.first(words, copy, values, [blocks.paragraph(standing)])
    end = SecondLetter(
        kind=_kind(state, reason, published=sent_on is not None),
        language=copy.language,
        rendered_on=copy.rendered_on,
        recipient=copy.recipient,
        landlord=copy.landlord,
        operator=copy.operator,
        reference=copy.reference,
        reason=_REASONS.get(reason or ""),
        told=sent_on is not None,
        ground=copy.ground.code,
        petition_lodged=copy.petition.filed_on is not None,
    )
    heading = blocks.heading(words.line(f"second.{end.kind}.heading"))
    return [heading, *second_letter.what_happened(words, end, values)]


def _kind(state: PageState, reason: str | None, *, published: bool) -> SecondKind:
    """Choose the letter whose words tell of this end."""
    if state is PageState.BLOCKED and reason == BlockedReason.COPY_UNDELIVERABLE:
        return SecondKind.STOPPED
    unread = state is PageState.WITHDRAWN and reason == WithdrawalReason.RESERVED
    if unread or (state is PageState.LAPSED and not published):
        return SecondKind.NOT_PUBLISHED
    return _KINDS.get(state, SecondKind.NOT_PUBLISHED)
