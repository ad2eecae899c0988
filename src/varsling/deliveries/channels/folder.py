"""The folder channel writes each letter as `<delivery id>.pdf`, then `<delivery id>.json`.

In production a printer reads the folder. It writes `<delivery id>.done` for a dispatched letter, and leaves the JSON
there until then: a letter without both files counts as one that the channel never got, and is written again.
"""

import contextlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from varsling import secret_files
from varsling.deliveries.channels.channel import (
    AwaitsConfirmation,
    Dispatched,
    Duplicate,
    Outcome,
    Parcel,
    SlowDown,
    Unknown,
)
from varsling.deliveries.channels.places import require_writable
from varsling.deliveries.store import DeliveryId, DeliveryKind
from varsling.domain.policies import Channel as ChannelName

_ABANDONED_SECONDS = 3600
# For a printer every letter to an office is the same kind.
_KINDS = {DeliveryKind.OFFICE_SECOND: DeliveryKind.OFFICE, DeliveryKind.COPY_AGAIN: DeliveryKind.COPY}


class FolderChannel:
    """Writes into `folder`. With `needs_done` the dispatch waits for the printer's `<delivery id>.done`.

    A printer's folder is never created: while its disk is not mounted, letters would land on the wrong disk.
    """

    name: Final[str] = ChannelName.FOLDER.value
    postal: Final[bool] = ChannelName.FOLDER.postal
    prints_unread: Final[bool] = False

    def __init__(self, folder: Path, *, needs_done: bool) -> None:
        self._folder = folder
        self._needs_done = needs_done
        with contextlib.suppress(OSError):  # reported at the first letter
            if not needs_done:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._remove_abandoned()

    def awake(self, now: datetime) -> bool:
        del now
        return True

    def opened(self, delivery_id: DeliveryId) -> bool | None:
        """It is on paper."""
        del delivery_id
        return True

    def mark_read(self, delivery_id: DeliveryId, national_id: str, at: datetime) -> None:
        """Every letter is printed."""

    def take_returns(self, take: Callable[[DeliveryId], bool]) -> None:
        """`copies returned` tells of letters that came back."""

    def check(self) -> None:
        require_writable(self._folder)

    def close(self) -> None:
        """No file stays open."""

    def send(self, parcel: Parcel) -> Outcome:
        try:
            if (known := self._state(parcel.delivery_id)) is not None:
                return Duplicate() if isinstance(known, Dispatched) else known
            secret_files.replace(self._folder / f"{parcel.delivery_id}.pdf", parcel.pdf)
        except OSError:  # gone, full or read-only: every letter would fail alike
            return SlowDown()
        try:
            # The JSON comes last, after the PDF is safe on the disk: a printer that finds it finds a whole letter.
            secret_files.flush(self._folder)
            secret_files.replace(self._folder / f"{parcel.delivery_id}.json", _metadata(parcel, self.name))
            secret_files.flush(self._folder)
        except OSError:  # the JSON may be there or not: the letter is looked up before it is sent again
            return Unknown()
        return AwaitsConfirmation() if self._needs_done else Dispatched()

    def look_up(self, delivery_id: DeliveryId, since: timedelta) -> Outcome | None:
        del since
        try:
            return self._state(delivery_id)
        except OSError:
            return SlowDown()

    def _state(self, delivery_id: DeliveryId) -> Dispatched | AwaitsConfirmation | None:
        if self._needs_done and self._has(f"{delivery_id}.done"):
            return Dispatched()
        if not self._has(f"{delivery_id}.json"):
            return None
        return AwaitsConfirmation() if self._needs_done else Dispatched()

    def _has(self, name: str) -> bool:
        try:
            (self._folder / name).stat()
        except FileNotFoundError:
            self._folder.stat()  # raises if the folder is away: then a missing file proves nothing
            return False
        return True

    def _remove_abandoned(self) -> None:
        """Remove the half-written files of killed workers."""
        for part in self._folder.glob(".*.part"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > _ABANDONED_SECONDS:
                    part.unlink()


def _metadata(parcel: Parcel, channel: str) -> bytes:
    """Give the printer's data, which contain the letter's secret code, but no claim and no identity number."""
    metadata: dict[str, object] = {
        "kind": _KINDS.get(parcel.kind, parcel.kind).value,
        "channel": channel,
        "language": parcel.language,
        "address": parcel.address,
        "code": parcel.code,
        "link": parcel.link,
    }
    if parcel.office_number is not None:
        metadata |= {"office_number": parcel.office_number, "organisation_number": parcel.to.organisation_number}
    return orjson.dumps(metadata)
