"""`registers sync`: compare NORG2's answers about all areas and offices with the register.

Half an answer counts as none: if NORG2 stops answering on the way, nothing is kept.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from varsling.domain.office import OfficeNumber
from varsling.offices.areas import AreaOffices
from varsling.offices.register import Office, OfficeStatus, Register

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Moved:
    """An area whose office has changed; None: unknown."""

    area: str
    name: str
    before: Office | None
    now: Office | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes that a renewal would make. `closed` are offices in use until now, each with its successor.

    `lost` is the share that would be gone, in per cent: of the areas with an office, or of the offices in use,
    whichever is larger.
    """

    moved: Sequence[Moved]
    opened: Sequence[Office]
    renamed: Sequence[tuple[Office, Office]]
    closed: Sequence[Office]
    lost: float
    areas: Mapping[str, OfficeNumber | None]
    offices: Mapping[str, Office]

    @property
    def nothing(self) -> bool:
        return not (self.moved or self.opened or self.renamed or self.closed)


def difference(register: Register, told_by: AreaOffices) -> Difference:
    """Ask about every municipality and district. Raises NotAnswered."""
    asked = sorted((register.municipalities.keys() | register.districts.keys()) - register.cities.keys())
    in_use = told_by.offices()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        told = dict(zip(asked, pool.map(told_by.office_of, asked), strict=True))
    before = register.office_of
    moved = [
        Moved(area, register.name_of(area), before.get(area), now)
        for area, now in told.items()
        if _number(before.get(area)) != _number(now)
    ]
    serving = {now.number: in_use.get(now.number, now) for now in told.values() if now is not None}
    known = {number: office for number, office in register.offices.items() if office.status is OfficeStatus.ACTIVE}
    closed = [
        _closed(office, moved) for number, office in known.items() if number not in in_use and number not in serving
    ]
    had = [area for area in told if before.get(area) is not None]
    changed: dict[str, Office] = {
        office.number: office for office in (*serving.values(), *closed) if office != known.get(office.number)
    }
    return Difference(
        moved=moved,
        opened=[office for number, office in serving.items() if number not in known],
        renamed=[(known[n], one) for n, one in serving.items() if n in known and known[n].name != one.name],
        closed=closed,
        lost=max(_share(sum(told[area] is None for area in had), len(had)), _share(len(closed), len(known))),
        areas={area: _number(now) for area, now in told.items()},
        offices=changed,
    )


def _closed(office: Office, moved: Sequence[Moved]) -> Office:
    """Find the successors of closed offices: the office that took over all areas. If several did, each dwelling
    decides."""
    heirs: defaultdict[str | None, set[str | None]] = defaultdict(set)
    for one in moved:
        heirs[_number(one.before)].add(_number(one.now))
    found = heirs[office.number]
    successor = OfficeNumber(heir) if len(found) == 1 and (heir := next(iter(found))) is not None else None
    return replace(office, status=OfficeStatus.REPLACED, successor=successor or office.successor)


def _share(lost: int, of: int) -> float:
    return 100 * lost / max(of, 1)


def _number(office: Office | None) -> OfficeNumber | None:
    return None if office is None else office.number
