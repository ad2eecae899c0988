"""The verdict on a new notice: what the database has already, and what follows from it for the notice.

Each question is one statement, whatever the number of notices. Under the landlords' locks the verdict is binding.
Without them (`/v1/notices/check`) it is what the real call would answer now.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from varsling.access import idempotency
from varsling.access.idempotency import StoredAnswer
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.domain.dates import oslo_date
from varsling.domain.notice import NoticeId, TenantId
from varsling.domain.office import OfficeNumber, ReachedBy
from varsling.domain.policies import JointReservation
from varsling.domain.problems import Code, Fault, Problem
from varsling.domain.reservation import Traits, certainly_same
from varsling.domain.synthetic import PersonOutcome
from varsling.feed.service import offices_with_receiver
from varsling.landlords.service import suspended
from varsling.notices.commands import questions
from varsling.notices.commands.landlord import refusal
from varsling.notices.commands.prepare import Assessment, NewTenant, Submission
from varsling.notices.commands.questions import EarlierNotice, OpenNotice, SameReference
from varsling.notices.lookups import Named, named_in
from varsling.notices.schemas.changes import UpdateInput
from varsling.notices.views_parts import existing_answer
from varsling.offices.service import Offices
from varsling.reservations import service as reservations
from varsling.settings import Settings


@dataclass(frozen=True, slots=True)
class Replay:
    """The call was answered before: the caller gets the first answer again."""

    answer: StoredAnswer


@dataclass(frozen=True, slots=True)
class BecomesUpdate:
    """The lease has an open notice, and the caller asked to update it in that case."""

    notice_id: NoticeId
    update: UpdateInput


@dataclass(frozen=True, slots=True)
class Acceptable:
    """The notice can be stored. Tenants who are `left_out` have reserved: the notice goes for the others alone."""

    assessment: Assessment
    left_out: frozenset[TenantId]


Verdict = Replay | BecomesUpdate | Acceptable | Problem


@dataclass(frozen=True, slots=True)
class StoredFacts:
    settings: Settings
    offices: Offices
    transaction: Transaction
    receivers: frozenset[str | None]
    bound: dict[bytes, tuple[bytes, StoredAnswer]]
    by_reference: dict[tuple[str, str, str], SameReference]
    open_leases: dict[tuple[str, str], OpenNotice]
    tenants_of_open: dict[UUID, Named]
    in_force: reservations.InForce
    earlier: defaultdict[bytes, list[EarlierNotice]]
    suspended: frozenset[str]
    busy: frozenset[str] = frozenset()

    @classmethod
    def read(
        cls,
        transaction: Transaction,
        context: Context,
        submissions: Sequence[Submission],
        busy: frozenset[str] = frozenset(),
    ) -> "StoredFacts":
        connection, settings, cipher = transaction.connection, context.settings, context.keyring.cipher
        births = {tenant.birth_index for one in submissions for tenant in one.tenants}
        keys = [one.key for one in submissions if one.key is not None]
        known = questions.known_about(connection, submissions, keys, births)
        open_leases = questions.open_leases(connection, {one.lease for one in submissions}) if known.lease else {}
        updatable = [open_leases[one.lease].id for one in submissions if one.update and one.lease in open_leases]
        return cls(
            settings=settings,
            offices=context.offices,
            transaction=transaction,
            receivers=offices_with_receiver(connection, transaction.now, settings),
            bound=idempotency.find(transaction, cipher, keys) if known.key else {},
            by_reference=questions.by_reference(connection, cipher, submissions) if known.reference else {},
            open_leases=open_leases,
            tenants_of_open=dict(named_in(connection, updatable)) if updatable else {},
            in_force=reservations.in_force(connection, births if known.reserved else (), settings.reservation_scope),
            earlier=questions.earlier_notices(transaction, births if known.tenant else (), settings.notice_limit_days),
            suspended=suspended(connection, {one.landlord_key for one in submissions} if known.suspended else ()),
            busy=busy,
        )

    def verdict(self, submission: Submission) -> Verdict:
        try:
            replay = self._replay(submission)
        except Problem as problem:
            return problem
        if replay is not None:
            return Replay(replay)
        assessment = submission.assessed_on(oslo_date(self.transaction.now))
        reserved = [place for place, tenant in enumerate(submission.tenants) if self._reserved(tenant)]
        open_notice = self.open_leases.get(submission.lease)
        update = None if open_notice is None else self._update(open_notice, submission)
        faults = [*assessment.faults, *self._reservation_faults(submission, reserved)]
        if update is not None:  # the open notice's clock runs already: the update itself checks the plan
            faults = [fault for fault in faults if fault.code is not Code.PETITION_TOO_EARLY]
        if faults:
            return refusal(faults, assessment.dates)
        if submission.reference in self.by_reference:
            return Problem(Code.DUPLICATE_REFERENCE, faults=[Fault("/reference", Code.DUPLICATE_REFERENCE)])
        if open_notice is not None:
            return _exists(open_notice, submission) if update is None else BecomesUpdate(open_notice.id, update)
        return self._within_limit(submission) or Acceptable(
            assessment, frozenset(submission.tenants[place].id for place in reserved)
        )

    def reached_by(self, office: OfficeNumber | None) -> ReachedBy | None:
        """Tell how the notice would reach the office if it were published now."""
        if office is None:
            return None
        by_letter = self.receivers.isdisjoint({office, None}) and self.settings.office_channels
        return ReachedBy.LETTER if by_letter else ReachedBy.FEED

    def remember(self, submission: Submission, answer: StoredAnswer) -> None:
        """Let the later notices of the same batch see this one as stored."""
        if submission.key is not None:
            self.bound[submission.key.index] = (submission.key.fingerprint, answer)
        self.by_reference[submission.reference] = SameReference(submission.body_digest, answer)
        self.open_leases[submission.lease] = OpenNotice(
            submission.id,
            submission.principal.acting,
            submission.notice.landlord.organisation_number,
            submission.notice.reference,
            1,
            "accepted",
        )
        self.tenants_of_open[submission.id] = Named(frozenset(one.birth_index for one in submission.tenants))
        for tenant in submission.tenants:
            self.earlier[tenant.birth_index].append(EarlierNotice(submission.id, tenant.traits))

    def _replay(self, submission: Submission) -> StoredAnswer | None:
        if submission.key is not None and (bound := self.bound.get(submission.key.index)) is not None:
            return idempotency.same_use(submission.key, *bound)
        kept = self.by_reference.get(submission.reference)
        if kept is not None and kept.body_digest == submission.body_digest and kept.answer is not None:
            return kept.answer
        if submission.landlord_key in self.suspended:
            raise Problem(Code.LANDLORD_SUSPENDED, faults=[Fault("/landlord", Code.LANDLORD_SUSPENDED)])
        return None

    def _reserved(self, tenant: NewTenant) -> bool:
        return tenant.test_outcome is PersonOutcome.RESERVED or self.in_force.reserved(tenant.traits)

    def _reservation_faults(self, submission: Submission, reserved: Collection[int]) -> list[Fault]:
        whole = self.settings.joint_reservation is JointReservation.BLOCK or len(reserved) == len(submission.tenants)
        return [Fault(f"/tenants/{place}", Code.TENANT_RESERVED) for place in reserved] if whole else []

    def _update(self, open_notice: OpenNotice, submission: Submission) -> UpdateInput | None:
        """Give the update of the open notice, if the caller may change it and names the same tenants."""
        named = frozenset(tenant.birth_index for tenant in submission.tenants)
        known = self.tenants_of_open.get(open_notice.id)
        same = known is not None and known.is_meant_by(named)
        return submission.update if same and _readable(open_notice, submission.principal) else None

    def _within_limit(self, submission: Submission) -> Problem | None:
        """Refuse a landlord who has notified about a tenant too often (LAW, case 9)."""
        over = [
            Fault(f"/tenants/{place}", Code.NOTICE_LIMIT_REACHED)
            for place, tenant in enumerate(submission.tenants)
            if tenant.test_outcome is None and self._notices_about(tenant) >= self.settings.notice_limit
        ]
        return Problem(Code.NOTICE_LIMIT_REACHED, faults=over) if over else None

    def _notices_about(self, tenant: NewTenant) -> int:
        earlier = self.earlier.get(tenant.birth_index, ())
        return len({one.notice_id for one in earlier if _same_person(one.traits, tenant.traits)})


def _same_person(one: Traits, other: Traits) -> bool:
    """Tell whether two notices are about one person. Doubt, which stops a notice at a reservation, is no ground to
    count another person's notices: only on her own lease the birth date alone is enough."""
    if one.number_index is not None and other.number_index is not None:
        return one.number_index == other.number_index
    on_one_lease = one.lease_reference.casefold() == other.lease_reference.casefold()
    return certainly_same(one, other) or (on_one_lease and one.birth_index == other.birth_index)


def _readable(open_notice: OpenNotice, principal: Principal) -> bool:
    own = principal.own_landlord
    return open_notice.acting_organisation == principal.acting or (
        own is not None and open_notice.landlord_organisation == own
    )


def _exists(open_notice: OpenNotice, submission: Submission) -> Problem:
    """Refuse a second open notice. Only a caller who may read the first one learns which it is; if she asked to update
    it, it is about other tenants."""
    one, existing, pointer = open_notice, None, "/lease/reference"
    if _readable(open_notice, submission.principal):
        existing = existing_answer(one.id, one.reference, one.version, one.status)
        pointer = pointer if submission.update is None else "/tenants"
    fault = Fault(pointer, Code.OPEN_NOTICE_EXISTS)
    return Problem(Code.OPEN_NOTICE_EXISTS, faults=[fault], members={"existing": existing})
