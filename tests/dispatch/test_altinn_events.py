"""Altinn tells that a message is published: its letter is asked for at once, and what comes there is a hint alone."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.dispatch.systems import altinn_with_settings
from tests.notices.scenario import KARI, Scenario
from tests.service import Service
from varsling.deliveries.service import AltinnChannel, open_chains
from varsling.http import tls
from varsling.simulators.altinn import AltinnSimulator

SECRET = "a-long-random-word"


@pytest.fixture
def altinn(tmp_path: Path) -> Iterator[tuple[AltinnSimulator, dict[str, Any]]]:
    (tmp_path / "secret").write_text(SECRET)
    with altinn_with_settings(tmp_path) as (simulator, settings):
        yield simulator, settings | {"altinn_events_secret_file": tmp_path / "secret"}


@pytest.fixture
def scenario(altinn: tuple[AltinnSimulator, dict[str, Any]], new_service: Callable[..., Service]) -> Scenario:
    return Scenario.with_grant(new_service(**altinn[1]))


@pytest.fixture
def waiting(altinn: tuple[AltinnSimulator, dict[str, Any]], scenario: Scenario) -> str:
    """A notice whose copy Altinn has, and has not published; it is asked for it in a while. Gives the reference."""
    altinn[0].publishing = False
    scenario.send()
    scenario.work()
    assert scenario.types() == []
    (message,) = altinn[0].messages.values()
    return message.reference


def address(scenario: Scenario, secret: str = SECRET) -> str:
    return f"{scenario.service.url}/altinn/events/{secret}"


def subscribe(scenario: Scenario) -> None:
    with open_chains(scenario.context.settings) as chains:
        (channel,) = {one for chain in chains.values() for one in chain if isinstance(one, AltinnChannel)}
        channel.subscribe(address(scenario))


def test_news_of_a_message_publish_the_notice_without_waiting(
    altinn: tuple[AltinnSimulator, dict[str, Any]], scenario: Scenario, waiting: str
) -> None:
    simulator = altinn[0]
    subscribe(scenario)
    assert len(simulator.subscriptions) == 3
    simulator.publishing = True
    scenario.work()
    assert scenario.types() == []  # nobody has told yet, and it is not asked again so soon
    simulator.tell(waiting)
    scenario.work()
    assert scenario.types() == ["notice.sent"]


def test_a_hint_alone_publishes_nothing(
    altinn: tuple[AltinnSimulator, dict[str, Any]], scenario: Scenario, waiting: str
) -> None:
    """Whoever learns the address can make Altinn be asked, and no more."""
    (message,) = altinn[0].messages
    event = {"type": "no.altinn.correspondence.correspondencepublished", "resourceinstance": str(message)}
    assert httpx.post(address(scenario), json=event, verify=tls()).status_code == 200
    scenario.work()
    assert scenario.types() == []


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"resourceinstance": 7}', b'{"resourceinstance": "x"}', b"x" * 200_000]
)
def test_anything_else_is_answered_and_nothing_follows(scenario: Scenario, content: bytes) -> None:
    assert httpx.post(address(scenario), content=content, verify=tls()).status_code == 200


def test_another_address_is_not_there(
    scenario: Scenario, new_service: Callable[..., Service], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        assert httpx.post(address(scenario, "another"), json={"subject": KARI}, verify=tls()).status_code == 404
    assert KARI not in caplog.text
    without = new_service()
    assert httpx.post(f"{without.url}/altinn/events/", json={}, verify=tls()).status_code == 404
    assert httpx.post(f"{without.url}/altinn/events/x", json={}, verify=tls()).status_code == 404
