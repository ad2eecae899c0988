"""The letters to a tenant: composed of what was said about her and the lease alone."""

from varsling.deliveries.service import Addressee, Delivery, DeliveryKind
from varsling.dispatch.compose import (
    REASONS,
    Addressed,
    Bounces,
    OfficeUnknown,
    Sources,
    Unwritable,
    access_to,
    agent_party,
    debt,
    landlord,
    lines,
    named_office,
    one_line,
    petition,
    place,
    street_lines,
)
from varsling.domain.dates import oslo_date
from varsling.domain.notice import Notice, PostalAddress, Tenant
from varsling.domain.synthetic import PersonOutcome, outcome_of
from varsling.letters.content import (
    Access,
    CopyNews,
    Language,
    Operator,
    Recipient,
    SecondKind,
    SecondLetter,
    TenantCopy,
    letter_language,
)
from varsling.notices.service import dated, lodged_on


def compose_copy(delivery: Delivery, sources: Sources, notice: Notice) -> Addressed:
    tenant = _tenant(delivery, sources, notice)
    if outcome_of(tenant.national_id) is PersonOutcome.COPY_BOUNCES and not sources.settings.production:
        raise Bounces
    access = access_to(sources, "t")
    if access is None or delivery.version != sources.stored.content_version:
        raise Unwritable
    news = _news(delivery, sources, notice, tenant)
    copy = copy_to(tenant, sources, notice, access, letter_language(tenant.language), news=news)
    return Addressed(copy, _addressee(tenant, notice), access)


def copy_to(
    tenant: Tenant,
    sources: Sources,
    notice: Notice,
    access: Access,
    language: Language,
    *,
    news: CopyNews | None = None,
) -> TenantCopy:
    """Compose a tenant's copy of the notice. Raises OfficeUnknown."""
    if sources.office is None:
        raise OfficeUnknown
    return TenantCopy(
        language=language,
        rendered_on=sources.today,
        recipient=_recipient(tenant, notice),
        landlord=landlord(notice),
        agent=agent_party(notice.agent),
        operator=Operator.of(sources.settings),
        office=named_office(sources, sources.office),
        dwelling=one_line(notice.dwelling),
        ground=notice.ground,
        prior_contact=notice.prior_contact,
        debt=debt(notice),
        balance_as_of=dated(notice, sources.stored).breach.balance_as_of,
        petition=petition(sources, notice),
        other_tenants=tuple(said.name for row, said in sources.stored.named if row.id != tenant.id),
        children_in_dwelling=bool(notice.children_in_dwelling),
        identity_number_given=tenant.national_id is not None,
        phone=tenant.phone,
        email=tenant.email,
        reference=notice.reference,
        access=access,
        news=news,
    )


def _news(delivery: Delivery, sources: Sources, notice: Notice, tenant: Tenant) -> CopyNews | None:
    """Find why she gets another copy. A copy after a letter that the notice had stopped is no change of it."""
    mine = [one for one in sources.siblings if one.tenant_id == tenant.id and one.version < delivery.version]
    if not any(_is_copy_of(one, tenant) for one in mine):
        return None
    told = [one.second for one in mine if one.second is not None or _is_copy_of(one, tenant)]
    if told[-1] is SecondKind.STOPPED:
        return CopyNews.RESUMED
    published, lodged = sources.stored.published, lodged_on(notice)
    if published is None or published.version == delivery.version or published.petition_filed_on == lodged:
        return CopyNews.UPDATED
    return CopyNews.PETITION_WITHDRAWN if lodged is None else CopyNews.PETITION_FILED


def compose_second_letter(delivery: Delivery, sources: Sources, notice: Notice) -> Addressed:
    if delivery.second is None:
        raise Unwritable
    tenant = _tenant(delivery, sources, notice)
    if delivery.second is SecondKind.REMINDER and not _reminds(sources, tenant):
        raise Unwritable
    copies = [one for one in sources.siblings if _is_copy_of(one, tenant)]
    letter = SecondLetter(
        kind=delivery.second,
        language=letter_language(tenant.language),
        rendered_on=sources.today,
        recipient=_recipient(tenant, notice),
        landlord=landlord(notice),
        operator=Operator.of(sources.settings),
        reference=notice.reference,
        dwelling=one_line(notice.dwelling),
        office=named_office(sources, sources.office) if sources.office else None,
        copy_sent_on=oslo_date(copies[-1].dispatched_at or copies[-1].created_at) if copies else None,
        reason=REASONS.get(sources.stored.reason or ""),
        told=sources.stored.sent_at is not None,
        ground=notice.ground.code,
        petition_lodged=notice.petition.is_lodged,
        not_before=petition(sources, notice).not_before,
        held_until=notice.petition.held_until,
    )
    # The wrong person has no business on another person's page, and without a code nobody gets there.
    opens = sources.code_known and delivery.second is not SecondKind.WRONG_PERSON
    page = f"{sources.settings.public_url}/t" if opens else None
    return Addressed(letter, _addressee(tenant, notice), page=page)


def _reminds(sources: Sources, tenant: Tenant) -> bool:
    """Tell whether there is something to remind her of: the notice is open, names her, and tells of no petition."""
    stored = sources.stored
    wanted = {row.id for row, _ in stored.named if row.no_reminder_at is None}
    return stored.is_published and stored.petition_filed_on is None and tenant.id in wanted


def _addressee(tenant: Tenant, notice: Notice) -> Addressee:
    street = ", ".join(street_lines(notice.dwelling))
    home = PostalAddress((street,), notice.dwelling.postal_code, notice.dwelling.city or "")
    return Addressee(tenant.name, tenant.postal_address or home, tenant.national_id, tenant.email)


def _recipient(tenant: Tenant, notice: Notice) -> Recipient:
    if tenant.postal_address is not None:
        return Recipient(tenant.name, lines(tenant.postal_address))
    return Recipient(tenant.name, (", ".join(street_lines(notice.dwelling)), place(notice.dwelling)))


def _tenant(delivery: Delivery, sources: Sources, notice: Notice) -> Tenant:
    """Find the tenant of the letter. A tenant who was left out meanwhile still gets second letters, and no copy."""
    named = {row.id for row, _ in sources.stored.named}
    for tenant in notice.tenants:
        if tenant.id == delivery.tenant_id and (delivery.kind is DeliveryKind.SECOND or tenant.id in named):
            return tenant
    raise Unwritable


def _is_copy_of(delivery: Delivery, tenant: Tenant) -> bool:
    return delivery.kind is DeliveryKind.COPY and delivery.tenant_id == tenant.id and delivery.may_have_arrived
