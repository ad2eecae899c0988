"""Idempotency keys and first answers live in the transaction of the change that they belong to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from tests.service import AGENT, LANDLORD
from varsling.access.idempotency import (
    Binding,
    IdempotencyKey,
    StoredAnswer,
    answers_of,
    digest,
    find,
    keep,
    key_of,
    replay,
)
from varsling.access.principal import Mode, Principal
from varsling.access.tables import answers, idempotency_keys
from varsling.database.changes import Change, Transaction
from varsling.database.clock import Clock
from varsling.database.engine import create_engine
from varsling.database.writer import Writer
from varsling.domain.problems import Code, Problem
from varsling.privacy.blind_index import BlindIndex
from varsling.privacy.cipher import Cipher

INDEX = BlindIndex(b"k" * 32)
CIPHER = Cipher({"00000001": b"3" * 32}, "00000001")
ANSWER = StoredAnswer(201, b'{"id":"1"}', "/v1/notices/1", '"1"')


def principal(organisation: str = LANDLORD) -> Principal:
    return Principal(organisation, organisation, Mode.DIRECT, frozenset({"notices.write"}))


def key(given: str | None = "k-1", body: Any = None, *, who: str = LANDLORD, **changes: str) -> IdempotencyKey | None:
    use = {"method": "POST", "route": "/v1/notices"} | changes
    body_digest = digest(INDEX, body or {"a": 1})
    return key_of(INDEX, principal(who), given, method=use["method"], route=use["route"], body_digest=body_digest)


@dataclass(frozen=True, slots=True)
class Once(Change[StoredAnswer]):
    """A change with an idempotency key: the usual way to use the module."""

    idempotency_key: IdempotencyKey | None
    answer: StoredAnswer = ANSWER
    refused: bool = False

    def apply(self, transaction: Transaction) -> StoredAnswer:
        if stored := replay(transaction, CIPHER, self.idempotency_key):
            return stored
        keep(transaction, CIPHER, [Binding(uuid7(), self.answer, self.idempotency_key)])
        if self.refused:
            raise Problem(Code.NOTICE_REFUSED)
        return self.answer


@pytest.fixture
def writer(engine: sa.Engine, request: pytest.FixtureRequest) -> Any:
    own = create_engine(engine.url.render_as_string(hide_password=False), pool_size=1)
    writer = Writer(own, Clock())
    writer.start()
    yield writer
    writer.stop()
    own.dispose()


def test_the_first_answer_is_given_again(writer: Writer) -> None:
    assert writer.submit_and_wait(Once(key())) == ANSWER
    assert writer.submit_and_wait(Once(key(), StoredAnswer(500, b"never"))) == ANSWER


def test_a_refusal_binds_nothing(writer: Writer, engine: sa.Engine) -> None:
    with pytest.raises(Problem):
        writer.submit_and_wait(Once(key(), refused=True))
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(answers)) == 0
    other = StoredAnswer(200, b"{}")
    assert writer.submit_and_wait(Once(key(), other)) == other


def test_a_key_used_for_something_else_is_refused(writer: Writer) -> None:
    writer.submit_and_wait(Once(key()))
    for other in (key(body={"a": 2}), key(route="/v1/notices/1/update"), key(method="PUT")):
        with pytest.raises(Problem) as refusal:
            writer.submit_and_wait(Once(other))
        assert refusal.value.code is Code.IDEMPOTENCY_KEY_REUSED


def test_a_key_belongs_to_its_organisation(writer: Writer) -> None:
    writer.submit_and_wait(Once(key()))
    other = StoredAnswer(201, b"another's")
    assert writer.submit_and_wait(Once(key(who=AGENT), other)) == other


def test_answers_without_a_key_are_kept_too(writer: Writer, engine: sa.Engine) -> None:
    writer.submit_and_wait(Once(None))
    with engine.connect() as connection:
        ((answer_id, body),) = connection.execute(sa.select(answers.c.id, answers.c.body)).all()
        assert answers_of(connection, CIPHER, [answer_id]) == {answer_id: ANSWER}
        assert ANSWER.body not in body  # the answer repeats the landlord's words about the dwelling
        assert connection.execute(sa.select(idempotency_keys)).first() is None


def test_many_keys_are_found_at_once(engine: sa.Engine, writer: Writer) -> None:
    keys = [key(f"k-{number}") for number in range(3)]
    for one in keys[:2]:
        writer.submit_and_wait(Once(one))
    with engine.connect() as connection:
        found = find(Transaction(connection, datetime.now(UTC)), CIPHER, [one for one in keys if one])
    assert found == {one.index: (one.fingerprint, ANSWER) for one in keys[:2] if one}


@pytest.mark.parametrize("given", ["", "a b", "x" * 256, "é", "a\n", "\x7f"])
def test_a_malformed_key_is_refused(given: str) -> None:
    with pytest.raises(Problem) as refusal:
        key(given)
    assert refusal.value.code is Code.IDEMPOTENCY_KEY_MALFORMED


def test_no_key_is_no_key() -> None:
    assert key(None) is None


def test_null_is_absent_and_order_is_nothing() -> None:
    one = {"b": [{"x": None, "y": True}], "a": "Å", "c": None}
    assert digest(INDEX, one) == digest(INDEX, {"a": "Å", "b": [{"y": True}]})
    for other in ({"a": "Å", "b": [{"y": False}]}, {"a": "Å", "b": [{"y": True}, {}]}, {"a": "å", "b": [{"y": True}]}):
        assert digest(INDEX, one) != digest(INDEX, other)


def test_nothing_of_a_key_or_a_body_can_be_read_or_guessed() -> None:
    """Callers put names and numbers into keys, and a plain hash lets a body be guessed: both hashes are keyed."""
    made = key("Kari-01819010001", {"national_id": "01819010001"})
    assert made is not None
    assert b"Kari" not in made.index
    assert digest(BlindIndex(b"x" * 32), {"a": 1}) != digest(INDEX, {"a": 1})
    assert UUID(bytes=made.index[:16]) != UUID(bytes=made.fingerprint[:16])
