"""A process is not as large for good as its largest call."""

import subprocess
import sys

HELD = """
from varsling.app.memory import give_back

def resident():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) // 1024

before = resident()
pieces = [bytes(1000) for _ in range(200_000)]
last = pieces[-1]
del pieces
kept = resident() - before
give_back()
print(kept, resident() - before)
"""


def test_what_a_large_body_needed_is_given_back() -> None:
    """A small object at the end of the heap keeps all before it: freed by the program, and not by the C library."""
    told = subprocess.run([sys.executable, "-c", HELD], capture_output=True, text=True, check=True)
    kept, left = map(int, told.stdout.split())
    assert kept > 150
    assert left < 50
