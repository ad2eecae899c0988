"""Every fault of law, one by one and all at once, and the mere remarks (LAW; CONTRACT § A notice)."""

from dataclasses import replace
from datetime import date

import pytest

from tests.domain.notices import (
    AGENT,
    COMPANY,
    CONTACT,
    KARI,
    NOTICE,
    NOVEMBER,
    OCTOBER,
    TODAY,
    dates_of,
    on_ground,
    tenant,
    with_petition,
)
from varsling.domain.calendar import roll
from varsling.domain.law import (
    faults_of,
    remarks_of,
    under_age,
)
from varsling.domain.notice import (
    Attestations,
    Breach,
    BreachKind,
    ContactOutcome,
    CopyGiven,
    Ground,
    GroundCode,
    Landlord,
    Lease,
    LeaseUse,
    Notice,
    PetitionFacts,
    PriorContact,
)
from varsling.domain.policies import Rules
from varsling.domain.problems import Code
from varsling.domain.remarks import Remark

TOMORROW, YESTERDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 22), date(2026, 11, 20)
PERSON = Landlord(CONTACT, name="Ola Utleiersen", birth_date=date(1975, 2, 15))


def faults(notice: Notice, rules: Rules | None = None, today: date = TODAY) -> set[tuple[str, Code]]:
    found = faults_of(notice, dates_of(notice, today), today, rules or Rules())
    assert len(set(found)) == len(found)
    return {(fault.pointer, fault.code) for fault in found}


def test_the_contract_s_example_has_no_fault_and_no_remark() -> None:
    assert faults(NOTICE) == set()
    assert remarks_of(NOTICE, dates_of(NOTICE), TODAY) == ()
    assert NOTICE.breach.outstanding_total == 2_150_000


@pytest.mark.parametrize(
    "notice",
    [
        replace(NOTICE, lease=replace(NOTICE.lease, use=LeaseUse.MIXED)),
        replace(
            NOTICE,
            agent=AGENT,
            attestations=Attestations(no_reservation_received=True, reason_to_notify=True, power_of_attorney=True),
        ),
        replace(NOTICE, landlord=PERSON),
        replace(NOTICE, landlord=Landlord(CONTACT, name="Ola Utleiersen", national_id="15827520362")),
        replace(NOTICE, tenants=(KARI, tenant("Kari Testperson", date(1991, 1, 1)), tenant("Ola Testperson"))),
        replace(NOTICE, tenants=(tenant(number="41819013738"),)),
        replace(NOTICE, tenants=(tenant(born=date(2032, 1, 1), number="01813293737"),)),
        with_petition(filed_on=TODAY),
        replace(NOTICE, children_in_dwelling=True),
        replace(NOTICE, breach=Breach((OCTOBER, NOVEMBER), 2_149_999)),
        replace(
            NOTICE, breach=Breach((replace(OCTOBER, due_date=FRIDAY),)), ground=Ground(GroundCode.RENT_UNPAID, FRIDAY)
        ),
        replace(
            NOTICE,
            attestations=Attestations(
                no_reservation_received=True, reason_to_notify=True, copy_given=CopyGiven(TODAY, "hand")
            ),
        ),
        on_ground(GroundCode.RESCISSION),
        on_ground(GroundCode.RESCISSION, OCTOBER),
        on_ground(GroundCode.LEASE_EXPIRED),
        on_ground(GroundCode.LEASE_TERMINATED),
        on_ground(GroundCode.JUDGMENT),
        on_ground(GroundCode.JUDGMENT, OCTOBER),
        with_petition(held_until=date(2026, 12, 15), planned_on=date(2026, 12, 15)),
        with_petition(filed_on=YESTERDAY, withdrawn_on=TODAY, planned_on=date(2026, 12, 15)),
        with_petition(filed_on=YESTERDAY, held_until=date(2027, 1, 1)),
        replace(NOTICE, breach=Breach((OCTOBER, replace(OCTOBER, reference="F-2")))),
        replace(NOTICE, prior_contact=PriorContact(TODAY, ContactOutcome.SPOKE, tenant_wants_help=True)),
        replace(on_ground(GroundCode.RESCISSION), lease=Lease("K-1044", LeaseUse.DWELLING, eviction_clause=False)),
    ],
)
def test_what_may_be_sent(notice: Notice) -> None:
    assert faults(notice) == set()


ONE_BY_ONE = [
    (replace(NOTICE, lease=replace(NOTICE.lease, use=LeaseUse.COMMERCIAL)), "/lease/use", Code.NOT_A_DWELLING),
    (replace(NOTICE, lease=replace(NOTICE.lease, use=LeaseUse.HOLIDAY)), "/lease/use", Code.NOT_A_DWELLING),
    (replace(NOTICE, reference="K-01819010001"), "/reference", Code.IDENTITY_NUMBER_IN_REFERENCE),
    (
        replace(NOTICE, lease=replace(NOTICE.lease, reference="018190-10001")),
        "/lease/reference",
        Code.IDENTITY_NUMBER_IN_REFERENCE,
    ),
    (
        replace(NOTICE, breach=Breach((OCTOBER, replace(NOVEMBER, reference="01819010001")))),
        "/breach/claims/1/reference",
        Code.IDENTITY_NUMBER_IN_REFERENCE,
    ),
    (
        replace(NOTICE, landlord=Landlord(CONTACT, name="K", national_id="01819010001")),
        "/tenants/0/national_id",
        Code.LANDLORD_IS_TENANT,
    ),
    (
        replace(NOTICE, landlord=PERSON, tenants=(tenant("Utleiersen, Ola", date(1975, 2, 15)),)),
        "/tenants/0",
        Code.LANDLORD_IS_TENANT,
    ),
    (
        replace(NOTICE, landlord=replace(PERSON, birth_date=date(1990, 1, 1), name="Kari Testperson")),
        "/tenants/0",
        Code.LANDLORD_IS_TENANT,
    ),
    (
        replace(NOTICE, landlord=replace(PERSON, national_id="15827520362", birth_date=date(1975, 2, 16))),
        "/landlord/birth_date",
        Code.BIRTH_DATE_CONFLICT,
    ),
    (replace(NOTICE, landlord=replace(PERSON, birth_date=TOMORROW)), "/landlord/birth_date", Code.DATE_IN_FUTURE),
    (
        replace(NOTICE, tenants=(tenant(born=date(1990, 1, 2), number="01819010001"),)),
        "/tenants/0/birth_date",
        Code.BIRTH_DATE_CONFLICT,
    ),
    (replace(NOTICE, tenants=(tenant(born=TOMORROW),)), "/tenants/0/birth_date", Code.DATE_IN_FUTURE),
    (
        replace(NOTICE, tenants=(tenant(born=date(1982, 10, 30), number="30108299939"),)),
        "/tenants/0/national_id",
        Code.REAL_ID_IN_TEST,
    ),
    (replace(NOTICE, tenants=(tenant("Leieboer AS"),)), "/tenants/0/name", Code.TENANT_NOT_A_PERSON),
    (replace(NOTICE, tenants=(tenant("Leieboer DA"),)), "/tenants/0/name", Code.TENANT_NOT_A_PERSON),
    (replace(NOTICE, tenants=(KARI, KARI)), "/tenants/1", Code.TENANT_LISTED_TWICE),
    (replace(NOTICE, tenants=(KARI, tenant("TESTPERSON, Kari"))), "/tenants/1", Code.TENANT_LISTED_TWICE),
    (
        replace(NOTICE, lease=replace(NOTICE.lease, eviction_clause=False)),
        "/lease/eviction_clause",
        Code.EVICTION_CLAUSE_MISSING,
    ),
    (
        replace(NOTICE, ground=Ground(GroundCode.RENT_UNPAID)),
        "/ground/warning_sent_on",
        Code.WARNING_NOT_SENT,
    ),
    (
        replace(NOTICE, ground=Ground(GroundCode.RENT_UNPAID, date(2026, 9, 30))),
        "/ground/warning_sent_on",
        Code.WARNING_BEFORE_DUE_DATE,
    ),
    (
        replace(NOTICE, ground=Ground(GroundCode.RENT_UNPAID, TOMORROW)),
        "/ground/warning_sent_on",
        Code.DATE_IN_FUTURE,
    ),
    (replace(NOTICE, breach=Breach()), "/breach/claims", Code.NOTHING_OVERDUE),
    (
        replace(NOTICE, breach=Breach((OCTOBER, replace(NOVEMBER, due_date=TODAY)))),
        "/breach/claims/1/due_date",
        Code.NOTHING_OVERDUE,
    ),
    (replace(NOTICE, breach=Breach((OCTOBER,), 1_250_000)), "/breach/deposited_amount", Code.RENT_DEPOSITED),
    (on_ground(GroundCode.RESCISSION, deposited=1), "/breach/deposited_amount", Code.RENT_DEPOSITED),
    (on_ground(GroundCode.LEASE_EXPIRED, OCTOBER), "/breach/claims", Code.CLAIMS_NOT_APPLICABLE),
    (on_ground(GroundCode.LEASE_TERMINATED, OCTOBER), "/breach/claims", Code.CLAIMS_NOT_APPLICABLE),
    (on_ground(GroundCode.LEASE_TERMINATED, deposited=1), "/breach/deposited_amount", Code.CLAIMS_NOT_APPLICABLE),
    (
        on_ground(GroundCode.RESCISSION, OCTOBER, breach_kind=BreachKind.CARE),
        "/breach/claims",
        Code.CLAIMS_NOT_APPLICABLE,
    ),
    (on_ground(GroundCode.NO_TITLE), "/ground/code", Code.GROUND_NOT_COVERED),
    (on_ground(GroundCode.LEASE_EXPIRED, warning_sent_on=None), "/ground/warning_sent_on", Code.WARNING_NOT_SENT),
    (on_ground(GroundCode.LEASE_TERMINATED, warning_sent_on=None), "/ground/warning_sent_on", Code.WARNING_NOT_SENT),
    (on_ground(GroundCode.RESCISSION, warning_sent_on=None), "/ground/warning_sent_on", Code.WARNING_NOT_SENT),
    (on_ground(GroundCode.JUDGMENT, decided_on=date(2025, 11, 23)), "/ground/warning_sent_on", Code.WARNING_NOT_SENT),
    (on_ground(GroundCode.JUDGMENT, decided_on=TOMORROW), "/ground/decided_on", Code.DATE_IN_FUTURE),
    (on_ground(GroundCode.LEASE_TERMINATED, terminated_on=TOMORROW), "/ground/terminated_on", Code.DATE_IN_FUTURE),
    (on_ground(GroundCode.RESCISSION, rescinded_on=TOMORROW), "/ground/rescinded_on", Code.DATE_IN_FUTURE),
    (
        on_ground(GroundCode.LEASE_EXPIRED, expired_on=TODAY, move_out_requested_on=TODAY),
        "/ground/expired_on",
        Code.DATE_IN_FUTURE,
    ),
    (
        on_ground(GroundCode.LEASE_EXPIRED, move_out_requested_on=TOMORROW),
        "/ground/move_out_requested_on",
        Code.DATE_IN_FUTURE,
    ),
    (
        on_ground(GroundCode.LEASE_EXPIRED, expired_on=date(2026, 7, 31), move_out_requested_on=date(2026, 11, 1)),
        "/ground/move_out_requested_on",
        Code.DATE_CONFLICT,
    ),
    (
        replace(on_ground(GroundCode.LEASE_EXPIRED), lease=replace(NOTICE.lease, start_date=date(2026, 10, 1))),
        "/ground/expired_on",
        Code.DATE_CONFLICT,
    ),
    (
        replace(on_ground(GroundCode.LEASE_EXPIRED), lease=replace(NOTICE.lease, eviction_clause=False)),
        "/lease/eviction_clause",
        Code.EVICTION_CLAUSE_MISSING,
    ),
    (replace(NOTICE, lease=replace(NOTICE.lease, start_date=TOMORROW)), "/lease/start_date", Code.DATE_IN_FUTURE),
    (
        replace(NOTICE, breach=Breach((OCTOBER, replace(NOVEMBER, due_date=date(2026, 11, 21))))),
        "/breach/claims/1/due_date",
        Code.NOTHING_OVERDUE,
    ),
    (replace(NOTICE, breach=Breach((OCTOBER, NOVEMBER, OCTOBER))), "/breach/claims/2", Code.CLAIM_LISTED_TWICE),
    (
        replace(NOTICE, breach=replace(NOTICE.breach, balance_as_of=TOMORROW)),
        "/breach/balance_as_of",
        Code.DATE_IN_FUTURE,
    ),
    (with_petition(withdrawn_on=YESTERDAY), "/petition_withdrawn_on", Code.DATE_CONFLICT),
    (with_petition(filed_on=TODAY, withdrawn_on=YESTERDAY), "/petition_withdrawn_on", Code.DATE_CONFLICT),
    (with_petition(held_until=YESTERDAY), "/petition_held_until", Code.PLANNED_DATE_PASSED),
    (
        with_petition(planned_on=date(2026, 12, 15), held_until=date(2026, 12, 16)),
        "/planned_petition_date",
        Code.DATE_CONFLICT,
    ),
    (
        with_petition(planned_on=date(2026, 12, 15), filed_on=YESTERDAY),
        "/planned_petition_date",
        Code.DATE_CONFLICT,
    ),
    (
        replace(NOTICE, prior_contact=PriorContact(TOMORROW)),
        "/prior_contact/reminder_sent_on",
        Code.DATE_IN_FUTURE,
    ),
    (
        replace(NOTICE, attestations=Attestations(no_reservation_received=True, reason_to_notify=False)),
        "/attestations/reason_to_notify",
        Code.REASON_NOT_ATTESTED,
    ),
    (
        replace(NOTICE, landlord=replace(COMPANY, name="Kari 01819010001")),
        "/landlord/name",
        Code.IDENTITY_NUMBER_IN_TEXT,
    ),
    (
        replace(NOTICE, tenants=(tenant("018190 10001 Testperson"),)),
        "/tenants/0/name",
        Code.IDENTITY_NUMBER_IN_TEXT,
    ),
    (
        with_petition(planned_on=date(2026, 12, 6)),
        "/planned_petition_date",
        Code.PETITION_TOO_EARLY,
    ),
    (with_petition(planned_on=YESTERDAY), "/planned_petition_date", Code.PLANNED_DATE_PASSED),
    (
        with_petition(filed_on=TOMORROW),
        "/petition_filed_on",
        Code.DATE_IN_FUTURE,
    ),
    (
        replace(NOTICE, attestations=Attestations(no_reservation_received=False, reason_to_notify=True)),
        "/attestations/no_reservation_received",
        Code.RESERVATION_NOT_ATTESTED,
    ),
    (replace(NOTICE, agent=AGENT), "/attestations/power_of_attorney", Code.POWER_OF_ATTORNEY_NOT_ATTESTED),
    (
        replace(
            NOTICE,
            attestations=Attestations(
                no_reservation_received=True, reason_to_notify=True, copy_given=CopyGiven(TOMORROW, "hand")
            ),
        ),
        "/attestations/copy_given/on",
        Code.DATE_IN_FUTURE,
    ),
]


@pytest.mark.parametrize(("notice", "pointer", "code"), ONE_BY_ONE)
def test_each_fault_alone(notice: Notice, pointer: str, code: Code) -> None:
    assert faults(notice) == {(pointer, code)}


def test_a_synthetic_number_has_no_place_in_production() -> None:
    production = Rules(synthetic_numbers=False)
    assert faults(NOTICE, production) == {("/tenants/0/national_id", Code.SYNTHETIC_ID_IN_PRODUCTION)}
    real = replace(NOTICE, tenants=(tenant(born=date(1982, 10, 30), number="30108299939"),))
    assert faults(real, production) == set()


def test_all_faults_are_told_at_once() -> None:
    worst = replace(
        NOTICE,
        reference="01819010001",
        landlord=Landlord(CONTACT, name="Kari Testperson", national_id="01819010001"),
        agent=AGENT,
        lease=Lease("K-1044", LeaseUse.HOLIDAY, eviction_clause=False),
        tenants=(KARI, KARI, tenant("Leieboer AS", date(1980, 5, 5))),
        breach=Breach((replace(OCTOBER, due_date=TOMORROW),), 1_250_000),
        ground=Ground(GroundCode.RENT_UNPAID, TODAY),
        attestations=Attestations(no_reservation_received=False, reason_to_notify=True),
        petition=PetitionFacts(planned_on=TOMORROW),
    )
    assert faults(worst) == {
        ("/reference", Code.IDENTITY_NUMBER_IN_REFERENCE),
        ("/tenants/0/national_id", Code.LANDLORD_IS_TENANT),
        ("/tenants/1/national_id", Code.LANDLORD_IS_TENANT),
        ("/tenants/1", Code.TENANT_LISTED_TWICE),
        ("/tenants/2/name", Code.TENANT_NOT_A_PERSON),
        ("/lease/use", Code.NOT_A_DWELLING),
        ("/lease/eviction_clause", Code.EVICTION_CLAUSE_MISSING),
        ("/ground/warning_sent_on", Code.WARNING_BEFORE_DUE_DATE),
        ("/breach/claims/0/due_date", Code.NOTHING_OVERDUE),
        ("/breach/deposited_amount", Code.RENT_DEPOSITED),
        ("/planned_petition_date", Code.PETITION_TOO_EARLY),
        ("/attestations/no_reservation_received", Code.RESERVATION_NOT_ATTESTED),
        ("/attestations/power_of_attorney", Code.POWER_OF_ATTORNEY_NOT_ATTESTED),
    }


@pytest.mark.parametrize("name", ["MARIA DA SA", "Maria Sa", "Per Ås", "Kari Brl", "AS Testperson", "X", "Kari Asa"])
def test_surnames_that_look_like_a_company_s_form_are_persons(name: str) -> None:
    assert faults(replace(NOTICE, tenants=(tenant(name),))) == set()


def test_a_company_with_a_person_s_number_is_a_person() -> None:
    assert faults(replace(NOTICE, tenants=(tenant("Ola ENK", number="01819010001"),))) == set()


def test_two_with_numbers_of_their_own_are_two_whatever_their_names() -> None:
    twins = (tenant(number="01819010001"), tenant(number="01819013744"))
    assert faults(replace(NOTICE, tenants=twins)) == set()


def test_a_company_is_no_tenant_s_namesake() -> None:
    assert faults(replace(NOTICE, landlord=replace(COMPANY, name="Kari Testperson"))) == set()


@pytest.mark.parametrize(
    ("planned", "enforced", "remarked"),
    [
        (date(2026, 12, 6), {("/planned_petition_date", Code.PETITION_TOO_EARLY)}, True),
        (date(2026, 12, 7), set(), True),
        (date(2026, 12, 8), set(), False),
    ],
)
def test_a_planned_date_is_refused_remarked_or_fine(
    planned: date, enforced: set[tuple[str, Code]], remarked: bool
) -> None:
    notice = with_petition(planned_on=planned)
    assert faults(notice) == enforced
    assert faults(notice, Rules(enforce_petition=False)) == set()
    remarks = remarks_of(notice, dates_of(notice), TODAY)
    assert (Remark.PETITION_EARLIER_THAN_RECOMMENDED in remarks) is remarked


@pytest.mark.parametrize(
    ("accepted", "running"), [(date(2026, 11, 18), True), (date(2026, 11, 19), True), (date(2026, 11, 20), False)]
)
def test_the_warning_s_period_is_remarked_or_refused(accepted: date, running: bool) -> None:
    """The period still runs on the literal date itself, and is over the day after."""
    remarks = remarks_of(NOTICE, dates_of(NOTICE, accepted), accepted)
    assert (Remark.WARNING_PERIOD_RUNNING in remarks) is running
    refused = {("/ground/warning_sent_on", Code.WARNING_PERIOD_RUNNING)} if running else set()
    assert faults(NOTICE, Rules(sequential_ground=True), accepted) == refused
    assert faults(NOTICE, Rules(), accepted) == set()


def test_a_petition_that_is_filed_is_late_information() -> None:
    filed = with_petition(filed_on=YESTERDAY)
    assert remarks_of(filed, dates_of(filed), TODAY) == (Remark.PETITION_ALREADY_FILED,)


@pytest.mark.parametrize("code", list(GroundCode))
def test_the_warning_s_clock_runs_with_every_ground(code: GroundCode) -> None:
    warned = on_ground(code, warning_sent_on=TODAY)
    warning = dates_of(warned).warning
    assert warning is not None
    assert warning.literal == date(2026, 12, 7)
    assert Remark.WARNING_PERIOD_RUNNING in remarks_of(warned, dates_of(warned), TODAY)


def test_a_judgment_a_year_old_needs_a_warning_like_all_others() -> None:
    assert faults(on_ground(GroundCode.JUDGMENT, decided_on=date(2025, 11, 24))) == set()
    assert faults(on_ground(GroundCode.JUDGMENT, decided_on=date(2025, 11, 23), warning_sent_on=TODAY)) == set()
    leap = on_ground(GroundCode.JUDGMENT, decided_on=date(2024, 2, 29))
    assert faults(leap, today=date(2025, 2, 27)) == set()
    assert faults(leap, today=date(2025, 2, 28)) == {("/ground/warning_sent_on", Code.WARNING_NOT_SENT)}


def test_no_title_is_the_operator_s_choice() -> None:
    accepts = Rules(no_title=True)
    assert faults(on_ground(GroundCode.NO_TITLE), accepts) == set()
    claimed = faults(on_ground(GroundCode.NO_TITLE, OCTOBER, deposited=1), accepts)
    assert claimed == {
        ("/breach/claims", Code.CLAIMS_NOT_APPLICABLE),
        ("/breach/deposited_amount", Code.CLAIMS_NOT_APPLICABLE),
    }


@pytest.mark.parametrize(
    ("due", "today", "overdue"),
    [
        (date(2026, 8, 1), date(2026, 8, 2), False),  # a Saturday: Monday 3 August is the last day
        (date(2026, 8, 1), date(2026, 8, 3), False),
        (date(2026, 8, 1), date(2026, 8, 4), True),
        (date(2026, 5, 1), date(2026, 5, 4), False),  # 1 May, a Friday
        (date(2026, 5, 1), date(2026, 5, 5), True),
        (date(2026, 12, 24), date(2026, 12, 25), True),  # an ordinary day
    ],
)
def test_rent_due_on_a_day_of_rest_is_due_on_the_next_working_day(due: date, today: date, overdue: bool) -> None:
    """husleieloven § 3-2 second paragraph; the warning follows the same day."""
    notice = replace(
        NOTICE,
        petition=PetitionFacts(),
        breach=Breach((replace(OCTOBER, due_date=due),)),
        ground=Ground(GroundCode.RENT_UNPAID, today),
    )
    late = {("/breach/claims/0/due_date", Code.NOTHING_OVERDUE)}
    early = {("/ground/warning_sent_on", Code.WARNING_BEFORE_DUE_DATE)} if today < roll(due) else set()
    assert faults(notice, today=today) == (set() if overdue else late | early)


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        (date(2026, 6, 30), True),
        (date(2026, 6, 29), False),
        (date(2026, 12, 31), False),
        (date(2026, 12, 30), True),
    ],
)
def test_the_request_to_move_comes_within_three_months_of_the_end(asked: date, fits: bool) -> None:
    """husleieloven § 9-2 third paragraph."""
    notice = on_ground(GroundCode.LEASE_EXPIRED, expired_on=date(2026, 9, 30), move_out_requested_on=asked)
    found = faults(replace(notice, petition=PetitionFacts()), today=date(2027, 1, 20))
    assert found == (set() if fits else {("/ground/move_out_requested_on", Code.DATE_CONFLICT)})


def test_sums_more_than_two_weeks_old_are_remarked() -> None:
    old = replace(NOTICE, breach=replace(NOTICE.breach, balance_as_of=date(2026, 11, 8)))
    fresh = replace(NOTICE, breach=replace(NOTICE.breach, balance_as_of=date(2026, 11, 9)))
    assert remarks_of(old, dates_of(old), TODAY) == (Remark.BALANCE_OLD,)
    assert remarks_of(fresh, dates_of(fresh), TODAY) == ()


def test_no_date_is_recommended_once_a_petition_is_lodged() -> None:
    assert dates_of(with_petition(filed_on=YESTERDAY)).petition is None
    assert dates_of(with_petition(filed_on=YESTERDAY, withdrawn_on=TODAY)).petition is not None


@pytest.mark.parametrize(
    ("born", "today", "minor"),
    [
        (date(2008, 11, 24), TODAY, True),
        (date(2008, 11, 23), TODAY, False),
        (date(2008, 2, 29), date(2026, 2, 28), True),
        (date(2008, 2, 29), date(2026, 3, 1), False),
        (date(2032, 1, 1), TODAY, True),
    ],
)
def test_who_is_under_eighteen(born: date, today: date, minor: bool) -> None:
    assert under_age((KARI, tenant(born=born)), today) is minor
