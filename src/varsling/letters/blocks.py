"""The blocks that `letter.typ` lays out: a document as data, all strings and no markup."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import segno

from varsling.domain.notice import Claim
from varsling.letters.content import Access, Debt, Operator, Party, Recipient
from varsling.letters.formats import account, in_fours, phone
from varsling.letters.texts import Run, Texts, box

Block = dict[str, object]

# More claims than this go to an annex, so that the first page stands alone.
CLAIMS_IN_LETTER = 6


@dataclass(frozen=True, slots=True)
class Document:
    """A letter ready to be laid out. The slip stands on the last sheet, whose back is empty: cutting it off destroys
    nothing. `qr` is the picture (SVG) of the page's address."""

    lang: str
    title: str
    author: str
    subject: str
    sender: tuple[str, ...]
    address: tuple[str, ...]
    meta: tuple[Block, ...]
    blocks: tuple[Block, ...]
    footer: str
    page: str
    of: str
    qr: str = ""
    qr_text: str = ""
    slip: Block | None = None


def document(
    texts: Texts,
    *,
    subject: str,
    operator: Operator,
    recipient: Recipient,
    rendered_on: date,
    reference: str,
    blocks: Iterable[Block],
    access: Access | None = None,
    slip: Block | None = None,
) -> Document:
    """Make the frame of a letter: sender, address window, date, reference and code."""
    meta = [_meta(texts.line("letter.date"), texts.formats.day(rendered_on))]
    if access is not None:
        meta.append(_meta(texts.line("letter.page_address"), access.page_address, link=access.link))
        meta.append(_meta(texts.line("letter.code"), in_fours(access.code)))
    meta.append(_meta(texts.line("letter.reference"), reference))  # last: the landlord's word pushes nothing away
    number = texts.line("letter.phone", phone=phone(operator.phone)) if operator.phone else ""
    return Document(
        lang=texts.language.value,
        title=subject,
        author=operator.name or "varsling",
        subject=subject,
        sender=tuple(line for line in (operator.name, operator.address, number) if line),
        address=(recipient.name, *recipient.lines),
        meta=tuple(meta),
        blocks=tuple(blocks),
        footer=subject,
        page=texts.line("letter.page"),
        of=texts.line("letter.of"),
        qr=_picture(access.page) if access is not None and access.page else "",
        qr_text=texts.line("letter.qr"),
        slip=slip,
    )


@lru_cache(maxsize=8)
def _picture(address: str) -> str:
    return str(segno.make(address, error="m", micro=False).svg_inline(border=2, omitsize=True))


def _meta(label: str, value: str, link: str = "") -> Block:
    return {"label": label, "value": value, "link": link}


def sentences(texts: Texts, keys: Iterable[str], **values: str) -> list[Run]:
    """Join texts to one paragraph."""
    runs = [run for key in keys for run in (*texts.runs(key, **values), (False, " "))]
    return runs[:-1]


def heading(text: str) -> Block:
    return {"type": "heading", "text": text}


def paragraph(runs: list[Run], *, introduces: bool = False) -> Block:
    """Make a paragraph. One that introduces the next block stays on its page."""
    return {"type": "text", "runs": runs, "sticky": introduces}


def small(runs: list[Run]) -> Block:
    return {"type": "small", "runs": runs}


def items(points: Sequence[list[Run]]) -> Block:
    return {"type": "items", "items": list(points)}


def facts(rows: Iterable[tuple[str, str]]) -> Block:
    """Make labels with their values. Rows without a value are left out."""
    return {"type": "facts", "rows": [row for row in rows if row[1]]}


def languages(*, lodged: bool = False) -> Block:
    """Make the box in more languages: another one where a petition is lodged, and the time to answer runs."""
    rows = [{"lang": tag, "name": name, "text": text} for tag, name, text in box(lodged=lodged)]
    return {"type": "languages", "rows": rows}


def page_break() -> Block:
    return {"type": "page"}


def last_sheet(empty: str) -> Block:
    """Begin a sheet: its back stays empty also when the letter is printed on both sides. `empty` stands on a page that
    is left empty before it."""
    return {"type": "sheet", "text": empty}


def claims_table(texts: Texts, debt: Debt) -> Block:
    """List every claim with its due date, and the total below."""
    with_reference = any(claim.reference for claim in debt.claims)
    rows = [_claim(texts, claim, with_reference) for claim in debt.claims]
    return _table(texts, debt, rows, with_reference=with_reference)


def claims_sum(texts: Texts, debt: Debt) -> Block:
    """Sum up all claims in one row, when the annex lists them."""
    original = sum(claim.original for claim in debt.claims)
    outstanding = sum(claim.outstanding for claim in debt.claims)
    row = [texts.line("copy.claims.sum"), texts.formats.money(original), texts.formats.money(outstanding)]
    return _table(texts, debt, [row], with_reference=False)


def _claim(texts: Texts, claim: Claim, with_reference: bool) -> list[str]:
    marks = [claim.reference or ""] if with_reference else []
    money = texts.formats.money
    return [texts.formats.day(claim.due_date), *marks, money(claim.original), money(claim.outstanding)]


def _table(texts: Texts, debt: Debt, rows: list[list[str]], *, with_reference: bool) -> Block:
    names = ["due", *(["reference"] if with_reference else []), "original", "outstanding"]
    totals = [(texts.line("copy.claims.total"), texts.formats.money(debt.outstanding_total))]
    if debt.deposited:
        totals.insert(0, (texts.line("copy.claims.deposited"), f"\N{MINUS SIGN}{texts.formats.money(debt.deposited)}"))
    head = [texts.line(f"copy.claims.{name}") for name in names]
    return {"type": "claims", "head": head, "rows": rows, "totals": totals}


def payment_line(texts: Texts, debt: Debt) -> list[Block]:
    """Give the landlord's account, with the advice to ring before paying."""
    if not debt.account_number:
        return []
    number = account(debt.account_number)
    if debt.kid:
        return [paragraph(texts.runs("copy.claims.account_kid", account=number, kid=debt.kid))]
    return [paragraph(texts.runs("copy.claims.account", account=number))]


def contact(texts: Texts, party: Party) -> str:
    """Give the name of a landlord or an agent, with its contact data."""
    number = texts.line("letter.phone", phone=phone(party.phone)) if party.phone else None
    parts = (party.name, *party.address, party.email, number)
    return texts.formats.separator.join(part for part in parts if part)


def slip(texts: Texts, landlord: Party, *, name: str, dwelling: str, reference: str) -> Block:
    """Make the part to cut off and send to the landlord, whom the law makes the reservation's addressee."""
    reachable = texts.formats.separator.join(
        part for part in (landlord.name, *landlord.address, landlord.email) if part
    )
    fields = [
        (texts.line("slip.name"), name),
        (texts.line("slip.dwelling"), dwelling),
        (texts.line("letter.reference"), reference),
        (texts.line("slip.date"), ""),
        (texts.line("slip.signature"), ""),
    ]
    return {
        "heading": texts.line("slip.heading"),
        "to": texts.line("slip.to", landlord=reachable),
        "text": texts.line("slip.text"),
        "fields": fields,
    }


def operator_values(operator: Operator) -> dict[str, str]:
    """Give the operator's placeholders; a dash where a local installation has not set one."""
    return {
        "operator": operator.name or "varsling",
        "operator_address": operator.address or "–",
        "operator_phone": phone(operator.phone) or "–",
        "dpo_contact": operator.dpo_contact or "–",
    }
