"""A notice as the landlord's side sees it (CONTRACT § A notice): the short answer to every change, and the whole one.

Never in either: an identity number, the office that R came from, the channel of a copy.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from varsling.access.idempotency import StoredAnswer
from varsling.deliveries.service import CopyState
from varsling.domain.dates import NoticeDates, Period
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import BlockedReason, CopyStatus, NoticeStatus
from varsling.domain.money import format_amount
from varsling.domain.notice import Agent, Attestations, Claim, Contact, Landlord, Notice, PostalAddress, Tenant
from varsling.domain.remarks import Remark, remark_text
from varsling.notices.schemas.answers import (
    AgentAnswer,
    AttestationsAnswer,
    BlockedAnswer,
    ClaimAnswer,
    ClosedAnswer,
    ContactAnswer,
    CopyAnswer,
    HistoryEntry,
    LandlordAnswer,
    NoticeAnswer,
    NoticeDatesAnswer,
    NoticeOffice,
    NoticePeriod,
    NoticeRemark,
    PostalAddressAnswer,
    SentContent,
    SentTenant,
    WholeNotice,
)
from varsling.notices.stored import StoredNotice, StoredTenant
from varsling.offices.service import Offices, dwelling_answer
from varsling.privacy.audit import AuditAction, LoggedRow
from varsling.shapes import day, instant
from varsling.web.answers import stored_answer

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
"""The parts of a notice's history that its landlord sees: its own changes and the facts of delivery."""


def path_of(notice_id: UUID) -> str:
    return f"/v1/notices/{notice_id}"


def answer_of(
    stored: StoredNotice, copies: Copies, offices: Offices, language: AnswerLanguage, status: int = 200
) -> StoredAnswer:
    """The answer to a change of a notice, or with status 201 to its acceptance."""
    answer = notice_answer(stored, copies, offices, language)
    return stored_answer(answer, stored.version, status, path_of(stored.id) if status == 201 else None)


def notice_answer(stored: StoredNotice, copies: Copies, offices: Offices, language: AnswerLanguage) -> NoticeAnswer:
    """The notice as every change answers it."""
    notice = stored.notice
    return {
        "id": str(stored.id),
        "reference": stored.reference,
        "version": stored.version,
        "status": stored.status,
        "accepted_at": instant(stored.accepted_at),
        "landlord": {"organisation_number": stored.landlord_organisation},
        "office": _office(stored, offices),
        "dwelling": None if notice is None else dwelling_answer(notice.dwelling),
        "tenants": [{"id": str(tenant.id), "copy": _copy(stored, tenant, copies)} for tenant in stored.tenants],
        "outstanding_total": None if notice is None else format_amount(notice.breach.outstanding_total),
        "dates": dates_answer(stored.dates),
        "remarks": remarks_answer(stored.remarks, language),
        "blocked": _blocked(stored),
    }


def whole_notice(
    stored: StoredNotice, copies: Copies, history: Iterable[LoggedRow], offices: Offices, language: AnswerLanguage
) -> WholeNotice:
    """The notice with all that was sent, while it is kept, and what became of it."""
    short = notice_answer(stored, copies, offices, language)
    nothing_kept: SentContent = {}
    whole: WholeNotice = {
        **short,
        **nothing_kept,
        "tenants": [{"id": one["id"], "copy": one["copy"]} for one in short["tenants"]],
        "closed": _closed(stored),
        "updated_at": instant(stored.updated_at),
        "sent_at": instant(stored.sent_at),
        "received_at": instant(stored.received_at),
        "history": history_answer(history),
    }
    if (notice := stored.notice) is None:
        return whole
    sent = {tenant.id: tenant for tenant in notice.tenants}
    tenants = [_sent_tenant(stored, row, sent[row.id], copies) for row in stored.tenants]
    return {**whole, **_sent_content(notice), "landlord": _landlord(notice.landlord), "tenants": tenants}


def history_answer(rows: Iterable[LoggedRow]) -> list[HistoryEntry]:
    return [{"at": instant(one.at), "event": one.row.action.value, "version": one.row.version} for one in rows]


def dates_answer(of: NoticeDates) -> NoticeDatesAnswer:
    return {
        "rule_version": of.rule_version,
        "basis": of.basis,
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


def remarks_answer(codes: Iterable[Remark], language: AnswerLanguage) -> list[NoticeRemark]:
    return [{"code": code, "detail": remark_text(code, language)} for code in codes]


def claim_answer(of: Claim) -> ClaimAnswer:
    return {
        "due_date": of.due_date.isoformat(),
        "original_amount": format_amount(of.original),
        "outstanding_amount": format_amount(of.outstanding),
        "reference": of.reference,
    }


def contact_answer(of: Contact) -> ContactAnswer:
    return {
        "name": of.name,
        "email": of.email,
        "phone": of.phone,
        "postal_address": _postal_address(of.postal_address),
    }


def agent_answer(of: Agent | None) -> AgentAnswer | None:
    if of is None:
        return None
    return {"organisation_number": of.organisation_number, "name": of.name, "contact": contact_answer(of.contact)}


def _blocked(stored: StoredNotice) -> BlockedAnswer | None:
    if stored.status is not NoticeStatus.BLOCKED or stored.reason is None:
        return None
    return {"reason": BlockedReason(stored.reason)}


def _closed(stored: StoredNotice) -> ClosedAnswer | None:
    if stored.status not in (NoticeStatus.SETTLED, NoticeStatus.WITHDRAWN) or stored.closed_at is None:
        return None
    return {"reason": stored.reason, "at": instant(stored.closed_at)}


def _office(stored: StoredNotice, offices: Offices) -> NoticeOffice | None:
    found = None if stored.office is None else offices.office(stored.office)
    if found is None:
        return None
    return {
        "number": found.number,
        "name": found.name,
        "found_by": stored.found_by,
        "reached_by": stored.reached_by,
    }


def _copy(stored: StoredNotice, tenant: StoredTenant, copies: Copies) -> CopyAnswer:
    state = copies.get(tenant.id)
    if state is not None:
        return {"status": state.status, "dispatched_at": instant(state.dispatched_at)}
    waiting = tenant.left_out_at is None and stored.status is NoticeStatus.ACCEPTED
    return {"status": CopyStatus.QUEUED if waiting else CopyStatus.NOT_SENT, "dispatched_at": None}


def _period(of: Period) -> NoticePeriod:
    return {
        "literal": of.literal.isoformat(),
        "whole_weeks": of.whole_weeks.isoformat(),
        "recommended": of.recommended.isoformat(),
    }


def _sent_content(notice: Notice) -> SentContent:
    return {
        "agent": agent_answer(notice.agent),
        "lease": {
            "reference": notice.lease.reference,
            "use": notice.lease.use,
            "eviction_clause": notice.lease.eviction_clause,
            "start_date": day(notice.lease.start_date),
        },
        "breach": {
            "claims": [claim_answer(one) for one in notice.breach.claims],
            "deposited_amount": format_amount(notice.breach.deposited),
        },
        "payment": {"account_number": notice.payment.account_number, "kid": notice.payment.kid},
        "ground": {"code": notice.ground.code, "warning_sent_on": day(notice.ground.warning_sent_on)},
        "planned_petition_date": day(notice.planned_petition_date),
        "petition_filed_on": day(notice.petition_filed_on),
        "children_in_dwelling": True if notice.children_in_dwelling else None,
        "attestations": _attestations(notice.attestations),
    }


def _attestations(of: Attestations) -> AttestationsAnswer:
    given = of.copy_given
    return {
        "no_reservation_received": of.no_reservation_received,
        "power_of_attorney": of.power_of_attorney,
        "copy_given": None if given is None else {"on": day(given.on), "how": given.how},
    }


def _landlord(of: Landlord) -> LandlordAnswer:
    return {
        "organisation_number": of.organisation_number,
        "name": of.name,
        "national_id_given": of.national_id is not None,
        "contact": contact_answer(of.contact),
    }


def _sent_tenant(stored: StoredNotice, row: StoredTenant, of: Tenant, copies: Copies) -> SentTenant:
    return {
        "id": str(of.id),
        "name": of.name,
        "national_id_given": of.national_id is not None,
        "birth_date": _birth_date_told(of),
        "language": of.language,
        "email": of.email,
        "phone": of.phone,
        "postal_address": _postal_address(of.postal_address),
        "copy": _copy(stored, row, copies),
    }


def _birth_date_told(of: Tenant) -> str | None:
    """The birth date, unless a number was given: the date is a part of the number, and is not told either."""
    return day(of.birth_date) if of.national_id is None else None


def _postal_address(of: PostalAddress | None) -> PostalAddressAnswer | None:
    if of is None:
        return None
    return {"lines": list(of.lines), "postal_code": of.postal_code, "city": of.city, "country": of.country}
