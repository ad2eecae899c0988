"""Notices: accepted, checked, read, listed; and what the packages above them use.

Code outside the package imports this module and no other of it: `dispatch`, `tenant_page`, `office_page`, `worker`,
`commands`, `demo` and the endpoints of `reservations`. So do the package's own endpoints, beside their schemas. `app`
imports the endpoints (tests/test_house.py, pyproject.toml).
"""

import asyncio
from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from varsling.access import idempotency
from varsling.access.idempotency import Answered, IdempotencyKey, StoredAnswer
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.engine import reading
from varsling.database.lanes import Sender
from varsling.deliveries import service as deliveries
from varsling.domain.language import AnswerLanguage
from varsling.domain.notice import NoticeId
from varsling.domain.problems import Code, NotFound, Problem
from varsling.notices.backfill import backfill_events
from varsling.notices.commands.accept import Accept
from varsling.notices.commands.acknowledge import Acknowledge
from varsling.notices.commands.base import NoticeCommand
from varsling.notices.commands.bind_batch import BindBatch
from varsling.notices.commands.check import check, update_instead
from varsling.notices.commands.forward import Forward
from varsling.notices.commands.landlord import ChangeContact, LandlordCall, LandlordCommand, Settle, Update, Withdraw
from varsling.notices.commands.make_statement import MakeStatement
from varsling.notices.commands.office_read import ReadByOffice, version_readable_by
from varsling.notices.commands.operator import Assign, Reject, Release, TakeBack
from varsling.notices.commands.prepare import Submission, prepare
from varsling.notices.commands.protection import protection_answers
from varsling.notices.commands.register_reservation import RegisterReservation, RevokeReservation
from varsling.notices.commands.reserve import in_its_notice, notices_met, reserve
from varsling.notices.commands.route import FixOffices, resolve_offices
from varsling.notices.commands.suspend import ResumeLandlord, SuspendLandlord, landlord_of
from varsling.notices.commands.sweep import sweep
from varsling.notices.commands.verdict import BecomesUpdate, Replay
from varsling.notices.events import landlord_event, landlord_side
from varsling.notices.listing import selection
from varsling.notices.locking import (
    LockedNotice,
    load_locked,
    lock_notice,
    lock_notices,
    read_deliveries,
    read_tenants,
    store_changes,
)
from varsling.notices.lookups import (
    Mention,
    NamedTenant,
    as_published,
    mentions_of,
    open_notices_about,
    readable_by,
    tenant_of,
)
from varsling.notices.overview import (
    HeldNotice,
    LandlordSeen,
    UnfetchedNotice,
    held_notices,
    landlords_seen,
    show_notice,
    unfetched_notices,
)
from varsling.notices.schemas.answers import NoticesPage, WholeNotice
from varsling.notices.schemas.changes import ForwardingInput
from varsling.notices.schemas.notice import NoticesQuery
from varsling.notices.store import load, stop_reminder
from varsling.notices.stored import StoredNotice, StoredTenant, dated, distinct, endings_of, lodged_on
from varsling.notices.tables import notices
from varsling.notices.transitions.forward import forward
from varsling.notices.transitions.publish import (
    office_letter_dispatched,
    office_letter_failed,
    office_letter_may_go,
    publish,
    stop_for_undeliverable_copy,
)
from varsling.notices.transitions.receive import receive
from varsling.notices.transitions.test_persons import play_ending
from varsling.notices.views import LANDLORDS_HISTORY, notice_answer, whole_notice
from varsling.notices.views_tenant import about_tenant, history_about_tenant
from varsling.privacy import audit
from varsling.web.cursors import cursor, read_cursor

__all__ = [
    "Acknowledge",
    "Assign",
    "ChangeContact",
    "FixOffices",
    "Forward",
    "ForwardingInput",
    "HeldNotice",
    "LandlordCall",
    "LandlordCommand",
    "LandlordSeen",
    "LockedNotice",
    "MakeStatement",
    "Mention",
    "NamedTenant",
    "NoticeCommand",
    "ReadByOffice",
    "RegisterReservation",
    "Reject",
    "Release",
    "ResumeLandlord",
    "RevokeReservation",
    "Settle",
    "StoredNotice",
    "StoredTenant",
    "Submission",
    "SuspendLandlord",
    "TakeBack",
    "UnfetchedNotice",
    "Update",
    "Withdraw",
    "as_published",
    "backfill_events",
    "batch_key",
    "bind_batch",
    "check",
    "dated",
    "distinct",
    "endings_of",
    "find_notice",
    "first_answer",
    "forward",
    "held_notices",
    "in_its_notice",
    "is_decided",
    "landlord_event",
    "landlord_of",
    "landlord_side",
    "landlords_seen",
    "load_locked",
    "load_versions",
    "lock_notice",
    "lock_notices",
    "lodged_on",
    "mentions_of",
    "notice_about",
    "notices_met",
    "office_letter_dispatched",
    "office_letter_failed",
    "office_letter_may_go",
    "open_notices_about",
    "page",
    "play_ending",
    "prepare",
    "protection_answers",
    "publish",
    "read",
    "read_deliveries",
    "read_tenants",
    "receive",
    "reserve",
    "resolve_offices",
    "show_notice",
    "stop_for_undeliverable_copy",
    "stop_reminder",
    "store_changes",
    "submit",
    "submit_all",
    "sweep",
    "tenant_of",
    "unfetched_notices",
    "version_readable_by",
]

BATCH_ROUTE = "/v1/notices/batch"

_log = structlog.get_logger(__name__)


def load_versions(
    connection: sa.Connection, context: Context, wanted: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], StoredNotice]:
    """By notice and version: the notice with that version if it is the published one, else with its newest.

    Notices that are gone are missing.
    """
    cipher, ids = context.keyring.cipher, {notice_id for notice_id, _ in wanted}
    newest: dict[UUID, StoredNotice] = {one.id: one for one in load(connection, cipher, notices.c.id.in_(ids))}
    older: set[tuple[UUID, int | None]] = {
        (one.id, one.published_version) for one in newest.values() if one.published_version != one.version
    }
    behind = [notice_id for notice_id, version in wanted if (notice_id, version) in older]
    found = load(connection, cipher, notices.c.id.in_(behind), published=True) if behind else []
    published: dict[tuple[UUID, int], StoredNotice] = {(one.id, one.content_version): one for one in found}
    return {(one, version): published.get((one, version), newest[one]) for one, version in wanted if one in newest}


def find_notice(connection: sa.Connection, context: Context, notice_id: UUID) -> StoredNotice:
    """The notice with its newest version. Raises NotFound."""
    found = load(connection, context.keyring.cipher, notices.c.id == notice_id)
    if not found:
        raise NotFound
    return found[0]


async def submit(context: Context, submission: Submission, *, in_bulk: bool = False) -> Answered:
    """Store the notice. Raises Problem: refused, bound already, or not possible now."""
    sender = Sender(submission.principal.acting, in_bulk)
    outcome = await context.writer.submit(Accept(context, submission), sender)
    if isinstance(outcome, BecomesUpdate):
        # In a transaction of its own. If the open notice ends in between, the caller hears that it is closed.
        return await context.writer.submit(update_instead(context, submission, outcome), sender)
    return Answered(outcome.answer, replayed=isinstance(outcome, Replay))


async def submit_all(context: Context, submissions: Sequence[Submission]) -> list[Answered | Problem]:
    """Store each notice on its own; the outcomes in order."""
    return await asyncio.gather(*(_outcome(context, one) for one in submissions))


async def _outcome(context: Context, submission: Submission) -> Answered | Problem:
    try:
        return await submit(context, submission, in_bulk=True)
    except Problem as problem:
        return problem
    except Exception as error:  # noqa: BLE001  (an unforeseen failure of one item is no answer to the others)
        _log.error("batch_item_failed", error=type(error).__name__)
        return Problem(Code.INTERNAL)


def is_decided(outcome: Answered | Problem) -> bool:
    """Tell whether an item of a batch got its fate: one that did not may get another when it is sent again."""
    if isinstance(outcome, Answered):
        return True
    return outcome.status < HTTPStatus.INTERNAL_SERVER_ERROR and outcome.code is not Code.REQUEST_IN_PROGRESS


def batch_key(
    context: Context, principal: Principal, given: str | None, parsed: dict[str, Any]
) -> IdempotencyKey | None:
    """The key of a whole batch. Raises Problem (idempotency-key-malformed)."""
    if given is None:
        return None
    index = context.keyring.index
    body_digest = idempotency.digest(index, parsed)
    return idempotency.key_of(index, principal, given, method="POST", route=BATCH_ROUTE, body_digest=body_digest)


def first_answer(context: Context, key: IdempotencyKey | None) -> StoredAnswer | None:
    """The first answer to a batch with this key. Raises Problem (idempotency-key-reused)."""
    if key is None:
        return None
    with reading(context.engine) as connection:
        transaction = Transaction(connection, context.clock.now(connection))
        return idempotency.replay(transaction, context.keyring.cipher, key)


async def bind_batch(context: Context, key: IdempotencyKey | None, answer: StoredAnswer) -> Answered:
    """Bind the key of a batch, all items of which are decided and some stored, to its answer."""
    return Answered(answer) if key is None else await context.writer.submit(BindBatch(context, key, answer))


def read(context: Context, principal: Principal, notice_id: NoticeId, language: AnswerLanguage) -> WholeNotice:
    """The whole notice. Raises NotFound for a notice that is not there or not the caller's."""
    mine = (notices.c.id == notice_id) & readable_by(principal)
    with reading(context.engine) as connection:
        found = load(connection, context.keyring.cipher, mine)
        if not found:
            raise NotFound
        states = deliveries.copy_states(deliveries.of_notices(connection, [notice_id])).get(notice_id, {})
        history = audit.history(connection, notice_id, LANDLORDS_HISTORY)
    return whole_notice(found[0], states, history, context.offices, language)


def notice_about(connection: sa.Connection, context: Context, stored: StoredNotice, tenant_id: UUID) -> WholeNotice:
    """Give a notice as its landlord reads it, without the other tenants: for the tenant herself."""
    states = deliveries.copy_states(deliveries.of_notices(connection, [stored.id])).get(stored.id, {})
    history = history_about_tenant(audit.history(connection, stored.id, LANDLORDS_HISTORY), tenant_id)
    return whole_notice(about_tenant(stored, tenant_id), states, history, context.offices, AnswerLanguage.NB)


def page(context: Context, principal: Principal, query: NoticesQuery, language: AnswerLanguage) -> NoticesPage:
    """A page of the notices that the caller may read, oldest first; `next` is null on the last."""
    key = context.keyring.cursor_key
    where = selection(principal, query, read_cursor(key, principal, query, query.cursor))
    with reading(context.engine) as connection:
        found = load(connection, context.keyring.cipher, where)
        states = deliveries.copy_states(deliveries.of_notices(connection, [one.id for one in found]))
    items = found[: query.limit]
    return {
        "items": [notice_answer(one, states.get(one.id, {}), context.offices, language) for one in items],
        "next": cursor(key, principal, query, items[-1].id) if len(found) > len(items) else None,
    }
