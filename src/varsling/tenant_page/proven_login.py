"""The login by which a tenant proves who she is: a letter's code leads to her notice, ID-porten says that it is she.

The landlord chose the letter's address and knows her birth date. He has no eID of hers.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import orjson
from uuid_utils.compat import uuid7

from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.domain.actor import Actor
from varsling.idporten.service import Attempt, Identity
from varsling.notices import service as notices
from varsling.privacy import audit
from varsling.privacy.audit import AuditAction, AuditRow
from varsling.privacy.cipher import Cipher, Undecipherable
from varsling.tenant_page.login import Session
from varsling.tenants import service as tenants

ATTEMPT = timedelta(minutes=10)
_LABEL = "tenant.attempt"


@dataclass(frozen=True, slots=True)
class SealedAttempt:
    """A login under way, as its browser keeps it: with the code that she came with, and the way back."""

    attempt: Attempt
    code_id: UUID
    back: str
    at: datetime

    def sealed(self, cipher: Cipher) -> str:
        attempt_id = uuid7()
        attempt = self.attempt
        said = (attempt.state, attempt.nonce, attempt.verifier, self.code_id, self.back, self.at)
        sealed = cipher.encrypt(_LABEL, attempt_id, orjson.dumps(said))
        return base64.urlsafe_b64encode(attempt_id.bytes + sealed).decode()

    @classmethod
    def opened(cls, cipher: Cipher, given: str, now: datetime) -> "SealedAttempt | None":
        """Read an attempt of ours; None for anything else, and for one that is too old."""
        try:
            raw = base64.b64decode(given, altchars=b"-_", validate=True)
            said = orjson.loads(cipher.decrypt(_LABEL, UUID(bytes=raw[:16]), raw[16:]))
        except (binascii.Error, ValueError, Undecipherable):
            return None
        state, nonce, verifier, code_id, back, at = said
        begun = datetime.fromisoformat(at)
        if not begun <= now < begun + ATTEMPT:
            return None
        return cls(Attempt(state, nonce, verifier), UUID(code_id), back, begun)


class NotProven(StrEnum):
    """Why a login does not open the notice, in the words of the page."""

    OTHER = "other"
    UNNAMED = "unnamed"
    """The landlord gave no number of hers, so nobody can tell that it is she."""


@dataclass(frozen=True, slots=True)
class EnterProven(Change[Session | NotProven]):
    """Let in the tenant of a code who proved who she is, however often it was tried.

    The number that the landlord gave decides. A birth date alone proves nothing: he may have given his own.
    """

    context: Context
    code_id: UUID
    identity: Identity

    def apply(self, transaction: Transaction) -> Session | NotProven:
        code = tenants.code_of_id(transaction.connection, self.code_id)
        tenant = None if code is None else notices.tenant_of(transaction.connection, code.tenant_id)
        if code is None or tenant is None:
            return NotProven.OTHER
        if tenant.number_index is None:
            return NotProven.UNNAMED
        if self.context.keyring.index.number(tenant.landlord_key, self.identity.number.number) != tenant.number_index:
            return NotProven.OTHER
        hers = tenants.code_ids_of(transaction.connection, code.tenant_id, lock=True)
        tenants.count_tries(transaction, code.id, 0, None)
        deliveries.mark_opened(transaction, hers)
        session = self.identity.session or str(uuid4())
        own = tenants.own_code(transaction, self.context.keyring, code.tenant_id, session)
        facts = {"tenant": str(code.tenant_id), "by": "idporten", "method": self.identity.method}
        audit.log(transaction, [AuditRow(AuditAction.TENANT_ENTERED, Actor.TENANT, tenant.notice_id, facts)])
        return Session(code.tenant_id, own, transaction.now, proven=True)


@dataclass(frozen=True, slots=True)
class EndLogin(Change[None]):
    """Close the sessions of a login that ended at ID-porten (front-channel logout): one for each notice of hers."""

    code_ids: Sequence[UUID]

    def apply(self, transaction: Transaction) -> None:
        tenants.close_sessions(transaction, self.code_ids)


def codes_of_session(context: Context, session: str) -> Sequence[UUID]:
    """Find whose session at ID-porten this is: a stranger's guess writes nothing."""
    with reading(context.engine) as connection:
        return tenants.codes_of_login(connection, context.keyring.index.login_session(session))
