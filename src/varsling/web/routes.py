"""What the table of routes says about a path."""

from collections.abc import Sequence

from starlette.routing import compile_path

from varsling.access.policy import POLICY

_PATTERNS = [(method, compile_path(template)[0]) for method, template in POLICY]


def methods_of(path: str) -> Sequence[str]:
    """The methods that a path takes, sorted; the framework's own list stops at the first route that matches."""
    return sorted({method for method, pattern in _PATTERNS if pattern.match(path)})
