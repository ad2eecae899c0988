"""Rate limits: calls a minute for each acting organisation; a batch's item counts as a tenth."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.cluster import until
from tests.service import AGENT, LANDLORD, OTHER_LANDLORD, Service
from varsling.domain.problems import RateLimited
from varsling.web.bodies import BATCH_BYTES
from varsling.web.limits import Limiter, address_of


def test_an_organisation_that_calls_too_often_is_told_when_to_come_back(new_service: Callable[..., Service]) -> None:
    service = new_service(calls_per_minute=3)
    client = service.landlord(LANDLORD)
    assert [client.get("/v1/feed/head").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get("/v1/feed/head")
    assert answer.json()["code"] == "rate-limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    # The acting organisation counts, not its token or landlord.
    assert service.landlord(AGENT, supplier=LANDLORD).get("/v1/feed/head").status_code == 429
    assert service.landlord(LANDLORD, supplier=AGENT).get("/v1/feed/head").status_code == 200
    assert service.anonymous().get("/v1/dates").status_code == 200


def test_every_answer_tells_how_many_calls_are_left(new_service: Callable[..., Service]) -> None:
    service = new_service(calls_per_minute=3, calls_per_minute_without_token=20)
    client = service.landlord(LANDLORD)
    told = [client.get("/v1/feed/head") for _ in range(4)]
    assert {one.headers["RateLimit-Policy"] for one in told} == {'"organisation";q=3;w=60'}
    left = [one.headers["RateLimit"].partition(";t=")[0] for one in told]
    assert left == [f'"organisation";r={number}' for number in (2, 1, 0, 0)]
    assert told[-1].headers["RateLimit"].endswith(f";t={told[-1].headers['Retry-After']}")
    items: dict[str, object] = {"items": [{"notice": {}}] * 20}
    batch = new_service(calls_per_minute=30).landlord(LANDLORD).post("/v1/notices/batch", json=items)
    assert batch.headers["RateLimit"].startswith('"organisation";r=28;')
    stranger = service.anonymous()
    assert stranger.get("/v1/dates").headers["RateLimit"].startswith('"address";r=19;')
    refused = stranger.get("/v1/notices")
    assert (refused.status_code, refused.headers["RateLimit"][:15]) == (401, '"address";r=18;')


def test_calls_that_a_role_may_not_make_count_too(new_service: Callable[..., Service]) -> None:
    client = new_service(calls_per_minute=3).nav()
    assert [client.get("/v1/notices").status_code for _ in range(4)] == [403, 403, 403, 429]


def test_a_batch_costs_a_tenth_for_each_item() -> None:
    limiter = Limiter(11)
    limiter.charge(LANDLORD)
    limiter.charge_items(LANDLORD, 100)  # ten calls together with the batch itself
    with pytest.raises(RateLimited):
        limiter.charge_items(LANDLORD, 1000)
    limiter.charge(LANDLORD)  # the refused batch did not count
    with pytest.raises(RateLimited):
        limiter.charge(LANDLORD)


def test_windows_that_ended_are_counted_anew_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("varsling.web.limits.time.monotonic", lambda: now)
    monkeypatch.setattr("varsling.web.limits._MANY", 2)
    limiter = Limiter(1)
    for organisation in ("a", "b"):
        limiter.charge(organisation)
    now += 60.0
    limiter.charge("c")
    assert set(limiter._windows) == {"c"}
    limiter.charge("a")
    with pytest.raises(RateLimited) as refusal:
        limiter.charge("a")
    assert refusal.value.headers["Retry-After"] == "60"


class TestWithoutAToken:
    @pytest.mark.parametrize(
        ("path", "media_type"),
        [
            ("/v1/dates", "application/problem+json"),
            ("/t", "text/html; charset=utf-8"),
            ("/o", "text/html; charset=utf-8"),
            ("/docs", "application/problem+json"),
            ("/nowhere", "application/problem+json"),
            ("/v1/feed/head", "application/problem+json"),
        ],
    )
    def test_an_address_calls_so_often_and_no_more(
        self, new_service: Callable[..., Service], path: str, media_type: str
    ) -> None:
        service = new_service(calls_per_minute_without_token=3)
        anyone = service.anonymous()
        answers = [anyone.get(path) for _ in range(4)]
        assert [answer.status_code == 429 for answer in answers] == [False] * 3 + [True]
        assert answers[3].headers["Content-Type"] == media_type
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
        assert anyone.get("/health/live").status_code == 200
        assert service.landlord().get("/v1/feed/head").status_code == 200

    @pytest.mark.parametrize("given", ["Bearer a.b.c", "Basic YTpi", "x"])
    @pytest.mark.parametrize("path", ["/v1/dates", "/t", "/o/AAAABBBBCCCCDDDD", "/docs", "/openapi.json", "/v1/x"])
    def test_a_header_that_nobody_reads_is_no_token(
        self, new_service: Callable[..., Service], path: str, given: str
    ) -> None:
        anyone = new_service(calls_per_minute_without_token=2).anonymous()
        answers = [anyone.get(path, headers={"Authorization": given}) for _ in range(3)]
        assert [answer.status_code == 429 for answer in answers] == [False, False, True]

    def test_nor_is_it_where_the_method_is_wrong(self, new_service: Callable[..., Service]) -> None:
        anyone = new_service(calls_per_minute_without_token=2).anonymous()
        answers = [anyone.put("/v1/dates", headers={"Authorization": "Bearer a.b.c"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [405, 405, 429]

    def test_who_authenticates_in_another_way_is_a_stranger(self, new_service: Callable[..., Service]) -> None:
        anyone = new_service(calls_per_minute_without_token=2).anonymous()
        basic = {"Authorization": "Basic YTpi"}
        assert [anyone.get("/v1/feed/head", headers=basic).status_code for _ in range(3)] == [401, 401, 429]

    def test_a_page_says_what_to_do_and_whom_to_call(self, new_service: Callable[..., Service]) -> None:
        anyone = new_service(calls_per_minute_without_token=1).anonymous()
        pages = [anyone.post(path, data={"born": "01.01.1990"}) for path in ("/t/AAAABBBBCCCCDDDD",) * 2]
        assert "Vent et minutt" in pages[1].text
        assert "55\xa055\xa033\xa033" in pages[1].text
        assert "Vent et minutt" in anyone.get("/o/AAAABBBBCCCCDDDD").text

    def test_a_refused_token_is_none(self, new_service: Callable[..., Service]) -> None:
        service = new_service(calls_per_minute_without_token=2)
        forged = service.with_token("a.b.c")
        assert [forged.get("/v1/feed/head").status_code for _ in range(3)] == [401, 401, 429]
        assert service.anonymous().get("/v1/dates").status_code == 200

    def test_who_was_known_a_moment_ago_is_not_held_back(self, new_service: Callable[..., Service]) -> None:
        service = new_service(calls_per_minute_without_token=1)
        known = service.landlord()
        assert known.get("/v1/feed/head").status_code == 200
        assert [service.anonymous().get("/v1/dates").status_code for _ in range(2)] == [200, 429]
        assert known.get("/v1/feed/head").status_code == 200

    def test_behind_a_proxy_its_header_tells_who_calls(self, new_service: Callable[..., Service]) -> None:
        service = new_service(calls_per_minute_without_token=1, proxy_header="X-Forwarded-For")
        anyone = service.anonymous()

        def call(*forwarded: str) -> int:
            return anyone.get("/v1/dates", headers=[("X-Forwarded-For", one) for one in forwarded]).status_code

        assert [call("192.0.2.1"), call("192.0.2.1"), call("192.0.2.2")] == [200, 429, 200]
        # Before the proxy's own word stands whatever the caller likes.
        assert [call("198.51.100.9, 192.0.2.1"), call("198.51.100.9", "192.0.2.1")] == [429, 429]


@pytest.mark.parametrize(
    ("client", "header", "address"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", None, "2001:db8:1:2::/64"),
        ("fe80::1%eth0", None, "fe80::/64"),
        ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ("127.0.0.1", b"2001:db8::1", "2001:db8::/64"),
        ("127.0.0.1", b"[2001:db8::1]", "2001:db8::/64"),
        ("127.0.0.1", b"10.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", b"192.0.2.7:5678", "192.0.2.7"),
        ("127.0.0.1", b"[2001:db8::1]:5678", "2001:db8::/64"),
        ("127.0.0.1", b"no address", "unknown"),
        ("127.0.0.1", b"", "127.0.0.1"),
        (None, None, "unknown"),
    ],
)
def test_the_address_of_a_call(client: str | None, header: bytes | None, address: str) -> None:
    headers = [] if header is None else [(b"x-real-ip", header)]
    scope = {"type": "http", "client": None if client is None else (client, 1), "headers": headers}
    assert address_of(scope, "X-Real-IP" if header is not None else None) == address


def test_so_many_batches_of_an_organisation_are_under_way_at_once(new_service: Callable[..., Service]) -> None:
    """Each may hold 4 MiB, and a caller who does not send on holds them until the connection is cut."""
    service = new_service()
    token = service.landlord(LANDLORD).headers["Authorization"]
    head = f"POST /v1/notices/batch HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
    other = service.landlord(OTHER_LANDLORD)
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            held = stack.enter_context(socket.create_connection(("127.0.0.1", httpx.URL(service.url).port or 0)))
            held.sendall(head.encode() + b"{" * 500_000)
        until(lambda: service.app.state.turns.under_way == 4, "the places to be taken")
        mine = service.landlord(LANDLORD)
        assert mine.post("/v1/notices/batch", json={"items": []}).status_code == 429
        assert mine.post("/v1/notices/batch", json={"items": []}).headers["Retry-After"] == "1"
        assert mine.get("/v1/feed/head").status_code == 200
        assert other.post("/v1/notices/batch", json={"items": []}).status_code == 422
    until(lambda: mine.post("/v1/notices/batch", json={"items": []}).status_code == 422, "the places to be free")


@pytest.mark.parametrize(("landlords", "most"), [((LANDLORD, OTHER_LANDLORD), 4), ((LANDLORD,), 2)])
def test_few_parsed_batches_are_held_at_once(
    new_service: Callable[..., Service], landlords: tuple[str, ...], most: int
) -> None:
    """Parsed, a batch takes ten times its bytes; and one sender leaves room for others."""
    service = new_service()
    turns = service.app.state.turns
    body = {"items": [{"notice": {str(number): number for number in range(2000)}} for _ in range(60)]}
    held: set[int] = set()

    def send(landlord: str) -> int:
        return service.landlord(landlord).post("/v1/notices/check", json=body, timeout=60).status_code

    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(send, landlord) for landlord in landlords for _ in range(4)]
        while not all(one.done() for one in sent):
            held.add(turns.parsed)
    assert {one.result() for one in sent} == {200}
    assert max(held) in range(1, most + 1)


def test_a_single_notice_needs_no_room_among_batches(service: Service) -> None:
    turns, landlord = service.app.state.turns, service.landlord()

    async def call_while_full() -> set[int]:
        async with turns.room(LANDLORD, BATCH_BYTES), turns.room(LANDLORD, BATCH_BYTES):
            calls = [asyncio.to_thread(landlord.post, f"/v1/notices/{path}", json={}) for path in ("check", "batch")]
            return {one.status_code for one in await asyncio.gather(*calls)}

    assert asyncio.run(call_while_full()) == {422}
