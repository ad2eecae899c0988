"""Memory that large bodies needed, given back to the system once they are gone."""

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """Collect what nobody needs any more, and return free memory to the system.

    The C library keeps what was freed, for each thread that had it: after some batches of 4 MiB a process would stay
    three times as large for good. Where it has no `malloc_trim` (musl, macOS) it decides for itself.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
