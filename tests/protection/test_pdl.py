"""Protected addresses through PDL: whose notices lie where, and that its silence holds all back alike."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from tests.notices.scenario import KARI, OLA, Stage, both, tenant
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
def stage(new_service: Callable[..., Service], pdl: Pdl, tmp_path: Path) -> Stage:
    token = tmp_path / "token"
    token.write_text("secret-token\n", "ascii")
    service = new_service(pdl_url=pdl.url, pdl_token_file=token, pdl_behandlingsnummer="B999")
    stage = Stage(service)
    stage.grant(None)
    return stage


def office_that_has(stage: Stage, notice: dict[str, Any]) -> dict[str, Any]:
    return dict(stage.fetch(notice["id"]).json()["office"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestWhere:
    @pytest.mark.parametrize("grade", ["STRENGT_FORTROLIG", "STRENGT_FORTROLIG_UTLAND"])
    def test_code_6_lies_with_the_office_for_protected_people(self, stage: Stage, pdl: Pdl, grade: str) -> None:
        pdl.grades = {KARI: grade}
        notice = stage.send()
        stage.work()
        assert office_that_has(stage, notice) == VIKAFOSSEN
        assert [one["office"] for one in stage.events()] == ["2103"]
        shown = stage.read(notice["id"])
        assert (shown["office"], shown["status"]) == (notice["office"], "received")
        assert [one["office"] for one in stage.events(stage.landlord, type="notice.sent")] == ["0315"]
        assert not any("Vikafossen" in text for text in stage.texts_of("copy"))

    @pytest.mark.parametrize("grade", ["FORTROLIG", "UGRADERT", None])
    def test_code_7_and_none_with_the_ordinary_one(self, stage: Stage, pdl: Pdl, grade: str | None) -> None:
        pdl.grades = {} if grade is None else {KARI: grade}
        notice = stage.send()
        stage.work()
        assert office_that_has(stage, notice)["number"] == "0315"

    def test_one_of_two_is_enough(self, stage: Stage, pdl: Pdl) -> None:
        pdl.grades = {OLA: "STRENGT_FORTROLIG"}
        notice = stage.send(*both())
        stage.work()
        assert office_that_has(stage, notice) == VIKAFOSSEN

    def test_one_whom_the_register_does_not_know_is_not_protected(self, stage: Stage, pdl: Pdl) -> None:
        pdl.strangers = {KARI}
        notice = stage.send()
        stage.work()
        assert office_that_has(stage, notice)["number"] == "0315"

    def test_without_a_number_nobody_is_asked(self, stage: Stage, pdl: Pdl) -> None:
        notice = stage.send(tenant("Ane Prøvesen", birth_date="1980-01-02"))
        stage.work()
        assert (stage.read(notice["id"])["status"], pdl.calls) == ("sent", [])

    @pytest.mark.parametrize("grade", ["STRENGT_FORTROLIG", None])
    def test_while_it_has_no_integration_all_offices_get_letters(
        self, new_service: Callable[..., Service], pdl: Pdl, grade: str | None
    ) -> None:
        pdl.grades = {} if grade is None else {KARI: grade}
        stage = Stage.with_grant(new_service(pdl_url=pdl.url))
        notice = stage.send()
        assert notice["office"]["reached_by"] == "letter"
        stage.work()
        assert [one["office_number"] for one in stage.letters("office")] == ["0315" if grade is None else "2103"]
        assert stage.read(notice["id"])["status"] == "sent"


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
        self, stage: Stage, pdl: Pdl, grade: str | None, broken: tuple[int, bytes] | None, error: str | None
    ) -> None:
        pdl.grades = {} if grade is None else {KARI: grade}
        pdl.broken, pdl.error = broken, error
        notice = stage.send()
        stage.work()
        shown = stage.read(notice["id"])
        assert (shown["status"], shown["tenants"][0]["copy"]["status"]) == ("accepted", "dispatched")
        assert stage.events() == []
        pdl.broken = pdl.error = None
        stage.work()
        assert stage.read(notice["id"])["status"] == "sent"


def test_an_answer_is_kept_for_the_version_that_was_asked_about(new_service: Callable[..., Service], pdl: Pdl) -> None:
    """Another version comes between the question and its answer."""
    pdl.broken = (500, b"")
    stage = Stage(new_service(pdl_url=pdl.url))
    stage.grant(None)
    notice = stage.send()
    stage.work()
    pdl.broken = None
    with reading(stage.context.engine) as connection:
        (asked,) = load(connection, stage.context.keyring.cipher, notices.c.id == UUID(notice["id"]))
    (answer,) = protection_answers(stage.context, [asked]).values()
    assert stage.change(notice["id"], "update", {"deposited_amount": "100.00"}).status_code == 200
    stage.context.writer.submit_and_wait(KeepProtection(stage.context, asked.id, asked.version_id, answer))
    stage.work()
    assert (stage.read(notice["id"])["status"], stage.read(notice["id"])["version"]) == ("sent", 2)


class TestWhatIsAsked:
    def test_by_a_token_and_the_basis_and_with_the_number_in_the_body_alone(self, stage: Stage, pdl: Pdl) -> None:
        stage.send(*both())
        stage.work()
        assert sorted(pdl.asked) == sorted([KARI, OLA])
        assert pdl.calls == ["/graphql", "/graphql"]
        for headers in pdl.headers:
            assert (headers["Authorization"], headers["Behandlingsnummer"]) == ("Bearer secret-token", "B999")
            assert not any(number in str(headers) for number in (KARI, OLA))

    def test_no_log_has_the_number(self, stage: Stage, pdl: Pdl) -> None:
        pdl.error = "server_error"  # its message quotes the number
        with capture_logs() as logs:
            stage.send()
            stage.work()
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
    stage = Stage.with_grant(new_service())
    notice = stage.send()
    stage.work()
    assert stage.read(notice["id"])["status"] == "sent"
