"""The print house's server by SFTP: a real OpenSSH on loopback."""

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.deliveries.parcels import parcel
from tests.deliveries.sshd import Sshd, sshd
from varsling.deliveries.channels.channel import AwaitsConfirmation, ChannelRefuses, Dispatched, SlowDown
from varsling.deliveries.channels.printing import PrintChannel, PrintOrder
from varsling.deliveries.channels.sftp import SftpPlace, SftpServer
from varsling.deliveries.store import DeliveryId
from varsling.domain.policies import Envelope, PrintReceipt, PrintSides
from varsling.simulators.print_house import PrintHouse


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with sshd(tmp_path) as server:
        PrintHouse(server.house).open()
        yield server


Open = Callable[..., PrintChannel]


@pytest.fixture
def open_channel(server: Sshd) -> Iterator[Open]:
    opened: list[PrintChannel] = []

    def make(key: Path | None = None, known_hosts: Path | None = None, url: str | None = None) -> PrintChannel:
        place = SftpPlace(SftpServer.at(url or server.url, key or server.key, known_hosts or server.known_hosts))
        opened.append(PrintChannel(place, PrintOrder(PrintReceipt.POSTED, PrintSides.DUPLEX, Envelope.C5)))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def other_key(folder: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "another"], check=True)
    return folder / "another"


def test_a_letter_is_whole_before_its_manifest_and_its_receipts_are_read(server: Sshd, open_channel: Open) -> None:
    channel, sent = open_channel(), parcel()
    channel.check()
    assert channel.look_up(sent.delivery_id, timedelta()) is None
    assert channel.send(sent) == AwaitsConfirmation()
    assert channel.send(sent) == AwaitsConfirmation()  # the same again changes nothing
    assert sorted(one.name for one in (server.house / "letters").iterdir()) == [
        f"{sent.delivery_id}.json",
        f"{sent.delivery_id}.pdf",
    ]
    manifest = json.loads((server.house / "letters" / f"{sent.delivery_id}.json").read_text())
    assert manifest["bytes"] == len(sent.pdf)
    assert (server.house / "letters" / manifest["file"]).read_bytes() == sent.pdf
    (server.house / "receipts" / f"{sent.delivery_id}.posted").touch()
    assert channel.look_up(sent.delivery_id, timedelta()) == Dispatched()
    (server.house / "receipts" / f"{sent.delivery_id}.returned").touch()
    told: list[DeliveryId] = []

    def take(one: DeliveryId) -> bool:
        told.append(one)
        return True

    for _ in range(2):
        channel.take_returns(take)
    assert told == [sent.delivery_id]


def test_a_server_that_is_away_takes_nothing_and_knows_nothing_until_it_is_back(
    server: Sshd, open_channel: Open
) -> None:
    channel, sent = open_channel(), parcel()
    assert channel.send(sent) == AwaitsConfirmation()
    server.stop()
    assert channel.send(parcel()) == SlowDown()
    assert channel.look_up(sent.delivery_id, timedelta()) == SlowDown()
    with pytest.raises(OSError, match=r".+"):
        channel.take_returns(lambda _: True)
    server.start()
    assert channel.look_up(sent.delivery_id, timedelta()) == AwaitsConfirmation()
    assert channel.send(parcel()) == AwaitsConfirmation()


def test_a_folder_that_is_away_proves_nothing(server: Sshd, open_channel: Open) -> None:
    channel, sent = open_channel(), parcel()
    channel.send(sent)
    (server.house / "receipts").rename(server.house / "elsewhere")
    assert channel.look_up(sent.delivery_id, timedelta()) == SlowDown()
    with pytest.raises(ChannelRefuses, match="receipts there is missing"):
        channel.check()


@pytest.mark.parametrize("wrong", ["key", "known_hosts", "url", "no-key"])
def test_who_cannot_be_proven_gets_and_gives_no_letter(
    server: Sshd, open_channel: Open, tmp_path: Path, wrong: str
) -> None:
    """Neither a user without the key nor a server with another one: letters name people."""
    other = other_key(tmp_path)
    wrong_host = tmp_path / "wrong_host"
    wrong_host.write_text(f"[127.0.0.1]:{server.port} {(tmp_path / 'another.pub').read_text()}")
    channel = {
        "key": lambda: open_channel(key=other),
        "known_hosts": lambda: open_channel(known_hosts=wrong_host),
        "url": lambda: open_channel(url=server.url.replace("@", "-nobody@")),
        "no-key": lambda: open_channel(key=tmp_path / "missing"),
    }[wrong]()
    assert channel.send(parcel()) == SlowDown()
    assert list((server.house / "letters").iterdir()) == []
    with pytest.raises(ChannelRefuses, match="VARSLING_PRINT_SFTP_K"):
        channel.check()
