"""Letters that follow from a change of a notice, and the readers whom earlier letters have informed."""

from collections.abc import Collection
from uuid import UUID

from varsling.deliveries.service import (
    OPENED,
    RETURNED,
    Delivery,
    DeliveryKind,
    NewDelivery,
    SecondKind,
    opened_letters,
)
from varsling.domain.notice import TenantId
from varsling.domain.office import OfficeNumber
from varsling.domain.policies import ON_PAPER
from varsling.notices.locking import LockedNotice


def way_to(locked: LockedNotice, tenant_id: UUID) -> str | None:
    """Give the channel that a letter to a tenant starts from. None: the first of the chain.

    It is paper once a letter of hers came back from an inbox, went on paper, or lies unopened there. That she read
    what came on paper says nothing for the inbox.
    """
    hers = [one for one in locked.outbox.deliveries if one.tenant_id == tenant_id and one.kind in _TO_TENANTS]
    paper = locked.settings.copies_on_paper
    if any(one.reason == RETURNED or _went_on_paper(one) for one in hers):
        return paper
    in_doubt = {one.version for one in hers if one.kind is DeliveryKind.COPY_AGAIN and one.reason != OPENED}
    copies = [one.id for one in hers if one.kind is DeliveryKind.COPY and one.version in in_doubt]
    if in_doubt and len(opened_letters(locked.transaction.connection, copies)) < len(copies):
        return paper
    return None


_TO_TENANTS = (DeliveryKind.COPY, DeliveryKind.COPY_AGAIN, DeliveryKind.SECOND)


def _went_on_paper(one: Delivery) -> bool:
    return one.may_have_arrived and (one.channel or one.next_channel) in ON_PAPER


def write_to_tenants(locked: LockedNotice, kind: SecondKind, tenants: Collection[UUID]) -> None:
    """Queue a second letter to each of these tenants."""
    stored = locked.stored
    locked.outbox.queue(
        NewDelivery(
            stored.id,
            stored.version,
            DeliveryKind.SECOND,
            tenant_id=tenant.id,
            second=kind,
            next_channel=way_to(locked, tenant.id),
        )
        for tenant in stored.tenants
        if tenant.id in tenants
    )


def write_to_informed_offices(locked: LockedNotice, kind: SecondKind) -> None:
    """Queue a second letter to each office that has the notice on paper, or may have it."""
    stored = locked.stored
    locked.outbox.queue(
        NewDelivery(stored.id, stored.version, DeliveryKind.OFFICE_SECOND, office_number=office, second=kind)
        for office in informed_offices(locked)
    )


def informed_offices(locked: LockedNotice) -> list[OfficeNumber]:
    """The offices that have the notice on paper, or may have it."""
    return sorted(
        {
            OfficeNumber(one.office_number)
            for one in locked.outbox.deliveries
            if one.kind is DeliveryKind.OFFICE and one.may_have_arrived and one.office_number is not None
        }
    )


def version_on_paper(locked: LockedNotice) -> int | None:
    """Give the newest version that an office has on paper, or may have: nobody can call its letter back."""
    to_offices = [one for one in locked.outbox.deliveries if one.kind is DeliveryKind.OFFICE]
    return max((one.version for one in to_offices if one.may_have_arrived), default=None)


def write_to_office(locked: LockedNotice, office: OfficeNumber) -> bool:
    """Queue the published version as a letter to its office. False if no channel takes letters to offices."""
    version = locked.stored.published_version
    if version is None or not locked.settings.office_channels:
        return False
    locked.outbox.queue([NewDelivery(locked.stored.id, version, DeliveryKind.OFFICE, office_number=office)])
    return True


# The letters after which a tenant knows that no office has what her copy said.
_TAKEN_BACK = frozenset({SecondKind.NOT_PUBLISHED, SecondKind.STOPPED, SecondKind.LEFT_OUT, SecondKind.WRONG_PERSON})


def informed_tenants(locked: LockedNotice) -> frozenset[TenantId]:
    """The tenants who have a copy, or may have one, and got no letter since that it was not published.

    A letter that a newer version was not published takes nothing back of the published one.
    """
    published = locked.stored.published_version
    informed: set[UUID | None] = set()
    for one in locked.outbox.deliveries:
        if one.kind is DeliveryKind.COPY and one.may_have_arrived:
            informed.add(one.tenant_id)
        elif one.second in _TAKEN_BACK and (published is None or one.version <= published):
            informed.discard(one.tenant_id)
    return frozenset(tenant.id for tenant in locked.stored.tenants if tenant.id in informed)


def tenants_informed_of(locked: LockedNotice, version: int) -> frozenset[TenantId]:
    """The tenants who have a copy of this version, or may have one, and got no letter that it was not published."""
    letters = [one for one in locked.outbox.deliveries if one.version == version]
    taken_back = {one.tenant_id for one in letters if one.second in {*_TAKEN_BACK, SecondKind.UPDATE_NOT_PUBLISHED}}
    copied = {one.tenant_id for one in letters if one.kind is DeliveryKind.COPY and one.may_have_arrived}
    return frozenset(tenant.id for tenant in locked.stored.tenants if tenant.id in copied - taken_back)
