"""Folders that somebody else reads."""

import os
from pathlib import Path

from varsling.deliveries.channels.channel import ChannelRefuses


def require_writable(folder: Path) -> None:
    """Require a folder to be there and to take files. Raises ChannelRefuses."""
    if not folder.is_dir():
        raise ChannelRefuses(f"The folder {folder} is missing: make it, or mount its disk.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ChannelRefuses(f"The folder {folder} takes no files: give the user of varsling access.")
