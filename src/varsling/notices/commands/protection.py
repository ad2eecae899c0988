"""Protected addresses: asked about alike for every notice before it is published, and used there alone (guarantee 10).

The answer is kept with the version in a ciphertext of one length, and nothing is chosen by it but which office has the
notice: neither when it is published nor how, nor anything that landlord or tenants see.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.domain.lifecycle import NoticeStatus
from varsling.domain.protection import Protection
from varsling.feed import service as feed
from varsling.notices.locking import lock_notice
from varsling.notices.store import StoredNotice, encode_protection, load
from varsling.notices.tables import notice_versions, notices
from varsling.notices.transitions.publish import publish

_SEVERITY = tuple(Protection)

Answers = Mapping[UUID, bytes]
"""By version: the strictest protection of those whom it names, encrypted for it. Missing: not answered."""


def answers(context: Context, found: Iterable[StoredNotice]) -> Answers:
    """Ask about everybody whom the notices name by number; a notice has an answer when all of its own were given."""
    if not context.protections.asks:
        return {}
    numbers = {one.version_id: [said.national_id for _, said in one.named if said.national_id] for one in found}
    known = context.protections.of_numbers({number for asked in numbers.values() for number in asked})
    return {
        version_id: encode_protection(context.keyring.cipher, version_id, _strictest(known, asked))
        for version_id, asked in numbers.items()
        if known.keys() >= set(asked)
    }


def ask_again(context: Context) -> int:
    """The notices whose publication waits for the register: those that it answers now go on; how many."""
    if not context.protections.asks:
        return 0
    unanswered = sa.exists(
        sa.select(notice_versions.c.id)
        .where(notice_versions.c.notice_id == notices.c.id, notice_versions.c.version == notices.c.version)
        .where(notice_versions.c.office_number.is_not(None), notice_versions.c.protection.is_(None))
        .correlate(notices)
    )
    waiting = sa.and_(notices.c.status == NoticeStatus.ACCEPTED.value, unanswered)
    with reading(context.engine) as connection:
        found = load(connection, context.keyring.cipher, waiting)
    kept = answers(context, found)
    for one in found:
        if one.version_id in kept:
            context.writer.submit_and_wait(KeepAnswer(context, one.id, one.version_id, kept[one.version_id]))
    return len(kept)


@dataclass(frozen=True, slots=True)
class KeepAnswer(Change[None]):
    """The answer about a version, which may be the newest no more: the answer is that version's all the same."""

    context: Context
    notice_id: UUID
    version_id: UUID
    protection: bytes

    def apply(self, transaction: Transaction) -> None:
        lock_notice(transaction, self.context, self.notice_id)
        row = sa.and_(notice_versions.c.id == self.version_id, notice_versions.c.protection.is_(None))
        transaction.connection.execute(notice_versions.update().where(row).values(protection=self.protection))
        stored = lock_notice(transaction, self.context, self.notice_id)
        feed.append(transaction, publish(transaction, self.context, stored))


def _strictest(known: Mapping[str, Protection], asked: Collection[str]) -> Protection:
    return max((known[number] for number in asked), key=_SEVERITY.index, default=Protection.NONE)
