"""The short letters after the copy: the notice has ended, stops, or goes elsewhere; a reservation is revoked."""

from typing import assert_never

from varsling.letters import blocks
from varsling.letters.blocks import Block, Document
from varsling.letters.content import SecondKind, SecondLetter
from varsling.letters.formats import in_fours
from varsling.letters.texts import TOLD_REASONS, Texts, texts


def compose(letter: SecondLetter) -> Document:
    """Compose the short letter as a document of one page."""
    words = texts(letter.language)
    values = {**blocks.operator_values(letter.operator), "landlord": letter.landlord.name}
    if letter.office is not None:
        values["office"] = letter.office.name
    part = f"second.{letter.kind}"
    body = [
        blocks.languages(),
        blocks.heading(words.line(f"{part}.heading")),
        *_copy_sent(words, letter),
        blocks.paragraph(words.runs(f"{part}.text", **values)),
        *_reason(words, letter),
        *_told(words, letter),
        blocks.paragraph(words.runs(f"{part}.then")),
        blocks.paragraph(words.runs("second.help")),
        blocks.paragraph(words.runs("second.questions", **values)),
        *_page(words, letter),
        blocks.small(words.runs("second.privacy", **values)),
    ]
    return blocks.document(
        words,
        subject=words.line("letter.subject"),
        operator=letter.operator,
        recipient=letter.recipient,
        rendered_on=letter.rendered_on,
        reference=letter.reference,
        blocks=body,
        slip=_slip(words, letter),
    )


def _copy_sent(words: Texts, letter: SecondLetter) -> list[Block]:
    # The wrong person may not even learn whose home it was.
    if letter.copy_sent_on is None or letter.dwelling is None or letter.kind is SecondKind.WRONG_PERSON:
        return []
    sent_on = words.formats.day(letter.copy_sent_on)
    return [blocks.paragraph(words.runs("second.copy_sent", copy_sent_on=sent_on, dwelling=letter.dwelling))]


def _reason(words: Texts, letter: SecondLetter) -> list[Block]:
    tells = letter.kind in (SecondKind.SETTLED, SecondKind.WITHDRAWN)
    if not tells or letter.reason not in TOLD_REASONS:
        return []
    return [blocks.paragraph(words.runs(f"second.reason.{letter.reason}"))]


def _told(words: Texts, letter: SecondLetter) -> list[Block]:
    match letter.kind:
        case SecondKind.SETTLED | SecondKind.WITHDRAWN:
            if letter.office is None:
                return [blocks.paragraph(words.runs("second.not_told"))]
            return [blocks.paragraph(words.runs("second.told", office=letter.office.name))]
        case (
            SecondKind.WRONG_PERSON
            | SecondKind.NOT_PUBLISHED
            | SecondKind.OFFICE_CHANGED
            | SecondKind.RESERVATION_REVOKED
            | SecondKind.WANTS_CALL
            | SecondKind.DISPUTES
        ):
            return []
        case _:
            assert_never(letter.kind)


def _page(words: Texts, letter: SecondLetter) -> list[Block]:
    if letter.access is None:
        return []
    code = in_fours(letter.access.code)
    return [blocks.paragraph(words.runs("second.page", page_address=letter.access.page_address, code=code))]


def _slip(words: Texts, letter: SecondLetter) -> Block | None:
    if letter.kind is not SecondKind.RESERVATION_REVOKED:
        return None
    dwelling = letter.dwelling or ""
    return blocks.slip(
        words, letter.landlord, name=letter.recipient.name, dwelling=dwelling, reference=letter.reference
    )
