"""A notice as the landlord's side sees it (CONTRACT § A notice): the short answer to every change, and the whole one.

Never in either: an identity number, the office that R came from, the channel of a copy.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from varsling.access.idempotency import StoredAnswer
from varsling.deliveries.service import CopyState
from varsling.domain.language import AnswerLanguage
from varsling.domain.lifecycle import BlockedReason, CopyStatus, NoticeStatus
from varsling.domain.money import format_amount
from varsling.domain.notice import (
    Landlord,
    Notice,
    Tenant,
)
from varsling.domain.remarks import Remark, remark_text
from varsling.landlords.schemas import LandlordAnswer
from varsling.notices.schemas.answers import (
    BlockedAnswer,
    ClosedAnswer,
    CopyAnswer,
    HistoryEntry,
    NoticeAnswer,
    NoticeOffice,
    NoticeRemark,
    SentContent,
    SentTenant,
    WholeNotice,
)
from varsling.notices.stored import StoredNotice, StoredTenant, dated
from varsling.notices.views_parts import (
    agent_answer,
    attestations_answer,
    claim_answer,
    contact_answer,
    dates_answer,
    ground_answer,
    postal_address_answer,
    prior_contact_answer,
)
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
    return {**whole, **_sent_content(stored, notice), "landlord": _landlord(notice.landlord), "tenants": tenants}


def history_answer(rows: Iterable[LoggedRow]) -> list[HistoryEntry]:
    return [{"at": instant(one.at), "event": one.row.action.value, "version": one.row.version} for one in rows]


def remarks_answer(codes: Iterable[Remark], language: AnswerLanguage) -> list[NoticeRemark]:
    return [{"code": code, "detail": remark_text(code, language)} for code in codes]


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


def _sent_content(stored: StoredNotice, notice: Notice) -> SentContent:
    notice = dated(notice, stored)
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
            "balance_as_of": day(notice.breach.balance_as_of),
        },
        "payment": {"account_number": notice.payment.account_number, "kid": notice.payment.kid},
        "ground": ground_answer(notice.ground),
        "prior_contact": prior_contact_answer(notice.prior_contact),
        "planned_petition_date": day(notice.petition.planned_on),
        "petition_filed_on": day(notice.petition.filed_on),
        "petition_withdrawn_on": day(notice.petition.withdrawn_on),
        "petition_held_until": day(notice.petition.held_until),
        "children_in_dwelling": True if notice.children_in_dwelling else None,
        "attestations": attestations_answer(notice.attestations),
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
        "postal_address": postal_address_answer(of.postal_address),
        "copy": _copy(stored, row, copies),
    }


def _birth_date_told(of: Tenant) -> str | None:
    """The birth date, unless a number was given: the date is a part of the number, and is not told either."""
    return day(of.birth_date) if of.national_id is None else None
