"""The guide: its samples run, its tables have what the code has, its search finds, and it reads on a phone."""

import contextlib
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser

from tests.browser import COLOURS, WCAG, violations
from tests.clients.test_typescript import INSTALLED, TOOLS
from tests.contract import FILE
from tests.database.conftest import until
from tests.maskinporten.issuer import signing_keys
from tests.notices.scenario import Scenario, tenant
from tests.service import Service
from tests.web.test_docs import GUIDE, HTML
from varsling.domain.events import EventType
from varsling.domain.grounds import FACTS
from varsling.domain.synthetic import TEST_PERSONS, PersonOutcome
from varsling.notices.service import held_notices
from varsling.simulators.maskinporten import Client, MaskinportenSimulator
from varsling.simulators.serving import served
from varsling.web.call_pages import CallPage, call_pages

pytestmark = pytest.mark.slow

FOR_A_WHILE = {PersonOutcome.RATE_LIMITED: 429, PersonOutcome.UNAVAILABLE: 503}


def run(command: list[str], program: str | None, environment: Mapping[str, str]) -> str:
    given = {**os.environ, **environment}
    done = subprocess.run(command, input=program, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (program, done.stdout, done.stderr)
    return done.stdout


def bash(program: str, environment: Mapping[str, str]) -> str:
    return run(["bash", "-euo", "pipefail"], program, environment)


def python(program: str, environment: Mapping[str, str]) -> str:
    return run([sys.executable, "-"], program, environment)


def code_of(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_guides_first_curl_works_as_pasted(service: Service) -> None:
    """But for the token and the address: those of the reader's own installation."""
    (shown, *_) = code_of(service.anonymous().get("/docs/landlords").text)
    token = service.landlord().headers["Authorization"].removeprefix("Bearer ")
    pasted = re.sub(r"VARSLING_URL=\S+", f"VARSLING_URL={service.url}", shown).replace("TOKEN=…", f"TOKEN={token}")
    answer = json.loads(bash(pasted, {}))
    assert (answer["status"], answer["office"]["name"]) == ("accepted", "Nav Grünerløkka")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_guides_verifier_proves_a_stream(service: Service) -> None:
    scenario = Scenario.with_grant(service)
    scenario.send()
    scenario.work()
    names: dict[str, Any] = {}
    exec(service.anonymous().get("/docs/samples/verifier.py").text, names)  # noqa: S102  (the sample under test)
    events = scenario.events()
    assert names["verified"](events) == (events[-1]["position"], events[-1]["hash"])
    with pytest.raises(ValueError, match="before position 1"):
        names["verified"]([events[0] | {"urgent": True}, *events[1:]])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_guides_way_to_a_token_works(service: Service, tmp_path: Path) -> None:
    """Against the simulator, which refuses what Maskinporten refuses."""
    keys = signing_keys(tmp_path)
    (public,) = keys.public()["keys"]
    (tmp_path / "key").write_text(json.dumps(keys.current().key.as_dict(private=True) | {"kid": public["kid"]}))
    scopes = frozenset({"varsling:notices.write", "varsling:reservations.write", "varsling:feed"})
    client = Client("311758489", {public["kid"]: RSAKey.import_key(public)}, scopes, scopes)
    (shown,) = code_of(service.anonymous().get("/docs/tokens").text)
    with served(MaskinportenSimulator({"guide": client})) as origin:
        program = shown.replace("https://maskinporten.no/", f"{origin}/")
        said = python(program, {"MASKINPORTEN_KEY": str(tmp_path / "key"), "MASKINPORTEN_CLIENT_ID": "guide"})
    assert len(said.strip().split(".")) == 3


def test_the_guide_names_each_ground_with_what_it_asks_for(service: Service) -> None:
    page = service.anonymous().get("/docs/landlords").text
    table = page.partition('id="grounds"')[2].partition("</table>")[0]
    rows = [set(re.findall("<code>([a-z_]+)</code>", row)) for row in table.split("<tr>")[2:]]
    assert rows == [
        {code.value, *facts} | ({"a"} if "breach_kind" in facts else set()) for code, facts in FACTS.items()
    ]


def test_the_guide_names_every_event_with_a_sample_for_its_readers(service: Service) -> None:
    found: list[dict[str, Any]] = []
    for path, theirs, others in (
        ("/docs/integrations", "urgent", "reference"),
        ("/docs/landlords", "reference", "urgent"),
    ):
        page = service.anonymous().get(path).text.partition('id="events"')[2]
        samples = [json.loads(one) for one in code_of(page) if one.startswith("{")]
        assert all(theirs in one and others not in one for one in samples)
        found += samples
    assert {one["type"] for one in found} == {event.value for event in EventType}
    (removed,) = (one for one in found if one["type"] == "tenant.removed")
    assert removed["delete"] is True


def test_each_call_has_a_page_with_every_field_and_error(service: Service) -> None:
    document = json.loads(FILE.read_text("utf-8"))
    client = service.anonymous()
    for methods in document["paths"].values():
        for operation in methods.values():
            page = html.unescape(client.get(f"/docs/calls/{operation['operationId']}").text.replace("<wbr>", ""))
            codes = {code for answer in operation["responses"].values() for code in answer.get("x-codes", ())}
            assert [code for code in codes if f'href="/problems/{code}"' not in page] == []
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            members = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
            assert [name for name in members.get("properties", {}) if f"<code>{name}</code>" not in page] == []


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("birth date tenant", "tenants[].birth_date in POST /v1/notices"),
        ("tenant-reserved", "tenant-reserved"),
        ("restore epoch", "Restore"),
        ("restore epoch zebra", "Restore"),
        ("COPY_FOLDER", "VARSLING_COPY_FOLDER"),
        ("hash zeros", "The hash"),
    ],
)
def test_the_search_finds_fields_problems_headings_and_settings(service: Service, words: str, title: str) -> None:
    page = html.unescape(service.anonymous().get("/docs/search", params={"q": words}).text)
    links = re.findall(r'<li><a href="([^"]+)">([^<]+)</a></li>', page.partition("<main")[2])
    assert title in [said for _, said in links[:3]]
    for address in {address for address, _ in links}:
        assert service.anonymous().get(address, headers=HTML).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_guide_reads_on_a_phone_and_at_night(service: Service, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    for path in GUIDE:
        page.emulate_media(color_scheme="light")
        page.goto(f"{service.url}{path}")
        cut = page.evaluate(
            """[...document.querySelectorAll("main *")].filter(one => !one.closest("pre")
            && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.textContent.slice(0, 40))"""
        )
        assert (path, cut, page.evaluate("document.documentElement.scrollWidth")) == (path, [], 390)
        assert (path, violations(page, WCAG)) == (path, [])
        page.emulate_media(color_scheme="dark")
        assert (path, violations(page, COLOURS)) == (path, [])
    context.close()


@pytest.mark.parametrize("number", [one for one, outcome in TEST_PERSONS.items() if outcome not in FOR_A_WHILE])
def test_a_test_persons_notice_ends_as_the_guide_says(service: Service, number: str) -> None:
    scenario = Scenario.with_grant(service)
    assert number in service.anonymous().get("/docs/landlords").text
    answer = scenario.landlord.post("/v1/notices", json=scenario.body(tenant("Prøve Person", number)))
    checked = scenario.landlord.post("/v1/notices/check", json=scenario.body(tenant("Prøve Person", number)))
    for _ in range(2):
        scenario.work()
    outcome, sent = TEST_PERSONS[number], answer.json()
    if outcome is PersonOutcome.RESERVED:
        assert (sent["code"], checked.json()["code"]) == ("tenant-reserved", "tenant-reserved")
        return
    now, told = scenario.read(sent["id"]), scenario.types(scenario.landlord)
    match outcome:
        case PersonOutcome.COPY_BOUNCES:
            assert now["blocked"] == {"reason": "copy-undeliverable"}
            assert told == ["copy.undeliverable", "notice.blocked"]
        case PersonOutcome.COPY_RETURNED:
            assert (now["status"], now["tenants"][0]["copy"]["status"]) == ("sent", "undeliverable")
            assert told == ["copy.dispatched", "notice.sent", "copy.undeliverable"]
        case PersonOutcome.HELD:
            assert [str(one.id) for one in held_notices(scenario.context)] == [sent["id"]]
            assert (scenario.letters("copy"), now["office"]["number"]) == ([], "0315")
        case PersonOutcome.OFFICE_UNKNOWN:
            assert (sent["office"], now["office"], now["status"]) == (None, None, "accepted")
            assert [one["code"] for one in sent["remarks"]] == ["office-to-be-found"]
        case PersonOutcome.RECEIVED:
            assert (now["status"], now["dates"]["basis"]) == ("received", "confirmed")
            assert told == ["copy.dispatched", "notice.sent", "notice.received"]
        case PersonOutcome.NEVER_RECEIVED:
            assert scenario.fetch(sent["id"]).status_code == 200
            scenario.pass_time(timedelta(days=30))
            scenario.work()
            assert scenario.read(sent["id"])["status"] == "sent"
        case PersonOutcome.LAPSED:
            assert (now["status"], told[-1]) == ("lapsed", "notice.lapsed")
        case _:
            raise AssertionError(outcome)


@pytest.mark.parametrize(
    ("number", "status", "code"), [("18908500004", 429, "rate-limited"), ("19908500027", 503, "unavailable")]
)
def test_a_test_person_is_refused_for_a_while_and_taken_by_who_waits(
    service: Service, number: str, status: int, code: str
) -> None:
    scenario = Scenario(service)
    body = scenario.body(tenant("Prøve Person", number))
    refused: list[httpx.Response] = []

    def answered(wanted: int) -> bool:
        answer = scenario.landlord.post("/v1/notices/check", json=body)
        if answer.is_error:
            refused.append(answer)
        return answer.status_code == wanted

    until(lambda: answered(200))
    until(lambda: answered(status))
    until(lambda: answered(200))
    assert {(one.status_code, one.json()["code"]) for one in refused} == {(status, code)}
    assert {one.headers["Retry-After"] for one in refused} <= {"1", "2"}


LIFE = (
    "dates", "look_up", "read_office", "check_notices", "submit_notice", "submit_batch", "read_notice", "list_notices",
    "read_feed", "read_head", "read_notice_as_office", "acknowledge_notice", "forward_notice", "update_notice",
    "change_contact", "settle_notice", "withdraw_notice", "register_reservation", "read_reservation",
    "list_reservations", "revoke_reservation", "end_lease", "live", "ready",
)  # fmt: skip
"""The calls in the order of a notice's life, so that each sample finds what it needs."""


@pytest.fixture
def calls() -> dict[str, CallPage]:
    found = call_pages(json.loads(FILE.read_text("utf-8")))
    assert sorted(found) == sorted(LIFE)
    return found


@pytest.fixture
def typescript(tmp_path: Path, calls: dict[str, CallPage]) -> Path:
    """Every TypeScript sample as a program, compiled strictly."""
    for name, call in calls.items():
        (tmp_path / f"{name}.ts").write_text(f"export {{}};\n{call.samples.typescript}")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    options = {
        "strict": True, "target": "es2022", "module": "nodenext", "moduleResolution": "nodenext", "outDir": "built",
        "types": ["node"],
    }  # fmt: skip
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["*.ts"]}))
    if TOOLS.is_dir():
        (tmp_path / "node_modules").symlink_to(INSTALLED)
        subprocess.run([TOOLS / "tsc"], cwd=tmp_path, check=True, timeout=120)
    return tmp_path / "built"


def test_samples_in_typescript_run_too() -> None:
    if not TOOLS.is_dir():
        pytest.skip("npm has not installed TypeScript here: the next test runs curl and Python alone")
    assert (TOOLS / "tsc").exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_sample_of_every_call_works_as_pasted(
    service: Service, calls: dict[str, CallPage], typescript: Path
) -> None:
    """In curl, Python and TypeScript, one after the other: the later ones repeat the call, with its key."""
    scenario = Scenario.with_grant(service)
    scenario.pass_time(timedelta(days=7))  # to a day after those of the examples
    ids: dict[str, str] = {}
    for name in LIFE:
        call, client = calls[name], scenario.nav if calls[name].tag == "feed" else scenario.landlord
        if name == "withdraw_notice":
            ids["NOTICE"] = scenario.send(reference="W-1")["id"]
        token = client.headers["Authorization"].removeprefix("Bearer ")
        environment = {"VARSLING_URL": service.url, "VARSLING_TOKEN": token, **ids}
        answer = json.loads(bash(call.samples.curl, environment))
        assert "trace_id" not in answer, (name, answer)
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
            for variable, value in environment.items():
                patch.setenv(variable, value)
            exec(call.samples.python, {})  # noqa: S102  (the sample under test)
        if TOOLS.is_dir():
            run([shutil.which("node") or "node", str(typescript / f"{name}.js")], None, environment)
        if name == "submit_notice":
            ids |= {"NOTICE": answer["id"], "TENANT": answer["tenants"][0]["id"]}
            scenario.work()
        if name == "register_reservation":
            ids["RESERVATION"] = answer["id"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_address_that_leads_nowhere_shows_a_person_the_contents(service: Service) -> None:
    for path in ("/docs/nowhere", "/docs/calls/nowhere", "/docs/calls"):
        page = service.anonymous().get(path, headers=HTML)
        assert (page.status_code, 'href="/docs/landlords"' in page.text) == (404, True)
        assert service.anonymous().get(path).json()["code"] == "not-found"
