"""A landlord's letter: a reservation that a tenant made on her page (LAW, rule 4)."""

from varsling.deliveries.service import Addressee, Delivery
from varsling.dispatch.compose import Addressed, Sources, Unwritable, landlord, lines, one_line
from varsling.domain.dates import oslo_date
from varsling.domain.notice import Notice
from varsling.letters.content import LandlordLetter, Language, Operator, Recipient


def compose_landlord_letter(delivery: Delivery, sources: Sources, notice: Notice) -> Addressed:
    """Compose the letter to the landlord's postal address, else to the agent's, else to the name above an e-mail."""
    tenant = next((one for one in notice.tenants if one.id == delivery.tenant_id), None)
    if tenant is None:
        raise Unwritable
    to = landlord(notice)
    contacts = [notice.landlord.contact, *([notice.agent.contact] if notice.agent else [])]
    postal = next((one.postal_address for one in contacts if one.postal_address), None)
    email = next((one.email for one in contacts if one.email), None)
    letter = LandlordLetter(
        language=Language.NB,
        rendered_on=sources.today,
        recipient=Recipient(to.name, lines(postal) if postal else (email or "",)),
        operator=Operator.of(sources.settings),
        tenant=tenant.name,
        dwelling=one_line(notice.dwelling),
        lease=sources.stored.lease_reference,
        reserved_on=oslo_date(delivery.created_at),
        reference=notice.reference,
    )
    number = notice.landlord.organisation_number
    return Addressed(letter, Addressee(to.name, postal, email=email, organisation_number=number))
