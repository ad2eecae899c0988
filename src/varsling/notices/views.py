"""A notice as the landlord's side sees it (CONTRACT § A notice): the short answer to every change, and the whole one.

Never in either: an identity number, which office R came from, the channel of a copy.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from varsling.access.idempotency import StoredAnswer
from varsling.deliveries.service import CopyState
from varsling.domain.dates import NoticeDates, Period
from varsling.domain.dwelling import Dwelling
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import CopyStatus, NoticeStatus
from varsling.domain.money import format_amount
from varsling.domain.notice import Agent, Claim, Contact, Landlord, Notice, PostalAddress, Tenant
from varsling.domain.remarks import Remark, remark_text
from varsling.notices.store import StoredNotice, StoredTenant
from varsling.offices.service import Offices
from varsling.privacy.audit import AuditAction, RecordedRow
from varsling.web.answers import etag_of, rendered

Copies = Mapping[UUID, CopyState]

LANDLORDS_HISTORY = frozenset(
    {
        AuditAction.NOTICE_ACCEPTED,
        AuditAction.NOTICE_OFFICE_FOUND,
        AuditAction.NOTICE_OFFICE_CHANGED,
        AuditAction.NOTICE_UPDATED,
        AuditAction.NOTICE_CONTACT_CHANGED,
        AuditAction.NOTICE_SENT,
        AuditAction.NOTICE_RECEIVED,
        AuditAction.NOTICE_SETTLED,
        AuditAction.NOTICE_WITHDRAWN,
        AuditAction.NOTICE_BLOCKED,
        AuditAction.NOTICE_RESUMED,
        AuditAction.NOTICE_LAPSED,
        AuditAction.COPY_DISPATCHED,
        AuditAction.COPY_UNDELIVERABLE,
    }
)
"""What the landlord's side is told of a notice's life: its own doings and the facts of delivery, nothing of NAV's."""


def path_of(notice_id: UUID) -> str:
    return f"/v1/notices/{notice_id}"


def answer_of(
    stored: StoredNotice, copies: Copies, offices: Offices, language: AnswerLanguage, status: int = 200
) -> StoredAnswer:
    """The answer to a change of a notice, or with status 201 to its acceptance."""
    return StoredAnswer(
        status=status,
        body=rendered(short(stored, copies, offices, language)),
        location=path_of(stored.id) if status == 201 else None,
        etag=etag_of(stored.version),
    )


def short(stored: StoredNotice, copies: Copies, offices: Offices, language: AnswerLanguage) -> dict[str, Any]:
    """What is told after every change."""
    notice = stored.notice
    return {
        "id": str(stored.id),
        "reference": stored.reference,
        "version": stored.version,
        "status": stored.status.value,
        "accepted_at": instant(stored.accepted_at),
        "landlord": {"organisation_number": stored.landlord_organisation},
        "office": _office(stored, offices),
        "dwelling": None if notice is None else dwelling(notice.dwelling),
        "tenants": [{"id": str(tenant.id), "copy": _copy(stored, tenant, copies)} for tenant in stored.tenants],
        "outstanding_total": None if notice is None else format_amount(notice.breach.outstanding_total),
        "dates": dates(stored.dates),
        "remarks": remarks(stored.remarks, language),
        "blocked": {"reason": stored.reason} if stored.status is NoticeStatus.BLOCKED else None,
    }


def whole(
    stored: StoredNotice, copies: Copies, history: Iterable[RecordedRow], offices: Offices, language: AnswerLanguage
) -> dict[str, Any]:
    """The notice with all that was sent and what became of it."""
    told = short(stored, copies, offices, language)
    if (notice := stored.notice) is not None:
        told |= _as_sent(notice)
        said = {tenant.id: tenant for tenant in notice.tenants}
        told["tenants"] = [{**_tenant(said[row.id]), "copy": _copy(stored, row, copies)} for row in stored.tenants]
    closed = stored.status in (NoticeStatus.SETTLED, NoticeStatus.WITHDRAWN)
    return told | {
        "closed": {"reason": stored.reason, "at": instant(stored.closed_at)} if closed else None,
        "updated_at": instant(stored.updated_at),
        "sent_at": instant(stored.sent_at),
        "received_at": instant(stored.received_at),
        "history": [
            {"at": instant(one.at), "event": one.row.action.value, "version": one.row.version} for one in history
        ],
    }


def dates(of: NoticeDates) -> dict[str, Any]:
    return {
        "rule_version": of.rule_version,
        "basis": of.basis.value,
        "assumed_sent_on": of.assumed_sent_on.isoformat(),
        "sent_on": day(of.sent_on),
        "received_on": day(of.received_on),
        "notice": _period(of.notice),
        "warning": None if of.warning is None else _period(of.warning),
        "petition": {
            "refused_before": of.petition.refused_before.isoformat(),
            "recommended": of.petition.recommended.isoformat(),
            "recommended_working_day": of.petition.recommended_working_day.isoformat(),
        },
    }


def remarks(codes: Iterable[Remark], language: AnswerLanguage) -> list[dict[str, str]]:
    return [{"code": code.value, "detail": remark_text(code, language)} for code in codes]


def instant(at: datetime | None) -> str | None:
    """RFC 3339, UTC, milliseconds."""
    return None if at is None else f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def day(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


def dwelling(of: Dwelling) -> dict[str, Any]:
    """The dwelling as understood."""
    return {
        "street": of.street,
        "house_number": of.house_number,
        "house_letter": of.house_letter,
        "unit_number": of.unit_number,
        "postal_code": of.postal_code,
        "city": of.city,
        "municipality_number": of.municipality_number,
        "district_number": of.district_number,
    }


def claim(of: Claim) -> dict[str, Any]:
    return {
        "due_date": of.due_date.isoformat(),
        "original_amount": format_amount(of.original),
        "outstanding_amount": format_amount(of.outstanding),
        "reference": of.reference,
    }


def contact(of: Contact) -> dict[str, Any]:
    return {
        "name": of.name,
        "email": of.email,
        "phone": of.phone,
        "postal_address": _postal_address(of.postal_address),
    }


def agent(of: Agent | None) -> dict[str, Any] | None:
    if of is None:
        return None
    return {"organisation_number": of.organisation_number, "name": of.name, "contact": contact(of.contact)}


def _office(stored: StoredNotice, offices: Offices) -> dict[str, Any] | None:
    found = None if stored.office is None else offices.office(stored.office)
    if found is None:
        return None
    return {
        "number": found.number,
        "name": found.name,
        "found_by": stored.found_by.value,
        "reached_by": None if stored.reached_by is None else stored.reached_by.value,
    }


def _copy(stored: StoredNotice, tenant: StoredTenant, copies: Copies) -> dict[str, Any]:
    state = copies.get(tenant.id)
    if state is not None:
        return {"status": state.status.value, "dispatched_at": instant(state.dispatched_at)}
    waiting = tenant.left_out_at is None and stored.status is NoticeStatus.ACCEPTED
    return {"status": (CopyStatus.QUEUED if waiting else CopyStatus.NOT_SENT).value, "dispatched_at": None}


def _period(of: Period) -> dict[str, str]:
    return {
        "literal": of.literal.isoformat(),
        "whole_weeks": of.whole_weeks.isoformat(),
        "recommended": of.recommended.isoformat(),
    }


def _as_sent(notice: Notice) -> dict[str, Any]:
    attested = notice.attestations
    given = attested.copy_given
    return {
        "landlord": _landlord(notice.landlord),
        "agent": agent(notice.agent),
        "lease": {
            "reference": notice.lease.reference,
            "use": notice.lease.use.value,
            "eviction_clause": notice.lease.eviction_clause,
            "start_date": day(notice.lease.start_date),
        },
        "breach": {
            "claims": [claim(one) for one in notice.breach.claims],
            "deposited_amount": format_amount(notice.breach.deposited),
        },
        "payment": {"account_number": notice.payment.account_number, "kid": notice.payment.kid},
        "ground": {"code": notice.ground.code.value, "warning_sent_on": day(notice.ground.warning_sent_on)},
        "planned_petition_date": day(notice.planned_petition_date),
        "petition_filed_on": day(notice.petition_filed_on),
        "children_in_dwelling": notice.children_in_dwelling,
        "attestations": {
            "no_reservation_received": attested.no_reservation_received,
            "power_of_attorney": attested.power_of_attorney,
            "copy_given": None if given is None else {"on": given.on.isoformat(), "how": given.how},
        },
    }


def _landlord(of: Landlord) -> dict[str, Any]:
    return {
        "organisation_number": of.organisation_number,
        "name": of.name,
        "national_id_given": of.national_id is not None,
        "contact": contact(of.contact),
    }


def _tenant(of: Tenant) -> dict[str, Any]:
    return {
        "id": str(of.id),
        "name": of.name,
        "national_id_given": of.national_id is not None,
        # Of a number that was given, the birth date is a part: it is not told either.
        "birth_date": day(of.birth_date) if of.national_id is None else None,
        "language": of.language,
        "email": of.email,
        "phone": of.phone,
        "postal_address": _postal_address(of.postal_address),
    }


def _postal_address(of: PostalAddress | None) -> dict[str, Any] | None:
    if of is None:
        return None
    return {"lines": list(of.lines), "postal_code": of.postal_code, "city": of.city, "country": of.country}
