"""Where varsling and a print house meet: a folder that both reach, or the house's server by SFTP."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from varsling import secret_files
from varsling.deliveries.channels.places import require_writable

LETTERS, RECEIPTS = "letters", "receipts"


class PrintPlace(Protocol):
    """Two folders, `letters` and `receipts`, that are never made here: while they are away, letters wait."""

    def put(self, folder: str, name: str, content: bytes) -> None:
        """Write a file whole, or not at all, in place of a former one. Raises OSError."""

    def found(self, folder: str, names: Iterable[str]) -> frozenset[str]:
        """Tell which of these files are there. Raises OSError if the folder is away: a missing file proves nothing
        then."""

    def names(self, folder: str) -> Sequence[str]:
        """Give the names of all files. Raises OSError."""

    def rename(self, folder: str, name: str, new: str) -> None:
        """Rename a file. Raises OSError."""

    def check(self) -> None:
        """Prove that both folders are there and take files. Raises ChannelRefuses."""

    def close(self) -> None:
        """Close what is open."""


class FolderPlace:
    """A folder on a disk that the house reaches too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, folder: str, name: str, content: bytes) -> None:
        secret_files.replace(self._folder / folder / name, content)
        secret_files.flush(self._folder / folder)

    def found(self, folder: str, names: Iterable[str]) -> frozenset[str]:
        there = frozenset(name for name in names if (self._folder / folder / name).exists())
        (self._folder / folder).stat()
        return there

    def names(self, folder: str) -> Sequence[str]:
        return [one.name for one in (self._folder / folder).iterdir()]

    def rename(self, folder: str, name: str, new: str) -> None:
        (self._folder / folder / name).rename(self._folder / folder / new)

    def check(self) -> None:
        require_writable(self._folder / LETTERS)
        require_writable(self._folder / RECEIPTS)

    def close(self) -> None:
        """No file stays open."""
