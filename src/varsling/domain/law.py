"""What the law and the policies say of a notice: all faults together, and the remarks.

Sources: husleieloven § 9-11, § 3-8; tvangsfullbyrdelsesloven §§ 4-18 and 13-2. A fault refuses the notice; a remark
does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from varsling.domain.dates import NoticeDates, PlannedVerdict, planned_petition_verdict
from varsling.domain.identity import birth_key, contains_identity_number, parse_national_id
from varsling.domain.names import same_name
from varsling.domain.notice import GroundCode, Landlord, LeaseUse, Notice, Tenant
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
    Code.RESERVATION_NOT_ATTESTED,
    Code.POWER_OF_ATTORNEY_NOT_ATTESTED,
)
OF_AGE = 18
_COMPANY_FORMS = frozenset({"AS", "A/S", "ASA", "ANS", "DA", "SA", "BA", "KS", "NUF", "ENK", "BBL", "BRL", "KF", "IKS"})


@dataclass(frozen=True, slots=True)
class Rules:
    """The policies that decide between a fault and a remark, and the kind of identity numbers that the environment
    accepts."""

    enforce_petition: bool = True
    sequential_ground: bool = False
    private_homes: bool = True
    synthetic_numbers: bool = True


def faults_of(notice: Notice, dates: NoticeDates, today: date, rules: Rules) -> tuple[Fault, ...]:
    """Find every fault of law in a notice that is accepted on the Oslo date `today`."""
    return (
        *_lease_faults(notice, rules),
        *_landlord_faults(notice, today, rules),
        *_tenant_faults(notice, today, rules),
        *_ground_faults(notice, dates, today, rules),
        *_breach_faults(notice, today),
        *_petition_faults(notice, dates, today, rules),
        *_attestation_faults(notice, today),
    )


def remarks_of(notice: Notice, dates: NoticeDates, today: date) -> tuple[Remark, ...]:
    """Make the remarks that an accepted notice's dates call for."""
    remarks = []
    if notice.petition_filed_on is not None:
        remarks.append(Remark.PETITION_ALREADY_FILED)
    elif _planned_is(notice, dates) is not PlannedVerdict.FINE:
        remarks.append(Remark.PETITION_EARLIER_THAN_RECOMMENDED)
    if dates.warning is not None and today <= dates.warning.literal:
        remarks.append(Remark.WARNING_PERIOD_RUNNING)
    return tuple(remarks)


def under_age(tenants: tuple[Tenant, ...], today: date) -> bool:
    """Tell whether a tenant is under 18: a notice about a minor waits for a person."""
    return any(_birthday(tenant.birth_date, OF_AGE) > today for tenant in tenants)


def _birthday(born: date, years: int) -> date:
    try:
        return born.replace(year=born.year + years)
    except ValueError:  # 29 February
        return date(born.year + years, 3, 1)


def _lease_faults(notice: Notice, rules: Rules) -> Iterator[Fault]:
    if rules.private_homes and notice.lease.use in (LeaseUse.COMMERCIAL, LeaseUse.HOLIDAY):
        yield Fault("/lease/use", Code.NOT_A_DWELLING)
    for pointer, reference in (("/reference", notice.reference), ("/lease/reference", notice.lease.reference)):
        yield from reference_faults(pointer, reference)


def reference_faults(pointer: str, reference: str | None) -> Iterator[Fault]:
    """Refuse an identity number in a reference: lists and events show references (guarantee 9)."""
    if reference is not None and contains_identity_number(reference):
        yield Fault(pointer, Code.IDENTITY_NUMBER_IN_REFERENCE)


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
    return form in _COMPANY_FORMS and (form.startswith("A") or not name.isupper())


def _same_person(first: Landlord | Tenant, second: Tenant) -> bool:
    if first.national_id is not None and second.national_id is not None:
        return first.national_id == second.national_id
    born = _birth_key(first)
    return born == _birth_key(second) and first.name is not None and same_name(first.name, second.name)


def _birth_key(person: Landlord | Tenant) -> str | None:
    if person.national_id is not None:
        return birth_key(parse_national_id(person.national_id).birth_date)
    return birth_key(person.birth_date) if person.birth_date is not None else None


def _ground_faults(notice: Notice, dates: NoticeDates, today: date, rules: Rules) -> Iterator[Fault]:
    if notice.ground.code is not GroundCode.RENT_UNPAID:
        return
    if not notice.lease.eviction_clause:
        yield Fault("/lease/eviction_clause", Code.EVICTION_CLAUSE_MISSING)
    sent_on = notice.ground.warning_sent_on
    pointer = "/ground/warning_sent_on"
    if sent_on is None:
        yield Fault(pointer, Code.WARNING_NOT_SENT)
        return
    if sent_on > today:
        yield Fault(pointer, Code.DATE_IN_FUTURE)
    if notice.breach.claims and sent_on <= min(claim.due_date for claim in notice.breach.claims):
        yield Fault(pointer, Code.WARNING_BEFORE_DUE_DATE)
    if rules.sequential_ground and dates.warning is not None and today <= dates.warning.literal:
        yield Fault(pointer, Code.WARNING_PERIOD_RUNNING)


def _breach_faults(notice: Notice, today: date) -> Iterator[Fault]:
    claims, deposited = notice.breach.claims, notice.breach.deposited
    match notice.ground.code:
        case GroundCode.LEASE_EXPIRED | GroundCode.LEASE_TERMINATED | GroundCode.NO_TITLE:
            if claims:
                yield Fault("/breach/claims", Code.CLAIMS_NOT_APPLICABLE)
            if deposited:
                yield Fault("/breach/deposited_amount", Code.CLAIMS_NOT_APPLICABLE)
            return
        case GroundCode.RENT_UNPAID if not claims:
            yield Fault("/breach/claims", Code.NOTHING_OVERDUE)
        case GroundCode.RENT_UNPAID | GroundCode.RESCISSION:
            pass
    for place, claim in enumerate(claims):
        if claim.due_date >= today:
            yield Fault(f"/breach/claims/{place}/due_date", Code.NOTHING_OVERDUE)
        yield from reference_faults(f"/breach/claims/{place}/reference", claim.reference)
    if deposited and notice.breach.outstanding_total <= 0:
        # Disputed rent that the tenant has deposited counts as paid (husleieloven § 3-8).
        yield Fault("/breach/deposited_amount", Code.RENT_DEPOSITED)


def _petition_faults(notice: Notice, dates: NoticeDates, today: date, rules: Rules) -> Iterator[Fault]:
    planned, filed = notice.planned_petition_date, notice.petition_filed_on
    if filed is not None and filed > today:
        yield Fault("/petition_filed_on", Code.DATE_IN_FUTURE)
    if planned is None:
        return
    if planned < today:
        yield Fault("/planned_petition_date", Code.PLANNED_DATE_PASSED)
    elif rules.enforce_petition and _planned_is(notice, dates) is PlannedVerdict.TOO_EARLY:
        yield Fault("/planned_petition_date", Code.PETITION_TOO_EARLY)


def _planned_is(notice: Notice, dates: NoticeDates) -> PlannedVerdict:
    if notice.planned_petition_date is None:
        return PlannedVerdict.FINE
    return planned_petition_verdict(notice.planned_petition_date, dates.petition)


def _attestation_faults(notice: Notice, today: date) -> Iterator[Fault]:
    attested = notice.attestations
    if not attested.no_reservation_received:
        yield Fault("/attestations/no_reservation_received", Code.RESERVATION_NOT_ATTESTED)
    if notice.agent is not None and not attested.power_of_attorney:
        yield Fault("/attestations/power_of_attorney", Code.POWER_OF_ATTORNEY_NOT_ATTESTED)
    if attested.copy_given is not None and attested.copy_given.on > today:
        yield Fault("/attestations/copy_given/on", Code.DATE_IN_FUTURE)
