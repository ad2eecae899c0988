"""What the law and the policies say of a notice: all faults together, and the remarks.

Sources: husleieloven §§ 3-2, 3-8, 9-2, 9-11; tvangsfullbyrdelsesloven §§ 4-18, 4-19 and 13-2. A fault refuses the
notice; a remark does not. The faults of a ground stand in `grounds`.
"""

from collections.abc import Iterator
from datetime import date

from varsling.domain.dates import NoticeDates, PlannedVerdict, planned_petition_verdict
from varsling.domain.grounds import claim_faults, ground_faults
from varsling.domain.hidden_numbers import text_faults
from varsling.domain.identity import birth_key, parse_national_id
from varsling.domain.names import same_name
from varsling.domain.notice import Landlord, LeaseUse, Notice, Tenant
from varsling.domain.organisation import COMPANY_FORMS
from varsling.domain.policies import Rules
from varsling.domain.problems import Code, Fault
from varsling.domain.remarks import Remark

# The codes under which the law and the policies may refuse a notice.
LAW_REFUSALS = (
    Code.PETITION_TOO_EARLY,
    Code.PLANNED_DATE_PASSED,
    Code.DATE_IN_FUTURE,
    Code.WARNING_NOT_SENT,
    Code.WARNING_BEFORE_DUE_DATE,
    Code.WARNING_PERIOD_RUNNING,
    Code.EVICTION_CLAUSE_MISSING,
    Code.CLAIMS_NOT_APPLICABLE,
    Code.NOTHING_OVERDUE,
    Code.RENT_DEPOSITED,
    Code.NOT_A_DWELLING,
    Code.PUBLIC_LANDLORD,
    Code.LANDLORD_UNKNOWN,
    Code.LANDLORD_DISSOLVED,
    Code.LANDLORD_IS_TENANT,
    Code.TENANT_NOT_A_PERSON,
    Code.TENANT_LISTED_TWICE,
    Code.BIRTH_DATE_CONFLICT,
    Code.SYNTHETIC_ID_IN_PRODUCTION,
    Code.REAL_ID_IN_TEST,
    Code.IDENTITY_NUMBER_IN_REFERENCE,
    Code.IDENTITY_NUMBER_IN_TEXT,
    Code.CLAIM_LISTED_TWICE,
    Code.GROUND_NOT_COVERED,
    Code.DATE_CONFLICT,
    Code.REASON_NOT_ATTESTED,
    Code.RESERVATION_NOT_ATTESTED,
    Code.POWER_OF_ATTORNEY_NOT_ATTESTED,
)
OF_AGE = 18
BALANCE_DAYS = 14


def faults_of(notice: Notice, dates: NoticeDates, today: date, rules: Rules) -> tuple[Fault, ...]:
    """Find every fault of law in a notice that is accepted on the Oslo date `today`."""
    return (
        *_lease_faults(notice, today, rules),
        *_landlord_faults(notice, today, rules),
        *_tenant_faults(notice, today, rules),
        *ground_faults(notice, dates, today, rules),
        *claim_faults(notice, today),
        *_petition_faults(notice, dates, today, rules),
        *_attestation_faults(notice, today),
        *text_faults(notice),
    )


def remarks_of(notice: Notice, dates: NoticeDates, today: date) -> tuple[Remark, ...]:
    """Make the remarks that an accepted notice's dates call for."""
    remarks = []
    if notice.petition.is_lodged:
        remarks.append(Remark.PETITION_ALREADY_FILED)
    elif _planned_is(notice, dates) is not PlannedVerdict.FINE:
        remarks.append(Remark.PETITION_EARLIER_THAN_RECOMMENDED)
    if dates.warning is not None and today <= dates.warning.literal:
        remarks.append(Remark.WARNING_PERIOD_RUNNING)
    balance = notice.breach.balance_as_of
    if balance is not None and notice.breach.claims and (today - balance).days > BALANCE_DAYS:
        remarks.append(Remark.BALANCE_OLD)
    return tuple(remarks)


def under_age(tenants: tuple[Tenant, ...], today: date) -> bool:
    """Tell whether a tenant is under 18: a notice about a minor waits for a person."""
    return any(_birthday(tenant.birth_date, OF_AGE) > today for tenant in tenants)


def _birthday(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:  # 29 February
        return date(born.year + years, 3, 1)


def _lease_faults(notice: Notice, today: date, rules: Rules) -> Iterator[Fault]:
    if rules.private_homes and notice.lease.use in (LeaseUse.COMMERCIAL, LeaseUse.HOLIDAY):
        yield Fault("/lease/use", Code.NOT_A_DWELLING)
    if notice.lease.start_date is not None and notice.lease.start_date > today:
        yield Fault("/lease/start_date", Code.DATE_IN_FUTURE)


def _landlord_faults(notice: Notice, today: date, rules: Rules) -> Iterator[Fault]:
    landlord = notice.landlord
    yield from number_faults("/landlord", landlord.national_id, landlord.birth_date, rules)
    if landlord.national_id is None and landlord.birth_date is not None and landlord.birth_date > today:
        yield Fault("/landlord/birth_date", Code.DATE_IN_FUTURE)
    if landlord.organisation_number is None:
        for place, tenant in enumerate(notice.tenants):
            if _same_person(landlord, tenant):
                at = "/national_id" if landlord.national_id is not None and tenant.national_id is not None else ""
                yield Fault(f"/tenants/{place}{at}", Code.LANDLORD_IS_TENANT)


def number_faults(pointer: str, number: str | None, born: date | None, rules: Rules) -> Iterator[Fault]:
    """Find the faults of an identity number: it contradicts the birth date, or belongs to another environment."""
    if number is None:
        return
    identity = parse_national_id(number)
    # The century is not compared: from 2032 a number does not give it.
    if born is not None and birth_key(identity.birth_date) != birth_key(born):
        yield Fault(f"{pointer}/birth_date", Code.BIRTH_DATE_CONFLICT)
    if identity.synthetic and not rules.synthetic_numbers:
        yield Fault(f"{pointer}/national_id", Code.SYNTHETIC_ID_IN_PRODUCTION)
    if not identity.synthetic and rules.synthetic_numbers:
        yield Fault(f"{pointer}/national_id", Code.REAL_ID_IN_TEST)


def _tenant_faults(notice: Notice, today: date, rules: Rules) -> Iterator[Fault]:
    for place, tenant in enumerate(notice.tenants):
        yield from number_faults(f"/tenants/{place}", tenant.national_id, tenant.birth_date, rules)
        if tenant.national_id is None:
            if tenant.birth_date > today:
                yield Fault(f"/tenants/{place}/birth_date", Code.DATE_IN_FUTURE)
            if rules.private_homes and _is_company_name(tenant.name):
                yield Fault(f"/tenants/{place}/name", Code.TENANT_NOT_A_PERSON)
    for place, second in enumerate(notice.tenants):
        if any(_same_person(first, second) for first in notice.tenants[:place]):
            yield Fault(f"/tenants/{place}", Code.TENANT_LISTED_TWICE)


def _is_company_name(name: str) -> bool:
    """Tell whether the name ends in a company's form. DA and SA count in capitals only: "Da" and "Sa" are surnames."""
    form = name.rpartition(" ")[2]
    return form in COMPANY_FORMS and (form.startswith("A") or not name.isupper())


def _same_person(first: Landlord | Tenant, second: Tenant) -> bool:
    if first.national_id is not None and second.national_id is not None:
        return first.national_id == second.national_id
    born = _birth_key(first)
    return born == _birth_key(second) and first.name is not None and same_name(first.name, second.name)


def _birth_key(person: Landlord | Tenant) -> str | None:
    if person.national_id is not None:
        return birth_key(parse_national_id(person.national_id).birth_date)
    return birth_key(person.birth_date) if person.birth_date is not None else None


def _petition_faults(notice: Notice, dates: NoticeDates, today: date, rules: Rules) -> Iterator[Fault]:
    """Find faults of the petition's dates. A plan and a lodged petition exclude each other (CONTRACT)."""
    petition = notice.petition
    for name, on in (("filed", petition.filed_on), ("withdrawn", petition.withdrawn_on)):
        if on is not None and on > today:
            yield Fault(f"/petition_{name}_on", Code.DATE_IN_FUTURE)
    withdrawn = petition.withdrawn_on
    if withdrawn is not None and (petition.filed_on is None or withdrawn < petition.filed_on):
        yield Fault("/petition_withdrawn_on", Code.DATE_CONFLICT, against="/petition_filed_on")
    if petition.held_until is not None and petition.held_until < today:
        yield Fault("/petition_held_until", Code.PLANNED_DATE_PASSED)
    if petition.planned_on is not None:
        yield from _plan_faults(notice, petition.planned_on, dates, today, rules)


def _plan_faults(notice: Notice, planned: date, dates: NoticeDates, today: date, rules: Rules) -> Iterator[Fault]:
    pointer = "/planned_petition_date"
    if notice.petition.is_lodged:
        yield Fault(pointer, Code.DATE_CONFLICT, against="/petition_filed_on")
    elif planned < today:
        yield Fault(pointer, Code.PLANNED_DATE_PASSED)
    elif rules.enforce_petition and _planned_is(notice, dates) is PlannedVerdict.TOO_EARLY:
        yield Fault(pointer, Code.PETITION_TOO_EARLY)
    if notice.petition.held_until is not None and planned < notice.petition.held_until:
        yield Fault(pointer, Code.DATE_CONFLICT, against="/petition_held_until")


def _planned_is(notice: Notice, dates: NoticeDates) -> PlannedVerdict:
    if notice.petition.planned_on is None:
        return PlannedVerdict.FINE
    return planned_petition_verdict(notice.petition.planned_on, dates.later)


def _attestation_faults(notice: Notice, today: date) -> Iterator[Fault]:
    attested = notice.attestations
    if not attested.no_reservation_received:
        yield Fault("/attestations/no_reservation_received", Code.RESERVATION_NOT_ATTESTED)
    if not attested.reason_to_notify:  # husleieloven § 9-11, "dersom det er grunn til det"
        yield Fault("/attestations/reason_to_notify", Code.REASON_NOT_ATTESTED)
    if notice.agent is not None and not attested.power_of_attorney:
        yield Fault("/attestations/power_of_attorney", Code.POWER_OF_ATTORNEY_NOT_ATTESTED)
    if attested.copy_given is not None and attested.copy_given.on > today:
        yield Fault("/attestations/copy_given/on", Code.DATE_IN_FUTURE)
    prior = notice.prior_contact
    if prior is not None and prior.reminder_sent_on is not None and prior.reminder_sent_on > today:
        yield Fault("/prior_contact/reminder_sent_on", Code.DATE_IN_FUTURE)
