"""No body costs more than its length: limits come first, and the work behind them is counted, not timed."""

import asyncio
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.notices.bodies import CONTRACT_TIME, move_clock_to, notice, tenant
from tests.service import Service
from varsling.access.idempotency import digest
from varsling.domain.problems import Problem
from varsling.notices.schemas.changes import ContactChangeInput, UpdateInput
from varsling.notices.schemas.examples import CONTACT, NOTICE, UPDATE
from varsling.notices.schemas.notice import BatchInput, NoticeInput
from varsling.privacy.blind_index import BlindIndex
from varsling.shapes import RequestModel
from varsling.web.bodies import BATCH_BYTES, CALL_BYTES, CALL_MEMBERS, MAX_DEPTH, beside, parse, parse_body, validate

INDEX = BlindIndex(b"k" * 32)


def post(service: Service, body: Any, path: str = "/v1/notices") -> tuple[int, str | None]:
    move_clock_to(service.context.engine, CONTRACT_TIME)
    answer = service.landlord().post(path, content=written(body), headers={"Content-Type": "application/json"})
    return answer.status_code, answer.json().get("code")


def nested(levels: int) -> str:
    """Stand for lists within lists, deeper than the writer of JSON goes: `written` writes them."""
    return f"nested-{levels}"


def written(body: Any) -> bytes:
    def lists(found: re.Match[str]) -> str:
        return "[" * int(found[1]) + "1" + "]" * int(found[1])

    return re.sub(r'"nested-(\d+)"', lists, json.dumps(body)).encode("ascii")


class TestLimits:
    def test_depth(self, service: Service) -> None:
        assert post(service, NOTICE | {"extra": nested(MAX_DEPTH - 2)}) == (422, "validation-failed")
        for levels in (MAX_DEPTH, 500, 20_000):
            assert post(service, NOTICE | {"extra": nested(levels)}) == (400, "malformed-json")
        for path in ("/v1/notices/batch", "/v1/notices/check"):
            assert post(service, {"items": [{"notice": nested(500)}]}, path) == (400, "malformed-json")

    def test_members(self, service: Service) -> None:
        many = {f"x{number}": 1 for number in range(CALL_MEMBERS + 1)}
        assert post(service, NOTICE | many) == (413, "too-large")
        assert post(service, NOTICE | {"tenants": [1] * CALL_MEMBERS}) == (413, "too-large")
        for path in ("/v1/reservations", f"/v1/notices/{UUID(int=1)}/update"):
            assert post(service, many, path) == (413, "too-large")
        bodies = NOTICE | many, notice(1), NOTICE | {"reference": "x" * CALL_BYTES}
        fates = {"items": [{"notice": one} for one in bodies]}
        move_clock_to(service.context.engine, CONTRACT_TIME)
        for path in ("/v1/notices/batch", "/v1/notices/check"):
            answer = service.landlord().post(path, json=fates).json()
            assert [one["status"] for one in answer["results"]] == [413, 201, 413]

    def test_the_largest_notice_of_the_contract_is_taken(self, service: Service) -> None:
        move_clock_to(service.context.engine, CONTRACT_TIME)
        address = {"lines": ["x" * 100] * 3, "postal_code": "0557", "city": "x" * 60, "country": "NO"}
        tenants = [tenant(number) | {"postal_address": address} for number in range(10)]
        claim = NOTICE["breach"]["claims"][0]
        claims = [claim | {"reference": f"{number:064}"} for number in range(36)]
        body = notice(1, tenants=tenants) | {"breach": {"claims": claims, "deposited_amount": "0.00"}}
        answer = service.landlord().post("/v1/notices", json=body)
        assert answer.status_code == 201, answer.text

    def test_large_bodies_are_read_in_threads(self) -> None:
        """The event loop serves all: whoever reads a large body on it is stopped by the first test that does."""

        async def here(raw: bytes) -> Any:
            return parse(raw)

        large = json.dumps({"name": "x" * 8 * 1024}).encode()
        assert asyncio.run(here(b"{}")) == {}
        with pytest.raises(RuntimeError):
            asyncio.run(here(large))
        assert asyncio.run(beside(large, parse, large)) == json.loads(large)


# What costs more than a plain letter: marks out of their order, characters without a form of one's own, words, digits.
PIECES = (
    *("\u0301\u0316", "\ufdfa", "가", "\u1e9b\u0323", "a b", "1", "xn--", "æ.", "1 A-", "(", "-", "\ud800", '"'),
    *("é@æ.no", "0557 "),
)


def paths_of(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield at
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from paths_of(member, (*at, name))


def put(body: Any, at: tuple[str | int, ...], value: Any) -> Any:
    if not at:
        return value
    changed = deepcopy(body)
    place = changed
    for name in at[:-1]:
        place = place[name]
    place[at[-1]] = value
    return changed


def grown(kind: str, piece: str, size: int) -> Any:
    match kind:
        case "text":
            return piece * size
        case "members":
            return {f"{piece}{number}": piece for number in range(size)}
        case "named":
            return {f"x{chr(97 + number % 26)}{chr(97 + number // 26)}": 1 for number in range(min(size, 676))}
        case "list":
            return [piece] * size
        case "objects":
            return [{"name": piece, piece: 1}] * size
        case _:
            return nested(size)


KINDS = ("text", "members", "named", "list", "objects", "nested")
BODIES: dict[type[RequestModel], Any] = {
    NoticeInput: NOTICE,
    UpdateInput: UPDATE,
    ContactChangeInput: CONTACT,
    BatchInput: {"items": [{"notice": NOTICE, "idempotency_key": "k"}]},
}


class Work:
    """Counts what reading a body costs: calls, and characters that are normalised or encoded by the square of a run."""

    def __init__(self) -> None:
        self.calls = 0
        self.longest = 0

    def of(self, model: type[RequestModel], raw: bytes) -> int:
        real = unicodedata.normalize

        def normalize(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
            self.longest = max(self.longest, len(text))
            return real(form, text)

        unicodedata.normalize = normalize
        sys.setprofile(self._count)
        try:
            self._read(model, raw)
        except Problem:
            pass
        finally:
            sys.setprofile(None)
            unicodedata.normalize = real
        return self.calls

    def _count(self, _frame: object, event: str, _argument: object) -> None:
        self.calls += event in ("call", "c_call")

    def _read(self, model: type[RequestModel], raw: bytes) -> None:
        if model is BatchInput:
            parsed = parse(raw)
            validate(model, parsed)
        else:
            read = parse_body(raw, model)
            digest(INDEX, read.parsed)


@settings(max_examples=120, deadline=None)
@given(
    model=st.sampled_from(list(BODIES)),
    data=st.data(),
    kind=st.sampled_from(KINDS),
    piece=st.sampled_from(PIECES),
    size=st.integers(1, 3000),
)
def test_no_cost_grows_faster_than_its_length(
    model: type[RequestModel], data: st.DataObject, kind: str, piece: str, size: int
) -> None:
    body = BODIES[model]
    at = data.draw(st.sampled_from(list(paths_of(body))))
    small, large = (written(put(body, at, grown(kind, piece, times * size))) for times in (1, 8))
    works = Work(), Work()
    before, after = (work.of(model, raw) for work, raw in zip(works, (small, large), strict=True))
    assert after <= 1.1 * before * len(large) / len(small) + 3000
    assert all(work.longest <= 800 for work in works)
    assert after <= 5_000 + 4 * min(len(large), BATCH_BYTES if model is BatchInput else CALL_BYTES)


def test_members_that_nobody_knows_are_named_and_no_more_than_that() -> None:
    """150,000 of them once took the event loop for seconds."""
    unknown = {f"{chr(97 + number % 26)}{chr(97 + number // 26)}": 1 for number in range(400)}
    raw = written({"items": [{"notice": 1, **unknown} for _ in range(400)]})
    assert Work().of(BatchInput, raw) < len(raw)
