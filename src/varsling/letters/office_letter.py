"""The notice by letter, to a NAV office without an integration: what a caseworker needs first stands first."""

from varsling.letters import blocks
from varsling.letters.blocks import Block, Document
from varsling.letters.content import OfficeLetter, OfficeSecondLetter, OfficeTenant, Recipient
from varsling.letters.formats import account, in_fours, phone
from varsling.letters.said import ground_rows, prior_rows
from varsling.letters.texts import Texts, texts


def compose(letter: OfficeLetter) -> Document:
    """Compose the letter in the order of CONTRACT § Office's view, on as many pages as it needs."""
    words = texts(letter.language)
    body = [
        blocks.paragraph(words.runs("office.text")),
        *_acknowledge(words, letter),
        *_tenants(words, letter),
        *_case(words, letter),
        *_claims(words, letter),
        *_parties(words, letter),
    ]
    return to_office(words, letter, "office.subject", body)


def to_office(words: Texts, letter: OfficeLetter | OfficeSecondLetter, subject: str, body: list[Block]) -> Document:
    """Frame a letter to an office: the subject and the line of attention name the office."""
    office = {"office": letter.office.name, "number": letter.office.number}
    attention = words.line("office.attention", **office)
    return blocks.document(
        words,
        subject=words.line(subject, **office),
        operator=letter.operator,
        recipient=Recipient(letter.recipient.name, (attention, *letter.recipient.lines)),
        rendered_on=letter.rendered_on,
        reference=letter.reference,
        blocks=body,
    )


def _acknowledge(words: Texts, letter: OfficeLetter) -> list[Block]:
    wrong = blocks.paragraph(words.runs("office.wrong_office", **blocks.operator_values(letter.operator)))
    if letter.acknowledgement is None:
        return [wrong]
    access = letter.acknowledgement
    confirm = words.runs("office.acknowledge", page_address=access.page_address, code=in_fours(access.code))
    return [blocks.paragraph(confirm), wrong]


def _tenants(words: Texts, letter: OfficeLetter) -> list[Block]:
    rows = [(tenant.name, _tenant(words, tenant)) for tenant in letter.tenants]
    children = words.line("office.children_yes") if letter.children_in_dwelling else ""
    return [
        blocks.heading(words.line("office.tenants")),
        blocks.facts([*rows, (words.line("office.children"), children)]),
    ]


def _tenant(words: Texts, tenant: OfficeTenant) -> str:
    day = words.formats.day
    known = (
        ("national_id", tenant.national_id),
        ("birth_date", day(tenant.birth_date)),
        ("phone", phone(tenant.phone) if tenant.phone else None),
        ("email", tenant.email),
        ("copy_dispatched", day(tenant.copy_dispatched_on) if tenant.copy_dispatched_on else None),
    )
    return words.formats.separator.join(f"{words.line(f'office.{name}')} {value}" for name, value in known if value)


def _case(words: Texts, letter: OfficeLetter) -> list[Block]:
    def label(name: str) -> str:
        return words.line(f"office.{name}")

    day, debt, petition = words.formats.day, letter.debt, letter.petition
    oldest = min((claim.due_date for claim in debt.claims), default=None)
    not_before = (
        words.line("office.not_before_note", date=day(petition.not_before), rule_version=petition.rule_version)
        if petition.not_before
        else ""
    )
    rows = [
        (label("dwelling"), letter.dwelling),
        (label("outstanding_total"), words.formats.money(debt.outstanding_total) if debt.claims else ""),
        (label("overdue_claims"), str(len(debt.claims)) if debt.claims else ""),
        (label("oldest_due_date"), day(oldest) if oldest else ""),
        (words.line("copy.said.balance"), day(letter.balance_as_of) if letter.balance_as_of and debt.claims else ""),
        *ground_rows(words, letter.ground, "office"),
        (label("not_before"), not_before),
        (label("planned"), day(petition.planned) if petition.planned else ""),
        (words.line("copy.said.held"), day(petition.held_until) if petition.held_until else ""),
        *prior_rows(words, letter.prior_contact, "office"),
    ]
    if petition.filed_on is not None:  # first: the time to answer may be running (LAW, case 4)
        rows.insert(0, (label("filed_on"), day(petition.filed_on)))
    if petition.withdrawn is not None:  # it heard of the petition before
        filed, withdrawn = map(day, petition.withdrawn)
        rows.insert(0, (label("filed_on"), words.line("office.withdrawn_value", filed=filed, withdrawn=withdrawn)))
    return [blocks.heading(label("case")), blocks.facts(rows)]


def _claims(words: Texts, letter: OfficeLetter) -> list[Block]:
    debt = letter.debt
    rows = [
        (words.line("office.account"), account(debt.account_number) if debt.account_number else ""),
        (words.line("office.kid"), debt.kid or ""),
    ]
    payment = [blocks.facts(rows)] if debt.account_number or debt.kid else []
    if not debt.claims:
        return payment
    return [blocks.heading(words.line("office.claims")), blocks.claims_table(words, debt), *payment]


def _parties(words: Texts, letter: OfficeLetter) -> list[Block]:
    notice = words.line("office.notice_value", id=letter.notice_id, version=str(letter.version))
    rows = [
        (words.line("office.landlord"), blocks.contact(words, letter.landlord)),
        (words.line("office.agent"), blocks.contact(words, letter.agent) if letter.agent else ""),
        (words.line("office.reference"), letter.reference),
        (words.line("office.notice"), notice),
    ]
    return [
        blocks.heading(words.line("office.parties")),
        blocks.facts(rows),
        blocks.small(words.runs("office.handling", **blocks.operator_values(letter.operator))),
    ]
