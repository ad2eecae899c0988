"""Simulators of the outside systems: strict, and with faults on demand. For tests, demonstrations and rehearsals.

Each refuses what the real system refuses. None is reachable from outside the machine, and none runs in production.
"""
