"""The parts of a notice that its landlord and its office see alike, as answers (CONTRACT)."""

from typing import Any
from uuid import UUID

from varsling.domain.dates import NoticeDates, Period, Petition
from varsling.domain.money import format_amount
from varsling.domain.notice import Agent, Attestations, Claim, Contact, Ground, PostalAddress, PriorContact
from varsling.landlords.schemas import ContactAnswer, PostalAddressAnswer
from varsling.notices.schemas.answers import (
    AgentAnswer,
    AttestationsAnswer,
    ClaimAnswer,
    GroundAnswer,
    NoticeDatesAnswer,
    NoticePeriod,
    PetitionDates,
    PriorContactAnswer,
)
from varsling.shapes import day


def existing_answer(notice_id: UUID, reference: str, version: int, status: str) -> dict[str, Any]:
    """Name the open notice of a lease, for one who may read it (problem `open-notice-exists`)."""
    return {"id": str(notice_id), "reference": reference, "version": version, "status": status}


def dates_answer(of: NoticeDates) -> NoticeDatesAnswer:
    return {
        "rule_version": of.rule_version,
        "basis": of.basis,
        "assumed_sent_on": of.assumed_sent_on.isoformat(),
        "sent_on": day(of.sent_on),
        "received_on": day(of.received_on),
        "notice": _period(of.notice),
        "warning": None if of.warning is None else _period(of.warning),
        "petition": None if of.petition is None else _petition_dates(of.petition),
    }


def _petition_dates(of: Petition) -> PetitionDates:
    return {
        "refused_before": of.refused_before.isoformat(),
        "recommended": of.recommended.isoformat(),
        "recommended_working_day": of.recommended_working_day.isoformat(),
    }


def _period(of: Period) -> NoticePeriod:
    return {
        "literal": of.literal.isoformat(),
        "whole_weeks": of.whole_weeks.isoformat(),
        "recommended": of.recommended.isoformat(),
    }


def ground_answer(of: Ground) -> GroundAnswer:
    return {
        "code": of.code,
        "warning_sent_on": day(of.warning_sent_on),
        "expired_on": day(of.expired_on),
        "move_out_requested_on": day(of.move_out_requested_on),
        "terminated_on": day(of.terminated_on),
        "rescinded_on": day(of.rescinded_on),
        "breach_kind": of.breach_kind,
        "decided_on": day(of.decided_on),
    }


def prior_contact_answer(of: PriorContact | None) -> PriorContactAnswer | None:
    if of is None:
        return None
    return {
        "reminder_sent_on": day(of.reminder_sent_on),
        "outcome": of.outcome,
        "tenant_wants_help": True if of.tenant_wants_help else None,
    }


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
        "postal_address": postal_address_answer(of.postal_address),
    }


def agent_answer(of: Agent | None) -> AgentAnswer | None:
    if of is None:
        return None
    return {"organisation_number": of.organisation_number, "name": of.name, "contact": contact_answer(of.contact)}


def postal_address_answer(of: PostalAddress | None) -> PostalAddressAnswer | None:
    if of is None:
        return None
    return {"lines": list(of.lines), "postal_code": of.postal_code, "city": of.city, "country": of.country}


def attestations_answer(of: Attestations) -> AttestationsAnswer:
    given = of.copy_given
    return {
        "no_reservation_received": of.no_reservation_received,
        "reason_to_notify": of.reason_to_notify,
        "power_of_attorney": of.power_of_attorney,
        "copy_given": None if given is None else {"on": day(given.on), "how": given.how},
    }
