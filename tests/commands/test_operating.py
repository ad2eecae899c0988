"""An operator's work: offices for held notices, grants, tokens. A failure prints one line."""

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.commands.conftest import Run
from tests.notices.scenario import Scenario, tenant
from tests.service import LANDLORD, NAV, Service

LUND = {"address_line": "Moiveien 9", "postal_code": "4460", "city": "Moi"}
EGERSUND = "1101"


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario(service)


def done(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """What a command says that failed: a line for each fault."""
    assert result.returncode != 0
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    said = result.stderr.strip()
    return said.rpartition("Error: ")[2]


def test_a_notice_without_an_office_waits_until_a_person_says_it(run: Run, scenario: Scenario) -> None:
    done(run("integrations", "grant", NAV, "--office", EGERSUND))
    notice = scenario.send(tenant("Lars Vente", birth_date="1992-01-01"), dwelling=LUND)
    assert (notice["office"], [one["code"] for one in notice["remarks"]]) == (None, ["office-to-be-found"])
    scenario.work()
    assert scenario.letters("copy") == []
    shown = done(run("notices", "held"))
    assert notice["id"] in shown
    assert "Moi" in shown
    assert "Vente" not in shown

    assert "unknown-office" in refused(run("notices", "assign", notice["id"], "9999"))
    assert "not-found" in refused(run("notices", "assign", notice["id"].replace("0", "1"), EGERSUND))
    done(run("notices", "assign", notice["id"], EGERSUND))
    assert notice["id"] not in done(run("notices", "held"))
    scenario.work()
    told = scenario.read(notice["id"])
    assert (told["status"], told["office"]["number"], told["office"]["found_by"]) == ("sent", EGERSUND, "operator")
    assert told["remarks"] == []
    assert scenario.types(notice=notice["id"]) == ["notice.sent"]
    assert len(scenario.letters("copy")) == 1
    assert "notice-closed" in refused(run("notices", "assign", notice["id"], EGERSUND))


def test_a_grant_tells_of_what_is_open_and_its_end_of_nothing_more(run: Run, scenario: Scenario) -> None:
    first = scenario.send()
    scenario.work()
    assert "told of 1 open notices" in done(run("integrations", "grant", NAV, "--office", "0315"))
    assert "had this grant already" in done(run("integrations", "grant", NAV, "--office", "0315"))
    assert [(one["notice"], one["backfill"]) for one in scenario.events()] == [(first["id"], True)]
    assert "ended" in done(run("integrations", "revoke", NAV, "--office", "0315"))
    scenario.settle(first["id"])
    assert len(scenario.events()) == 1


def test_a_notice_to_an_office_without_an_integration_waits_for_one_where_no_letters_go_to_offices(
    run: Run, new_service: Callable[..., Service]
) -> None:
    scenario = Scenario(new_service(office_channels=()))
    notice = scenario.send()
    assert notice["office"]["reached_by"] == "feed"
    assert notice["id"] not in done(run("notices", "held"))  # the copy has not gone yet
    scenario.work()
    assert (len(scenario.letters("copy")), scenario.letters("office")) == (1, [])
    read = scenario.read(notice["id"])
    assert (read["status"], read["tenants"][0]["copy"]["status"]) == ("accepted", "dispatched")
    (line,) = [one for one in done(run("notices", "held")).splitlines() if notice["id"] in one]
    assert "integration" in line
    assert "0315" in line

    done(run("integrations", "grant", NAV, "--office", "0315"))
    scenario.work()
    assert [(one["type"], one["notice"], one["backfill"]) for one in scenario.events()] == [
        ("notice.sent", notice["id"], False)
    ]
    assert scenario.read(notice["id"])["status"] == "sent"
    assert notice["id"] not in done(run("notices", "held"))


def test_a_grant_overtakes_a_letter_that_no_channel_has_yet(run: Run, scenario: Scenario) -> None:
    notice = scenario.send()
    scenario.step()  # the copy goes, then the office's letter is queued
    done(run("integrations", "grant", NAV, "--office", "0315"))
    scenario.work()
    assert scenario.letters("office") == []
    read = scenario.read(notice["id"])
    assert (read["status"], read["office"]["reached_by"]) == ("sent", "feed")
    assert scenario.types() == ["notice.sent"]


def test_who_reads_is_an_organisation_and_what_it_reads_an_office(run: Run) -> None:
    assert "9999" in refused(run("integrations", "grant", NAV, "--office", "9999"))
    assert "--office NNNN" in refused(run("integrations", "grant", NAV))
    assert refused(run("integrations", "grant", "123456789", "--all"))


def test_a_token_is_printed_alone_and_admits(run: Run, service: Service) -> None:
    for arguments, path in ((("landlord",), "/v1/notices"), (("nav",), "/v1/feed")):
        token = done(run("token", *arguments, "--organisation", LANDLORD)).strip()
        assert len(token.split()) == 1
        answer = httpx.get(service.url + path, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        assert answer.status_code == 200


def test_production_prints_no_token(run: Run) -> None:
    assert refused(run("token", "nav", "--organisation", NAV, VARSLING_ENVIRONMENT="production"))


def test_a_taken_port_is_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is taken" in refused(run("serve", "--port", str(port)))


def test_another_address_wants_the_environment_said(run: Run, tmp_path: Path) -> None:
    local = run("serve", "--host", "0.0.0.0", "--port", "0", VARSLING_ENVIRONMENT=None)  # noqa: S104  (the command refuses the address)
    assert "set VARSLING_ENVIRONMENT (local, test or production) first" in refused(local)


def test_the_register_says_where_its_facts_come_from_and_what_it_lacks(run: Run) -> None:
    told = done(run("registers", "status"))
    assert "NORG2" in told
    assert "2025-04-16" in told
    assert "Lund" in told


COMMANDS = (
    "serve",
    "worker",
    "migrate",
    "demo",
    "token",
    "integrations",
    "notices",
    "copies",
    "registers",
    "keys",
    "letters",
    "reports",
    "landlords",
)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_names_every_command(run: Run, name: str) -> None:
    assert name in done(run("--help"))
    assert "Usage" in done(run(name, "--help"))


def test_a_letter_that_waits_is_made_due_and_one_that_does_not_is_refused(run: Run, scenario: Scenario) -> None:
    done(run("integrations", "grant", NAV, "--all"))
    scenario.send()
    waiting = done(run("copies", "list")).splitlines()[1].split()[0]
    assert done(run("copies", "retry", waiting)) == "1 due now.\n"
    assert done(run("copies", "retry")) == "0 due now.\n"  # no letter has failed
    assert "no dispatched letter" in refused(run("copies", "returned", waiting))
    scenario.work()
    assert "no waiting letter" in refused(run("copies", "retry", waiting))
    assert done(run("copies", "returned", waiting)) == "No postal channel is left for it.\n"
    assert "no dispatched letter" in refused(run("copies", "returned", waiting))


def test_a_list_of_letters_that_is_cut_says_so(run: Run, scenario: Scenario) -> None:
    scenario.send(tenant("Ane Prøve", birth_date="1970-01-01"), tenant("Ole Test", birth_date="1980-01-01"))
    cut = done(run("copies", "list", "--limit", "1")).splitlines()
    assert len(cut) == 3
    assert cut[-1] == "There are more than 1: raise --limit to see them."
    assert len(done(run("copies", "list", "--limit", "2")).splitlines()) == 3


def test_production_names_all_that_it_lacks(run: Run) -> None:
    told = refused(run("serve", VARSLING_ENVIRONMENT="production", VARSLING_DATABASE_URL=None, VARSLING_KEY_FILE=None))
    named = ("PUBLIC_URL", "ISSUERS", "DATABASE_URL", "KEY_FILE", "PROXY_HEADER", "OPERATOR_KIND", "OPERATOR_NAME")
    assert [name for name in named if f"Set VARSLING_{name}" not in told] == []
