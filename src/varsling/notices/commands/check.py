"""`/v1/notices/check`: the verdict on notices without storing them, each as if the items before it had been stored."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from varsling.access.idempotency import Answered, StoredAnswer
from varsling.context import Context
from varsling.database.changes import Transaction
from varsling.database.engine import reading
from varsling.domain.problems import Problem
from varsling.notices.commands.accept import build_notice
from varsling.notices.commands.landlord import LandlordCall
from varsling.notices.commands.prepare import Submission
from varsling.notices.commands.update_instead import UpdateInstead
from varsling.notices.commands.verdict import Acceptable, BecomesUpdate, Replay, StoredFacts
from varsling.notices.stored import StoredNotice
from varsling.notices.views import answer_of
from varsling.web.answers import rendered

# By id: the notices that earlier items of the batch would have stored.
_Earlier = dict[UUID, StoredNotice]


def check(context: Context, submissions: Sequence[Submission]) -> list[Answered | Problem]:
    """Give the outcomes that `service.submit_all` would give now. Their ids are null, since nothing is stored."""
    with reading(context.engine) as connection:
        transaction = Transaction(connection, context.clock.now(connection))
        facts, earlier = StoredFacts.read(transaction, context, submissions), _Earlier()
        return [_verdict(facts, context, submission, earlier) for submission in submissions]


def update_instead(context: Context, submission: Submission, verdict: BecomesUpdate) -> UpdateInstead:
    """Make the update that a notice with `if_open: update` becomes."""
    call = LandlordCall(
        principal=submission.principal,
        notice_id=verdict.notice_id,
        expected_versions=None,
        language=submission.language,
    )
    return UpdateInstead(context, submission.key, call, verdict.update, submission.notice)


def _verdict(facts: StoredFacts, context: Context, submission: Submission, earlier: _Earlier) -> Answered | Problem:
    verdict = facts.verdict(submission)
    match verdict:
        case Problem():
            return verdict
        case Replay(answer):
            return Answered(answer, replayed=True)
        case BecomesUpdate(notice_id):
            update = update_instead(context, submission, verdict)
            try:
                changed, answered = update.preview(facts.transaction, earlier.get(notice_id))
            except Problem as problem:
                return problem
            if notice_id not in earlier:
                return answered
            earlier[notice_id] = changed
            return _without_ids(answered)
        case Acceptable():
            stored = build_notice(facts, submission, verdict)
            answered = Answered(answer_of(stored, {}, context.offices, submission.language, 201))
            facts.remember(submission, answered.answer)
            earlier[stored.id] = stored
            return _without_ids(answered)


def _without_ids(answered: Answered) -> Answered:
    """Remove the ids of a notice that was not stored from its answer."""
    body = orjson.loads(answered.answer.body)
    body |= {"id": None, "tenants": [tenant | {"id": None} for tenant in body["tenants"]]}
    return Answered(StoredAnswer(answered.answer.status, rendered(body)))
