"""Guarantee 10: a landlord cannot find out that a tenant's address is protected.

The same notices live the same lives in two installations. In one, the register of persons protects a tenant of each
notice; in the other, no tenant. Statements and calls outward have the same number and shape, and landlord and tenants
see the same. 60 pairs.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from tests.notices.bodies import letters_of
from tests.notices.scenario import GRUNERLOKKA, Scenario
from tests.protection.pdl import Pdl
from tests.service import OTHER_LANDLORD, Service, settings_of
from varsling.demo.samples import synthetic_number
from varsling.notices.store import load
from varsling.notices.tables import notices
from varsling.tenant_page import proven
from varsling.tenant_page.login import Session
from varsling.tenants.service import code_ids_of

pytestmark = pytest.mark.slow

VIKAFOSSEN = "2103"
VIKAFOSSENS = OTHER_LANDLORD  # the organisation behind Vikafossen's integration, where it has one
GRADES = ("STRENGT_FORTROLIG", "STRENGT_FORTROLIG_UTLAND", "FORTROLIG")
STRICT = GRADES[:2]

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_CODE = re.compile(r"[A-Z2-9]{4}(?:-?[A-Z2-9]{4}){3}")
_DRAWN = ("trace_id", "seconds")
_TIME = re.compile(r'"time": "\d\d:\d\d')
_HASH = re.compile(r'"hash": ?"[0-9a-f]{64}"')

Reader = Callable[[str], httpx.Response]


class Seen(NamedTuple):
    """The visible traces of a run: `landlord` answers, lists and events, `tenants` letters, `work` statements, `calls`
    outward, `logs` the operator's log, `exports` what the first tenant of each notice gets after a login of hers."""

    landlord: list[str]
    tenants: list[str]
    work: Counter[str]
    calls: Counter[str]
    offices: list[str]
    logs: Counter[str]
    exports: list[str]


def person(number: int, place: int) -> dict[str, Any]:
    born = date(1960 + number % 38, 1 + number % 12, 1 + number % 28)
    return {"name": f"Leier Prøvesen{letters_of(number)}", "national_id": synthetic_number(born, place)}


def tenants_of(number: int) -> list[dict[str, Any]]:
    """Every third notice is about two tenants; the last of them is the protected one."""
    return [person(number, place) for place in range(2 if number % 3 == 2 else 1)]


class Run:
    """One installation, and the lives of its notices."""

    def __init__(self, service: Service, way: str, grades: dict[str, str]) -> None:
        self.scenario = Scenario(service)
        self.way, self.grades = way, grades
        self.answers: list[httpx.Response] = []
        if way == "all":
            self.scenario.grant(None)
        elif way in ("own", "mixed"):
            self.scenario.grant(GRUNERLOKKA)
        if way in ("own", "theirs"):
            self.scenario.grant(VIKAFOSSEN, organisation=VIKAFOSSENS)

    def live(self, number: int) -> str:
        scenario = self.scenario
        lease = scenario.body()["lease"] | {"reference": f"L-{number}"}
        body = scenario.body(*tenants_of(number), reference=f"R-{number}", lease=lease)
        if number % 4 == 1:
            body["planned_petition_date"] = (scenario.today + timedelta(days=15)).isoformat()
        sent = self.keep(scenario.landlord.post("/v1/notices", json=body))
        assert sent.status_code == 201, sent.text
        notice = str(sent.json()["id"])
        before, after = LIVES[number % len(LIVES)]
        before(self, notice, number)
        scenario.work()
        scenario.work()
        after(self, notice, number)
        scenario.work()
        self.keep(scenario.landlord.get(f"/v1/notices/{notice}"))
        return notice

    def keep(self, answer: httpx.Response) -> httpx.Response:
        self.answers.append(answer)
        return answer

    def change(self, notice: str, what: str, body: dict[str, Any]) -> None:
        self.keep(self.scenario.change(notice, what, body))

    def fetch(self, notice: str, number: int) -> None:
        """Fetch through the office's integration, or by the code of its letter."""
        if self.way in ("letter", "mixed", "theirs"):
            letters = self.scenario.letters("office")
            self.scenario.service.anonymous().post(f"/o/{letters[-1]['code']}/opened", data={"confirm": "yes"})
            return
        nav = self.scenario.nav
        if self.way == "own" and tenants_of(number)[-1]["national_id"] in self.grades and is_strict(number):
            nav = self.scenario.service.nav(VIKAFOSSENS)
        assert nav.get(f"/v1/feed/notices/{notice}").status_code == 200

    def reserve(self, notice: str, number: int) -> None:
        one = tenants_of(number)[-1]
        self.keep(self.scenario.reserve(one["name"], one["national_id"], lease=f"L-{number}"))

    def settle(self, notice: str, number: int) -> None:
        self.keep(self.scenario.settle(notice))

    def mistake(self, notice: str, number: int) -> None:
        self.keep(self.scenario.withdraw(notice))

    def wrong_person(self, notice: str, number: int) -> None:
        self.keep(self.scenario.withdraw(notice, "wrong_person"))

    def update(self, notice: str, number: int) -> None:
        self.change(notice, "update", {"deposited_amount": "100.00"})

    def contact(self, notice: str, number: int) -> None:
        tenant = self.scenario.read(notice)["tenants"][-1]["id"]
        self.change(notice, "contact", {"tenant": tenant, "email": "ny@mail.example"})

    def nothing(self, notice: str, number: int) -> None:
        pass

    def seen(self, ids: list[str], work: Counter[str], logs: Sequence[MutableMapping[str, Any]]) -> Seen:
        scenario = self.scenario
        listed = [self.keep(scenario.landlord.get("/v1/notices", params={"limit": 100}))]
        feed = scenario.landlord.get("/v1/feed", params={"limit": 1000})
        texts = [_known(text, ids) for kind in ("copy", "second") for text in scenario.texts_of(kind)]
        sheets = [json.loads(one.read_text()) for one in scenario.context.settings.letters.glob("*.json")]
        with scenario.context.engine.connect() as connection:
            these = notices.c.id.in_([UUID(one) for one in ids])
            kept = load(connection, scenario.context.keyring.cipher, these, published=True)
        return Seen(
            landlord=[
                _known(f"{one.status_code} {one.text} {one.headers.get('ETag')}", ids)
                for one in (*self.answers, *listed, feed)
            ],
            tenants=sorted(texts),
            work=work,
            calls=Counter(f"{one['kind']} {one['channel']} {one['language']}" for one in sheets),
            offices=[str(one.receiving_office) for one in kept],
            exports=[self._export(notice, ids) for notice in ids],
            logs=Counter(_known(str(sorted(one.items())), ids) for one in map(_timeless, logs) if one),
        )

    def _export(self, notice: str, ids: list[str]) -> str:
        """Give the export of a notice's first tenant; the last of two is the protected one."""
        context = self.scenario.context
        (first, *_) = self.scenario.read(notice)["tenants"]
        with context.engine.connect() as connection:
            (code, *_) = code_ids_of(connection, UUID(first["id"]))
        session = Session(UUID(first["id"]), code, self.scenario.now, proven=True)
        text = _known(proven.export(context, session).decode(), ids)
        return _TIME.sub("time", text)


Life = Callable[[Run, str, int], None]
LIVES: tuple[tuple[Life, Life], ...] = (
    (Run.nothing, Run.nothing),
    (Run.nothing, Run.fetch),
    (Run.settle, Run.nothing),
    (Run.nothing, Run.settle),
    (Run.nothing, Run.mistake),
    (Run.nothing, Run.wrong_person),
    (Run.reserve, Run.nothing),
    (Run.nothing, Run.reserve),
    (Run.update, Run.nothing),
    (Run.nothing, Run.update),
    (Run.contact, Run.fetch),
    (Run.mistake, Run.nothing),
)
PAIRS = len(LIVES)


def is_strict(number: int) -> bool:
    return GRADES[number % 3] in STRICT


def _known(text: str, ids: list[str]) -> str:
    """The text without random parts and instants."""
    found: dict[str, str] = {}
    text = _ID.sub(lambda one: found.setdefault(one[0], f"id-{len(found)}"), text)
    return _CODE.sub("code", _INSTANT.sub("instant", _HASH.sub("hash", re.sub(r'"next":"[^"]+"', "next", text))))


def _timeless(line: MutableMapping[str, Any]) -> dict[str, Any]:
    """A log line without random parts. Lines about calls are left out: they name no notice and may come later."""
    if line["event"] == "request":
        return {}
    return {name: value for name, value in line.items() if name not in _DRAWN}


def _statements(work: Counter[str]) -> Counter[str]:
    """Statements without their numbers of rows."""
    found = Counter[str]()
    for statement, times in work.items():
        found[re.sub(r"\(\?(?:, \?)*\)", "(?)", statement.partition(" ")[2])] += times
    return found


@contextmanager
def counted(service: Service) -> Iterator[Counter[str]]:
    """Count the statements of an installation, with their numbers of rows."""
    context, work = service.context, Counter[str]()
    engines = (context.engine, context.writer._engine)

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if "register_renewals" not in statement:  # the worker looks every half minute
            work[f"{len(parameters) if many else 1} {statement}"] += 1

    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    yield work
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", note)


def lived(folder: Path, way: str, grades: dict[str, str]) -> tuple[Seen, list[str], list[str]]:
    """Run all lives; return the traces of an installation and the numbers it asked PDL about."""
    folder.mkdir()
    with Pdl() as pdl:
        pdl.grades = grades
        service = Service(settings_of(f"sqlite:///{folder}/varsling.db", folder, **pdl.settings(folder)))
        service.start()
        try:
            run = Run(service, way, grades)
            with counted(service) as work, capture_logs() as logs:
                ids = [run.live(number) for number in range(PAIRS)]
                for days in (3, 15, 120):
                    run.scenario.pass_time(timedelta(days=days))
                    run.scenario.work()
                    run.scenario.work()
                    for notice in ids:
                        run.keep(run.scenario.landlord.get(f"/v1/notices/{notice}"))
            return run.seen(ids, work, logs), pdl.asked, pdl.calls
        finally:
            service.stop()


@pytest.mark.parametrize("way", ["all", "own", "letter", "mixed", "theirs"])
def test_nothing_tells_who_is_protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """`all`: one integration for every office; `own`: one for each; `letter`: none; `mixed`: only the ordinary office
    has one; `theirs`: only the protected office. In the last two, no stream has either."""
    # A slow machine renews leases, and the statements for that would be counted.
    monkeypatch.setattr("varsling.dispatch.dispatcher._RENEW_AFTER_SECONDS", 3600)
    grades = {tenants_of(number)[-1]["national_id"]: GRADES[number % 3] for number in range(PAIRS)}
    protected, asked, calls = lived(tmp_path / "protected", way, grades)
    ordinary, asked_too, calls_too = lived(tmp_path / "ordinary", way, {})
    for told, told_too in zip(protected.landlord, ordinary.landlord, strict=True):
        assert told == told_too
    assert protected.tenants == ordinary.tenants
    assert protected.exports == ordinary.exports
    assert way not in ("all", "own") or any('"how": "read"' in told for told in protected.exports)
    assert (sorted(asked), calls) == (sorted(asked_too), calls_too)
    assert protected.offices != ordinary.offices
    assert protected.logs == ordinary.logs
    assert any("notice_not_fetched" in line for line in protected.logs) is (way in ("all", "own"))
    if way in ("mixed", "theirs"):  # an office without a reader has no stream: as many statements, over fewer rows
        assert _statements(protected.work) == _statements(ordinary.work)
    else:
        assert protected.work == ordinary.work
    assert protected.calls == ordinary.calls
