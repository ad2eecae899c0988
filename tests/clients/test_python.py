"""A client that openapi-python-client makes of the document compiles, and makes a real round against the service."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import FILE, Round

pytestmark = pytest.mark.slow


class Generated:
    """The modules of a generated package, by their own names."""

    def __init__(self, round_of: Round) -> None:
        self._round = round_of
        self.models: Any = importlib.import_module("varsling_client.models")
        self._client: Any = importlib.import_module("varsling_client.client")

    def call(self, name: str, *arguments: str, as_office: bool = False, **more: Any) -> Any:
        """Call an operation as the generated client does; `name` is its module."""
        token = self._round.office_token if as_office else self._round.landlord_token
        operation = importlib.import_module(f"varsling_client.api.{name}")
        with self._client.AuthenticatedClient(base_url=self._round.url, token=token) as client:
            return operation.sync_detailed(*arguments, client=client, **more)

    def read(self, model: str, value: Any) -> Any:
        return getattr(self.models, model).from_dict(value)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The generated package, every module of it imported."""
    folder = tmp_path_factory.mktemp("client")
    made = folder / "varsling_client"
    tool = [sys.executable, "-m", "openapi_python_client", "generate"]
    said = subprocess.run(
        [*tool, "--path", FILE, "--meta", "none", "--output-path", made],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={"PATH": str(Path(sys.executable).parent)},
    )
    assert "Warning" not in said.stdout, said.stdout
    sys.path.insert(0, str(folder))
    for file in made.rglob("*.py"):
        importlib.import_module(".".join(file.relative_to(folder).with_suffix("").parts))
    yield made
    sys.path.remove(str(folder))
    for name in [one for one in sys.modules if one.partition(".")[0] == "varsling_client"]:
        del sys.modules[name]


@pytest.fixture
def generated(package: Path, round_of: Round) -> Generated:
    assert package.is_dir()
    return Generated(round_of)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_generated_client_makes_a_round(generated: Generated, round_of: Round) -> None:
    sent = send_and_send_again(generated, round_of)
    refusals(generated, round_of, sent.id)
    batch_and_changes(generated, round_of, sent.id)
    round_of.scenario.work()
    read_as_office(generated)


def send_and_send_again(generated: Generated, round_of: Round) -> Any:
    notice = generated.read("NoticeInput", round_of.notice)
    sent = generated.call("notices.submit_notice", body=notice, idempotency_key="round-1")
    assert (sent.status_code, sent.headers["Location"]) == (201, f"/v1/notices/{sent.parsed.id}")
    again = generated.call("notices.submit_notice", body=notice, idempotency_key="round-1")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.parsed == sent.parsed
    return sent.parsed


def refusals(generated: Generated, round_of: Round, existing: str) -> None:
    early = round_of.other | {"planned_petition_date": round_of.scenario.today.isoformat()}
    refused = generated.call("notices.submit_notice", body=generated.read("NoticeInput", early)).parsed
    assert (refused.code, type(refused).__name__) == ("petition-too-early", "Problem")
    assert refused.dates.petition.recommended > round_of.scenario.today
    second = generated.read("NoticeInput", round_of.notice | {"reference": "ROUND-AGAIN"})
    assert generated.call("notices.submit_notice", body=second).parsed.existing.id == existing
    nowhere = {"street": "Storgata", "house_number": "5", "postal_code": "0557"}
    unknown = generated.read("NoticeInput", round_of.other | {"dwelling": nowhere})
    candidates = generated.call("notices.submit_notice", body=unknown).parsed.candidates
    assert next((one.name, one.office.name) for one in candidates) == ("Grünerløkka", "Nav Grünerløkka")


def batch_and_changes(generated: Generated, round_of: Round, notice: str) -> None:
    batch = generated.call(
        "notices.submit_batch", body=generated.read("BatchInput", {"items": [{"notice": round_of.other}]})
    ).parsed
    assert batch.accepted == 1
    update = generated.read("UpdateInput", {"deposited_amount": "500.00"})
    assert generated.call("notices.update_notice", notice, body=update, if_match='"1"').parsed.version == 2
    today = round_of.scenario.today.isoformat()
    settlement = generated.read("SettlementInput", {"reason": "paid", "on": today})
    settled = generated.call("notices.settle_notice", batch.results[0].notice.id, body=settlement).parsed
    assert settled.status == "settled"
    reservation = round_of.scenario.reservation("Ane Prøvesen", None, "ROUND-LEASE")
    reservation["tenant"] |= {"birth_date": "1981-02-03"}
    made = generated.call("reservations.register_reservation", body=generated.read("ReservationInput", reservation))
    assert made.headers["Location"] == f"/v1/reservations/{made.parsed.id}"
    assert generated.call("reservations.read_reservation", made.parsed.id).parsed == made.parsed


def read_as_office(generated: Generated) -> None:
    page = generated.call("feed.read_feed", as_office=True, limit=10).parsed
    (sent,) = [one for one in page.events if isinstance(one, generated.models.NoticeSentEvent)]
    view = generated.call("feed.read_notice_as_office", sent.notice, as_office=True).parsed
    assert view.tenants[0].name == "Kari Testperson"
    opened = generated.read("AcknowledgementInput", {"opened_by_person": True})
    acknowledged = generated.call("feed.acknowledge_notice", sent.notice, body=opened, as_office=True).parsed
    assert acknowledged.opened_at is not None
    assert generated.call("feed.read_feed", after=page.next_, as_office=True).parsed.events == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_event_of_a_type_that_came_later_is_read(generated: Generated) -> None:
    """Types grow within version 1: a page with a new one must not fail."""
    example = generated.models.NoticeSentEvent.from_dict
    known = {
        "position": 1, "id": "019ad0c4-2c4b-7f4e-9d0a-3c9f0c2b7a13", "type": "notice.sent", "office": "0315",
        "time": "2026-11-23T09:12:35.002Z", "notice": None, "version": 1, "backfill": False, "hash": "0" * 64,
    }  # fmt: skip
    assert example(known).type_ == "notice.sent"
    later = known | {"position": 2, "type": "notice.renumbered", "more": {"of": "it"}}
    page = generated.read("FeedPage", {"epoch": 1, "events": [known, later], "next": "x"})
    assert [type(one).__name__ for one in page.events] == ["NoticeSentEvent", "LaterEvent"]
    assert page.events[1].additional_properties == {"more": {"of": "it"}}
