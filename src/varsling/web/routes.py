"""Facts about a path from the table of routes."""

from collections.abc import Sequence

from starlette.routing import compile_path

from varsling.access.policy import POLICY

_PATTERNS = [(method, compile_path(template)[0]) for method, template in POLICY]


def methods_of(path: str) -> Sequence[str]:
    """Give the methods that a path takes, sorted: HEAD wherever GET is (RFC 9110).

    The framework's own list stops at the first matching route.
    """
    methods = {method for method, pattern in _PATTERNS if pattern.match(path)}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def has_own_head(path: str) -> bool:
    """Tell whether a HEAD of this path differs from its GET."""
    return any(method == "HEAD" and pattern.match(path) for method, pattern in _PATTERNS)
