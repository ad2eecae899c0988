"""Facts about a path from the table of routes."""

from collections.abc import Sequence

from starlette.routing import compile_path

from varsling.access.policy import POLICY

_PATTERNS = [(method, compile_path(template)[0]) for method, template in POLICY]


def methods_of(path: str) -> Sequence[str]:
    """Give the methods that a path takes, sorted. The framework's own list stops at the first matching route."""
    return sorted({method for method, pattern in _PATTERNS if pattern.match(path)})
