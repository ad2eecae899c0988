"""Notices for the landlord's side: accepted, checked, read, listed."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from varsling.access import idempotency
from varsling.access.idempotency import Answered, Binding, IdempotencyKey, StoredAnswer
from varsling.access.principal import Principal
from varsling.context import Context
from varsling.database.changes import Change, Transaction
from varsling.database.engine import reading
from varsling.deliveries import service as copies
from varsling.domain.language import AnswerLanguage
from varsling.domain.notice import NoticeId
from varsling.domain.problems import NotFound, Problem
from varsling.notices import listing
from varsling.notices.backfill import backfill_events
from varsling.notices.commands.accept import Accept, accepted
from varsling.notices.commands.landlord import Call, UpdateInstead
from varsling.notices.commands.prepare import Submission
from varsling.notices.commands.protection import answers as protections
from varsling.notices.commands.register_reservation import RegisterReservation, RevokeReservation
from varsling.notices.commands.reserve import reserve
from varsling.notices.commands.route import FixOffices, resolved, without_office
from varsling.notices.commands.say import TENANT, Say
from varsling.notices.commands.verdict import BecomesUpdate, Granted, Replay, Surroundings
from varsling.notices.events import landlord_event, landlord_side
from varsling.notices.locking import lock_landlords_of, lock_notice, write
from varsling.notices.lookups import Mention, NamedTenant, as_told, mentions_of, tenant_of
from varsling.notices.schemas.notice import NoticesQuery
from varsling.notices.store import StoredNotice, load, readable_by
from varsling.notices.tables import notices
from varsling.notices.transitions.publish import (
    copy_undeliverable,
    office_letter_dispatched,
    office_letter_may_go,
    publish,
)
from varsling.notices.views import LANDLORDS_HISTORY, answer_of, short, whole
from varsling.privacy.audit import history
from varsling.privacy.cipher import Cipher
from varsling.web.answers import rendered

# What is above imports from here, and from no other module of this package.
__all__ = [
    "TENANT",
    "FixOffices",
    "Mention",
    "NamedTenant",
    "RegisterReservation",
    "RevokeReservation",
    "Say",
    "StoredNotice",
    "as_told",
    "backfill_events",
    "check",
    "copy_undeliverable",
    "landlord_event",
    "landlord_side",
    "load_versions",
    "lock_landlords_of",
    "lock_notice",
    "mentions_of",
    "office_letter_dispatched",
    "office_letter_may_go",
    "page",
    "protections",
    "publish",
    "read",
    "reserve",
    "resolved",
    "submit",
    "submit_all",
    "tenant_of",
    "without_office",
    "write",
]

# As many as one transaction of the writer takes; a batch must not fill its queue for everyone else.
_AT_ONCE = 500
BATCH_ROUTE = "/v1/notices/batch"


def load_versions(
    connection: sa.Connection, context: Context, wanted: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], StoredNotice]:
    """By notice and version: the notice with that version where it is the published one, else with its newest.

    Those that are gone are missing.
    """
    cipher, ids = context.keyring.cipher, {notice_id for notice_id, _ in wanted}
    newest: dict[UUID, StoredNotice] = {one.id: one for one in load(connection, cipher, notices.c.id.in_(ids))}
    older: set[tuple[UUID, int | None]] = {
        (one.id, one.published_version) for one in newest.values() if one.published_version != one.version
    }
    if behind := [notice_id for notice_id, version in wanted if (notice_id, version) in older]:
        published = load(connection, cipher, notices.c.id.in_(behind), published=True)
    else:
        published = []
    standing: dict[tuple[UUID, int], StoredNotice] = {(one.id, one.content_version): one for one in published}
    return {(one, version): standing.get((one, version), newest[one]) for one, version in wanted if one in newest}


async def submit(context: Context, submission: Submission) -> Answered:
    """Store the notice. Raises Problem: refused, bound already, or not possible now."""
    outcome = await context.writer.submit(Accept(context, submission))
    if isinstance(outcome, BecomesUpdate):
        # In a transaction of its own. Should the open notice end in between, the caller hears that it is closed.
        return await context.writer.submit(_update(context, submission, outcome))
    return Answered(outcome.answer, replayed=isinstance(outcome, Replay))


async def submit_all(context: Context, submissions: Sequence[Submission]) -> list[Answered | Problem]:
    """Store each on its own; what became of each, in order."""
    results: list[Answered | Problem] = []
    for start in range(0, len(submissions), _AT_ONCE):
        results += await asyncio.gather(*(_fate(context, one) for one in submissions[start : start + _AT_ONCE]))
    return results


def batch_key(
    context: Context, principal: Principal, given: str | None, parsed: dict[str, Any]
) -> IdempotencyKey | None:
    """The key of a whole batch. Raises Problem (idempotency-key-malformed)."""
    index = context.keyring.index
    body_digest = idempotency.digest(index, parsed)
    return idempotency.key_of(index, principal, given, method="POST", route=BATCH_ROUTE, body_digest=body_digest)


def first_answer(context: Context, key: IdempotencyKey | None) -> StoredAnswer | None:
    """What a batch with this key was answered. Raises Problem (idempotency-key-reused)."""
    if key is None:
        return None
    with reading(context.engine) as connection:
        transaction = Transaction(connection, context.clock.now(connection))
        return idempotency.replay(transaction, context.keyring.cipher, key)


async def keep(context: Context, key: IdempotencyKey | None, answer: StoredAnswer, *, bind: bool) -> Answered:
    """Bind the key of a batch of which something was stored. Its notices stand: each is a transaction of its own."""
    return (
        await context.writer.submit(_Keep(context.keyring.cipher, key, answer))
        if bind and key is not None
        else Answered(answer)
    )


@dataclass(frozen=True, slots=True)
class _Keep(Change[Answered]):
    cipher: Cipher
    idempotency_key: IdempotencyKey
    answer: StoredAnswer

    def apply(self, transaction: Transaction) -> Answered:
        if (first := idempotency.replay(transaction, self.cipher, self.idempotency_key)) is not None:
            return Answered(first, replayed=True)
        idempotency.keep(transaction, self.cipher, [Binding(uuid7(), self.answer, self.idempotency_key)])
        return Answered(self.answer)


def check(context: Context, submissions: Sequence[Submission]) -> list[Answered | Problem]:
    """What `submit_all` would answer now; nothing is stored, and the ids are those of no notice."""
    with reading(context.engine) as connection:
        transaction = Transaction(connection, context.clock.now(connection))
        surroundings, made = Surroundings.read(transaction, context, submissions), _Made()
        return [_verdict(surroundings, context, submission, made) for submission in submissions]


def read(context: Context, principal: Principal, notice_id: NoticeId, language: AnswerLanguage) -> dict[str, Any]:
    """The whole notice. Raises NotFound for one that is not there or not the caller's."""
    mine = (notices.c.id == notice_id) & readable_by(principal)
    with reading(context.engine) as connection:
        found = load(connection, context.keyring.cipher, mine)
        if not found:
            raise NotFound
        states = copies.copies_of(connection, [notice_id]).get(notice_id, {})
        return whole(found[0], states, history(connection, notice_id, LANDLORDS_HISTORY), context.offices, language)


def page(context: Context, principal: Principal, query: NoticesQuery, language: AnswerLanguage) -> dict[str, Any]:
    """A page of the notices that the caller may read, oldest first; `next` is null on the last."""
    key = context.keyring.cursor_key
    where = listing.selection(principal, query, listing.read_cursor(key, principal, query))
    with reading(context.engine) as connection:
        found = load(connection, context.keyring.cipher, where, limit=query.limit + 1)
        states = copies.copies_of(connection, [one.id for one in found])
    items = found[: query.limit]
    return {
        "items": [short(one, states.get(one.id, {}), context.offices, language) for one in items],
        "next": listing.cursor(key, principal, query, items[-1].id) if len(found) > len(items) else None,
    }


def _update(context: Context, submission: Submission, instead: BecomesUpdate) -> UpdateInstead:
    call = Call(
        context=context,
        principal=submission.principal,
        notice_id=instead.notice_id,
        key=submission.key,
        expected_version=None,
        language=submission.language,
    )
    return UpdateInstead(call, instead.update)


async def _fate(context: Context, submission: Submission) -> Answered | Problem:
    try:
        return await submit(context, submission)
    except Problem as problem:
        return problem


# What a check would have stored, as it would stand: later items of the same batch are told of it.
_Made = dict[UUID, StoredNotice]


def _verdict(surroundings: Surroundings, context: Context, submission: Submission, made: _Made) -> Answered | Problem:
    verdict = surroundings.verdict(submission)
    match verdict:
        case Problem():
            return verdict
        case Replay(answer):
            return Answered(answer, replayed=True)
        case BecomesUpdate(notice_id):
            update = _update(context, submission, verdict)
            try:
                changed, told = update.glimpse(surroundings.transaction, made.get(notice_id))
            except Problem as problem:
                return problem
            if notice_id not in made:
                return told
            made[notice_id] = changed
            return _unnamed(told)
        case Granted():
            stored = accepted(surroundings, submission, verdict)
            told = Answered(answer_of(stored, {}, context.offices, submission.language, 201))
            surroundings.remember(submission, told.answer)
            made[stored.id] = stored
            return _unnamed(told)


def _unnamed(told: Answered) -> Answered:
    """The answer without the ids of a notice that was not stored."""
    body = orjson.loads(told.answer.body)
    body |= {"id": None, "tenants": [tenant | {"id": None} for tenant in body["tenants"]]}
    return Answered(StoredAnswer(told.answer.status, rendered(body)))
