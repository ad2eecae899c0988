"""A new notice of a lease that has an open one, and asks to become its update (`if_open: update`)."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import ClassVar

from varsling.access.idempotency import Answered
from varsling.database.changes import Transaction
from varsling.deliveries import service as deliveries
from varsling.domain.dates import oslo_date
from varsling.domain.lifecycle import NoticeStep
from varsling.domain.misleading import misleading_notice
from varsling.domain.notice import Ground, Notice, Payment
from varsling.domain.problems import Code, Fault, Problem, Refused, ValidationFailed
from varsling.domain.remarks import Remark
from varsling.domain.restated import restated_otherwise
from varsling.domain.tenant import LeftOut
from varsling.notices.commands.landlord import Update, require_document
from varsling.notices.store import load
from varsling.notices.stored import StoredNotice, dated, distinct
from varsling.notices.tables import notices
from varsling.notices.transitions.new_version import restated
from varsling.notices.views_parts import existing_answer

_ABOUT = "of_open_notice"


@dataclass(frozen=True, slots=True)
class UpdateInstead(Update):
    """Update the open notice with a new notice of its lease (`if_open: update`). Faults point into the new notice.

    What it says and an update cannot take (another ground, dwelling, or address of a tenant) is refused: nothing is
    dropped in silence.
    """

    sent: Notice
    remarks: ClassVar[tuple[Remark, ...]] = (Remark.UPDATED_EXISTING,)

    def updated(self, stored: StoredNotice, before: Notice, today: date) -> Notice:
        self._require_same_case(stored, before)
        # Not `super()`: a dataclass with slots is another class than the one that this body belongs to.
        notice, sent = Update.updated(self, stored, before, today), self.sent
        attested = replace(
            sent.attestations,
            copy_given=sent.attestations.copy_given or before.attestations.copy_given,
            power_of_attorney=sent.attestations.power_of_attorney or before.attestations.power_of_attorney,
        )
        parties = replace(before, landlord=sent.landlord, agent=sent.agent or before.agent)
        if misleading_notice(parties) and not misleading_notice(before):  # an update waits for no person
            raise ValidationFailed([Fault("/landlord", Code.INVALID_TEXT)])
        return replace(
            notice,
            landlord=parties.landlord,
            agent=parties.agent,
            payment=_payment(sent.payment, before.payment),
            attestations=attested,
            children_in_dwelling=sent.children_in_dwelling or before.children_in_dwelling,
        )

    def _require_same_case(self, stored: StoredNotice, before: Notice) -> None:
        """Raise Problem (open-notice-exists) for another case, and Refused for another date of the same ground."""
        by_mistake = {row.id for row in stored.tenants if row.left_out_for is LeftOut.WRONG_PERSON}
        tenants = [tenant for tenant in before.tenants if tenant.id not in by_mistake]
        otherwise = list(restated_otherwise(self.sent, before, tenants))
        if self.sent.ground.code is not before.ground.code:  # another breach: one open notice a lease
            otherwise.append("/ground/code")
        if otherwise:
            faults = [Fault(pointer, Code.OPEN_NOTICE_EXISTS, about=_ABOUT) for pointer in otherwise]
            existing = existing_answer(stored.id, stored.reference, stored.version, stored.status)
            raise Problem(Code.OPEN_NOTICE_EXISTS, faults=faults, members={"existing": existing})
        names = (one.name for one in fields(Ground))
        faults = [
            Fault(f"/ground/{name}", Code.DATE_CONFLICT, about=_ABOUT)
            for name in names
            if getattr(self.sent.ground, name) != getattr(before.ground, name)
        ]
        if self.sent.lease.start_date not in (None, before.lease.start_date):
            faults.append(Fault("/lease/start_date", Code.DATE_CONFLICT, about=_ABOUT))
        if faults:
            raise Refused(faults)

    def _placed(self, fault: Fault) -> Fault | None:
        touched = fault.pointer.startswith(("/breach/", "/planned_petition_date", "/petition_", "/prior_contact"))
        return fault if touched or fault.code is Code.WARNING_BEFORE_DUE_DATE else None

    def preview(self, transaction: Transaction, earlier: StoredNotice | None) -> tuple[StoredNotice, Answered]:
        """Give the notice that `apply` would leave now, and its answer, without locking or storing. Raises the same
        Problems.

        `earlier` is the notice as an earlier item of the same batch would store it.
        """
        connection = transaction.connection
        this = notices.c.id == self.call.notice_id
        (stored,) = [earlier] if earlier else load(connection, self.context.keyring.cipher, this)
        before = dated(require_document(stored, NoticeStep.UPDATE), stored)
        today = oslo_date(transaction.now)
        notice = self.updated(stored, before, today)
        if notice == before:
            changed = replace(stored, remarks=distinct((*stored.remarks, *self.remarks)))
        else:
            changed = replace(stored, notice=notice, **restated(stored, notice, today, self.remarks))
        return changed, Answered(self.answer(changed, deliveries.of_notices(connection, [stored.id])))


def _payment(sent: Payment, before: Payment) -> Payment:
    """Give where to pay. What is left out is not said: the KID of the same account stands."""
    if sent.account_number is None:
        return before
    return replace(sent, kid=sent.kid or before.kid) if sent.account_number == before.account_number else sent
