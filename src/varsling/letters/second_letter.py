"""The short letters after the copy: the notice has ended, stops, or goes elsewhere; a reservation is revoked.

The end of a notice is not the end of the case (LAW, row 8a): debt, § 4-18 warning and petition stand without it. Only
rent that is paid, and the wrong person, may read that nothing needs doing. The code of her page stands on her copy
alone: a landlord can cause these letters, to an address of his choice.
"""

from collections.abc import Mapping

from varsling.domain.lifecycle import SettlementReason, WithdrawalReason
from varsling.domain.notice import GroundCode
from varsling.letters import blocks
from varsling.letters.blocks import Block, Document
from varsling.letters.content import SecondKind, SecondLetter
from varsling.letters.tenant_copy import date_keys
from varsling.letters.texts import Texts, texts

# The ends of a notice: what stands without it is told.
ENDS = frozenset(
    {
        SecondKind.SETTLED,
        SecondKind.WITHDRAWN,
        SecondKind.NOT_PUBLISHED,
        SecondKind.STOPPED,
        SecondKind.LEFT_OUT,
        SecondKind.UPDATE_NOT_PUBLISHED,
        SecondKind.LAPSED,
    }
)
# Nav had the notice, and hears the same.
_TELLS_NAV = (SecondKind.SETTLED, SecondKind.WITHDRAWN, SecondKind.LAPSED)
_REASONED = (SecondKind.SETTLED, SecondKind.WITHDRAWN)


def compose(letter: SecondLetter) -> Document:
    """Compose the short letter as a document of one page."""
    words = texts(letter.language)
    values = {**blocks.operator_values(letter.operator), "landlord": letter.landlord.name}
    if letter.office is not None:
        values["office"] = letter.office.name
    wrong = letter.kind is SecondKind.WRONG_PERSON
    return blocks.document(
        words,
        subject=words.line("letter.subject"),
        operator=letter.operator,
        recipient=letter.recipient,
        rendered_on=letter.rendered_on,
        reference=letter.reference,
        blocks=[
            blocks.heading(words.line(f"second.{letter.kind}.heading")),
            *_copy_sent(words, letter),
            *what_happened(words, letter, values),
            *([] if wrong else [blocks.paragraph(words.runs("second.help"))]),
            # Who has not reacted may not have understood the copy.
            *([blocks.languages()] if letter.kind is SecondKind.REMINDER else []),
            blocks.paragraph(words.runs("second.questions_wrong" if wrong else "second.questions", **values)),
            blocks.small(words.runs("second.privacy", **values)),
        ],
        slip=_slip(words, letter),
    )


def what_happened(words: Texts, letter: SecondLetter, values: Mapping[str, str]) -> list[Block]:
    """Say what became of the notice, what she can do, and what stands without it: on paper and on her page alike."""
    part = _part(letter)
    said = [blocks.paragraph(words.runs(f"{part}.text", **values)), *_told(words, letter)]
    if letter.kind is SecondKind.REMINDER:
        ground = "rent" if letter.ground is GroundCode.RENT_UNPAID else "home"
        said += [_petition(words, letter), blocks.paragraph(words.runs(f"{part}.{ground}"))]
    if not nothing_stands(letter):
        said.append(blocks.paragraph(words.runs(f"{part}.do")))
    if letter.kind not in ENDS:
        return said
    if nothing_stands(letter):
        return [*said, blocks.paragraph(words.runs("second.nothing_to_do")), *_dates(words, letter)]
    return [*said, blocks.paragraph(words.runs(f"second.case.{_case(letter)}")), *_dates(words, letter)]


def _petition(words: Texts, letter: SecondLetter) -> Block:
    """Say what stands on the day of the letter: a date can have moved since the copy, or passed."""
    keys = date_keys(letter.ground, letter.not_before, letter.held_until, letter.rendered_on)
    days = {"not_before": letter.not_before, "held_until": letter.held_until}
    values = {name: words.formats.day(day) if day else "" for name, day in days.items()}
    return blocks.paragraph(blocks.sentences(words, keys, **values))


def nothing_stands(letter: SecondLetter) -> bool:
    """Whether the case is over with the notice: unpaid rent that is paid, and no petition lodged for it."""
    paid = letter.reason is SettlementReason.PAID and letter.kind is SecondKind.SETTLED
    return paid and letter.ground is GroundCode.RENT_UNPAID and not letter.petition_lodged


def _part(letter: SecondLetter) -> str:
    """Choose the text. A withdrawal for a reservation, which may be another tenant's, says no more than that Nav cannot
    read the notice."""
    if letter.kind not in _REASONED:
        return f"second.{letter.kind}"
    if letter.reason in (None, WithdrawalReason.RESERVED, WithdrawalReason.WRONG_PERSON):
        return f"second.{SecondKind.NOT_PUBLISHED}"
    return f"second.{letter.kind}.{letter.reason}"


def _case(letter: SecondLetter) -> str:
    if letter.petition_lodged:
        settled = letter.kind in _REASONED and _part(letter).startswith(f"second.{letter.kind}.")
        paid = letter.reason is SettlementReason.PAID and letter.ground is GroundCode.RENT_UNPAID
        return "lodged_paid" if settled and paid else "lodged_settled" if settled else "lodged"
    return "rent" if letter.ground is GroundCode.RENT_UNPAID else "home"


def _copy_sent(words: Texts, letter: SecondLetter) -> list[Block]:
    # The wrong person may not even learn whose home it was.
    if letter.copy_sent_on is None or letter.dwelling is None or letter.kind is SecondKind.WRONG_PERSON:
        return []
    sent_on = words.formats.day(letter.copy_sent_on)
    return [blocks.paragraph(words.runs("second.copy_sent", copy_sent_on=sent_on, dwelling=letter.dwelling))]


def _told(words: Texts, letter: SecondLetter) -> list[Block]:
    if letter.kind not in _TELLS_NAV:
        return []
    return [blocks.paragraph(words.runs("second.told" if letter.told else "second.not_told"))]


def _dates(words: Texts, letter: SecondLetter) -> list[Block]:
    """Say what becomes of the date in the copy. Of a version that stands with Nav the date stands too; a copy that told
    of a petition had none; when a notice lapses it has long passed."""
    if letter.kind is SecondKind.UPDATE_NOT_PUBLISHED:
        return []
    keys = []
    if not letter.petition_lodged and letter.kind is not SecondKind.LAPSED:
        keys.append(f"second.{_date(letter)}")
    if letter.kind is not SecondKind.STOPPED:
        keys.append("second.again")
    return [blocks.paragraph(blocks.sentences(words, keys))] if keys else []


def _date(letter: SecondLetter) -> str:
    """Choose the text. Who keeps a payment plan, or has paid, need not read that a petition can come earlier."""
    if letter.kind is SecondKind.STOPPED:
        return "date_open"
    calm = letter.reason is SettlementReason.PAYMENT_PLAN or nothing_stands(letter)
    return "dates_gone" if calm else "dates_earlier"


def _slip(words: Texts, letter: SecondLetter) -> Block | None:
    if letter.kind is not SecondKind.RESERVATION_REVOKED:
        return None
    dwelling = letter.dwelling or ""
    return blocks.slip(
        words, letter.landlord, name=letter.recipient.name, dwelling=dwelling, reference=letter.reference
    )
