"""The `print` channel: whole letters with their manifests for a print house, and its receipts."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.deliveries.parcels import HOME, parcel
from varsling.deliveries.channels.channel import (
    Addressee,
    AwaitsConfirmation,
    Dispatched,
    Duplicate,
    Outcome,
    Parcel,
    Permanent,
    SlowDown,
)
from varsling.deliveries.channels.print_places import FolderPlace
from varsling.deliveries.channels.printing import PrintChannel, PrintOrder
from varsling.deliveries.store import DeliveryId
from varsling.domain.policies import Envelope, PrintReceipt, PrintSides
from varsling.letters.render import render
from varsling.letters.samples import sample_copy


@pytest.fixture
def house(tmp_path: Path) -> Path:
    folder = tmp_path / "print"
    for part in ("letters", "receipts"):
        (folder / part).mkdir(parents=True)
    return folder


@pytest.fixture
def channel(house: Path) -> PrintChannel:
    return PrintChannel(FolderPlace(house), PrintOrder(PrintReceipt.POSTED, PrintSides.DUPLEX, Envelope.C5))


def now(channel: PrintChannel, sent: Parcel) -> Outcome | None:
    return channel.look_up(sent.delivery_id, timedelta())


def receive(house: Path, sent: Parcel, receipt: str) -> None:
    (house / "receipts" / f"{sent.delivery_id}.{receipt}").touch()


def test_a_manifest_has_what_the_house_needs_and_nothing_of_the_letter(channel: PrintChannel, house: Path) -> None:
    sent = parcel(pdf=render(sample_copy()).pdf)
    assert channel.send(sent) == AwaitsConfirmation()
    manifest = json.loads((house / "letters" / f"{sent.delivery_id}.json").read_text())
    assert manifest == {
        "version": 1,
        "id": str(sent.delivery_id),
        "file": f"{sent.delivery_id}.pdf",
        "sha256": hashlib.sha256((house / "letters" / f"{sent.delivery_id}.pdf").read_bytes()).hexdigest(),
        "bytes": len(sent.pdf),
        "pages": 3,
        "sides": "duplex",
        "colour": False,
        "envelope": "C5",
        "language": "nb",
        "address": {
            "name": "Kari Testperson",
            "lines": ["Sannergata 1 B"],
            "postal_code": "0557",
            "city": "Oslo",
            "country": "NO",
        },
    }
    assert {file.stat().st_mode & 0o777 for file in (house / "letters").iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("receipt", "printed"), [(PrintReceipt.POSTED, AwaitsConfirmation()), (PrintReceipt.PRINTED, Dispatched())]
)
def test_a_letter_is_dispatched_at_the_receipt_that_the_operator_chose(
    house: Path, receipt: PrintReceipt, printed: Outcome
) -> None:
    channel = PrintChannel(FolderPlace(house), PrintOrder(receipt, PrintSides.SIMPLEX, Envelope.E65))
    sent = parcel()
    channel.send(sent)
    assert now(channel, sent) == AwaitsConfirmation()
    receive(house, sent, "printed")
    for file in (house / "letters").iterdir():  # the house may take it away now
        file.unlink()
    assert now(channel, sent) == printed
    receive(house, sent, "posted")
    assert now(channel, sent) == Dispatched()
    assert channel.send(sent) == Duplicate()


def test_a_letter_that_the_house_cannot_print_goes_by_another_channel(channel: PrintChannel, house: Path) -> None:
    sent = parcel()
    channel.send(sent)
    receive(house, sent, "refused")
    assert now(channel, sent) == Permanent("refused-by-printer")
    assert channel.send(parcel(to=Addressee("Kari Testperson"))) == Permanent("no-address")


def test_what_the_post_brings_back_is_told_once(channel: PrintChannel, house: Path) -> None:
    sent = parcel(to=Addressee("Kari Testperson", HOME))
    channel.send(sent)
    receive(house, sent, "returned")
    (house / "receipts" / "nobody-s.returned").touch()
    told: list[DeliveryId] = []

    def take(one: DeliveryId) -> bool:
        told.append(one)
        return len(told) > 1  # the first time nobody knows yet that it went out

    for _ in range(3):
        channel.take_returns(take)
    assert told == [sent.delivery_id] * 2
    assert now(channel, sent) == Dispatched()  # it had been on its way


def test_a_return_that_could_not_be_recorded_is_told_again(channel: PrintChannel, house: Path) -> None:
    sent = parcel()
    receive(house, sent, "returned")

    def fails(_: object) -> bool:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        channel.take_returns(fails)
    told: set[DeliveryId] = set()

    def take(one: DeliveryId) -> bool:
        told.add(one)
        return True

    channel.take_returns(take)
    assert told == {sent.delivery_id}


def test_half_a_letter_is_no_letter_and_the_same_again_changes_nothing(channel: PrintChannel, house: Path) -> None:
    sent = parcel()
    (house / "letters" / f"{sent.delivery_id}.pdf").write_bytes(b"from a worker that died")
    assert now(channel, sent) is None
    assert channel.send(sent) == AwaitsConfirmation()
    assert channel.send(parcel(sent.delivery_id, pdf=b"another")) == AwaitsConfirmation()
    assert (house / "letters" / f"{sent.delivery_id}.pdf").read_bytes() == sent.pdf


def test_a_folder_that_is_away_takes_nothing_and_knows_nothing(tmp_path: Path) -> None:
    order = PrintOrder(PrintReceipt.POSTED, PrintSides.DUPLEX, Envelope.C5)
    channel = PrintChannel(FolderPlace(tmp_path / "print"), order)
    assert (channel.send(parcel()), now(channel, parcel())) == (SlowDown(), SlowDown())
    assert not (tmp_path / "print").exists()
