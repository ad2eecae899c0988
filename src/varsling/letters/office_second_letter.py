"""The short letter to a NAV office that has a notice on paper: the notice has ended, or its tenant states something."""

from typing import assert_never

from varsling.domain.tenant import CALL_LANGUAGES, CallWish, Consents, Dispute, Statement, Wishes
from varsling.letters import blocks
from varsling.letters.blocks import Block, Document
from varsling.letters.content import OfficeSecondLetter, SecondKind
from varsling.letters.formats import phone
from varsling.letters.office_letter import to_office
from varsling.letters.texts import TOLD_REASONS, Texts, texts

# Whoever was named by mistake is called no tenant.
_BY_MISTAKE = frozenset({SecondKind.WRONG_PERSON, SecondKind.TENANT_REMOVED})


def compose(letter: OfficeSecondLetter) -> Document:
    """Compose the letter: what happened, what the office does about it, and which notice it is, on one page."""
    words = texts(letter.language)
    part = f"office_second.{letter.kind}"
    body = [
        blocks.heading(words.line(f"{part}.heading")),
        blocks.paragraph(words.runs(f"{part}.text", landlord=letter.landlord, tenant=", ".join(letter.tenants))),
        *_statement(words, letter.statement),
        *_through(words, letter),
        *_elsewhere(words, letter),
        *_reason(words, letter),
        blocks.paragraph(words.runs(f"{part}.then")),
        _which(words, letter),
        blocks.small(words.runs(_handling(letter), **blocks.operator_values(letter.operator))),
    ]
    return to_office(words, letter, "office_second.subject", body)


def _handling(letter: OfficeSecondLetter) -> str:
    """Say who is controller: of what the tenant says on her page it is the operator (LAW § Privacy)."""
    return "office.handling" if letter.statement is None else "office_second.said.handling"


def _through(words: Texts, letter: OfficeSecondLetter) -> list[Block]:
    if letter.statement is None:
        return []
    return [blocks.paragraph(words.runs(f"office_second.said.through_{letter.through}"))]


def _reason(words: Texts, letter: OfficeSecondLetter) -> list[Block]:
    if letter.reason not in TOLD_REASONS:
        return []
    return [blocks.paragraph(words.runs(f"office_second.reason.{letter.reason}"))]


def _elsewhere(words: Texts, letter: OfficeSecondLetter) -> list[Block]:
    told: list[Block] = []
    for statement, through in letter.elsewhere:
        told.append(blocks.paragraph(words.runs(f"office_second.said.beside_{through}"), introduces=True))
        told += _statement(words, statement)
    return told


def _statement(words: Texts, statement: Statement | None) -> list[Block]:
    match statement:
        case CallWish():
            interpreter = words.line("office_second.said.interpreter_yes") if statement.interpreter else ""
            rows = [
                (words.line("office_second.said.phone"), phone(statement.phone)),
                (words.line("office_second.said.time"), words.line(f"page.call.{statement.time}")),
                (words.line("office_second.said.language"), CALL_LANGUAGES[statement.language]),
                (words.line("office_second.said.interpreter"), interpreter),
            ]
        case Dispute():
            reasons = [words.line(f"page.disagree.reason.{reason}") for reason in statement.reasons]
            rows = [(words.line("office_second.said.disputes"), words.formats.separator.join(reasons))]
        case Wishes():
            rows = [_ticked(words, "wishes", [f"page.wishes.kind.{kind}" for kind in statement.kinds])]
        case Consents():
            rows = [_ticked(words, "consents", [f"page.consents.to.{to}" for to in statement.to])]
        case None:
            return []
        case _:
            assert_never(statement)
    return [blocks.facts(rows)]


def _ticked(words: Texts, what: str, keys: list[str]) -> tuple[str, str]:
    said = words.formats.separator.join(words.line(key) for key in keys)
    return words.line(f"office_second.said.{what}"), said or words.line("office_second.said.none")


def _which(words: Texts, letter: OfficeSecondLetter) -> Block:
    named = "office_second.about" if letter.kind in _BY_MISTAKE else "office.tenants"
    notice = words.line("office.notice_value", id=letter.notice_id, version=str(letter.version))
    rows = [
        (words.line("office.notice"), notice),
        (words.line("office_second.sent_on"), words.formats.day(letter.sent_on) if letter.sent_on else ""),
        (words.line(named), words.formats.separator.join(letter.tenants)),
        (words.line("office.dwelling"), letter.dwelling or ""),
        (words.line("office.landlord"), letter.landlord),
        (words.line("office.reference"), letter.reference),
    ]
    return blocks.facts(rows)
