"""The status of the register, for `varsling registers status`: its facts, their age, and the gaps in them."""

from dataclasses import dataclass

from varsling.offices.register import Register, bundled


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of facts. `date` is the source's own (ISO 8601); None if it gives none."""

    name: str
    facts: int
    source: str
    date: str | None


@dataclass(frozen=True, slots=True)
class Unserved:
    """A municipality or district whose dwellings wait for a person, with the offices that may serve it."""

    number: str
    name: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterStatus:
    """`doubtful` areas have an office on weaker evidence than the rest."""

    version: str
    parts: tuple[Part, ...]
    unserved: tuple[Unserved, ...]
    doubtful: tuple[str, ...]


def register_status(register: Register | None = None) -> RegisterStatus:
    """Give the status of a register, or of the bundled one."""
    register = register or bundled()
    served = register.municipalities.keys() | register.districts.keys()
    return RegisterStatus(
        version=register.version,
        parts=tuple(
            _renewed(register, Part(name, len(getattr(register, name)), source["source"] or "", source["date"]))
            for name, source in register.sources.items()
        ),
        unserved=tuple(
            Unserved(number, register.name_of(number), area.candidates)
            for number, area in register.areas.items()
            if number in served and number not in register.cities and register.office_of[number] is None
        ),
        doubtful=tuple(
            number
            for number, area in register.areas.items()
            if number in served and area.office is not None and area.confidence != "high"
        ),
    )


def _renewed(register: Register, part: Part) -> Part:
    if register.renewed_on is None or part.name not in ("offices", "areas"):
        return part
    return Part(part.name, part.facts, f"NORG2's own answers, over: {part.source}", register.renewed_on.isoformat())
