"""A print house: it takes letters whose manifests are right, and writes its receipts."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

_MEMBERS = frozenset(
    {"version", "id", "file", "sha256", "bytes", "pages", "sides", "colour", "envelope", "language", "address"}
)
_RECEIPTS = ("printed", "posted", "refused")
_OF_AN_ADDRESS = frozenset({"name", "lines", "postal_code", "city", "country"})


class PrintHouse:
    """Works in `folder`. It refuses a letter that does not match its manifest, and the next `refuses` letters."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refuses = 0

    def open(self) -> None:
        """Make the folders in which house and sender meet."""
        for part in ("letters", "receipts"):
            (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)

    def work(self) -> Iterator[str]:
        """Print and post what lies there, each letter once. Gives their ids."""
        for manifest in sorted((self.folder / "letters").glob("*.json")):
            receipts = [self.folder / "receipts" / f"{manifest.stem}.{name}" for name in _RECEIPTS]
            if any(receipt.exists() for receipt in receipts):
                continue
            if self.refuses or not self._right(manifest):
                self.refuses = max(self.refuses - 1, 0)
                receipts[2].touch()
                continue
            for receipt in receipts[:2]:
                receipt.touch()
            yield manifest.stem

    def _right(self, manifest: Path) -> bool:
        try:
            order = json.loads(manifest.read_text())
            letter = (self.folder / "letters" / order["file"]).read_bytes()
        except (OSError, ValueError, KeyError):
            return False
        known = order.keys() == _MEMBERS and order["address"].keys() == _OF_AN_ADDRESS
        same = (order["id"], order["sha256"], order["bytes"]) == (
            manifest.stem,
            hashlib.sha256(letter).hexdigest(),
            len(letter),
        )
        fits = order["version"] == 1 and order["sides"] in ("duplex", "simplex") and isinstance(order["pages"], int)
        return bool(known and same and fits and order["address"]["city"])
