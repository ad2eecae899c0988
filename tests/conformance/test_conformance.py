"""The conformance server: the guide's poller passes, and a client with one mistake fails the step that is for it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import processes
from tests.conformance.clients import POLLER, run
from varsling.conformance.script import play
from varsling.conformance.server import Conformance
from varsling.conformance.steps import STEPS
from varsling.conformance.world import Pace, world

pytestmark = pytest.mark.slow

Client = Callable[[str], None]


@pytest.fixture
def varsling_conformance_pace() -> Pace:
    return Pace(slow=1.0, wait=0.05)


@pytest.fixture
def client(varsling_conformance: Conformance, tmp_path: Path) -> Iterator[Client]:
    started = []

    def start(source: str) -> None:
        server = varsling_conformance
        started.append(processes.fork(run, source, server.url, server.token, tmp_path, environment={}))

    yield start
    for process in started:
        process.kill()
        process.join()


def test_the_guides_poller_passes_and_its_store_is_right(
    varsling_conformance: Conformance, client: Client, tmp_path: Path
) -> None:
    client(POLLER)
    verdicts = varsling_conformance.verdicts()
    assert [one.line() for one in verdicts if not one.passed] == []
    assert [one.step for one in verdicts] == list(STEPS)
    stored = {file.name: int(file.read_text()) for file in (tmp_path / "store").iterdir()}
    assert stored == varsling_conformance.held
    assert varsling_conformance.destroyed
    assert varsling_conformance.destroyed.isdisjoint(stored)


# A mistake for each step: what the poller has, and what a worse one has in its place.
MISTAKES = {
    "short-pages": (
        'page.get("next") or page["restart"]}',
        '"head" if len(page["events"]) < 100 else page["next"]}',
    ),
    "lost-page": (
        "            time.sleep(1)\n\ndef follow",
        '            query.pop("after", None)\n\ndef follow',
    ),
    "token-ended": ("not in (401, ", "not in ("),
    "unknown": ('if event.get("delete"):', 'if ["sent", "updated"].index(event["type"][7:]) < 0:'),
    "changed": ('if event["notice"] and (', 'if event["type"] == "notice.sent" and ('),
    "destroyed": ("in (200, 404, 410)", 'in (200, 404) or path == "/v1/feed"'),
    "slow": ("timeout=40", "timeout=0.7"),
    "start": ("after = json.loads(place.read_text()) if place.exists() else {}", 'after = {"after": "head"}'),
    "lost-fetch": (
        "        for event in page",
        '        get("/v1/feed", wait=0, after=page.get("next") or page["restart"])\n        for event in page',
    ),
    "busy": ('float(answer.headers.get("Retry-After", 5))', "0.1"),
    "removed": ('if event["notice"] and (', 'if event["notice"] and not event.get("delete") and ('),
    "forwarded": ("in (200, 404, 410)", "in (200, 410)"),
    "backfilled": ('if event["notice"] and (', 'if event["notice"] and not event["backfill"] and ('),
    "restored": ('page.get("next") or page["restart"]', 'page.get("next", "head")'),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_client_with_a_mistake_fails_the_step_for_it(tmp_path: Path, name: str) -> None:
    right, wrong = MISTAKES[name]
    assert POLLER.count(right) == 1
    steps = [step for step in STEPS if step.name in ("start", name)]
    with world(0, Pace(patience=10.0, slow=2.0, wait=0.05)) as played:
        source = POLLER.replace(right, wrong)
        client = processes.fork(run, source, played.url, played.token, tmp_path, environment={})
        failed = []
        for verdict in play(played, steps):
            failed += [] if verdict.passed else [verdict.step.name]
            played.pace = replace(played.pace, patience=4.0)  # some mistakes end the client: nobody waits long for it
        client.kill()
        client.join()
    assert failed == [name]


def test_each_step_has_a_mistake_that_it_finds() -> None:
    assert MISTAKES.keys() == {step.name for step in STEPS}


def test_a_client_that_is_not_there_fails_each_step() -> None:
    with world(0, Pace(patience=0.1)) as played:
        verdicts = [*play(played, STEPS[:2])]
    assert [one.faults for one in verdicts] == [(f"nobody polled {played.url}/v1/feed with the token",)] * 2
