"""Protected addresses through PDL: a hit moves the notice to another office, and PDL's silence delays all alike."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from tests.notices.scenario import KARI, OLA, Scenario, both, tenant
from tests.protection.pdl import Pdl
from tests.service import Service
from varsling.database.engine import reading
from varsling.domain.protection import Protection
from varsling.lookup_cache import NotAnswered
from varsling.notices.commands.protection import KeepProtection, protection_answers
from varsling.notices.store import load
from varsling.notices.tables import notices
from varsling.protection.pdl import Pdl as Adapter

VIKAFOSSEN = {"number": "2103", "name": "Nav Vikafossen"}


@pytest.fixture
def pdl() -> Iterator[Pdl]:
    with Pdl() as simulator:
        yield simulator


@pytest.fixture
def scenario(new_service: Callable[..., Service], pdl: Pdl, tmp_path: Path) -> Scenario:
    scenario = Scenario(new_service(**pdl.settings(tmp_path)))
    scenario.grant(None)
    return scenario


def office_that_has(scenario: Scenario, notice: dict[str, Any]) -> dict[str, Any]:
    return dict(scenario.fetch(notice["id"]).json()["office"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestWhere:
    @pytest.mark.parametrize("grade", ["STRENGT_FORTROLIG", "STRENGT_FORTROLIG_UTLAND"])
    def test_code_6_lies_with_the_office_for_protected_people(self, scenario: Scenario, pdl: Pdl, grade: str) -> None:
        pdl.grades = {KARI: grade}
        notice = scenario.send()
        scenario.work()
        assert office_that_has(scenario, notice) == VIKAFOSSEN
        assert [one["office"] for one in scenario.events()] == ["2103"]
        shown = scenario.read(notice["id"])
        assert (shown["office"], shown["status"]) == (notice["office"], "received")
        assert [one["office"] for one in scenario.events(scenario.landlord, type="notice.sent")] == ["0315"]
        assert not any("Vikafossen" in text for text in scenario.texts_of("copy"))

    @pytest.mark.parametrize("grade", ["FORTROLIG", "UGRADERT", None])
    def test_code_7_and_none_with_the_ordinary_one(self, scenario: Scenario, pdl: Pdl, grade: str | None) -> None:
        pdl.grades = {} if grade is None else {KARI: grade}
        notice = scenario.send()
        scenario.work()
        assert office_that_has(scenario, notice)["number"] == "0315"

    def test_one_of_two_is_enough(self, scenario: Scenario, pdl: Pdl) -> None:
        pdl.grades = {OLA: "STRENGT_FORTROLIG"}
        notice = scenario.send(*both())
        scenario.work()
        assert office_that_has(scenario, notice) == VIKAFOSSEN

    def test_one_whom_the_register_does_not_know_is_not_protected(self, scenario: Scenario, pdl: Pdl) -> None:
        pdl.strangers = {KARI}
        notice = scenario.send()
        scenario.work()
        assert office_that_has(scenario, notice)["number"] == "0315"

    def test_without_a_number_nobody_is_asked(self, scenario: Scenario, pdl: Pdl) -> None:
        notice = scenario.send(tenant("Ane Prøvesen", birth_date="1980-01-02"))
        scenario.work()
        assert (scenario.read(notice["id"])["status"], pdl.calls) == ("sent", [])

    @pytest.mark.parametrize("grade", ["STRENGT_FORTROLIG", None])
    def test_while_it_has_no_integration_all_offices_get_letters(
        self, new_service: Callable[..., Service], pdl: Pdl, tmp_path: Path, grade: str | None
    ) -> None:
        pdl.grades = {} if grade is None else {KARI: grade}
        scenario = Scenario.with_grant(new_service(**pdl.settings(tmp_path)))
        notice = scenario.send()
        assert notice["office"]["reached_by"] == "letter"
        scenario.work()
        assert [one["office_number"] for one in scenario.letters("office")] == ["0315" if grade is None else "2103"]
        assert scenario.read(notice["id"])["status"] == "sent"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestSilence:
    @pytest.mark.parametrize("grade", ["STRENGT_FORTROLIG", "FORTROLIG", None])
    @pytest.mark.parametrize(
        ("broken", "error"),
        [
            ((500, b""), None),
            ((200, b"<html>"), None),
            ((200, b'{"data": null}'), None),
            ((200, b'{"data": {"hentPerson": {"adressebeskyttelse": [{"gradering": "NY_GRAD"}]}}}'), None),
            (None, "unauthorized"),
            (None, "server_error"),
        ],
        ids=["500", "no JSON", "nothing", "a grade that we do not know", "unauthorized", "server_error"],
    )
    def test_all_publications_wait_alike_and_go_when_it_answers(
        self, scenario: Scenario, pdl: Pdl, grade: str | None, broken: tuple[int, bytes] | None, error: str | None
    ) -> None:
        pdl.grades = {} if grade is None else {KARI: grade}
        pdl.broken, pdl.error = broken, error
        notice = scenario.send()
        scenario.work()
        shown = scenario.read(notice["id"])
        assert (shown["status"], shown["tenants"][0]["copy"]["status"]) == ("accepted", "dispatched")
        assert scenario.events() == []
        pdl.broken = pdl.error = None
        scenario.work()
        assert scenario.read(notice["id"])["status"] == "sent"


def test_an_answer_is_kept_for_the_version_that_was_asked_about(
    new_service: Callable[..., Service], pdl: Pdl, tmp_path: Path
) -> None:
    """A new version comes between the question and its answer."""
    pdl.broken = (500, b"")
    scenario = Scenario(new_service(**pdl.settings(tmp_path)))
    scenario.grant(None)
    notice = scenario.send()
    scenario.work()
    pdl.broken = None
    with reading(scenario.context.engine) as connection:
        (asked,) = load(connection, scenario.context.keyring.cipher, notices.c.id == UUID(notice["id"]))
    (answer,) = protection_answers(scenario.context, [asked]).values()
    assert scenario.change(notice["id"], "update", {"deposited_amount": "100.00"}).status_code == 200
    scenario.context.writer.submit_and_wait(KeepProtection(scenario.context, asked.id, asked.version_id, answer))
    scenario.work()
    assert (scenario.read(notice["id"])["status"], scenario.read(notice["id"])["version"]) == ("sent", 2)


class TestWhatIsAsked:
    def test_by_a_token_and_the_basis_and_with_the_number_in_the_body_alone(self, scenario: Scenario, pdl: Pdl) -> None:
        scenario.send(*both())
        scenario.work()
        assert sorted(pdl.asked) == sorted([KARI, OLA])
        assert pdl.calls == ["/graphql", "/graphql"]
        for headers in pdl.headers:
            assert (headers["Authorization"], headers["Behandlingsnummer"]) == ("Bearer secret-token", "B999")
            assert not any(number in str(headers) for number in (KARI, OLA))

    def test_no_log_has_the_number(self, scenario: Scenario, pdl: Pdl) -> None:
        pdl.error = "server_error"  # PDL's message quotes the number
        with capture_logs() as logs:
            scenario.send()
            scenario.work()
        assert "register_not_answered" in {line["event"] for line in logs}
        assert KARI not in str(logs)

    def test_a_token_that_is_not_there_is_no_answer(self, pdl: Pdl, tmp_path: Path) -> None:
        adapter = Adapter(pdl.url, token_file=tmp_path / "none", basis="B999", seconds=5)
        with pytest.raises(NotAnswered):
            adapter.protection(KARI)
        adapter.close()

    def test_the_strictest_of_several_grades_counts(self, pdl: Pdl) -> None:
        grades = b'[{"gradering": "UGRADERT"}, {"gradering": "STRENGT_FORTROLIG"}, {"gradering": "FORTROLIG"}]'
        pdl.broken = (200, b'{"data": {"hentPerson": {"adressebeskyttelse": %s}}}' % grades)
        adapter = Adapter(pdl.url, token_file=None, basis="B999", seconds=5)
        assert adapter.protection(KARI) is Protection.STRICT
        adapter.close()


def test_without_a_register_nothing_waits(new_service: Callable[..., Service]) -> None:
    scenario = Scenario.with_grant(new_service())
    notice = scenario.send()
    scenario.work()
    assert scenario.read(notice["id"])["status"] == "sent"
