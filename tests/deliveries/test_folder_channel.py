"""The folder channel writes whole letters, once each, to the disk before it answers."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.deliveries.parcels import parcel
from tests.dispatch.notices import sheets
from varsling.deliveries.channels.channel import AwaitsConfirmation, Dispatched, Duplicate, SlowDown
from varsling.deliveries.channels.folder import FolderChannel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "letters"


@pytest.fixture
def channel(folder: Path) -> FolderChannel:
    return FolderChannel(folder, needs_done=False)


def test_a_letter_lies_there_whole_and_alone(channel: FolderChannel, folder: Path) -> None:
    sent = parcel()
    assert channel.send(sent) == Dispatched()
    assert {file.name for file in folder.iterdir()} == {f"{sent.delivery_id}.pdf", f"{sent.delivery_id}.json"}
    assert (folder / f"{sent.delivery_id}.pdf").read_bytes() == sent.pdf


def test_the_same_delivery_a_second_time_changes_nothing(channel: FolderChannel, folder: Path) -> None:
    first = parcel()
    assert channel.look_up(first.delivery_id, timedelta()) is None
    channel.send(first)
    assert channel.send(parcel(first.delivery_id, pdf=b"another")) == Duplicate()
    assert channel.look_up(first.delivery_id, timedelta()) == Dispatched()
    assert (folder / f"{first.delivery_id}.pdf").read_bytes() == first.pdf


def test_half_a_letter_is_no_letter(channel: FolderChannel, folder: Path) -> None:
    sent = parcel()
    (folder / f"{sent.delivery_id}.pdf").write_bytes(b"from a worker that died")
    assert channel.look_up(sent.delivery_id, timedelta()) is None
    assert channel.send(sent) == Dispatched()
    assert (folder / f"{sent.delivery_id}.pdf").read_bytes() == sent.pdf


def test_a_printer_says_when_it_is_done(folder: Path) -> None:
    folder.mkdir()
    printer, sent = FolderChannel(folder, needs_done=True), parcel()
    assert printer.send(sent) == AwaitsConfirmation()
    assert printer.send(sent) == AwaitsConfirmation()
    (folder / f"{sent.delivery_id}.done").touch()
    assert printer.look_up(sent.delivery_id, timedelta()) == Dispatched()
    # A printer may take letters out of the folder.
    (folder / f"{sent.delivery_id}.json").unlink()
    (folder / f"{sent.delivery_id}.pdf").unlink()
    assert printer.send(sent) == Duplicate()


@pytest.mark.parametrize("needs_done", [True, False])
def test_a_folder_that_is_away_takes_nothing_and_knows_nothing(tmp_path: Path, needs_done: bool) -> None:
    folder = tmp_path / "letters"
    channel = FolderChannel(folder, needs_done=needs_done)
    if not needs_done:
        folder.rmdir()
    assert channel.send(parcel()) == SlowDown()
    assert channel.look_up(parcel().delivery_id, timedelta()) == SlowDown()


def test_a_printers_folder_is_never_made(tmp_path: Path) -> None:
    FolderChannel(tmp_path / "disk" / "letters", needs_done=True)
    assert not (tmp_path / "disk").exists()


def test_what_died_half_written_long_ago_is_removed(folder: Path) -> None:
    folder.mkdir()
    old, new = folder / ".a.pdf.0000.part", folder / ".b.pdf.0000.part"
    for part in (old, new):
        part.touch()
    os.utime(old, (0, 0))
    FolderChannel(folder, needs_done=False)
    assert (old.exists(), new.exists()) == (False, True)
    assert sheets(folder) == {}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_letters_are_their_owners_alone(channel: FolderChannel, folder: Path, umask: int) -> None:
    """They name people and print the codes of their pages."""
    before = os.umask(umask)
    try:
        channel.send(parcel())
    finally:
        os.umask(before)
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o077 == 0
