"""The letter that passes a reservation on to a landlord without a system that reads streams."""

from varsling.letters import blocks
from varsling.letters.blocks import Document
from varsling.letters.content import LandlordLetter
from varsling.letters.texts import texts


def compose(letter: LandlordLetter) -> Document:
    """Compose the letter: what the tenant said and when, its consequences, and the tenancy, on one page."""
    words = texts(letter.language)
    day = words.formats.day(letter.reserved_on)
    return blocks.document(
        words,
        subject=words.line("landlord.subject"),
        operator=letter.operator,
        recipient=letter.recipient,
        rendered_on=letter.rendered_on,
        reference=letter.reference,
        blocks=[
            blocks.paragraph(words.runs("landlord.text", tenant=letter.tenant, day=day)),
            blocks.paragraph(words.runs("landlord.then")),
            blocks.facts(
                [
                    (words.line("landlord.tenant"), letter.tenant),
                    (words.line("landlord.dwelling"), letter.dwelling),
                    (words.line("landlord.lease"), letter.lease),
                    (words.line("landlord.received"), day),
                ]
            ),
            blocks.small(words.runs("landlord.handling", **blocks.operator_values(letter.operator))),
        ],
    )
