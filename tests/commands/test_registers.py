"""`registers status` and `registers sync` as an operator runs them against a NORG2."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from tests.commands.conftest import Run
from tests.offices.norg2 import Norg2
from tests.service import Service
from varsling.database.engine import reading
from varsling.offices.register import bundled
from varsling.offices.tables import register_renewals

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

AREAS = len(bundled().municipalities) + len(bundled().districts) - len(bundled().cities)
Sync = Callable[..., tuple[int, str]]


@pytest.fixture
def norg2() -> Iterator[Norg2]:
    with Norg2() as simulator:
        yield simulator


@pytest.fixture
def sync(run: Run, norg2: Norg2) -> Sync:
    """`sync("--dry-run")` returns the exit status and the output."""

    def command(*options: str, **settings: str) -> tuple[int, str]:
        done = run("registers", "sync", *options, **{"VARSLING_NORG2_URL": norg2.url, **settings})
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    return command


def renewals(service: Service) -> list[str]:
    with reading(service.context.engine) as connection:
        return list(connection.scalars(sa.select(register_renewals.c.version).order_by(register_renewals.c.number)))


def office_of(service: Service, **dwelling: str) -> str | None:
    """Ask an API for the office after it had time to look for a renewal."""
    service.context.offices.refresh(service.context.engine)
    body = {"dwelling": {"address_line": "Storgata 1", **dwelling}}
    answer = service.landlord().post("/v1/offices/lookup", json=body)
    assert answer.status_code == 200, answer.text
    office = answer.json()["office"]
    return None if office is None else str(office["number"])


def test_one_that_says_the_same_is_kept_with_its_day(service: Service, sync: Sync, run: Run, norg2: Norg2) -> None:
    status, said = sync()
    assert (status, "NORG2 agrees with the register." in said) == (0, True)
    assert len(norg2.calls) == AREAS + 1
    (version,) = renewals(service)
    told = run("registers", "status").stdout
    assert f"+{version}" in told
    assert "NORG2's own answers" in told


def test_the_difference_is_shown_and_nothing_kept_by_a_dry_run(service: Service, sync: Sync, norg2: Norg2) -> None:
    norg2.open("0399", "Nav Nyby", "030102")
    norg2.open("0314", "Nav Nytt Navn", "030103")
    norg2.open("1101", "Nav Dalane", "1112")
    norg2.close("0315")
    status, said = sync("--dry-run")
    assert status == 0
    for part in (
        "area 030102 Grünerløkka 0315 Nav Grünerløkka 0399 Nav Nyby",
        "area 1112 Lund – 1101 Nav Dalane",
        "new office 0399 Nav Nyby",
        "new name 0314 Nav Sagene Nav Nytt Navn",
        "closed 0315 Nav Grünerløkka – 0399",
        "The register is unchanged",
    ):
        assert part in said
    assert renewals(service) == []
    assert office_of(service, postal_code="0557", district_number="030102") == "0315"


def test_it_is_what_everybody_goes_by_and_the_older_one_is_kept(service: Service, sync: Sync, norg2: Norg2) -> None:
    norg2.open("0399", "Nav Nyby", "030102")
    norg2.close("0315")
    assert sync()[0] == 0
    assert office_of(service, postal_code="0557", district_number="030102") == "0399"
    old = service.landlord().get("/v1/offices/0315").json()
    assert (old["status"], old["successor"], old["areas"]) == ("replaced", "0399", [])
    norg2.open("0398", "Nav Nyere By", "030102")
    assert sync()[0] == 0
    assert office_of(service, postal_code="0557", district_number="030102") == "0398"
    assert len(renewals(service)) == 2


def test_an_office_whose_areas_go_to_several_has_no_successor(service: Service, sync: Sync, norg2: Norg2) -> None:
    first, second, *_ = bundled().served_by["0101"]
    norg2.open("0198", "Nav Den Ene", first)
    norg2.open("0199", "Nav Den Andre", second)
    norg2.close("0101")
    assert sync()[0] == 0
    service.context.offices.refresh(service.context.engine)
    assert service.landlord().get("/v1/offices/0101").json()["successor"] is None


def test_an_answer_that_would_lose_too_much_is_refused(service: Service, sync: Sync, norg2: Norg2) -> None:
    for area in list(norg2.serves)[: AREAS // 5]:
        del norg2.serves[area]
    status, said = sync()
    assert (status, "Refused: 20" in said, renewals(service)) == (1, True, [])
    assert sync(VARSLING_REGISTER_LOSS_LIMIT="25")[0] == 0
    assert len(renewals(service)) == 1


def test_so_is_one_without_offices(service: Service, sync: Sync, norg2: Norg2) -> None:
    norg2.serves = dict.fromkeys(norg2.serves, "0315")
    norg2.units = {"0315": norg2.units["0315"]}
    status, said = sync()
    assert (status, "Refused" in said, renewals(service)) == (1, True, [])


@pytest.mark.parametrize("broken", [(500, b""), (404, b""), (200, b"<html>")], ids=["500", "404", "no JSON"])
def test_half_an_answer_is_none(service: Service, sync: Sync, norg2: Norg2, broken: tuple[int, bytes]) -> None:
    norg2.broken = broken
    status, said = sync()
    assert (status, "does not answer" in said, "Traceback" in said, renewals(service)) == (1, True, False, [])


def test_without_a_norg2_it_says_what_to_set(service: Service, run: Run) -> None:
    done = run("registers", "sync")
    assert (done.returncode, "VARSLING_NORG2_URL" in done.stderr) == (1, True)
