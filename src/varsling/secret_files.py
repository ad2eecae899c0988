"""Files that hold secrets: their owner's alone (0600), whole or not there, and kept through a power cut."""

import os
import secrets
from pathlib import Path

_OWNER_ALONE = 0o600


def create(path: Path, content: bytes) -> None:
    """Make a new file, and its folder where that is missing.

    Raises OSError, and changes nothing, if the name is taken (of processes that start together one wins), or the place
    cannot be written.
    """
    # Written whole beside it and then linked, which fails if the name is taken: no process ever reads half a file.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = _write_part(path, content)
    try:
        os.link(part, path)
    finally:
        part.unlink()
    flush(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Write a file in place of the former one. Its name survives a power cut only after `flush`. Raises OSError."""
    part = _write_part(path, content)
    try:
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def flush(folder: Path) -> None:
    """Flush the folder: only then does a name in it survive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_part(path: Path, content: bytes) -> Path:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            os.fchmod(file.fileno(), _OWNER_ALONE)  # whatever the umask, and before a word is in it
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part
