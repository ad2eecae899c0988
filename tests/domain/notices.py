"""A notice without a fault and ways to change it, for tests of the law."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from varsling.domain.dates import NoticeDates, notice_dates
from varsling.domain.dwelling import Dwelling
from varsling.domain.notice import (
    Agent,
    Attestations,
    Breach,
    Claim,
    Contact,
    Ground,
    GroundCode,
    Landlord,
    Lease,
    LeaseUse,
    Notice,
    Payment,
    Tenant,
    TenantId,
)

TODAY = date(2026, 11, 23)
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
    ground=Ground(GroundCode.RENT_UNPAID, date(2026, 11, 5)),
    attestations=Attestations(no_reservation_received=True),
    planned_petition_date=date(2026, 12, 15),
)


def on_ground(code: GroundCode, *claims: Claim, deposited: int = 0) -> Notice:
    return replace(NOTICE, ground=Ground(code), breach=Breach(claims, deposited))


def dates_of(notice: Notice, accepted: date = TODAY) -> NoticeDates:
    return notice_dates(assumed_sent_on=accepted, warning_sent_on=notice.warning_sent_on)
