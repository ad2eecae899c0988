"""The letter's texts on the tenant's page: the state of the notice today, then the contents of her copy."""

from dataclasses import dataclass
from datetime import date

from varsling.domain.tenant import PageState
from varsling.letters import blocks, tenant_copy
from varsling.letters.blocks import Block
from varsling.letters.content import TenantCopy
from varsling.letters.texts import Texts, texts


@dataclass(frozen=True, slots=True)
class PageParts:
    """The page's texts, in the order of the letter. A part that does not apply is empty."""

    state: tuple[Block, ...]
    call: tuple[Block, ...]
    owed: tuple[Block, ...]
    do: tuple[Block, ...]
    said: tuple[Block, ...]
    rights: tuple[Block, ...]


def compose(copy: TenantCopy, state: PageState, sent_on: date | None) -> PageParts:
    """Compose the parts that this state shows, in the copy's language: debt and advice only while the notice is open,
    and what was said only where the state tells it."""
    words = texts(copy.language)
    values = tenant_copy.values_of(words, copy)
    return PageParts(
        state=tuple(_state(words, copy, state, sent_on, values)),
        call=tuple(tenant_copy.call(words, values)),
        owed=tuple(tenant_copy.owed(words, copy, every_claim=True)) if state.open else (),
        do=tuple(tenant_copy.do(words, copy)) if state.open else (),
        said=tuple(tenant_copy.said(words, copy, words.line("page.said.to", **values))) if state.tells_content else (),
        rights=(
            blocks.heading(words.line("copy.rights.heading")),
            blocks.paragraph(words.runs("copy.rights.genuine", **values)),
            *([blocks.small(words.runs("copy.rights.privacy", **values))] if state.tells_content else []),
        ),
    )


def _state(
    words: Texts, copy: TenantCopy, state: PageState, sent_on: date | None, values: dict[str, str]
) -> list[Block]:
    day = words.formats.day(sent_on) if sent_on else ""
    standing = blocks.paragraph(words.runs(f"page.state.{state}", sent_on=day, **values))
    if not state.open:
        return [blocks.heading(words.line("page.state.heading")), standing]
    return [
        blocks.heading(words.line("copy.not_eviction.heading")),
        standing,
        *tenant_copy.what_it_is(words, copy, values),
    ]
