"""Prepare a submitted notice for the writer. All slow work is done here, outside the writer's thread."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.access.idempotency import IdempotencyKey, digest_of, key_of
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.domain.dates import NoticeDates, notice_dates, oslo_date
from varsling.domain.identity import birth_key
from varsling.domain.landlord import Registration, registration_faults, registration_remarks
from varsling.domain.language import AnswerLanguage
from varsling.domain.law import faults_of, remarks_of, under_age
from varsling.domain.lifecycle import HeldFor
from varsling.domain.misleading import misleading_notice
from varsling.domain.notice import Notice, NoticeId, Tenant, TenantId
from varsling.domain.policies import Rules
from varsling.domain.problems import Code, Fault, Forbidden, Problem, ValidationFailed
from varsling.domain.remarks import Remark
from varsling.domain.reservation import Traits
from varsling.domain.synthetic import PersonOutcome, outcome_of, outcomes_among
from varsling.notices import store
from varsling.notices.commands.test_persons import refuse_for_a_while, without_office
from varsling.notices.schemas.changes import UpdateInput
from varsling.notices.schemas.notice import NoticeInput
from varsling.offices.service import Resolution
from varsling.reservations import service as reservations
from varsling.tenants.service import NewCode, new_codes

METHOD, ROUTE = "POST", "/v1/notices"


@dataclass(frozen=True, slots=True)
class NewTenant:
    """A tenant's data beside the document: the traits that reservations match, and the codes that her letters print."""

    id: TenantId
    traits: Traits
    birth_index: bytes
    codes: tuple[NewCode, ...]
    test_outcome: PersonOutcome | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """The law's verdict on a notice on a certain day."""

    today: date
    dates: NoticeDates
    faults: tuple[Fault, ...]
    remarks: tuple[Remark, ...]
    held_for: HeldFor | None


@dataclass(frozen=True, slots=True)
class Submission:
    """A well-formed notice with its ids, indexes and ciphertexts.

    `document` is encrypted. `update` is the notice as an update of an open one, if it may become that.
    """

    principal: Principal
    language: AnswerLanguage
    key: IdempotencyKey | None
    body_digest: bytes
    update: UpdateInput | None
    notice: Notice
    landlord_key: str
    resolution: Resolution
    register_version: str
    rules: Rules
    registration: Registration
    assessment: Assessment
    id: NoticeId
    version_id: UUID
    document: bytes
    tenants: tuple[NewTenant, ...]

    def assessed_on(self, today: date) -> Assessment:
        """Give the assessment for the transaction's day, which differs if midnight has passed since."""
        if self.assessment.today == today:
            return self.assessment
        return assess(self.notice, self.resolution, self.rules, today, self.registration)

    @property
    def reference(self) -> tuple[str, str, str]:
        """The key that is unique among notices that are neither withdrawn nor blocked."""
        return self.principal.acting, self.landlord_key, self.notice.reference

    @property
    def lease(self) -> tuple[str, str]:
        """The key that is unique among open notices."""
        return self.landlord_key, self.notice.lease.reference


def prepare(
    context: Context,
    principal: Principal,
    body: NoticeInput,
    *,
    key: str | None,
    place: int | None = None,
    language: AnswerLanguage,
    registration: Registration,
    agent: Registration = Registration(),  # noqa: B008  (it is frozen)
) -> Submission:
    """Make a submission. `key` is its Idempotency-Key (with `place`, that of its batch).

    Raises Problem: those of the parties and of the key. Faults of law and routing stay in it: a replay comes first.
    """
    _check_parties(principal, body)
    index, cipher = context.keyring.index, context.keyring.cipher
    body_digest = digest_of(index, body, exclude={"if_open"})
    if_open = body.if_open if "if_open" in body.model_fields_set else ""
    today = oslo_date(datetime.now(UTC))  # near enough: `assessed_on` checks again in the transaction
    rules, landlord_key, version_id = context.settings.rules, index.landlord_key(body.landlord.to_domain()), uuid7()
    notice, resolution = _routed(context, body, today, registration, agent)
    return Submission(
        principal=principal,
        language=language,
        key=key_of(index, principal, key, method=METHOD, route=ROUTE + if_open, body_digest=body_digest, place=place),
        body_digest=body_digest,
        update=as_update(body) if body.if_open == "update" else None,
        notice=notice,
        landlord_key=landlord_key,
        resolution=resolution,
        register_version=context.offices.register.version,
        rules=rules,
        registration=registration,
        assessment=assess(notice, resolution, rules, today, registration),
        id=NoticeId(uuid7()),
        version_id=version_id,
        document=cipher.encrypt(store.DOCUMENT, version_id, store.encode(notice)),
        tenants=tuple(_new_tenant(context, landlord_key, notice, one) for one in notice.tenants),
    )


def _routed(
    context: Context, body: NoticeInput, today: date, registration: Registration, agent: Registration
) -> tuple[Notice, Resolution]:
    """Give the notice with its parties' names as registered and its dwelling as understood, and the office that it
    leads to."""
    asked = outcomes_among(tenant.national_id for tenant in body.tenants)
    refuse_for_a_while(asked)
    notice = body.to_domain([TenantId(uuid7()) for _ in body.tenants])
    resolution = context.offices.resolve(notice.dwelling, today)
    if PersonOutcome.OFFICE_UNKNOWN in asked:
        resolution = without_office(resolution)
    named = _with_registered_names(notice, registration, agent)
    return replace(named, dwelling=resolution.dwelling), resolution


def _with_registered_names(notice: Notice, registration: Registration, agent: Registration) -> Notice:
    """What the register calls a company stands in its letters, whatever the company calls itself."""
    landlord = replace(notice.landlord, registered_name=registration.name)
    acting = None if notice.agent is None else replace(notice.agent, registered_name=agent.name)
    return replace(notice, landlord=landlord, agent=acting)


def assess(notice: Notice, resolution: Resolution, rules: Rules, today: date, registration: Registration) -> Assessment:
    dates = notice_dates(
        assumed_sent_on=today,
        warning_sent_on=notice.warning_sent_on,
        petition_lodged=notice.petition.is_lodged,
    )
    held_for = None
    if under_age(notice.tenants, today):
        held_for = HeldFor.UNDER_AGE
    elif any(outcome_of(tenant.national_id) is PersonOutcome.HELD for tenant in notice.tenants):
        held_for = HeldFor.TEST_PERSON
    elif misleading_notice(notice):
        held_for = HeldFor.MISLEADING
    elif resolution.office is None:
        held_for = HeldFor.OFFICE
    return Assessment(
        today=today,
        dates=dates,
        faults=(
            *faults_of(notice, dates, today, rules),
            *registration_faults(registration, private_homes=rules.private_homes),
            *resolution.faults,
        ),
        remarks=(
            *resolution.remarks,
            *registration_remarks(registration, notice.landlord.name),
            *remarks_of(notice, dates, today),
        ),
        held_for=held_for,
    )


def as_update(body: NoticeInput) -> UpdateInput:
    """Take the parts of a notice that update an open one: the sums owed, the petition's dates, the contact before."""
    return UpdateInput.model_construct(
        claims=body.breach.claims,
        deposited_amount=body.breach.deposited_amount,
        balance_as_of=body.breach.balance_as_of,
        planned_petition_date=body.planned_petition_date,
        petition_filed_on=body.petition_filed_on,
        petition_held_until=body.petition_held_until,
        prior_contact=body.prior_contact,
    )


def _check_parties(principal: Principal, body: NoticeInput) -> None:
    if not principal.may_submit_for(body.landlord.organisation_number):
        raise Problem(Code.LANDLORD_MISMATCH, faults=[Fault("/landlord", Code.LANDLORD_MISMATCH)])
    needs_agent = principal.acting != body.landlord.organisation_number
    if body.agent is None and needs_agent:
        raise ValidationFailed([Fault("/agent", Code.MISSING)])
    if body.agent is not None and not needs_agent:
        raise ValidationFailed([Fault("/agent", Code.UNKNOWN_FIELD)])
    if body.agent is not None and body.agent.organisation_number != principal.acting:
        raise Forbidden([Fault("/agent/organisation_number", Code.FORBIDDEN)])


def _new_tenant(context: Context, landlord_key: str, notice: Notice, tenant: Tenant) -> NewTenant:
    index = context.keyring.index
    birth_index = index.birth(landlord_key, birth_key(tenant.birth_date))
    number = None if tenant.national_id is None else index.number(landlord_key, tenant.national_id)
    families = index.families(landlord_key, tenant.name)
    return NewTenant(
        id=tenant.id,
        traits=reservations.traits(birth_index, number, families, notice.lease.reference),
        birth_index=birth_index,
        codes=new_codes(context.keyring, tenant, notice.dwelling),
        test_outcome=None if context.settings.production else outcome_of(tenant.national_id),
    )
