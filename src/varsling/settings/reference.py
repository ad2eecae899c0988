"""The reference of all settings, made from the settings: for the README and the operator's guide."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple, get_args

from varsling.settings.settings import Settings


class Described(NamedTuple):
    """A setting as a reader sees it. `choices` is empty for one that takes any text or number."""

    name: str
    default: str
    meaning: str
    choices: tuple[str, ...]


def reference() -> Iterator[Described]:
    """Describe every setting, in the order of the code: what belongs together stands together."""
    own_first = [name for part in Settings.__mro__ for name in vars(part).get("__annotations__", ())]
    for name in (one for one in own_first if one in Settings.model_fields):
        field = Settings.model_fields[name]
        meaning = " ".join((field.description or "").split())
        yield Described(f"VARSLING_{name.upper()}", _shown(field.default), meaning, _choices(field.annotation))


def _shown(default: Any) -> str:
    if isinstance(default, tuple):
        return ", ".join(default)
    return "" if default is None else str(default)


def _choices(annotation: Any) -> tuple[str, ...]:
    kind = next((one for one in (annotation, *get_args(annotation)) if isinstance(one, type)), None)
    if kind is None or not issubclass(kind, StrEnum) or len(kind) == 1:
        return ()
    return tuple(kind)
