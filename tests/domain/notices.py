"""A notice without a fault and ways to change it, for tests of the law."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from varsling.domain.dates import NoticeDates, notice_dates
from varsling.domain.dwelling import Dwelling
from varsling.domain.notice import (
    Agent,
    Attestations,
    Breach,
    BreachKind,
    Claim,
    Contact,
    Ground,
    GroundCode,
    Landlord,
    Lease,
    LeaseUse,
    Notice,
    Payment,
    PetitionFacts,
    Tenant,
    TenantId,
)

TODAY = date(2026, 11, 23)
WARNED = date(2026, 11, 5)
CONTACT = Contact(email="utleie@tiger.example")
AGENT = Agent("310000007", "Fullmektig AS", CONTACT)
COMPANY = Landlord(CONTACT, organisation_number="311758489", name="Tigerboliger AS")


def tenant(name: str = "Kari Testperson", born: date = date(1990, 1, 1), number: str | None = None) -> Tenant:
    return Tenant(TenantId(UUID(int=1)), name, born, national_id=number)


KARI = tenant(number="01819010001")
OCTOBER = Claim(date(2026, 10, 1), 1_250_000, 1_250_000)
NOVEMBER = Claim(date(2026, 11, 1), 1_250_000, 900_000)
NOTICE = Notice(
    reference="K-1044-2026-11",
    landlord=COMPANY,
    agent=None,
    lease=Lease("K-1044", LeaseUse.DWELLING, eviction_clause=True),
    dwelling=Dwelling(street="Sannergata", house_number="1", postal_code="0557"),
    tenants=(KARI,),
    breach=Breach((OCTOBER, NOVEMBER)),
    payment=Payment(),
    ground=Ground(GroundCode.RENT_UNPAID, WARNED),
    attestations=Attestations(no_reservation_received=True, reason_to_notify=True),
    petition=PetitionFacts(planned_on=date(2026, 12, 15)),
)
GROUNDS = {
    GroundCode.RENT_UNPAID: Ground(GroundCode.RENT_UNPAID, WARNED),
    GroundCode.LEASE_EXPIRED: Ground(
        GroundCode.LEASE_EXPIRED, WARNED, expired_on=date(2026, 9, 30), move_out_requested_on=date(2026, 10, 15)
    ),
    GroundCode.LEASE_TERMINATED: Ground(GroundCode.LEASE_TERMINATED, WARNED, terminated_on=date(2026, 7, 31)),
    GroundCode.RESCISSION: Ground(
        GroundCode.RESCISSION, WARNED, rescinded_on=date(2026, 10, 20), breach_kind=BreachKind.PAYMENT
    ),
    GroundCode.JUDGMENT: Ground(GroundCode.JUDGMENT, decided_on=date(2026, 6, 1)),
    GroundCode.NO_TITLE: Ground(GroundCode.NO_TITLE, WARNED),
}
"""Each ground with all that it needs on TODAY."""


def on_ground(code: GroundCode, *claims: Claim, deposited: int = 0, **facts: Any) -> Notice:
    return replace(NOTICE, ground=replace(GROUNDS[code], **facts), breach=Breach(claims, deposited))


def with_petition(notice: Notice = NOTICE, **facts: date | None) -> Notice:
    return replace(notice, petition=PetitionFacts(**facts))


def dates_of(notice: Notice, accepted: date = TODAY) -> NoticeDates:
    return notice_dates(
        assumed_sent_on=accepted, warning_sent_on=notice.warning_sent_on, petition_lodged=notice.petition.is_lodged
    )
