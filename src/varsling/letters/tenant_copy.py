"""The tenant's copy of the notice, in the order that frightened people need (LAW § The tenant's copy and page).

This is not an eviction → whom to call → what is owed → what to do → what was said → rights.
"""

from varsling.letters import blocks
from varsling.letters.blocks import Block, Document
from varsling.letters.content import TenantCopy
from varsling.letters.formats import in_fours
from varsling.letters.texts import Texts, texts


def compose(copy: TenantCopy) -> Document:
    """Compose the copy on two pages, and an annex page if there are many claims."""
    words = texts(copy.language)
    values = values_of(words, copy)
    day = words.formats.day(copy.rendered_on)
    to = words.line(f"copy.said.to_{copy.office.reached_by}", date=day, **values)
    return blocks.document(
        words,
        subject=words.line("letter.subject"),
        operator=copy.operator,
        recipient=copy.recipient,
        rendered_on=copy.rendered_on,
        reference=copy.reference,
        access=copy.access,
        blocks=[
            blocks.languages(),
            *_not_eviction(words, copy, values),
            *call(words, values),
            *owed(words, copy),
            *do(words, copy),
            *said(words, copy, to),
            *_rights(words, values),
        ],
        slip=blocks.slip(
            words, copy.landlord, name=copy.recipient.name, dwelling=copy.dwelling, reference=copy.reference
        ),
        annex=_annex(words, copy),
    )


def values_of(words: Texts, copy: TenantCopy) -> dict[str, str]:
    """Give the placeholders of a copy's texts."""
    day = words.formats.day
    petition = copy.petition
    return {
        **blocks.operator_values(copy.operator),
        "landlord": copy.landlord.name,
        "office": copy.office.name,
        "number": copy.office.number,
        "not_before": day(petition.not_before) if petition.not_before else "",
        "filed_on": day(petition.filed_on) if petition.filed_on else "",
        "page_address": copy.access.page_address,
        "code": in_fours(copy.access.code),
        "basis": words.line(f"copy.basis.{copy.operator.kind}"),
    }


def _not_eviction(words: Texts, copy: TenantCopy, values: dict[str, str]) -> list[Block]:
    return [
        blocks.heading(words.line("copy.not_eviction.heading")),
        *([blocks.paragraph(words.runs("copy.update"))] if copy.update else []),
        blocks.paragraph(words.runs("copy.not_eviction.sent", **values)),
        *what_it_is(words, copy, values),
    ]


def what_it_is(words: Texts, copy: TenantCopy, values: dict[str, str]) -> list[Block]:
    """Say that it is no eviction, what may follow, and when at the earliest."""
    # A petition that is filed already: no claim about two weeks (LAW case 4).
    following = "copy.next.filed" if copy.petition.filed_on else f"copy.next.{copy.ground}"
    return [
        blocks.paragraph(words.runs("copy.not_eviction.text")),
        blocks.paragraph(words.runs(following, **values)),
    ]


def call(words: Texts, values: dict[str, str]) -> list[Block]:
    return [
        blocks.heading(words.line("copy.call.heading")),
        blocks.items(words.several("copy.call.items", **values)),
    ]


def owed(words: Texts, copy: TenantCopy, *, every_claim: bool = False) -> list[Block]:
    """Say what is owed, or what the breach is. On paper many claims are summed, and the annex lists them."""
    part = f"copy.owed.{copy.ground}"
    claims = [blocks.claims_table(words, copy.debt)] if every_claim and copy.debt.claims else _claims(words, copy)
    return [
        blocks.heading(words.line(f"{part}.heading")),
        *claims,
        blocks.paragraph(words.runs(f"{part}.text")),
        *blocks.payment_line(words, copy.debt),
    ]


def _claims(words: Texts, copy: TenantCopy) -> list[Block]:
    claims = copy.debt.claims
    if not claims:
        return []
    if len(claims) <= blocks.CLAIMS_IN_LETTER:
        return [blocks.claims_table(words, copy.debt)]
    oldest = words.formats.day(min(claim.due_date for claim in claims))
    return [
        blocks.claims_sum(words, copy.debt),
        blocks.paragraph(words.runs("copy.claims.annex", count=str(len(claims)), oldest=oldest)),
    ]


def _annex(words: Texts, copy: TenantCopy) -> list[Block]:
    if len(copy.debt.claims) <= blocks.CLAIMS_IN_LETTER:
        return []
    return [
        blocks.page_break(),
        blocks.heading(words.line("copy.claims.annex_heading")),
        blocks.claims_table(words, copy.debt),
    ]


def do(words: Texts, copy: TenantCopy) -> list[Block]:
    part = f"copy.do.{copy.ground}"
    return [blocks.heading(words.line(f"{part}.heading")), blocks.items(words.several(f"{part}.items"))]


def said(words: Texts, copy: TenantCopy, to: str) -> list[Block]:
    """Say exactly what the office gets about her and the lease. `to` names the office."""

    def label(name: str) -> str:
        return words.line(f"copy.said.{name}")

    day, separator = words.formats.day, words.formats.separator
    agent = copy.agent and words.line("copy.said.agent_value", agent=blocks.contact(words, copy.agent))
    rows = [
        (label("from"), blocks.contact(words, copy.landlord)),
        (label("agent"), agent or ""),
        (label("to"), to),
        (label("you"), _about_you(words, copy)),
        (label("others"), separator.join(copy.other_tenants)),
        (label("dwelling"), copy.dwelling),
        (label("ground"), words.line(f"ground.{copy.ground}")),
        (label("warning"), day(copy.warning_sent_on) if copy.warning_sent_on else ""),
        (label("children"), label("children_value") if copy.children_in_dwelling else ""),
        (label("planned"), day(copy.petition.planned) if copy.petition.planned else ""),
        (label("rule"), copy.petition.rule_version),
    ]
    return [
        blocks.heading(label("heading")),
        blocks.paragraph(words.runs("copy.said.text"), introduces=True),
        blocks.facts(rows),
    ]


def _about_you(words: Texts, copy: TenantCopy) -> str:
    # Neither the identity number nor the birth date is printed: the birth date is the second half of the page's key.
    known = words.line("copy.said.you_number" if copy.identity_number_given else "copy.said.you_name")
    return words.formats.separator.join(part for part in (known, copy.phone, copy.email) if part)


def _rights(words: Texts, values: dict[str, str]) -> list[Block]:
    return [
        blocks.heading(words.line("copy.rights.heading")),
        blocks.items([words.runs(f"copy.rights.{point}", **values) for point in ("reserve", "page", "genuine")]),
        blocks.small(words.runs("copy.rights.privacy", **values)),
    ]
