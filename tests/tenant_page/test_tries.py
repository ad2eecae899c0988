"""Counts the tries of a code where they are decided, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import httpx

from tests.notices.scenario import Scenario
from tests.service import Service
from tests.tenant_page.conftest import Reader, code_of
from tests.tenant_page.test_door import NOT_HERS


def wrong(reader: Reader, code: str, times: int) -> httpx.Response:
    for _ in range(times):
        answer = reader.enter(code, NOT_HERS)
    return answer


def test_five_wrong_tries_close_it_for_an_hour(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    code = code_of(scenario)
    assert wrong(reader, code, 4).status_code == 422
    closed = reader.enter(code, NOT_HERS)
    assert (closed.status_code, "om en time" in closed.text, "55\u00a055\u00a033\u00a033" in closed.text) == (
        429,
        True,
        True,
    )
    assert reader.enter(code).status_code == 429
    scenario.pass_time(timedelta(minutes=59))
    assert reader.enter(code).status_code == 429
    scenario.pass_time(timedelta(minutes=2))
    assert reader.enter(code).status_code == 200


def test_twenty_close_it_until_a_new_letter(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    code = code_of(scenario)
    for _ in range(4):
        closed = wrong(reader, code, 5)
        scenario.pass_time(timedelta(minutes=61))
    assert (closed.status_code, "når du får et nytt brev" in closed.text) == (429, True)
    scenario.pass_time(timedelta(days=3))
    assert reader.enter(code).status_code == 429
    scenario.settle(notice["id"])
    scenario.work()
    assert reader.enter(code).status_code == 200


def test_the_right_one_clears_the_count(scenario: Scenario, notice: dict[str, Any], reader: Reader) -> None:
    code = code_of(scenario)
    for _ in range(3):
        wrong(reader, code, 4)
        assert reader.enter(code).status_code == 200


def test_many_at_once_get_no_more_tries(
    scenario: Scenario, notice: dict[str, Any], new_service: Callable[..., Service]
) -> None:
    """Three services with a writer each, as in three processes."""
    code = code_of(scenario)
    services = [scenario.service, new_service(), new_service()]
    readers = [Reader(services[number % 3]) for number in range(24)]
    together = Barrier(len(readers))

    def try_it(reader: Reader) -> int:
        together.wait()
        return reader.enter(code, NOT_HERS).status_code

    with ThreadPoolExecutor(len(readers)) as pool:
        answers = list(pool.map(try_it, readers))
    assert sorted(answers) == [422] * 4 + [429] * 20
