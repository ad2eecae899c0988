"""The `print` channel: a print house takes letters from a folder, and says by receipts what became of them.

For each letter the house finds `letters/<id>.pdf`, and when that is whole `letters/<id>.json`, its manifest. It answers
by a file in `receipts`: `<id>.printed`, `<id>.posted` (handed to the post), `<id>.refused` (it cannot print it) and
later `<id>.returned` (the post brought it back). It leaves the manifest there until its first receipt.
"""

import contextlib
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import orjson

from varsling import secret_files
from varsling.deliveries.channels.channel import (
    AwaitsConfirmation,
    Dispatched,
    Duplicate,
    Outcome,
    Parcel,
    Permanent,
    SlowDown,
    Unknown,
)
from varsling.deliveries.channels.places import require_writable
from varsling.deliveries.store import DeliveryId
from varsling.domain.notice import PostalAddress
from varsling.domain.policies import Channel as ChannelName
from varsling.domain.policies import Envelope, PrintReceipt, PrintSides

MANIFEST_VERSION = 1
_REFUSED, _RETURNED, _READ = "refused", "returned", "returned-read"
_PAGES = re.compile(rb"/Type\s*/Pages\s*/Count (\d+)")


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """How the house prints, and the receipt at which a letter counts as dispatched."""

    receipt: PrintReceipt
    sides: PrintSides
    envelope: Envelope


class PrintChannel:
    """Hands letters to the house through `folder`, which is never made: while its disk is away, letters wait."""

    name: Final[str] = ChannelName.PRINT.value
    postal: Final[bool] = ChannelName.PRINT.postal
    prints_unread: Final[bool] = False

    def __init__(self, folder: Path, order: PrintOrder) -> None:
        self._letters = folder / "letters"
        self._receipts = folder / "receipts"
        self._order = order

    def awake(self, now: datetime) -> bool:
        del now
        return True

    def opened(self, delivery_id: DeliveryId) -> bool | None:
        """It is on paper."""
        del delivery_id
        return True

    def mark_read(self, delivery_id: DeliveryId, national_id: str, at: datetime) -> None:
        """Every letter is printed."""

    def check(self) -> None:
        require_writable(self._letters)
        require_writable(self._receipts)

    def close(self) -> None:
        """No file stays open."""

    def send(self, parcel: Parcel) -> Outcome:
        if parcel.to.postal is None:
            return Permanent("no-address")
        try:
            if (known := self._state(parcel.delivery_id)) is not None:
                return Duplicate() if isinstance(known, Dispatched) else known
            secret_files.replace(self._letters / f"{parcel.delivery_id}.pdf", parcel.pdf)
            secret_files.flush(self._letters)
        except OSError:  # gone, full or read-only: every letter would fail alike
            return SlowDown()
        try:
            manifest = orjson.dumps(_manifest(parcel, parcel.to.postal, self._order), option=orjson.OPT_INDENT_2)
            secret_files.replace(self._letters / f"{parcel.delivery_id}.json", manifest)
            secret_files.flush(self._letters)
        except OSError:  # the manifest may be there or not: the letter is looked up before it is sent again
            return Unknown("folder")
        return AwaitsConfirmation()

    def look_up(self, delivery_id: DeliveryId, since: timedelta) -> Outcome | None:
        del since
        try:
            return self._state(delivery_id)
        except OSError:
            return SlowDown()

    def take_returns(self, take: Callable[[DeliveryId], bool]) -> None:
        """Hand over the letters that the post has brought back, each until it is taken. Raises OSError."""
        for receipt in sorted(self._receipts.glob(f"*.{_RETURNED}")):
            with contextlib.suppress(ValueError):  # no receipt of ours
                if not take(DeliveryId(UUID(receipt.stem))):
                    continue
            receipt.rename(receipt.with_suffix(f".{_READ}"))

    def _state(self, delivery_id: DeliveryId) -> Outcome | None:
        """Tell what the receipts say; None for a letter that the house never got. Raises OSError."""
        if self._has(self._receipts, f"{delivery_id}.{_REFUSED}"):
            return Permanent("refused-by-printer")
        # The later receipts imply the earlier ones.
        enough = [PrintReceipt.POSTED.value, _RETURNED, _READ]
        if self._order.receipt is PrintReceipt.PRINTED:
            enough.append(PrintReceipt.PRINTED.value)
        if any(self._has(self._receipts, f"{delivery_id}.{receipt}") for receipt in enough):
            return Dispatched()
        begun = self._has(self._receipts, f"{delivery_id}.{PrintReceipt.PRINTED}")
        return AwaitsConfirmation() if begun or self._has(self._letters, f"{delivery_id}.json") else None

    def _has(self, folder: Path, name: str) -> bool:
        try:
            (folder / name).stat()
        except FileNotFoundError:
            folder.stat()  # raises if the folder is away: then a missing file proves nothing
            return False
        return True


def _manifest(parcel: Parcel, postal: PostalAddress, order: PrintOrder) -> dict[str, object]:
    """Give what the house needs to print and post a letter, and nothing of what the letter says."""
    pages = _PAGES.search(parcel.pdf)
    return {
        "version": MANIFEST_VERSION,
        "id": str(parcel.delivery_id),
        "file": f"{parcel.delivery_id}.pdf",
        "sha256": hashlib.sha256(parcel.pdf).hexdigest(),
        "bytes": len(parcel.pdf),
        "pages": int(pages[1]) if pages else None,
        "sides": order.sides.value,
        "colour": False,
        "envelope": order.envelope.value,
        "language": parcel.language,
        "address": {
            "name": parcel.to.name,
            "lines": list(postal.lines),
            "postal_code": postal.postal_code,
            "city": postal.city,
            "country": postal.country,
        },
    }
