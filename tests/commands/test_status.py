"""`varsling status` tells well (0), waiting for a person (1) and wrong (2), for a person and for a program."""

import json
import re
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands.conftest import Run
from tests.commands.running import ONE, Start
from tests.database.conftest import until
from tests.notices.scenario import GRUNERLOKKA, Scenario
from tests.service import LANDLORD, NAV, Service
from tests.tenant_page.conftest import Reader, code_of
from varsling.deliveries.service import Beat, Leave

pytestmark = pytest.mark.slow

NOW = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario(service)


def told(run: Run, **environment: str | None) -> tuple[int, dict[str, Any]]:
    """Give the exit status, and each part with what was said of it."""
    done = run("status", "--json", **environment)
    assert done.stderr == ""
    answer = json.loads(done.stdout)
    assert answer["status"] == ("well", "waits", "wrong")[done.returncode]
    return done.returncode, {one["name"]: one for one in answer["checks"]}


def states(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(name, one["status"]) for name, one in found.items() if one["status"] != "well"}


def test_all_is_well_while_a_worker_is_seen(run: Run, scenario: Scenario) -> None:
    beat = Beat()
    scenario.context.writer.submit_and_wait(beat)
    status, found = told(run)
    assert (status, states(found)) == (0, set())
    assert found["worker"]["alive"] == 1
    shown = run("status").stdout
    assert re.search(rf"^worker +well +1 seen at {NOW}$", shown, re.MULTILINE)
    scenario.context.writer.submit_and_wait(Leave(beat.id))
    status, found = told(run)
    assert (status, states(found)) == (2, {("worker", "wrong")})


def test_a_worker_that_fell_silent_is_wrong(run: Run, scenario: Scenario) -> None:
    scenario.context.writer.submit_and_wait(Beat())
    scenario.pass_time(timedelta(minutes=4))
    status, found = told(run)
    assert (status, states(found)) == (2, {("worker", "wrong")})
    assert re.search(rf"since {NOW}", found["worker"]["said"])


def test_a_letter_that_nobody_sends_is_wrong(run: Run, scenario: Scenario) -> None:
    scenario.send()
    scenario.pass_time(timedelta(minutes=20))
    scenario.context.writer.submit_and_wait(Beat())
    status, found = told(run)
    assert (status, states(found)) == (2, {("letters", "wrong")})
    assert found["letters"]["waiting"] == 1


def test_what_waits_for_a_person_is_named_with_the_command_for_it(run: Run, scenario: Scenario) -> None:
    moi = {"street": "Moiveien", "house_number": "9", "postal_code": "4460", "city": "Moi"}
    scenario.grant()
    scenario.send(dwelling=moi, reference="M-1", lease={"reference": "M", "use": "dwelling", "eviction_clause": True})
    scenario.send()
    scenario.work()
    scenario.nav.get("/v1/feed/head")
    assert run("copies", "pause", "smtp").returncode == 0
    scenario.pass_time(timedelta(hours=25))
    scenario.context.writer.submit_and_wait(Beat())
    status, found = told(run)
    waits = {"held", "unfetched", "channels", "integrations"}
    assert (status, states(found)) == (1, {(name, "waits") for name in waits})
    assert (found["held"]["held"], found["unfetched"]["unfetched"]) == (1, 1)
    assert found["integrations"]["behind"] == [NAV]
    for name in waits:
        (command,) = re.findall(r"`varsling ([a-z-]+ [a-z-]+)", found[name]["said"])
        assert run(*command.split(), "--help").returncode == 0


def test_a_report_of_misuse_waits_for_a_person(run: Run, scenario: Scenario) -> None:
    scenario.grant()
    scenario.send()
    scenario.work()
    reader = Reader(scenario.service)
    reader.enter(code_of(scenario))
    assert reader.send("/t/notice/report", harassment="yes").status_code == 200
    scenario.context.writer.submit_and_wait(Beat())
    status, found = told(run)
    assert (status, states(found)) == (1, {("reports", "waits")})
    assert found["reports"]["open"] == 1


def test_a_lost_half_is_made_anew_by_no_command(run: Run, scenario: Scenario, tmp_path: Path, sqlite_url: str) -> None:
    """Only `migrate` and `keys new` make one, where an operator asks for it."""
    scenario.context.writer.submit_and_wait(Beat())
    keys, database = tmp_path / "keys.json", Path(sqlite_url.removeprefix("sqlite:///"))
    for half in (keys, database):
        half.rename(half.with_suffix(".away"))
        for command in (
            ("serve", "--port", "0"),
            ("worker",),
            ("token", "nav", "--organisation", NAV),
            ("notices", "held"),
        ):
            told = run(*command)
            assert (told.returncode, "put it back" in told.stderr) == (1, True), command
            assert not half.exists()
        assert "put it back" in run("status").stdout
        half.with_suffix(".away").rename(half)


def test_keys_of_another_installation_are_wrong(run: Run, scenario: Scenario, tmp_path: Path) -> None:
    scenario.context.writer.submit_and_wait(Beat())
    assert run("keys", "new", VARSLING_KEY_FILE=str(tmp_path / "others.json")).returncode == 0
    status, found = told(run, VARSLING_KEY_FILE=str(tmp_path / "others.json"))
    assert (status, states(found)) == (2, {("keys", "wrong")})


@pytest.mark.usefixtures("scenario")
def test_an_installation_that_is_broken_is_told_and_not_mended(run: Run, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "varsling.db"
    for environment, part in (
        ({"VARSLING_DATABASE_URL": f"sqlite:///{nowhere}"}, "database"),
        ({"VARSLING_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "database"),
        ({"VARSLING_COPY_FOLDER": "nowhere"}, "settings"),
        ({"VARSLING_KEY_FILE": str(tmp_path / "no-keys.json")}, "keys"),
    ):
        status, found = told(run, **environment)
        assert (status, states(found)) == (2, {(part, "wrong")}), environment
    assert not nowhere.parent.exists()
    assert not (tmp_path / "no-keys.json").exists()


def test_who_sends_who_reads_and_what_offices_there_are(run: Run, scenario: Scenario) -> None:
    assert run("landlords", "list").stdout == "No landlord has sent a notice.\n"
    assert run("integrations", "list").stdout == "No integration has a grant.\n"
    scenario.grant()
    notice = scenario.send()
    landlords = run("landlords", "list").stdout
    assert re.search(rf"^{LANDLORD} +1 +1 +{NOW} +{notice['id']} +–$", landlords, re.MULTILINE)
    run("landlords", "suspend", LANDLORD)
    assert re.search(rf"{notice['id']} +{NOW}$", run("landlords", "list").stdout, re.MULTILINE)
    integrations = run("integrations", "list").stdout
    assert re.search(rf"^{NAV} +receive +{GRUNERLOKKA} Nav Grünerløkka +{NOW} +–$", integrations, re.MULTILINE)
    offices = run("offices", "list").stdout
    assert re.search(rf"^{GRUNERLOKKA} +Nav Grünerløkka +feed +Grünerløkka$", offices, re.MULTILINE)
    assert re.search(r"^1902 +Nav Tromsø +letter +Tromsø", offices, re.MULTILINE)
    assert len(run("offices", "list", "tromsø").stdout.splitlines()) == 2


def test_the_worker_answers_its_supervisor_is_seen_and_leaves(start: Start, run: Run, scenario: Scenario) -> None:
    running = start("worker", "--health-port", "0", VARSLING_ENVIRONMENT="test")
    until(partial(running.has_said, "working"))
    url = "http://" + re.findall(r'"address":"([^"]+)"', running.said)[0]
    answer = httpx.get(f"{url}/health/live", trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "faults": []})
    assert httpx.get(f"{url}/else", trust_env=False).status_code == 404
    until(lambda: told(run)[1]["worker"]["alive"] == 1)
    scenario.send()
    until(partial(running.has_said, '"letters_taken"'))
    running.stop(ONE)
    assert running.has_said('"stopped"')
    assert told(run)[1]["worker"]["alive"] == 0
