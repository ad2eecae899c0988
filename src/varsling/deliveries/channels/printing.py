"""The `print` channel: a print house takes letters from a place, and says by receipts what became of them.

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
from typing import Final
from uuid import UUID

import orjson

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
from varsling.deliveries.channels.print_places import LETTERS, RECEIPTS, PrintPlace
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
    """Hands letters to the house at `place`: while that is away, letters wait."""

    name: Final[str] = ChannelName.PRINT.value
    postal: Final[bool] = ChannelName.PRINT.postal
    prints_unread: Final[bool] = False

    def __init__(self, place: PrintPlace, order: PrintOrder) -> None:
        self._place = place
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
        self._place.check()

    def close(self) -> None:
        self._place.close()

    def send(self, parcel: Parcel) -> Outcome:
        if parcel.to.postal is None:
            return Permanent("no-address")
        try:
            if (known := self._state(parcel.delivery_id)) is not None:
                return Duplicate() if isinstance(known, Dispatched) else known
            self._place.put(LETTERS, f"{parcel.delivery_id}.pdf", parcel.pdf)
        except OSError:  # gone, full or read-only: every letter would fail alike
            return SlowDown()
        try:
            manifest = orjson.dumps(_manifest(parcel, parcel.to.postal, self._order), option=orjson.OPT_INDENT_2)
            self._place.put(LETTERS, f"{parcel.delivery_id}.json", manifest)
        except OSError:  # the manifest may be there or not: the letter is looked up before it is sent again
            return Unknown("print-place")
        return AwaitsConfirmation()

    def look_up(self, delivery_id: DeliveryId, since: timedelta) -> Outcome | None:
        del since
        try:
            return self._state(delivery_id)
        except OSError:
            return SlowDown()

    def take_returns(self, take: Callable[[DeliveryId], bool]) -> None:
        """Hand over the letters that the post has brought back, each until it is taken. Raises OSError."""
        for receipt in sorted(self._place.names(RECEIPTS)):
            name, _, kind = receipt.rpartition(".")
            if kind != _RETURNED:
                continue
            with contextlib.suppress(ValueError):  # no receipt of ours
                if not take(DeliveryId(UUID(name))):
                    continue
            self._place.rename(RECEIPTS, receipt, f"{name}.{_READ}")

    def _state(self, delivery_id: DeliveryId) -> Outcome | None:
        """Tell what the receipts say; None for a letter that the house never got. Raises OSError."""
        receipts = {f"{delivery_id}.{kind}": kind for kind in (*PrintReceipt, _REFUSED, _RETURNED, _READ)}
        told = {receipts[name] for name in self._place.found(RECEIPTS, receipts)}
        if _REFUSED in told:
            return Permanent("refused-by-printer")
        # The later receipts imply the earlier ones.
        enough = {PrintReceipt.POSTED, _RETURNED, _READ, self._order.receipt}
        if told & enough:
            return Dispatched()
        begun = told or self._place.found(LETTERS, [f"{delivery_id}.json"])
        return AwaitsConfirmation() if begun else None


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
