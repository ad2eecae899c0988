"""A notice as its NAV office sees it (CONTRACT § Office's view): what a caseworker needs first stands first.

Never there: the landlord's identity number, another tenant's reservation, the landlord's `language` field.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from varsling.deliveries.service import Delivery, DeliveryKind
from varsling.domain.money import format_amount
from varsling.domain.notice import Breach, Landlord, Tenant
from varsling.domain.problems import Erased
from varsling.domain.tenant import CallWish, Consents, Dispute, Statement, Wishes
from varsling.landlords.schemas import LandlordAnswer
from varsling.notices.schemas.office import (
    BreachForOffice,
    ConsentsAnswer,
    Disputes,
    NumberedOffice,
    OfficeView,
    SaidElsewhere,
    Stated,
    TenantForOffice,
    WantsCall,
    WishesAnswer,
)
from varsling.notices.stored import StoredNotice, dated, lodged_on
from varsling.notices.views import history_answer
from varsling.notices.views_parts import (
    agent_answer,
    claim_answer,
    contact_answer,
    dates_answer,
    ground_answer,
    prior_contact_answer,
)
from varsling.offices.service import Offices, dwelling_answer
from varsling.privacy.audit import AuditAction, LoggedRow
from varsling.shapes import day, instant
from varsling.tenants.service import Said, Statements

HISTORY = frozenset(
    {
        AuditAction.NOTICE_SENT,
        AuditAction.NOTICE_FETCHED,
        AuditAction.NOTICE_OPENED,
        AuditAction.NOTICE_FORWARDED,
        AuditAction.NOTICE_SETTLED,
        AuditAction.NOTICE_WITHDRAWN,
        AuditAction.NOTICE_LAPSED,
    }
)
"""The parts of a notice's history that its office sees. Of updates it sees those that were published."""


def office_view(
    stored: StoredNotice,
    deliveries: Iterable[Delivery],
    statements: Mapping[UUID, Statements],
    earlier: int,
    history: Iterable[LoggedRow],
    offices: Offices,
) -> OfficeView:
    """The view of a notice loaded with its published version. Raises Erased."""
    notice = stored.notice
    if notice is None:
        raise Erased
    dispatched = _dispatched(stored, deliveries)
    of_version = replace(stored, warning_sent_on=notice.warning_sent_on, petition_filed_on=lodged_on(notice))
    return {
        "id": str(stored.id),
        "version": stored.content_version,
        "status": stored.status,
        "office": _office(stored, offices),
        "tenants": [
            _tenant(one, dispatched.get(row.id), statements.get(row.id, Statements())) for row, one in stored.named
        ],
        "children_in_dwelling": True if notice.children_in_dwelling else None,
        "earlier_notices": earlier,
        "prior_contact": prior_contact_answer(notice.prior_contact),
        "dwelling": dwelling_answer(notice.dwelling),
        "breach": _breach(dated(notice, stored).breach),
        "payment": {"account_number": notice.payment.account_number, "kid": notice.payment.kid},
        "ground": ground_answer(notice.ground),
        "dates": dates_answer(of_version.dates),
        "planned_petition_date": day(notice.petition.planned_on),
        "petition_filed_on": day(notice.petition.filed_on),
        "petition_withdrawn_on": day(notice.petition.withdrawn_on),
        "petition_held_until": day(notice.petition.held_until),
        "landlord": _landlord(notice.landlord),
        "agent": agent_answer(notice.agent),
        "reference": stored.reference,
        "history": history_answer(history),
    }


def _dispatched(stored: StoredNotice, deliveries: Iterable[Delivery]) -> Mapping[UUID | None, datetime]:
    """By tenant: when her copy of this version was dispatched."""
    return {
        one.tenant_id: one.dispatched_at
        for one in deliveries
        if one.kind is DeliveryKind.COPY and one.version == stored.content_version and one.dispatched_at is not None
    }


def _office(stored: StoredNotice, offices: Offices) -> NumberedOffice | None:
    number = stored.receiving_office
    found = None if number is None else offices.office(number)
    return None if number is None else {"number": number, "name": None if found is None else found.name}


def _tenant(tenant: Tenant, dispatched_at: datetime | None, statements: Statements) -> TenantForOffice:
    return {
        "id": str(tenant.id),
        "name": tenant.name,
        "national_id": tenant.national_id,
        "birth_date": day(tenant.birth_date),
        "phone": tenant.phone,
        "email": tenant.email,
        "copy": {"dispatched_at": instant(dispatched_at)},
        **_stated({kind: statements.of(kind) for kind in (CallWish, Dispute, Wishes, Consents)}),
        "said_elsewhere": [_elsewhere(one) for one in statements.elsewhere],
    }


def _elsewhere(said: Said) -> SaidElsewhere:
    return {"said_at": instant(said.said_at), **_stated({type(said.statement): said})}


def _stated(said: Mapping[type[Statement], Said | None]) -> Stated:
    return {
        "wants_call": _wants_call(said.get(CallWish)),
        "disputes": _disputes(said.get(Dispute)),
        "wishes": _wishes(said.get(Wishes)),
        "consents": _consents(said.get(Consents)),
    }


def _wants_call(said: Said | None) -> WantsCall | None:
    if said is None or not isinstance(wish := said.statement, CallWish):
        return None
    return {
        "phone": wish.phone,
        "time": wish.time,
        "language": wish.language,
        "interpreter": wish.interpreter,
        "through": said.through,
    }


def _disputes(said: Said | None) -> Disputes | None:
    if said is None or not isinstance(said.statement, Dispute):
        return None
    return {"reasons": list(said.statement.reasons), "through": said.through}


def _wishes(said: Said | None) -> WishesAnswer | None:
    if said is None or not isinstance(said.statement, Wishes):
        return None
    return {"kinds": list(said.statement.kinds), "through": said.through}


def _consents(said: Said | None) -> ConsentsAnswer | None:
    if said is None or not isinstance(said.statement, Consents):
        return None
    return {"to": list(said.statement.to), "through": said.through}


def _breach(breach: Breach) -> BreachForOffice:
    oldest = min((claim.due_date for claim in breach.claims), default=None)
    return {
        "outstanding_total": format_amount(breach.outstanding_total),
        "overdue_claims": len(breach.claims),
        "oldest_due_date": day(oldest),
        "claims": [claim_answer(claim) for claim in breach.claims],
        "deposited_amount": format_amount(breach.deposited),
        "balance_as_of": day(breach.balance_as_of),
    }


def _landlord(of: Landlord) -> LandlordAnswer:
    """The landlord, without a person's number or birth date: they go to nobody."""
    return {"organisation_number": of.organisation_number, "name": _name(of), "contact": contact_answer(of.contact)}


def _name(landlord: Landlord) -> str | None:
    return landlord.shown_name or landlord.contact.name or landlord.organisation_number
