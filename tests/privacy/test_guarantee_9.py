"""Sends canary people through every route and command, malformed ones too, and finds no trace where none belongs.

The tests search every output: logs, errors, URLs, commands, the database's files, PostgreSQL's most talkative log. The
printed letters are left out: they are for her.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests import processes
from tests.cluster import Cluster, run_cluster, until
from tests.postgres import Server, new_server
from tests.privacy.canaries import BORN, LANDLORD_PERSON, NUMBER, PERSON, found_below, found_in, notice, reservation
from varsling.demo.samples import AGENT, INTEGRATION, LANDLORD

pytestmark = pytest.mark.slow

TALKATIVE = {
    "log_statement": "'all'",
    "log_min_duration_statement": "0",
    "log_parameter_max_length": "-1",
    "log_parameter_max_length_on_error": "-1",
    "log_error_verbosity": "verbose",
    "log_lock_waits": "on",
}
STRANGER = {"Authorization": f"Bearer {NUMBER}.{NUMBER}.{NUMBER}"}
GATE = {"Idempotency-Key": f"{PERSON['name']} {NUMBER}"}


class Told:
    """Every output to callers and operators, with the canaries found in it."""

    def __init__(self) -> None:
        self.leaks: list[tuple[str, set[str]]] = []
        self.answers: set[int] = set()

    def answer(self, what: str, answer: httpx.Response, *, hers: bool = False) -> httpx.Response:
        """Headers never contain personal data, whatever the status. Errors contain it on her own page only."""
        self.answers.add(answer.status_code)
        headers = json.dumps(list(answer.headers.items())).encode()
        self._keep(what, headers + (answer.content if answer.status_code >= 400 and not hers else b""))
        return answer

    def output(self, what: str, output: bytes) -> None:
        self._keep(what, output)

    def _keep(self, what: str, content: bytes) -> None:
        if hits := found_in(content):
            self.leaks.append((what, hits))


@pytest.fixture
def talkative() -> Iterator[Server]:
    with new_server(TALKATIVE) as server:
        yield server


def test_nobody_is_found_with_sqlite(tmp_path: Path) -> None:
    with run_cluster(f"sqlite:///{tmp_path}/varsling.db", tmp_path, apis=1, workers=1) as cluster:
        told = everything(cluster, tmp_path)
        searched = found_below_but_letters(cluster)
    assert told.leaks == []
    assert searched == {}
    assert found_below_but_letters(cluster) == {}  # and after everything is closed


def test_nobody_is_found_with_postgresql(talkative: Server, tmp_path: Path) -> None:
    with run_cluster(talkative.url("postgres"), tmp_path, apis=1, workers=1) as cluster:
        told = everything(cluster, tmp_path)
        while_it_is_away(cluster, talkative, told)
    talkative.stop("fast")
    assert told.leaks == []
    assert found_below_but_letters(cluster) == {}
    assert "INSERT INTO notices" in talkative.log  # the log did contain statements
    assert found_below(talkative.folder) == {}


def found_below_but_letters(cluster: Cluster) -> dict[str, set[str]]:
    return {
        name: hits for name, hits in found_below(cluster.folder).items() if not name.startswith(("letters/", "hers/"))
    }


def everything(cluster: Cluster, folder: Path) -> Told:
    told = Told()
    clients = {kind: client(cluster, kind) for kind in ("landlord", "agent", "nav")}
    cluster.command("integrations", "grant", INTEGRATION, "--all")
    a_life(cluster, clients, told)
    for anyone in clients.values():
        every_route(anyone, told)
    malformed(clients["landlord"], told)
    commands(cluster, folder, told)
    for anyone in clients.values():
        anyone.close()
    assert {200, 201, 400, 403, 404, 409, 415, 422} <= told.answers
    return told


def client(cluster: Cluster, kind: str) -> httpx.Client:
    organisation, agent = {"landlord": (LANDLORD, False), "agent": (AGENT, True), "nav": (INTEGRATION, False)}[kind]
    arguments = ["token", "nav" if kind == "nav" else "landlord", "--organisation", organisation]
    token = cluster.command(*arguments, *(["--agent"] if agent else []))
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=cluster.urls[0], headers=headers, timeout=60, trust_env=False)


def a_life(cluster: Cluster, clients: dict[str, httpx.Client], told: Told) -> None:
    """The life of a lawful notice: copied, published, fetched, changed; and of one that a reservation stops."""
    landlord, nav = clients["landlord"], clients["nav"]
    sent = told.answer("notice", landlord.post("/v1/notices", json=notice("A-1"))).json()
    at = f"/v1/notices/{sent['id']}"
    until(lambda: bool(landlord.get(at).json()["status"] == "sent"), "the notice was not published")
    told.answer("fetch", nav.get(f"/v1/feed/notices/{sent['id']}"))
    told.answer("contact", landlord.post(f"{at}/contact", json={"tenant": sent["tenants"][0]["id"], **contact()}))
    told.answer("update", landlord.post(f"{at}/update", json={"deposited_amount": "10.00"}))
    her_page(cluster, told)
    told.answer("reservation", landlord.post("/v1/reservations", json=reservation("B-1")))
    told.answer("refused", landlord.post("/v1/notices", json=notice("B-1")))
    told.answer("withdrawal", landlord.post(f"{at}/withdrawal", json={"reason": "wrong_person"}))
    agent = {"organisation_number": AGENT, "name": "Forvalter AS", "contact": {"email": "post@forvalter.example"}}
    attested = {"no_reservation_received": True, "reason_to_notify": True, "power_of_attorney": True}
    body = notice("C-1", landlord=LANDLORD_PERSON, agent=agent, attestations=attested)
    told.answer("agent", clients["agent"].post("/v1/notices", json=body))
    until(lambda: "copy" not in cluster.command("copies", "list"), "letters wait")


def her_page(cluster: Cluster, told: Told) -> None:
    """Her page: wrong and right logins, every action, and names and numbers typed into the wrong fields."""
    code = next(one["code"] for one in cluster.parcels() if one["kind"] == "copy")
    with httpx.Client(base_url=cluster.urls[0], timeout=60, trust_env=False) as browser:

        def send(path: str, **form: str) -> None:
            told.answer(path, browser.post(path, data=form), hers=path.startswith("/t/notice"))

        send("/t", code=f"{PERSON['name']} {NUMBER}")
        send(f"/t/{code}", born="15.03.1957")
        send(f"/t/{code}", born=PERSON["name"])
        send(f"/t/{code}", born=f"{BORN:%d.%m.%Y}")
        told.answer("page", browser.get("/t/notice"))
        send("/t/notice/call", phone=PERSON["phone"], spoken="pl")
        send("/t/notice/call", phone=PERSON["name"], time=NUMBER)
        send("/t/notice/disagree", paid=NUMBER)
        send("/t/notice/report", harassment=PERSON["name"])
        told.answer("letter", browser.get(f"/t/notice/letters/{NUMBER}"))
        told.answer("unknown", browser.get(f"/t/{NUMBER}"))
    said = [process.log for process in cluster.processes]
    assert any("/t/{code}" in log for log in said)  # the logs did contain the calls
    assert not any(code in log or f"{BORN:%d.%m.%Y}" in log for log in said)


def contact() -> dict[str, Any]:
    return {name: PERSON[name] for name in ("email", "phone", "postal_address")}


def every_route(anyone: httpx.Client, told: Told) -> None:
    """Names in place of ids, queries, headers and bodies, and on paths that do not exist."""
    for path, methods in anyone.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            filled = path
            for parameter in operation.get("parameters", []):
                filled = filled.replace(f"{{{parameter['name']}}}", quote(f"{PERSON['name']} {NUMBER}"))
            queries = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
            query = dict.fromkeys([*queries, NUMBER], f"{PERSON['name']} {NUMBER}")
            body = {PERSON["name"]: NUMBER, NUMBER: PERSON} if method == "post" else None
            what = f"{method} {path}"
            told.answer(what, anyone.request(method, filled, params=query, json=body))
            told.answer(f"{what} with a key", anyone.request(method, filled, headers=GATE, json=body))
            told.answer(f"{what} by a stranger", anyone.request(method, filled, headers=STRANGER))
    for path in (f"/{quote(PERSON['name'])}", f"/t/{NUMBER}", f"/problems/{NUMBER}", f"/v1/notices/{NUMBER}/{NUMBER}"):
        told.answer(path, anyone.get(path))
        told.answer(path, anyone.delete(path))


def malformed(landlord: httpx.Client, told: Told) -> None:
    """Put her name and number into each member of a notice, as value and as key; and send text that is no JSON."""
    whole = json.dumps(notice("M-1"), ensure_ascii=False)
    bodies: list[tuple[str, bytes]] = [
        ("cut short", whole.encode()[:-40]),
        ("latin-1", whole.encode("latin-1")),
        ("twice", whole.replace('"tenants"', f'"{PERSON["name"]}": 1, "{PERSON["name"]}": 2, "tenants"').encode()),
        ("bare", f'"{PERSON["name"]}"'.encode()),
        ("nul", whole.replace("Kanutte", "Kanutte\\u0000").encode()),
        ("surrogate", whole.replace("Kanutte", "Kanutte\\ud800").encode()),
    ]
    bodies += [(f"{path}", json.dumps(body).encode()) for path, body in spoiled(notice("M-2"))]
    headers = {"Content-Type": "application/json"}
    for what, body in bodies:
        told.answer(what, landlord.post("/v1/notices", content=body, headers=headers))
        items = b'{"items": [{"idempotency_key": "k", "notice": ' + body + b"}]}"
        told.output(what, problems_of(landlord.post("/v1/notices/batch", content=items, headers=headers)))
        told.answer(what, landlord.post("/v1/reservations", content=body, headers=headers))
    told.answer("form", landlord.post("/v1/notices", data={"name": PERSON["name"]}))


def problems_of(answer: httpx.Response) -> bytes:
    if answer.status_code != 200:
        return answer.content
    return json.dumps([one.get("problem") for one in answer.json()["results"]], ensure_ascii=False).encode()


def spoiled(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the value with one place after the other spoiled."""
    wrong = (PERSON["name"], int(NUMBER), {PERSON["name"]: NUMBER}, [NUMBER])
    yield from ((path, one) for one in wrong)
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        for where, one in spoiled(member, f"{path}/{name}"):
            copy = (
                value | {name: one}
                if isinstance(value, dict)
                else [one if at == name else m for at, m in enumerate(value)]
            )
            yield where, copy


def commands(cluster: Cluster, folder: Path, told: Told) -> None:
    """The commands, with her name where another value belongs. `show` prints the notice, for the operator."""
    hers = folder / "hers"
    hers.mkdir()
    (hers / "good.json").write_text(json.dumps([notice("D-1"), notice("D-2") | {"tenants": [{"name": NUMBER}]}]))
    (hers / "bad.json").write_text(f'[{{"tenants": {PERSON["name"]}')
    (hers / "bad.csv").write_text(f"reference,tenants.0.name\nD-3,{PERSON['name']},{NUMBER},{NUMBER}\n")
    token = cluster.command("token", "landlord", "--organisation", LANDLORD)
    (hers / "token").write_text(token)
    (hers / "number").write_text(NUMBER)
    calling = ["--url", cluster.urls[0], "--token-file", str(hers / "token")]
    wrong = f"{PERSON['name']} {NUMBER}"
    for arguments in (
        *(["submit", str(hers / name), *calling] for name in ("good.json", "bad.json", "bad.csv")),
        ["submit", str(hers / "good.json"), "--url", cluster.urls[0], "--token-file", str(hers / "number")],
        ["notices", "held"],
        ["notices", "unfetched"],
        ["copies", "list"],
        ["copies", "retry"],
        ["registers", "status"],
        *(
            [*one.split()]
            for one in ("integrations lag", "integrations list", "landlords list", "reports list", "status")
        ),
        ["feed", "new-epoch", "--yes"],
        *(["notices", what, wrong] for what in ("show", "release", "reject", "withdraw")),
        ["copies", "why", wrong],
        ["copies", "returned", wrong],
        ["reports", "close", wrong],
        ["landlords", "suspend", wrong],
        ["follow", "--once", "--cursor", str(hers / "number"), *calling],
        ["notices", "assign", wrong, wrong],
        ["copies", "retry", wrong],
        ["copies", "pause", wrong],
        ["integrations", "grant", wrong, "--office", wrong],
        ["token", "landlord", "--organisation", wrong],
        ["serve", "--port", wrong],
    ):
        run = processes.run(arguments, os.environ | cluster.environment)
        assert run.returncode in (0, 1, 2), (arguments[:2], run.returncode)
        assert "Traceback" not in run.stderr
        told.output(" ".join(arguments[:2]), (run.stdout + run.stderr).encode())


def while_it_is_away(cluster: Cluster, server: Server, told: Told) -> None:
    """A call while the database is gone, and one after its return."""
    landlord = client(cluster, "landlord")
    server.stop()
    told.answer("away", landlord.post("/v1/notices", json=notice("E-1")))
    told.answer("away", landlord.post("/v1/reservations", json=reservation("E-1")))
    server.start()
    until(lambda: landlord.post("/v1/notices", json=notice("E-1")).status_code in {201, 409}, "it did not come back")
    landlord.close()
