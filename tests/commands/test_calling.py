"""`submit` and `follow` as a landlord runs them against a service, including a second run."""

import csv
import json
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Run
from tests.commands.test_operating import done
from tests.loopback import Loopback
from tests.notices.bodies import letters_of
from tests.notices.scenario import Scenario
from tests.service import OTHER_LANDLORD, Service
from varsling.client.api import Api, ApiRefused, ApiUnreachable
from varsling.client.files import Row
from varsling.client.submit import BATCH
from varsling.client.submit import submit as send

HEAD = (
    "reference;landlord.organisation_number;landlord.contact.email;lease.reference;lease.use;lease.eviction_clause;"
    "dwelling.street;dwelling.house_number;dwelling.postal_code;dwelling.district_number;"
    "tenants.0.name;tenants.0.birth_date;breach.claims.0.due_date;breach.claims.0.original_amount;"
    "breach.claims.0.outstanding_amount;ground.code;ground.warning_sent_on;attestations.no_reservation_received;"
    "attestations.reason_to_notify;landlord.name"
)


def row(number: int, clause: str = "SANN") -> str:
    return (
        f"E-{number};311758489;utleie@tiger.example;L-{number};dwelling;{clause};Sannergata;{number};557;30102;"
        f"Åse Prøve{letters_of(number)};{number}.1.1990;01.10.2026;12 500,00;9 000,00;rent_unpaid;05.11.2026;SANN;"
        "SANN;Tigerboliger AS"
    )


@pytest.fixture
def scenario(service: Service) -> Scenario:
    return Scenario.with_grant(service)


@pytest.fixture
def calling(scenario: Scenario, tmp_path: Path) -> list[str]:
    return ["--url", scenario.service.url, "--token-file", token_file(scenario, tmp_path)]


def token_file(scenario: Scenario, folder: Path) -> str:
    file = folder / "token"
    file.write_text(scenario.landlord.headers["Authorization"].removeprefix("Bearer ") + "\n")
    return str(file)


def test_a_file_of_norwegian_excels_is_sent_and_safe_to_send_again(
    run: Run, scenario: Scenario, calling: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "varsler.csv"
    file.write_bytes("\r\n".join([HEAD, row(1), row(2, "USANN"), row(3)]).encode("cp1252"))

    checked = run("submit", str(file), *calling, "--check")
    assert scenario.landlord.get("/v1/notices").json()["items"] == []
    first, again = (run("submit", str(file), *calling) for _ in range(2))

    assert [one.returncode for one in (checked, first, again)] == [1, 1, 1]  # one notice is refused
    lines = first.stdout.splitlines()
    outcomes = [["2", "E-1", "accepted"], ["3", "E-2", "refused"], ["4", "E-3", "accepted"]]
    assert [line.split()[:3] for line in lines] == outcomes
    assert "petition not before" in lines[0]
    assert "Nav Grünerløkka" in lines[0]
    assert "lease.eviction_clause (eviction-clause-missing): " in lines[1]
    assert first.stdout == again.stdout == checked.stdout.replace("would be accepted", "accepted")
    assert checked.stdout.count("would be accepted") == 2
    assert "2 accepted, 1 refused." in first.stderr
    assert len(scenario.landlord.get("/v1/notices").json()["items"]) == 2


def test_an_accountants_file_from_the_template_to_the_result(
    run: Run, scenario: Scenario, calling: list[str], tmp_path: Path
) -> None:
    """In Norwegian: the template filled in, sent, the outcome read in Excel, mended and sent again."""
    template = run("submit", "--template", "csv", "--language", "nb").stdout.removeprefix("\ufeff")
    heads, example = (line.split(";") for line in template.splitlines())
    rows = []
    for number, changes in enumerate(
        (
            {},
            {"Leieforhold": "L-2", "Leier 1 fødselsnummer": "01819010002"},
            {"Leieforhold": "L-3", "Bydelsnummer": ""},
        ),
        1,
    ):
        cells = dict(zip(heads, example, strict=True)) | {"Referanse": f"T-{number}"} | changes
        rows.append(";".join(cells.values()))
    file, result = tmp_path / "varsler.csv", tmp_path / "utfall.csv"
    file.write_text("\r\n".join([";".join(heads), *rows]) + "\r\n", "utf-8-sig")
    sent = run("submit", str(file), *calling, "--language", "nb", "--result", str(result))
    assert (sent.returncode, len(sent.stdout.splitlines())) == (1, 3)
    assert "1 godtatt, 2 avvist." in sent.stderr
    assert re.search(r"^ +1 district-needed$", sent.stderr, re.MULTILINE)
    assert "Leier 1 fødselsnummer (invalid-identity-number): " in sent.stdout
    assert "/tenants" not in sent.stdout
    accepted, wrong, chosen = csv.DictReader(result.read_text("utf-8-sig").splitlines(), delimiter=";")
    assert (accepted["Utfall"], accepted["Nav-kontor"], accepted["Status"]) == (
        "godtatt",
        "Nav Grünerløkka",
        "godtatt",
    )
    assert accepted["Begjæring anbefalt fra"] == accepted["Første arbeidsdag"] == "08.12.2026"
    assert (wrong["Rad"], wrong["Referanse"], wrong["Kode"]) == ("3", "T-2", "validation-failed")
    assert wrong["Hva som må rettes"].startswith("Leier 1 fødselsnummer (invalid-identity-number): ")
    assert "030102 Grünerløkka (Nav Grünerløkka)" in chosen["Velg mellom"]
    assert "Bydelsnummer" in chosen["Hva som må rettes"]


def test_an_open_notice_is_named_and_how_to_update_it(
    run: Run, scenario: Scenario, calling: list[str], tmp_path: Path
) -> None:
    """The second row is another notice of the same lease; then it is to update the first."""
    template = run("submit", "--template", "csv", "--language", "nb").stdout.removeprefix("\ufeff")
    heads, example = (line.split(";") for line in template.splitlines())
    cells = dict(zip(heads, example, strict=True)) | {"Krav 1 ubetalt": "11.000,00"}
    file = tmp_path / "varsler.csv"

    def sent(*changes: dict[str, str]) -> str:
        rows = [";".join((cells | {"Ved åpent varsel": ""} | one).values()) for one in changes]
        file.write_text("\r\n".join([";".join((*heads, "Ved åpent varsel")), *rows]) + "\r\n", "utf-8-sig")
        told = run("submit", str(file), *calling, "--language", "nb")
        return f"{told.stdout}{told.stderr}"

    refused = sent({"Referanse": "T-1"}, {"Referanse": "T-2"})
    assert "åpent varsel for leieforholdet: T-1. Skriv «oppdater» i kolonnen «Ved åpent varsel»" in refused
    assert "if_open" not in refused
    again = {"Referanse": "T-3", "Ved åpent varsel": "oppdater", "Krav 1 ubetalt": "10.000,00"}
    assert "2 godtatt, 0 avvist.\n1 av de godtatte radene gjelder samme varsel" in sent({"Referanse": "T-1"}, again)


def test_the_file_that_is_sent_and_an_earlier_outcome_stay(
    run: Run, scenario: Scenario, calling: list[str], tmp_path: Path
) -> None:
    file, result = tmp_path / "varsler.csv", tmp_path / "utfall.csv"
    file.write_text("\n".join([HEAD, row(1)]))
    same = run("submit", str(file), *calling, "--check", "--result", str(file))
    assert (same.returncode, "name another" in same.stderr) == (2, True)
    assert file.read_text() == "\n".join([HEAD, row(1)])
    run("submit", str(file), *calling, "--result", str(result))
    kept = result.read_text("utf-8-sig")
    assert "E-1" in kept
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dead = ["--url", f"http://127.0.0.1:{nobody.getsockname()[1]}", *calling[2:]]
        assert run("submit", str(file), *dead, "--result", str(result)).returncode == 1
    assert result.read_text("utf-8-sig") == kept
    nowhere = run("submit", str(file), *calling, "--language", "nb", "--result", str(tmp_path / "no" / "x.csv"))
    assert "utfallet kan ikke skrives dit" in nowhere.stderr


def test_a_dead_server_is_told_at_once(run: Run, scenario: Scenario, tmp_path: Path) -> None:
    """A refused connection is not waited for: tests have a patience of minutes, an accountant has none."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        file = tmp_path / "varsler.csv"
        file.write_text("\n".join([HEAD, row(1)]))
        waits: list[float] = []
        with Api(url, "token", wait=waits.append) as api, pytest.raises(ApiUnreachable, match="Is the service running"):
            api.post("/v1/notices/batch", {})
        assert waits == []
        told = run("submit", str(file), "--url", url, "--token-file", token_file(scenario, tmp_path))
    assert (told.returncode, told.stdout) == (1, "")
    assert f"{url} did not take the call" in told.stderr


def test_a_cell_of_the_result_is_never_computed(
    run: Run, scenario: Scenario, calling: list[str], tmp_path: Path
) -> None:
    file, result = tmp_path / "varsler.csv", tmp_path / "utfall.csv"
    file.write_text("\n".join([HEAD, row(1).replace("E-1", "=1+1")]))
    run("submit", str(file), *calling, "--result", str(result))
    assert ";'=1+1;" in result.read_text("utf-8-sig")


def test_a_place_that_holds_nothing_is_told(run: Run, scenario: Scenario, calling: list[str], tmp_path: Path) -> None:
    for content in ("", "{", "[]", '{"cursor": 1}'):
        (tmp_path / "place").write_text(content)
        told = run("follow", *calling, "--once", "--cursor", str(tmp_path / "place"))
        assert (told.returncode, told.stdout) == (1, "")
        assert "holds no cursor. Delete it to read the stream from its beginning" in told.stderr
    scenario.send()
    scenario.work()
    (tmp_path / "place").unlink()
    seen = [run("follow", *calling, "--once", "--verify", "--cursor", str(tmp_path / "place")).stderr for _ in range(2)]
    assert "Verified: positions 1 to 2 of epoch 1, without a gap, in one chain of hashes." in seen[0]
    assert "Verified: no event has come." in seen[1]


def test_the_place_of_another_reader_is_told(run: Run, scenario: Scenario, calling: list[str], tmp_path: Path) -> None:
    place = tmp_path / "place"
    scenario.send()
    scenario.work()
    done(run("follow", *calling, "--once", "--cursor", str(place)))
    (tmp_path / "token").write_text(scenario.service.landlord(OTHER_LANDLORD).headers["Authorization"][7:])
    told = run("follow", *calling, "--once", "--cursor", str(place))
    assert (told.returncode, f"{place} is of another organisation" in told.stderr) == (1, True)


class _Answers(Loopback):
    """Answers each batch as the test says."""

    def __init__(self, *answers: list[dict[str, Any]]) -> None:
        super().__init__()
        self.answers = list(answers)

    def posted(self, path: str, body: bytes) -> tuple[int, bytes]:
        del path, body
        return 200, json.dumps({"results": self.answers.pop(0)}).encode()


def test_a_notice_whose_call_still_runs_is_sent_again() -> None:
    running = {"status": 409, "problem": {"code": "request-in-progress"}}
    stored = {"status": 201, "notice": {"id": "1", "status": "accepted"}}
    rows = [Row(number, {"reference": f"R-{number}"}) for number in (1, 2)]
    waits: list[float] = []
    with _Answers([stored, running], [running], [stored]) as service:
        with Api(service.origin, "token", wait=waits.append) as api:
            results = [*send(api, rows)]
        assert service.answers == []
    assert [one.accepted for one in results] == [True, True]
    assert len(waits) == 2


def test_an_answer_without_a_result_for_each_notice_is_none_of_varslings() -> None:
    with _Answers([{"status": 201, "notice": {}}]) as service, Api(service.origin, "token") as api:
        rows = [Row(number, {"reference": f"R-{number}"}) for number in (1, 2)]
        with pytest.raises(ApiRefused, match="not-varsling"):
            list(send(api, rows))


def test_what_the_service_could_not_decide_is_sent_again(
    run: Run, new_service: Callable[..., Service], tmp_path: Path
) -> None:
    """A queue with room for four notices of six refuses none of them."""
    scenario = Scenario(new_service(writer_queue=4))
    token = token_file(scenario, tmp_path)
    file = tmp_path / "varsler.csv"
    file.write_text("\n".join([HEAD, *(row(number) for number in range(1, 7))]), "utf-8")
    told = done(run("submit", str(file), "--url", scenario.service.url, "--token-file", token))
    assert [line.split()[2] for line in told.splitlines()] == ["accepted"] * 6


def test_a_file_that_is_right_ends_with_nothing_to_mend(
    run: Run, scenario: Scenario, calling: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "notices.json"
    file.write_text(json.dumps([scenario.body()]))
    done(run("submit", str(file), *calling))
    scenario.work()
    told = [json.loads(line) for line in done(run("follow", *calling, "--verify", "--once")).splitlines()]
    assert [one["type"] for one in told] == ["copy.dispatched", "notice.sent"]
    assert done(run("follow", *calling, "--verify", "--once")) == ""
    scenario.settle(told[0]["notice"])
    more = done(run("follow", *calling, "--verify", "--once")).splitlines()
    assert [json.loads(line)["type"] for line in more] == ["notice.settled"]


def test_a_cursor_that_expired_is_replaced_for_good(run: Run, scenario: Scenario, calling: list[str]) -> None:
    scenario.send()
    scenario.work()
    assert done(run("follow", *calling, "--once"))
    done(run("feed", "new-epoch", "--yes"))
    assert "Run again with --restart" in run("follow", *calling, "--once").stderr
    assert done(run("follow", *calling, "--once", "--restart")) == ""
    assert done(run("follow", *calling, "--once")) == ""


def test_what_was_done_before_a_batch_failed_is_counted(
    run: Run, scenario: Scenario, calling: list[str], tmp_path: Path
) -> None:
    """The second batch is larger than the contract's 4 MiB; the first has one lease in all its notices."""
    bodies = [scenario.body(reference=f"R-{number}") for number in range(BATCH)]
    file = tmp_path / "notices.json"
    file.write_text(json.dumps([*bodies, scenario.body(reference="x" * 5_000_000)]))
    failed = run("submit", str(file), *calling, "--check")
    assert failed.returncode == 1
    assert len(failed.stdout.splitlines()) == BATCH
    assert f"1 would be accepted, {BATCH - 1} refused." in failed.stderr
    assert "too-large" in failed.stderr


def test_a_token_comes_by_file_or_environment_and_never_on_the_command_line(
    run: Run, scenario: Scenario, tmp_path: Path
) -> None:
    """Every user of a machine can read the arguments of its processes."""
    url, token = scenario.service.url, scenario.landlord.headers["Authorization"].removeprefix("Bearer ")
    once = ("follow", "--url", url, "--once")
    assert run(*once, VARSLING_TOKEN=token).returncode == 0
    assert run(*once, "--token-file", token_file(scenario, tmp_path), VARSLING_TOKEN=None).returncode == 0
    for arguments in (once, (*once, "--token-file", str(tmp_path / "none")), (*once, "--token", token)):
        refused = run(*arguments, VARSLING_TOKEN=None)
        assert refused.returncode != 0
        assert token not in refused.stderr


class _Hostile(Loopback):
    def posted(self, path: str, body: bytes) -> tuple[int, bytes]:
        del path, body
        words = "\x1b]0;your terminal\x07 Betalt \u202e\x9b2J"
        return 200, json.dumps({"results": [{"status": 422, "problem": {"code": words, "detail": words}}]}).encode()


def test_a_servers_words_do_not_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    file, token = tmp_path / "varsler.csv", tmp_path / "token"
    file.write_text("\n".join([HEAD, row(1)]))
    token.write_text("t")
    with _Hostile() as server:
        told = run("submit", str(file), "--url", server.origin, "--token-file", str(token))
    assert "Betalt" in told.stdout
    assert all(one.isprintable() or one == "\n" for one in told.stdout)
