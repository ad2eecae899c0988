"""Rate limits: calls a minute for each acting organisation; a batch's item counts as a tenth."""

from collections.abc import Callable

import pytest

from tests.service import AGENT, LANDLORD, Service
from varsling.domain.problems import RateLimited
from varsling.web.limits import Limiter


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
