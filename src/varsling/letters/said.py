"""What was said of a tenant and the lease: the same rows in her copy, on her page and in the office's letter."""

from datetime import date
from typing import Literal

from varsling.domain.notice import ContactOutcome, Ground, PriorContact
from varsling.letters import blocks
from varsling.letters.blocks import Block
from varsling.letters.content import Petition, TenantCopy
from varsling.letters.formats import phone
from varsling.letters.texts import Texts

Row = tuple[str, str]
# The copy speaks to the tenant, the office's letter of her.
Reader = Literal["copy", "office"]
_DATES = ("expired_on", "move_out_requested_on", "terminated_on", "rescinded_on", "decided_on")


def said(words: Texts, copy: TenantCopy, office: Row, *, ended: bool = False) -> list[Block]:
    """Say exactly what the office gets about her and the lease. `office` names it.

    Once the notice has ended, the landlord's plans are no longer told.
    """

    def label(name: str) -> str:
        return words.line(f"copy.said.{name}")

    def day(of: date | None) -> str:
        return "" if of is None else words.formats.day(of)

    petition = Petition(None, copy.petition.rule_version) if ended else copy.petition
    agent = copy.agent and words.line("copy.said.agent_value", agent=blocks.contact(words, copy.agent))
    rows = [
        (label("from"), blocks.contact(words, copy.landlord)),
        (label("agent"), agent or ""),
        office,
        (label("you"), _about_you(words, copy)),
        (label("others"), words.formats.separator.join(copy.other_tenants)),
        (label("dwelling"), copy.dwelling),
        *ground_rows(words, copy.ground),
        (label("balance"), day(copy.balance_as_of) if copy.debt.claims else ""),
        *prior_rows(words, copy.prior_contact),
        (label("children"), label("children_value") if copy.children_in_dwelling else ""),
        (words.line("office.filed_on"), day(petition.filed_on)),
        (label("planned"), day(petition.planned)),
        (label("held"), day(petition.held_until)),
    ]
    return [
        blocks.heading(label("heading_ended" if ended else "heading")),
        blocks.paragraph(
            words.runs("copy.said.text_claims" if copy.debt.claims else "copy.said.text"), introduces=True
        ),
        blocks.facts(rows),
    ]


def ground_rows(words: Texts, ground: Ground, reader: Reader = "copy") -> list[Row]:
    """The ground with its facts, and the § 4-18 warning, in the words for the reader."""

    def label(name: str) -> str:
        return words.line(f"copy.said.{name}")

    dates = {name: getattr(ground, name) for name in _DATES}
    sent_on = ground.warning_sent_on
    warning = words.line(f"{reader}.said.warning_value", date=words.formats.day(sent_on)) if sent_on else ""
    return [
        (label("ground"), words.line(f"ground.{ground.code}")),
        *((label(name), words.formats.day(on)) for name, on in dates.items() if on is not None),
        (label("breach"), words.line(f"breach.{ground.breach_kind}") if ground.breach_kind else ""),
        (label("warning"), warning),
    ]


def prior_rows(words: Texts, prior: PriorContact | None, reader: Reader = "copy") -> list[Row]:
    """What the landlord did before the notice, in the words for the reader."""
    if prior is None:
        return []
    sent_on = prior.reminder_sent_on
    spoke = reader if prior.outcome is ContactOutcome.SPOKE else "copy"
    parts = [
        words.line("copy.said.reminder", date=words.formats.day(sent_on)) if sent_on else "",
        words.line(f"{spoke}.said.outcome_{prior.outcome}"),
        words.line(f"{reader}.said.wants_help") if prior.tenant_wants_help else "",
    ]
    return [(words.line("copy.said.prior"), words.formats.separator.join(part for part in parts if part))]


def _about_you(words: Texts, copy: TenantCopy) -> str:
    # Neither the identity number nor the birth date is printed: the birth date is the second half of the page's key.
    known = words.line("copy.said.you_number" if copy.identity_number_given else "copy.said.you_name")
    number = phone(copy.phone) if copy.phone else None
    return words.formats.separator.join(part for part in (known, number, copy.email) if part)
