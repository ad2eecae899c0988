"""A reservation that commits before publication wins; in the control, without the landlord's lock, it loses."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import processes
from tests.database.conftest import until
from tests.dispatch.process import main
from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.domain.reservation import ReservationScope

# Failpoints: in the publishing transaction after its check of reservations, and before it, with the copy on its way.
CHECKED, HANDED_OVER = "notice.reservations-checked", "copy.sent"


class Worker:
    """A worker process that waits at a failpoint until the test releases it."""

    def __init__(self, database_url: str, folder: Path, point: str, how: str) -> None:
        pauses = folder / "pauses"
        pauses.mkdir()
        self._hold, self._reached = pauses / f"{point}.hold", pauses / f"{point}.reached"
        self._hold.touch()
        environment = os.environ | {"VARSLING_FAILPOINTS": str(pauses)}
        self.process = processes.fork(main, database_url, str(folder), how, environment=environment)
        until(lambda: self._reached.exists() or self.process.exitcode is not None)
        assert self.process.exitcode is None

    def go_on(self) -> None:
        self._hold.unlink()
        self.process.join(60)
        assert self.process.exitcode == 0


StartWorker = Callable[..., Worker]


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


@pytest.fixture
def worker_at(database_url: str, tmp_path: Path) -> Iterator[StartWorker]:
    started: list[Worker] = []

    def start(point: str, how: str = "with-lock") -> Worker:
        started.append(Worker(database_url, tmp_path, point, how))
        return started[-1]

    yield start
    for worker in started:
        worker.process.kill()
        worker.process.join()


def test_a_reservation_that_commits_before_the_publication_wins(scenario: Scenario, worker_at: StartWorker) -> None:
    notice = scenario.send()["id"]
    worker = worker_at(HANDED_OVER)
    assert scenario.reserve().status_code == 201
    worker.go_on()
    told = scenario.read(notice)
    assert (told["status"], told["blocked"]["reason"]) == ("blocked", "tenant-reserved")
    assert scenario.types() == []
    assert scenario.fetch(notice).status_code == 404
    scenario.work()  # she had her copy already, so a letter says that no notice was sent
    assert len(scenario.letters("copy")) == len(scenario.letters("second")) == 1


def test_publication_checks_by_itself_whatever_registering_did(
    new_service: Callable[..., Service], database_url: str
) -> None:
    """She reserved on a single lease; then the operator widens the policy while the copy is on its way."""
    narrow = Scenario(new_service(reservation_scope=ReservationScope.LEASE))
    narrow.grant()
    assert narrow.reserve(lease="ANOTHER").status_code == 201
    notice = narrow.send()["id"]
    wide = Scenario(new_service(reservation_scope=ReservationScope.LANDLORD))
    wide.work()
    assert wide.read(notice)["blocked"]["reason"] == "tenant-reserved"
    assert wide.types() == []


@pytest.fixture
def waiting(new_service: Callable[..., Service], database_url: str) -> tuple[Scenario, str]:
    """A notice with its copies out and a new integration at its office: the next worker publishes it."""
    scenario = Scenario(new_service(office_channels=()))
    notice = str(scenario.send()["id"])
    scenario.work()
    scenario.grant()
    assert scenario.read(notice)["status"] == "accepted"
    return scenario, notice


def test_a_reservation_waits_for_the_publication_that_has_checked(
    waiting: tuple[Scenario, str], worker_at: StartWorker
) -> None:
    scenario, notice = waiting
    worker = worker_at(CHECKED)
    with ThreadPoolExecutor(1) as pool:
        reserving = pool.submit(scenario.reserve)
        until(lambda: scenario.context.writer.oldest_wait() > 0)
        assert scenario.read(notice)["status"] == "accepted"
        worker.go_on()
        assert reserving.result().status_code == 201
    # The reservation came second, before any fetch: the published notice is closed.
    assert scenario.types(notice=notice) == ["notice.sent", "notice.withdrawn"]
    assert scenario.read(notice)["status"] == "withdrawn"
    assert scenario.fetch(notice).status_code == 410


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_control_without_the_lock_loses_the_reservation(
    waiting: tuple[Scenario, str], worker_at: StartWorker
) -> None:
    """If the reservation won here too, the test above would prove nothing. SQLite's one writer has no race."""
    scenario, notice = waiting
    worker = worker_at(CHECKED, "without-lock")
    assert scenario.reserve().status_code == 201
    assert scenario.read(notice)["status"] == "blocked"  # so the landlord and the tenant hear of it
    worker.go_on()
    assert scenario.types(notice=notice) == ["notice.sent"]
    assert scenario.fetch(notice).status_code == 200
