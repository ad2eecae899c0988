"""The contents of a tenant's page after her login. Reading changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from varsling.context import Context
from varsling.database.engine import reading
from varsling.deliveries import service as deliveries
from varsling.deliveries.service import ReadableLetter
from varsling.dispatch import service as letters
from varsling.dispatch.service import Language, PageTexts
from varsling.domain.dates import oslo_date
from varsling.domain.lifecycle import NoticeStatus, WithdrawalReason
from varsling.domain.problems import NotFound
from varsling.domain.tenant import (
    CALL_LANGUAGES,
    CallTime,
    Consent,
    DisputeReason,
    LeftOut,
    MisuseKind,
    PageState,
    Wish,
)
from varsling.notices import service as notices
from varsling.notices.service import StoredNotice, StoredTenant
from varsling.reservations.service import PAGE
from varsling.tenant_page import proven
from varsling.tenant_page.login import Session
from varsling.tenant_page.own import own_reservations
from varsling.tenant_page.proven import Proven
from varsling.tenants import service as tenants

# The choices of the page's forms.
CHOICES: dict[str, Any] = {
    "times": list(CallTime),
    "spoken": CALL_LANGUAGES,
    "reasons": list(DisputeReason),
    "of_payment": (DisputeReason.PAID, DisputeReason.AMOUNT, DisputeReason.AGREED),
    "kinds": list(MisuseKind),
    "wishes": list(Wish),
    "wishes_of_payment": (Wish.PAYMENT_PLAN, Wish.VOLUNTARY_DEDUCTION),
    "consents": list(Consent),
}

_STATES = {
    NoticeStatus.ACCEPTED: PageState.ACCEPTED,
    NoticeStatus.SENT: PageState.SENT,
    NoticeStatus.RECEIVED: PageState.SENT,  # the page never tells that the office fetched it
    NoticeStatus.SETTLED: PageState.SETTLED,
    NoticeStatus.WITHDRAWN: PageState.WITHDRAWN,
    NoticeStatus.BLOCKED: PageState.BLOCKED,
    NoticeStatus.LAPSED: PageState.LAPSED,
}


@dataclass(frozen=True, slots=True)
class TenantPage:
    """The page for one code. `said`: when she last made each kind of statement through it; what she said is not shown,
    since others may have code and birth date. `reserved`: she has reserved here, which her landlord is told too.
    `proven` is what only she sees, once she has proved who she is. `reminder` is the day of a reminder to come, unless
    `no_reminder`: she has said that she wants none. `provable`: a login can prove that it is she, as the landlord gave
    her number.
    """

    state: PageState
    told: PageTexts
    said: Mapping[str, date]
    reserved: bool
    letters: tuple[ReadableLetter, ...]
    proven: Proven | None = None
    reminder: date | None = None
    no_reminder: bool = False
    provable: bool = True


def look(context: Context, session: Session, language: Language) -> TenantPage:
    """Give her page. Raises NotFound once nothing of it is kept."""
    tenant_id = session.tenant_id
    with reading(context.engine) as connection:
        named = notices.tenant_of(connection, tenant_id)
        if named is None:
            raise NotFound
        stored = notices.as_published(connection, context, named.notice_id)
        row = next(one for one in stored.tenants if one.id == tenant_id)
        reserved = own_reservations(connection, context, stored, tenant_id)
        state = _state(stored, row)
        today = oslo_date(context.clock.now(connection))
        told = letters.page_texts(
            context,
            stored,
            tenant_id,
            state,
            language,
            today,
            contact=_knows_contact(connection, context, session, stored),
        )
        return TenantPage(
            state=state,
            told=told,
            said={kind: oslo_date(at) for kind, at in tenants.said_through(connection, session.code_id).items()},
            reserved=any(one.form == PAGE for one in reserved),
            letters=tuple(_letters(connection, session)) if state.tells_content else (),
            proven=proven.look(connection, context, session, stored, reserved) if session.proven else None,
            reminder=_reminder(context, stored, state, today),
            no_reminder=row.no_reminder_at is not None,
            provable=row.number_index is not None,
        )


def _reminder(context: Context, stored: StoredNotice, state: PageState, today: date) -> date | None:
    """Give the day of the reminder to come (policy `reminder_days`), if there is one."""
    days = context.settings.reminder_days
    if not days or state is not PageState.SENT or stored.sent_on is None or stored.petition_filed_on is not None:
        return None
    on = stored.sent_on + timedelta(days=days)
    return on if today < on else None


def _knows_contact(connection: Connection, context: Context, session: Session, stored: StoredNotice) -> bool:
    """Whether the reader may see how she is reached now: not through a letter to an address that she has left."""
    if session.proven:
        return True
    notice = stored.notice
    said = next((one for one in notice.tenants if one.id == session.tenant_id), None) if notice else None
    if notice is None or said is None:
        return False
    index = context.keyring.index
    here = [index.address(said, notice.dwelling, by_email=by_email) for by_email in (False, True)]
    return tenants.leads_to(connection, session.code_id, here)


def _state(stored: StoredNotice, row: StoredTenant) -> PageState:
    if stored.reason == WithdrawalReason.WRONG_PERSON or row.left_out_for is LeftOut.WRONG_PERSON:
        return PageState.WRONG_PERSON
    return _STATES[stored.status] if row.left_out_for is None else PageState.LEFT_OUT


def _letters(connection: Connection, session: Session) -> list[ReadableLetter]:
    """Give the letters to her address, and to one who has proved who she is all letters to her."""
    hers = tenants.code_ids_of(connection, session.tenant_id) if session.proven else [session.code_id]
    return deliveries.letters_to(connection, hers)


def letter(context: Context, session: Session, delivery_id: UUID) -> bytes:
    """Give a letter to the address of her code as it went out. Raises NotFound for any other letter."""
    tenant_id = session.tenant_id
    with reading(context.engine) as connection:
        named = notices.tenant_of(connection, tenant_id)
        if named is None:
            raise NotFound
        stored = notices.as_published(connection, context, named.notice_id)
        state = _state(stored, next(one for one in stored.tenants if one.id == tenant_id))
        hers = {one.id for one in _letters(connection, session)}
        if delivery_id not in hers or not state.tells_content:
            raise NotFound
        return deliveries.letter(connection, context.keyring.cipher, delivery_id)
