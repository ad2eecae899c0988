"""Accepting notices: the transaction that stores what it answers 201 for (DESIGN § 2).

Every statement is for all notices of a batch. The landlords' rows are locked first: until the commit no other
transaction takes a reference or a lease of theirs, registers a reservation, or counts notices about a tenant
(guarantees 2 and 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Binding, StoredAnswer
from varsling.command_base import BatchCommand, Decision
from varsling.database.changes import BUSY, Deferred, Transaction
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import DeliveryKind, NewDelivery
from varsling.domain.dates import oslo_date
from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.problems import Problem
from varsling.domain.remarks import Remark
from varsling.domain.tenant import LeftOut
from varsling.landlords import service as landlords
from varsling.notices import store
from varsling.notices.commands.prepare import Submission
from varsling.notices.commands.verdict import Acceptable, BecomesUpdate, Replay, StoredFacts
from varsling.notices.store import NewVersion
from varsling.notices.stored import StoredNotice, StoredTenant, distinct, is_urgent, lodged_on
from varsling.notices.views import answer_of
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow
from varsling.privacy.cipher import Cipher
from varsling.tenants import service as tenants
from varsling.tenants.service import NewCode


@dataclass(frozen=True, slots=True)
class NoticeStored:
    answer: StoredAnswer


Outcome = NoticeStored | Replay | BecomesUpdate


@dataclass(frozen=True, slots=True)
class Accept(BatchCommand[StoredFacts, Outcome]):
    """Store a notice, unless something refuses it."""

    submission: Submission

    @property
    def idempotency_key(self) -> idempotency.IdempotencyKey | None:
        return self.submission.key

    @classmethod
    def lock(cls, transaction: Transaction, commands: Sequence[Self]) -> StoredFacts:
        """Lock the landlords of the notices that may be stored: a refused one leaves no row, not even a landlord's."""
        today, submissions = oslo_date(transaction.now), [command.submission for command in commands]
        keys = {one.landlord_key for one in submissions if not one.assessed_on(today).faults}
        busy = landlords.lock_free_landlords(transaction, keys)
        return StoredFacts.read(transaction, commands[0].context, submissions, busy)

    @classmethod
    def decide(
        cls, transaction: Transaction, locked: StoredFacts, commands: Sequence[Self]
    ) -> Decision[Sequence[Outcome | Problem | Deferred]]:
        rows = _Rows(transaction, commands[0].context.keyring.cipher)
        outcomes = [
            BUSY if command.submission.landlord_key in locked.busy else _outcome(locked, rows, command.submission)
            for command in commands
        ]
        rows.store()
        return Decision(outcomes)


def build_notice(facts: StoredFacts, submission: Submission, acceptable: Acceptable) -> StoredNotice:
    """Build the notice as it will be stored."""
    assessment, resolution, now = acceptable.assessment, submission.resolution, facts.transaction.now
    notice = submission.notice
    remarks = assessment.remarks + ((Remark.TENANT_LEFT_OUT,) if acceptable.left_out else ())
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
        office=resolution.office,
        found_by=resolution.found_by,
        reached_by=facts.reached_by(resolution.office),
        register_version=submission.register_version,
        remarks=distinct(remarks),
        warning_sent_on=notice.warning_sent_on,
        planned_petition_date=notice.petition.planned_on,
        petition_filed_on=lodged_on(notice),
        assumed_sent_on=assessment.today,
        petition_recommended=assessment.dates.later.recommended,
        accepted_at=now,
        updated_at=now,
        body_digest=submission.body_digest,
        answer_id=uuid7(),
        content_version=1,
        version_id=submission.version_id,
        version_created_at=now,
        notice=notice,
        tenants=_tenants(submission, acceptable, now),
    )


def _tenants(submission: Submission, acceptable: Acceptable, now: datetime) -> tuple[StoredTenant, ...]:
    return tuple(
        StoredTenant(
            id=tenant.id,
            place=place,
            birth_index=tenant.birth_index,
            number_index=tenant.traits.number_index,
            family_indexes=tenant.traits.family_indexes,
            left_out_at=now if tenant.id in acceptable.left_out else None,
            left_out_for=LeftOut.RESERVED if tenant.id in acceptable.left_out else None,
        )
        for place, tenant in enumerate(submission.tenants)
    )


def _outcome(facts: StoredFacts, rows: "_Rows", submission: Submission) -> Outcome | Problem:
    verdict = facts.verdict(submission)
    if not isinstance(verdict, Acceptable):
        return verdict
    stored = build_notice(facts, submission, verdict)
    answer = answer_of(stored, {}, facts.offices, submission.language, 201)
    rows.add(submission, stored, answer)
    facts.remember(submission, answer)
    return NoticeStored(answer)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a batch of accepted notices."""

    transaction: Transaction
    cipher: Cipher
    notices: list[StoredNotice] = field(default_factory=list)
    versions: list[NewVersion] = field(default_factory=list)
    codes: list[NewCode] = field(default_factory=list)
    copies: list[NewDelivery] = field(default_factory=list)
    answers: list[Binding] = field(default_factory=list)
    audit: list[AuditRow] = field(default_factory=list)

    def add(self, submission: Submission, stored: StoredNotice, answer: StoredAnswer) -> None:
        self.notices.append(stored)
        self.versions.append(
            NewVersion(
                stored.version_id,
                stored.id,
                1,
                submission.document,
                stored.petition_filed_on,
                is_urgent(submission.notice),
            )
        )
        codes = {new.id: new.codes for new in submission.tenants}
        for tenant in stored.remaining_tenants:
            self.codes.extend(codes[tenant.id])
            held = stored.held_for is not None
            self.copies.append(NewDelivery(stored.id, 1, DeliveryKind.COPY, tenant_id=tenant.id, held=held))
        self.answers.append(Binding(stored.answer_id, answer, submission.key))
        self.audit.extend(_audit(stored))

    def store(self) -> None:
        """Insert the rows in the one order of tables, so that two processes cannot deadlock."""
        with self.transaction.inserting_together():
            store.add_notices(self.transaction, self.notices)
            store.add_versions(self.transaction, self.versions)
            store.add_tenants(self.transaction, self.notices)
            tenants.keep_codes(self.transaction, self.codes)
            deliveries.queue(self.transaction, self.copies)
            idempotency.keep(self.transaction, self.cipher, self.answers)
            audit.log(self.transaction, self.audit)


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
