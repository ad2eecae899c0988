"""Logs: one JSON object a line on stderr, with constant messages and listed fields alone (guarantee 9).

A field that is not listed is dropped. Identity numbers are removed from the rest, as the last net. Lines of other
libraries keep their message's pattern and lose its arguments, which may quote anything.
"""

import logging
import re
import sys
import time
import traceback
from collections import Counter
from collections.abc import MutableMapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog

ALLOWED_FIELDS = frozenset(
    {
        "event", "level", "time", "logger", "trace_id",
        # requests
        "method", "route", "status", "milliseconds", "code", "acting", "wanted",
        # failures, by names and codes
        "error", "sqlstate", "reason", "where", "change", "changes", "attempt", "seconds", "count",
        # subjects: ids and public facts
        "notice", "delivery", "reservation", "office", "organisation", "channel", "kind", "version", "position",
        "address", "environment", "stopped", "job", "register",
    }
)  # fmt: skip
_NUMBER = re.compile(r"(?<!\d)\d{6}[ .-]?\d{5}(?!\d)")
_DIGITS = 11
_STRUCK = "[number]"
# Random hex from the middleware: one in fifty has eleven digits in a row, and without them it would find no call.
_OUR_OWN = "trace_id"
_LINES_A_MINUTE = 20

_log = structlog.get_logger(__name__)


def configure_logging() -> None:
    """Send the lines of structlog and of every other logger to stderr as JSON, for a serving process or a command."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            only_allowed,
            _stamped,
            _rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Bridge()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        library = logging.getLogger(name)
        library.handlers = []
        library.propagate = name != "uvicorn.access"
    logging.captureWarnings(capture=True)


def only_allowed(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the listed fields, without identity numbers."""
    if fields.get("exc_info"):  # from `log.exception`
        fields.update(what_failed(sys.exception()))
    return {
        name: value if name == _OUR_OWN else scrubbed(value) for name, value in fields.items() if name in ALLOWED_FIELDS
    }


def scrubbed(value: object) -> object:
    """Clean a value for a log: numbers, truth values, and text without identity numbers."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return _STRUCK if abs(value) >= 10 ** (_DIGITS - 1) and _NUMBER.search(str(value)) else value
    text = value if isinstance(value, str) else str(value)
    return _NUMBER.sub(_STRUCK, text) if len(text) >= _DIGITS else text


def what_failed(error: BaseException | None) -> dict[str, str]:
    """Describe an exception by type and place. Its text may quote a row, a body or a name."""
    if error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    where = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in frames)
    return {"error": type(error).__name__, "where": where}


def _stamped(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    second, rest = divmod(time.time_ns(), 10**9)
    fields["time"] = f"{_written(second)}.{rest // 10**6:03}Z"
    return fields


@lru_cache(maxsize=1)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _rendered(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(fields)


class Throttle:
    """Passes the first lines of a kind in each minute: whoever can cause one can cause a million."""

    def __init__(self) -> None:
        self._minute = 0.0
        self._passed: Counter[str] = Counter()

    def passes(self, kind: str) -> bool:
        minute = time.monotonic() // 60
        if minute != self._minute:
            held_back = sum((self._passed - Counter(dict.fromkeys(self._passed, _LINES_A_MINUTE))).values())
            self._minute, self._passed = minute, Counter()
            if held_back:
                _log.warning("lines_held_back", count=held_back)
        self._passed[kind] += 1
        return self._passed[kind] <= _LINES_A_MINUTE


class _Bridge(logging.Handler):
    """Turns records of the standard library into structlog's."""

    def __init__(self) -> None:
        super().__init__()
        self._throttle = Throttle()

    def emit(self, record: logging.LogRecord) -> None:
        if not self._throttle.passes(f"{record.name} {record.msg}"[:200]):
            return
        failed = what_failed(record.exc_info[1]) if record.exc_info else {}
        log = _log.error if record.levelno >= logging.ERROR else _log.warning
        # The pattern alone. A warning of Python's comes as an argument: its category suffices.
        log("python_warning" if record.name == "py.warnings" else _pattern(record), logger=record.name, **failed)


def _pattern(record: logging.LogRecord) -> str:
    """Give a library's constant message. A message with digits and no arguments was put together before, and is
    dropped."""
    return (
        record.msg if isinstance(record.msg, str) and (record.args or record.name.startswith("uvicorn")) else "message"
    )
