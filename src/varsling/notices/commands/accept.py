"""Accepting notices: the transaction that stores what it answers 201 for (DESIGN § 2).

Every statement is for all notices of a batch. The landlords' rows are locked first: until the commit nobody else takes
a reference or a lease of theirs, registers a reservation, or counts notices about a tenant (guarantees 2 and 4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Binding, StoredAnswer
from varsling.context import Context
from varsling.database.changes import BatchChange, Later, Transaction
from varsling.database.rows import insert_rows
from varsling.deliveries import service as copies
from varsling.deliveries.service import DeliveryKind, NewDelivery
from varsling.domain.dates import oslo_date
from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.notice import TenantId
from varsling.domain.problems import Problem
from varsling.domain.remarks import Remark
from varsling.landlords.locking import lock_landlords
from varsling.notices.commands.prepare import NewTenant, Submission
from varsling.notices.commands.verdict import BecomesUpdate, Granted, Replay, Surroundings
from varsling.notices.store import StoredNotice, StoredTenant, notice_row, version_row
from varsling.notices.tables import notice_tenants, notice_versions, notices
from varsling.notices.views import answer_of
from varsling.privacy.audit import AuditAction, AuditRow, record
from varsling.privacy.cipher import Cipher
from varsling.reservations import service as reservations
from varsling.tenants import service as codes
from varsling.tenants.service import NewCode


@dataclass(frozen=True, slots=True)
class Accepted:
    answer: StoredAnswer


Outcome = Accepted | Replay | BecomesUpdate


@dataclass(frozen=True, slots=True)
class Accept(BatchChange[Outcome]):
    context: Context
    submission: Submission

    @property
    def idempotency_key(self) -> idempotency.IdempotencyKey | None:
        return self.submission.key

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Self]) -> Sequence[Outcome | Problem | Later]:
        context = changes[0].context
        submissions = [change.submission for change in changes]
        _lock_landlords(transaction, submissions)
        surroundings = Surroundings.read(transaction, context, submissions)
        rows = _Rows(transaction, context.keyring.cipher)
        outcomes = [_outcome(surroundings, rows, submission) for submission in submissions]
        rows.store()
        return outcomes


def accepted(surroundings: Surroundings, submission: Submission, granted: Granted) -> StoredNotice:
    """The notice as it stands once it is stored."""
    assessment, routing, now = granted.assessment, submission.routing, surroundings.transaction.now
    notice = submission.notice
    remarks = assessment.remarks + ((Remark.TENANT_LEFT_OUT,) if granted.left_out else ())
    return StoredNotice(
        id=submission.id,
        acting_organisation=submission.principal.acting,
        landlord_organisation=notice.landlord.organisation_number,
        landlord_key=submission.landlord_key,
        reference=notice.reference,
        lease_reference=notice.lease.reference,
        status=NoticeStatus.ACCEPTED,
        held_for=assessment.held_for,
        version=1,
        rule_version=assessment.dates.rule_version,
        office=routing.office,
        found_by=routing.found_by,
        reached_by=surroundings.reached_by(routing.office),
        register_version=submission.register_version,
        remarks=tuple(dict.fromkeys(remarks)),
        warning_sent_on=notice.warning_sent_on,
        planned_petition_date=notice.planned_petition_date,
        assumed_sent_on=assessment.today,
        petition_recommended=assessment.dates.petition.recommended,
        accepted_at=now,
        updated_at=now,
        body_digest=submission.body_digest,
        answer_id=uuid7(),
        content_version=1,
        version_id=submission.version_id,
        notice=notice,
        tenants=_tenants(submission, granted, now),
    )


def _tenants(submission: Submission, granted: Granted, now: datetime) -> tuple[StoredTenant, ...]:
    return tuple(
        StoredTenant(
            id=tenant.id,
            place=place,
            birth_index=tenant.birth_index,
            number_index=tenant.traits.number_index,
            family_indexes=tenant.traits.family_indexes,
            left_out_at=now if tenant.id in granted.left_out else None,
        )
        for place, tenant in enumerate(submission.tenants)
    )


def _lock_landlords(transaction: Transaction, submissions: Sequence[Submission]) -> None:
    """Those of the notices that may be stored: a refused one must leave no row, not even a landlord's."""
    today = oslo_date(transaction.now)
    lock_landlords(transaction, {one.landlord_key for one in submissions if not one.assessed_on(today).faults})


def _outcome(surroundings: Surroundings, rows: "_Rows", submission: Submission) -> Outcome | Problem:
    verdict = surroundings.verdict(submission)
    if not isinstance(verdict, Granted):
        return verdict
    stored = accepted(surroundings, submission, verdict)
    answer = answer_of(stored, {}, surroundings.offices, submission.language, 201)
    rows.add(submission, stored, answer)
    surroundings.remember(submission, answer)
    return Accepted(answer)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a batch of accepted notices."""

    transaction: Transaction
    cipher: Cipher
    notices: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    tenants: list[dict[str, Any]] = field(default_factory=list)
    codes: list[tuple[TenantId, NewCode]] = field(default_factory=list)
    deliveries: list[NewDelivery] = field(default_factory=list)
    answers: list[Binding] = field(default_factory=list)
    audit: list[AuditRow] = field(default_factory=list)

    def add(self, submission: Submission, stored: StoredNotice, answer: StoredAnswer) -> None:
        now = self.transaction.now
        self.notices.append(notice_row(stored))
        self.versions.append(version_row(stored.version_id, stored.id, 1, now, submission.content))
        for new, tenant in zip(submission.tenants, stored.tenants, strict=True):
            self._add_tenant(stored, new, tenant)
        self.answers.append(Binding(stored.answer_id, answer, submission.key))
        self.audit.extend(_audit(stored))

    def _add_tenant(self, stored: StoredNotice, new: NewTenant, tenant: StoredTenant) -> None:
        self.tenants.append(
            {
                "id": tenant.id,
                "notice_id": stored.id,
                "place": tenant.place,
                "birth_index": tenant.birth_index,
                "number_index": tenant.number_index,
                "family_indexes": reservations.join_indexes(tenant.family_indexes),
                "left_out_at": tenant.left_out_at,
            }
        )
        if tenant.left_out_at is not None:
            return
        self.codes.append((tenant.id, new.code))
        held = stored.held_for is not None
        self.deliveries.append(NewDelivery(stored.id, 1, DeliveryKind.COPY, tenant_id=tenant.id, held=held))

    def store(self) -> None:
        """In the one order of tables, each sorted by unique key, so that two processes cannot deadlock."""
        connection = self.transaction.connection
        by_reference = sorted(self.notices, key=_reference)
        insert_rows(connection, notices, by_reference)
        insert_rows(connection, notice_versions, sorted(self.versions, key=_id))
        insert_rows(connection, notice_tenants, sorted(self.tenants, key=_id))
        codes.keep(self.transaction, self.codes)
        copies.queue(self.transaction, self.deliveries)
        idempotency.keep(self.transaction, self.cipher, self.answers)
        record(self.transaction, self.audit)


def _reference(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["acting_organisation"], row["landlord_key"], row["reference"]


def _id(row: Mapping[str, Any]) -> UUID:
    found: UUID = row["id"]
    return found


def _audit(stored: StoredNotice) -> list[AuditRow]:
    actor = stored.acting_organisation
    facts = {"office": stored.office, "tenants": len(stored.tenants)}
    rows = [AuditRow(AuditAction.NOTICE_ACCEPTED, actor, stored.id, facts, 1)]
    rows += [
        AuditRow(AuditAction.TENANT_LEFT_OUT, actor, stored.id, {}, 1)
        for tenant in stored.tenants
        if tenant.left_out_at is not None
    ]
    if stored.held_for is not None:
        rows.append(AuditRow(AuditAction.NOTICE_HELD, actor, stored.id, {"for": stored.held_for.value}, 1))
    return rows
