"""A new version of a notice: new copies for every tenant, and the older version's undispatched copies taken back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.deliveries.service import Delivery, DeliveryKind, NewDelivery, NotSent
from varsling.domain.dates import oslo_date
from varsling.domain.law import remarks_of
from varsling.domain.lifecycle import CopyStatus
from varsling.domain.notice import Notice
from varsling.domain.problems import Code, Fault, Refused
from varsling.domain.remarks import Remark
from varsling.notices import lookups, store
from varsling.notices.locking import LockedNotice
from varsling.notices.store import DOCUMENT, NewVersion, encode
from varsling.notices.stored import StoredNotice, distinct, is_urgent, lodged_on
from varsling.notices.transitions.letters import way_to
from varsling.notices.transitions.reservations import apply_reservations
from varsling.privacy.audit import AuditAction

COPIES_AT_ONCE = 3
"""How many copies a tenant may get within `update_letter_days` before the next waits, unless a petition is filed."""

# The remarks that follow from a version's own dates: each new version gets them anew.
_OF_DATES = frozenset(
    {
        Remark.PETITION_EARLIER_THAN_RECOMMENDED,
        Remark.PETITION_ALREADY_FILED,
        Remark.WARNING_PERIOD_RUNNING,
        Remark.PLANNED_DATE_OVERTAKEN,
        Remark.BALANCE_OLD,
    }
)


def new_version(locked: LockedNotice, notice: Notice, actor: str, *extra_remarks: Remark) -> None:
    """Store what the landlord now says of an open notice; `notice` has the ids of its tenants.

    Nothing is published before the copies of this version are dispatched, and the clock of a published notice runs on.
    The office that has the notice gets its new versions too. Raises Refused (tenant-reserved) if a reservation leaves
    no tenant to write about.
    """
    if apply_reservations(locked, actor, new_version=True).stopped:  # LAW, rule 5: later updates stop
        raise Refused([Fault("", Code.TENANT_RESERVED)])
    stored, cipher = locked.stored, locked.context.keyring.cipher
    version, version_id, office = stored.version + 1, uuid7(), stored.named_office
    document = cipher.encrypt(DOCUMENT, version_id, encode(notice))
    store.add_versions(
        locked.transaction,
        [NewVersion(version_id, stored.id, version, document, lodged_on(notice), is_urgent(notice), office)],
    )
    _take_back_older(locked, version)
    locked.update(**restated(stored, notice, oslo_date(locked.now), extra_remarks))
    locked.stored = replace(
        locked.stored,
        notice=notice,
        content_version=version,
        version_id=version_id,
        version_created_at=locked.now,
        version_office=office,
        protection=None,
    )
    queue_copies(locked)
    locked.log(AuditAction.NOTICE_UPDATED, actor)


def restated(stored: StoredNotice, notice: Notice, today: date, extra: tuple[Remark, ...]) -> dict[str, Any]:
    """Give what the notice's row says once it has a new version of this content."""
    return {
        "version": stored.version + 1,
        "warning_sent_on": notice.warning_sent_on,
        "planned_petition_date": notice.petition.planned_on,
        "petition_filed_on": lodged_on(notice),
        "remarks": _remarks(stored, notice, today, extra),
        "petition_recommended": replace(stored, warning_sent_on=notice.warning_sent_on).dates.later.recommended,
    }


def _take_back_older(locked: LockedNotice, version: int) -> None:
    """Take back what is queued of the older versions, but not of the published one, which stands until the new
    version's copies are out.

    A copy on paper that repeats an unopened one goes on: it is what she has until then. An office's letter that a
    channel may have is not recalled: if it arrives, its version is published by it.
    """
    older = {*range(1, version)} - {locked.stored.published_version}
    locked.outbox.cancel(NotSent.NEWER_VERSION, versions=older, kinds=(DeliveryKind.COPY,))
    locked.outbox.cancel(NotSent.NEWER_VERSION, versions=older, kinds=(DeliveryKind.OFFICE,), even_sent=False)


def queue_copies(locked: LockedNotice) -> None:
    """Queue a copy of the newest version for each tenant without one. Copies of a held notice are due never.

    An update of a published notice waits until her last copy is some days old (policy `update_letter_days`), and so
    does its publication: a frightened reader gets no letter for every sum that changes. News of a petition does not
    wait (LAW, case 4).
    """
    stored, arrived = locked.stored, _arrived_copies(locked)
    served = {
        one.tenant_id
        for one in locked.outbox.deliveries
        if one.kind is DeliveryKind.COPY
        and one.version == stored.version
        and one.status in (CopyStatus.QUEUED, CopyStatus.DISPATCHED)
    }
    petitions = lookups.petitions(locked.transaction.connection, stored.id) if arrived else {}
    locked.outbox.queue(
        NewDelivery(
            stored.id,
            stored.version,
            DeliveryKind.COPY,
            tenant_id=tenant.id,
            held=stored.held_for is not None,
            not_before=_not_before(locked, arrived.get(tenant.id, ()), petitions),
            next_channel=way_to(locked, tenant.id),
        )
        for tenant in stored.remaining_tenants
        if tenant.id not in served
    )


def _arrived_copies(locked: LockedNotice) -> Mapping[UUID | None, Sequence[Delivery]]:
    """By tenant: her copies that may have arrived, oldest first."""
    found: defaultdict[UUID | None, list[Delivery]] = defaultdict(list)
    for one in locked.outbox.deliveries:
        if one.kind is DeliveryKind.COPY and one.may_have_arrived:
            found[one.tenant_id].append(one)
    return found


def _not_before(
    locked: LockedNotice, arrived: Sequence[Delivery], petitions: Mapping[int, date | None]
) -> datetime | None:
    """Give when the next copy of a tenant with these copies may go; None: at once.

    Of a petition that is filed she and the office hear at once. Other news of petitions, and a version of what no
    office has yet, go at once until she got several copies: nobody withdraws petitions or corrects sums all the time.
    """
    if not arrived:
        return None
    stored, rest = locked.stored, timedelta(days=locked.settings.update_letter_days)
    now, published = stored.petition_filed_on, stored.published_version
    # A copy of the newest version that was taken back told nothing for certain: this one replaces it.
    told = [one for one in arrived if one.version < stored.version or one.status is not CopyStatus.NOT_SENT]
    known = {petitions[version] for version in (told[-1].version if told else None, published) if version is not None}
    lodged = [one for one in arrived if one.version > (published or 0) and petitions[one.version] is not None]
    got = sorted(one.dispatched_at or one.created_at for one in arrived)
    lately = [at for at in got if at > locked.now - rest]
    news = published is None or known != {now}
    filed = now is not None and (None in known or not known) and len(lodged) < COPIES_AT_ONCE
    if filed or (news and len(lately) < COPIES_AT_ONCE):
        return None
    return (lately[-COPIES_AT_ONCE] if news else got[-1]) + rest


def replace_document(locked: LockedNotice, notice: Notice) -> None:
    """Replace the document of the newest version: for contact data alone, which say nothing of the breach."""
    version_id = locked.stored.version_id
    document = locked.context.keyring.cipher.encrypt(DOCUMENT, version_id, encode(notice))
    store.replace_document(locked.transaction, version_id, document)
    locked.stored = replace(locked.stored, notice=notice)


def _remarks(stored: StoredNotice, notice: Notice, today: date, extra: tuple[Remark, ...]) -> tuple[Remark, ...]:
    kept = [remark for remark in stored.remarks if remark not in _OF_DATES]
    if Remark.PLANNED_DATE_OVERTAKEN in stored.remarks and notice.petition.planned_on == stored.planned_petition_date:
        kept.append(Remark.PLANNED_DATE_OVERTAKEN)
    return distinct((*kept, *remarks_of(notice, stored.dates, today), *extra))
