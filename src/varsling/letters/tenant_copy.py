"""The tenant's copy of the notice, in the order that frightened people need (LAW § The tenant's copy and page).

Page 1 stands alone: this is not an eviction → whom to call → what is owed, and by when → the way to the page. Then what
to do, where help is, what was said, and her rights.
"""

from datetime import date

from varsling.domain.notice import GroundCode
from varsling.letters import blocks
from varsling.letters.blocks import Block, Document
from varsling.letters.content import CopyNews, TenantCopy
from varsling.letters.formats import in_fours
from varsling.letters.said import said
from varsling.letters.texts import Texts, texts

# The petition goes to the court on these grounds (tvangsfullbyrdelsesloven § 13-2), else to the enforcement officer.
HELD = "copy.date.held"
TO_COURT = (GroundCode.RESCISSION, GroundCode.NO_TITLE)
_FACT_DATES = ("expired_on", "terminated_on", "rescinded_on", "decided_on")


def compose(copy: TenantCopy) -> Document:
    """Compose the copy: page 1, what to do and what was said, and last her rights with the slip."""
    words = texts(copy.language)
    values = values_of(words, copy)
    day = words.formats.day(copy.rendered_on)
    to = words.line(f"copy.said.to_{copy.office.reached_by}", date=day, **values)
    sent = "sent" if copy.news in (None, CopyNews.RESUMED) else "sent_again"
    return blocks.document(
        words,
        subject=words.line("letter.subject"),
        operator=copy.operator,
        recipient=copy.recipient,
        rendered_on=copy.rendered_on,
        reference=copy.reference,
        access=copy.access,
        blocks=[
            *first(words, copy, values, [blocks.paragraph(words.runs(f"copy.first.{sent}", **values))]),
            *owed(words, copy),
            blocks.languages(lodged=copy.petition.filed_on is not None),
            blocks.page_break(),
            *do(words, copy),
            *help_(words),
            *said(words, copy, (words.line("copy.said.to"), to)),
            *_annex(words, copy),
            *_rights(words, copy, values),
        ],
        slip=blocks.slip(
            words, copy.landlord, name=copy.recipient.name, dwelling=copy.dwelling, reference=copy.reference
        ),
    )


def values_of(words: Texts, copy: TenantCopy) -> dict[str, str]:
    """Give the placeholders of a copy's texts."""

    def day(of: date | None) -> str:
        return "" if of is None else words.formats.day(of)

    petition, ground = copy.petition, copy.ground
    return {
        **blocks.operator_values(copy.operator),
        **{name: day(getattr(ground, name)) for name in _FACT_DATES},
        "breach": words.line(f"breach.{ground.breach_kind}") if ground.breach_kind else "",
        "total": words.formats.money(copy.debt.outstanding_total),
        "landlord": copy.landlord.name,
        "office": copy.office.name,
        "number": copy.office.number,
        "not_before": day(petition.not_before),
        "filed_on": day(petition.filed_on),
        "held_until": day(petition.held_until),
        "page_address": copy.access.page_address,
        "code": in_fours(copy.access.code),
        "basis": words.line(f"copy.basis.{copy.operator.kind}"),
    }


def first(words: Texts, copy: TenantCopy, values: dict[str, str], standing: list[Block]) -> list[Block]:
    """Say the most important things, each once; `standing` says how the notice stands. One request alone is bold.

    Once a petition is lodged the time to answer runs, and stands first.
    """
    kind = "first" if copy.petition.filed_on is None else "lodged"
    news = [] if copy.news is None else [blocks.paragraph(words.runs(f"copy.news.{copy.news}"))]
    petition = _petition(words, copy, values)
    return [
        blocks.heading(words.line(f"copy.{kind}.heading")),
        *news,
        *(petition if kind == "lodged" else []),
        blocks.paragraph(words.runs(f"copy.{kind}.call")),
        *standing,
        blocks.paragraph(words.runs(f"copy.{kind}.stay")),
        blocks.paragraph(words.runs(f"copy.case.{copy.ground.code}", **values)),
        *([] if kind == "lodged" else petition),
    ]


def _petition(words: Texts, copy: TenantCopy, values: dict[str, str]) -> list[Block]:
    """Say when a petition may come, or what comes once it is lodged: then no date is recommended (LAW, case 4)."""
    petition, today, code = copy.petition, copy.rendered_on, copy.ground.code
    keys = date_keys(code, petition.not_before, petition.held_until, today)
    if petition.filed_on is not None:
        keys = [f"copy.lodged.{_to(code)}", *(key for key in keys if key == HELD)]
    return [blocks.paragraph(blocks.sentences(words, keys, **values))]


def date_keys(ground: GroundCode, not_before: date | None, held_until: date | None, today: date) -> list[str]:
    """Choose what is said of a petition that is not lodged: its date, that the date has passed, the landlord's promise
    to wait."""
    held = held_until is not None and held_until >= today
    if not_before is not None and not_before > today:
        said = [f"copy.date.{_to(ground)}"]
    else:
        said = [] if held else [f"copy.date.past.{_to(ground)}"]
    return [*said, *([HELD] if held else [])]


def _to(ground: GroundCode) -> str:
    return "court" if ground in TO_COURT else "officer"


def has_date(copy: TenantCopy) -> bool:
    """Whether the copy tells a date for a petition: none is lodged, and the date has not passed."""
    return copy.petition.not_before is not None and copy.petition.not_before > copy.rendered_on


def owed(words: Texts, copy: TenantCopy, *, every_claim: bool = False) -> list[Block]:
    """List the claims. On paper many claims are summed, and the annex lists them."""
    claims = copy.debt.claims
    if not claims:
        return []
    if every_claim or len(claims) <= blocks.CLAIMS_IN_LETTER:
        listed = [blocks.claims_table(words, copy.debt)]
    else:
        oldest = words.formats.day(min(claim.due_date for claim in claims))
        count = words.runs("copy.claims.annex", count=str(len(claims)), oldest=oldest)
        listed = [blocks.claims_sum(words, copy.debt), blocks.paragraph(count)]
    # Where paying settles nothing no account is printed.
    pays = copy.ground.code is GroundCode.RENT_UNPAID
    account = blocks.payment_line(words, copy.debt) if pays else []
    heading = words.line("copy.owed.heading" if pays else "copy.owed.heading_other")
    return [blocks.heading(heading), *listed, *account]


def _annex(words: Texts, copy: TenantCopy) -> list[Block]:
    if len(copy.debt.claims) <= blocks.CLAIMS_IN_LETTER:
        return []
    return [
        blocks.page_break(),
        blocks.heading(words.line("copy.claims.annex_heading")),
        blocks.claims_table(words, copy.debt),
    ]


def do(words: Texts, copy: TenantCopy) -> list[Block]:
    """Say what she can do: of payment with unpaid rent alone. A petition outlives what is paid or agreed."""
    rent = copy.ground.code is GroundCode.RENT_UNPAID
    points = words.several(f"copy.do.{copy.ground.code}.items")
    if copy.petition.filed_on is not None:
        points = [words.runs(f"copy.do.lodged.{'rent' if rent else 'home'}"), *points]
    if not rent:
        points += words.several("copy.do.shared")
    return [blocks.heading(words.line("copy.do.heading")), blocks.items(points)]


def help_(words: Texts) -> list[Block]:
    return [blocks.heading(words.line("copy.help.heading")), blocks.items(words.several("copy.help.items"))]


def genuine(copy: TenantCopy) -> tuple[str, ...]:
    """Name the texts that tell how to know that it is genuine: of paying with unpaid rent alone."""
    pays = copy.ground.code is GroundCode.RENT_UNPAID
    return ("copy.rights.genuine", *(("copy.rights.paying",) if pays else ()))


def _rights(words: Texts, copy: TenantCopy, values: dict[str, str]) -> list[Block]:
    reserve = ["copy.rights.reserve", *(["copy.rights.reserve_date"] if has_date(copy) else [])]
    points = ("copy.rights.page", *genuine(copy))
    return [
        blocks.last_sheet(words.line("letter.empty")),
        blocks.heading(words.line("copy.rights.heading")),
        blocks.items([blocks.sentences(words, reserve), *(words.runs(point, **values) for point in points)]),
        blocks.small(words.runs("copy.rights.privacy", **values)),
    ]
