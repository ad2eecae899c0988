"""Protected addresses: asked about alike for every notice before it is published, and used there alone (guarantee 10).

The answer is kept with the version in a ciphertext of one length. It decides which office gets the notice, and nothing
else: neither when the notice is published nor how, nor anything that landlord or tenants see.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from varsling.command_base import Decision
from varsling.context import Context
from varsling.database.engine import reading
from varsling.domain.protection import Protection
from varsling.notices import store
from varsling.notices.commands.base import NoticeCommand, carried_out
from varsling.notices.locking import LockedNotice
from varsling.notices.lookups import load_readable
from varsling.notices.store import encode_protection
from varsling.notices.stored import StoredNotice
from varsling.notices.tables import is_accepted, notice_versions, notices
from varsling.notices.transitions.publish import publish

_SEVERITY = tuple(Protection)

ProtectionAnswers = Mapping[UUID, Protection]
"""By version: the strictest protection of the tenants whom it names. Versions without an answer are missing."""


def protection_answers(context: Context, found: Iterable[StoredNotice]) -> ProtectionAnswers:
    """Ask about every tenant whom the notices name by number. A notice has an answer once all its tenants have one."""
    if not context.protections.asks:
        return {}
    numbers = {one.version_id: [said.national_id for _, said in one.named if said.national_id] for one in found}
    known = context.protections.of_numbers({number for asked in numbers.values() for number in asked})
    return {version_id: _strictest(known, asked) for version_id, asked in numbers.items() if known.keys() >= set(asked)}


def ask_again(context: Context) -> int:
    """Release the notices that waited for the person register and that it answers now. Gives their number."""
    if not context.protections.asks:
        return 0
    unanswered = sa.exists(
        sa.select(notice_versions.c.id)
        .where(notice_versions.c.notice_id == notices.c.id, notice_versions.c.version == notices.c.version)
        .where(notice_versions.c.office_number.is_not(None), notice_versions.c.protection.is_(None))
        .correlate(notices)
    )
    waiting = sa.and_(is_accepted, unanswered)
    with reading(context.engine) as connection:
        ids = sa.select(notices.c.id).where(waiting).correlate(None)
        found = load_readable(connection, context.keyring.cipher, notices.c.id.in_(ids))
    answers = protection_answers(context, found)
    for one in found:
        if one.version_id in answers:
            answer = KeepProtection(context, one.id, one.version_id, answers[one.version_id])
            carried_out(context, answer)
    return len(answers)


@dataclass(frozen=True, slots=True)
class KeepProtection(NoticeCommand[None]):
    """Keep the answer about a version, which may be the newest no more, and publish the notice if it waited for it."""

    version_id: UUID
    protection: Protection

    def decide(self, locked: LockedNotice) -> Decision[None]:
        encrypted = encode_protection(self.context.keyring.cipher, self.version_id, self.protection)
        store.keep_protection(locked.transaction, self.version_id, encrypted)
        if locked.stored.version_id == self.version_id and locked.stored.protection is None:
            locked.stored = replace(locked.stored, protection=self.protection)
        return Decision(None, publish(locked))


def _strictest(known: Mapping[str, Protection], asked: Collection[str]) -> Protection:
    return max((known[number] for number in asked), key=_SEVERITY.index, default=Protection.NONE)
