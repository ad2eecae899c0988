"""A notice that was sent in, made ready for the writer: all that costs time is done here, outside its thread."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.access.idempotency import IdempotencyKey, digest, key_of
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.domain.dates import NoticeDates, notice_dates, oslo_date
from varsling.domain.identity import birth_key
from varsling.domain.landlord import Standing, standing_faults, standing_remarks
from varsling.domain.language import AnswerLanguage
from varsling.domain.law import Rules, faults_of, remarks_of, under_age
from varsling.domain.lifecycle import HeldFor
from varsling.domain.notice import Notice, NoticeId, Tenant, TenantId
from varsling.domain.problems import Code, Fault, Forbidden, Problem, ValidationFailed
from varsling.domain.remarks import Remark
from varsling.domain.reservation import Traits
from varsling.domain.synthetic import PersonOutcome, outcome_of
from varsling.notices import store
from varsling.notices.schemas.changes import UpdateShape
from varsling.notices.schemas.notice import NoticeShape
from varsling.offices.service import Resolution
from varsling.reservations import service as reservations
from varsling.tenants.service import NewCode, new_code

METHOD, ROUTE = "POST", "/v1/notices"


@dataclass(frozen=True, slots=True)
class NewTenant:
    """What is stored of a tenant beside the content: by what she is matched, and the code that her letter prints."""

    id: TenantId
    traits: Traits
    birth_index: bytes
    code: NewCode
    test_outcome: PersonOutcome | None


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the law says of a notice on a day."""

    today: date
    dates: NoticeDates
    faults: tuple[Fault, ...]
    remarks: tuple[Remark, ...]
    held_for: HeldFor | None


@dataclass(frozen=True, slots=True)
class Submission:
    """A well-shaped notice with its ids, indexes and ciphertexts.

    `document` is encrypted. `update` is what it says to a notice that is open already, if it may become its update.
    """

    principal: Principal
    language: AnswerLanguage
    key: IdempotencyKey | None
    body_digest: bytes
    update: UpdateShape | None
    notice: Notice
    landlord_key: str
    routing: Resolution
    register_version: str
    rules: Rules
    standing: Standing
    assessment: Assessment
    id: NoticeId
    version_id: UUID
    document: bytes
    tenants: tuple[NewTenant, ...]

    def assessed_on(self, today: date) -> Assessment:
        """The assessment as of the transaction's day, which is another if midnight came in between."""
        if self.assessment.today == today:
            return self.assessment
        return assess(self.notice, self.routing, self.rules, today, self.standing)

    @property
    def reference(self) -> tuple[str, str, str]:
        """What is unique among notices that are neither withdrawn nor blocked."""
        return self.principal.acting, self.landlord_key, self.notice.reference

    @property
    def lease(self) -> tuple[str, str]:
        """What is unique among open notices."""
        return self.landlord_key, self.notice.lease.reference


def prepare(
    context: Context,
    principal: Principal,
    shape: NoticeShape,
    parsed: dict[str, Any],
    *,
    key: str | None,
    language: AnswerLanguage,
    standing: Standing,
) -> Submission:
    """A submission of what the caller sent; `parsed` is the body as it came, `key` its Idempotency-Key.

    Raises Problem: idempotency-key-malformed, landlord-mismatch, forbidden, validation-failed (an agent that is
    missing, or one too many). Faults of law and routing are in the submission: a replay comes before them.
    """
    _check_parties(principal, shape)
    index, cipher = context.keyring.index, context.keyring.cipher
    body_digest = digest(index, {name: member for name, member in parsed.items() if name != "if_open"})
    today = oslo_date(datetime.now(UTC))  # near enough: `assessed_on` looks again in the transaction
    rules, landlord_key, version_id = context.settings.rules, index.landlord_key(shape.landlord.to_domain()), uuid7()
    notice, routing = _routed(context, shape, today)
    return Submission(
        principal=principal,
        language=language,
        key=key_of(index, principal, key, method=METHOD, route=ROUTE, body_digest=digest(index, parsed)),
        body_digest=body_digest,
        update=as_update(shape) if shape.if_open == "update" else None,
        notice=notice,
        landlord_key=landlord_key,
        routing=routing,
        register_version=context.offices.register.version,
        rules=rules,
        standing=standing,
        assessment=assess(notice, routing, rules, today, standing),
        id=NoticeId(uuid7()),
        version_id=version_id,
        document=cipher.encrypt(store.DOCUMENT, version_id, store.encode(notice)),
        tenants=tuple(_new_tenant(context, landlord_key, notice.lease.reference, one) for one in notice.tenants),
    )


def _routed(context: Context, shape: NoticeShape, today: date) -> tuple[Notice, Resolution]:
    """The notice with its dwelling as understood, and where that leads to."""
    notice = shape.to_domain([TenantId(uuid7()) for _ in shape.tenants])
    routing = context.offices.resolve(notice.dwelling, today)
    return replace(notice, dwelling=routing.dwelling), routing


def assess(notice: Notice, routing: Resolution, rules: Rules, today: date, standing: Standing) -> Assessment:
    dates = notice_dates(assumed_sent_on=today, warning_sent_on=notice.warning_sent_on)
    held_for = None
    if under_age(notice.tenants, today):
        held_for = HeldFor.UNDER_AGE
    elif any(outcome_of(tenant.national_id) is PersonOutcome.HELD for tenant in notice.tenants):
        held_for = HeldFor.TEST_PERSON
    elif routing.office is None:
        held_for = HeldFor.OFFICE
    return Assessment(
        today=today,
        dates=dates,
        faults=(
            *faults_of(notice, dates, today, rules),
            *standing_faults(standing, private_homes=rules.private_homes),
            *routing.faults,
        ),
        remarks=(*routing.remarks, *standing_remarks(standing), *remarks_of(notice, dates, today)),
        held_for=held_for,
    )


def as_update(shape: NoticeShape) -> UpdateShape:
    """What of a notice goes into an open one: the sums owed and the petition's dates."""
    return UpdateShape.model_construct(
        claims=shape.breach.claims,
        deposited_amount=shape.breach.deposited_amount,
        planned_petition_date=shape.planned_petition_date,
        petition_filed_on=shape.petition_filed_on,
    )


def _check_parties(principal: Principal, shape: NoticeShape) -> None:
    if not principal.may_submit_for(shape.landlord.organisation_number):
        raise Problem(Code.LANDLORD_MISMATCH, faults=[Fault("/landlord", Code.LANDLORD_MISMATCH)])
    needs_agent = principal.acting != shape.landlord.organisation_number
    if shape.agent is None and needs_agent:
        raise ValidationFailed([Fault("/agent", Code.MISSING)])
    if shape.agent is not None and not needs_agent:
        raise ValidationFailed([Fault("/agent", Code.UNKNOWN_FIELD)])
    if shape.agent is not None and shape.agent.organisation_number != principal.acting:
        raise Forbidden


def _new_tenant(context: Context, landlord_key: str, lease_reference: str, tenant: Tenant) -> NewTenant:
    index = context.keyring.index
    birth_index = index.birth(landlord_key, birth_key(tenant.birth_date))
    number = None if tenant.national_id is None else index.number(landlord_key, tenant.national_id)
    return NewTenant(
        id=tenant.id,
        traits=reservations.traits(birth_index, number, index.families(landlord_key, tenant.name), lease_reference),
        birth_index=birth_index,
        code=new_code(context.keyring),
        test_outcome=None if context.settings.production else outcome_of(tenant.national_id),
    )
