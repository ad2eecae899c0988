"""The developers' pages come from this process alone, explain the service, and show examples that work."""

import html
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.commands.test_names import NAMES
from tests.contract import FILE
from tests.deliveries.parcels import parcel
from tests.notices.scenario import Scenario
from tests.service import Service
from varsling.app import guide
from varsling.deliveries.channels.print_places import FolderPlace
from varsling.deliveries.channels.printing import PrintChannel, PrintOrder
from varsling.domain.catalogue import catalogue, words
from varsling.domain.language import AnswerLanguage
from varsling.domain.policies import Envelope, PrintReceipt, PrintSides
from varsling.domain.problems import Code
from varsling.domain.remarks import Remark, remark_text
from varsling.domain.texts import text_of
from varsling.letters.render import render
from varsling.letters.samples import sample_copy
from varsling.settings import Settings

HTML = {"Accept": "text/html"}


GUIDE = [
    *(f"/docs/{one.name}".rstrip("/") for one in guide.PAGES),
    "/docs/search?q=birth",
    "/docs/calls/submit_notice",
    "/docs/calls/read_feed",
]
PAGES = ("/", *GUIDE, "/docs/api", "/problems", "/problems/tenant-reserved")


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_load_nothing_from_elsewhere(service: Service, path: str) -> None:
    client = service.anonymous()
    page = client.get(path, headers=HTML)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assets = re.findall(r'(?:src|link rel="stylesheet" href)="([^"]+)"', page.text)
    assert assets
    for address in assets:
        assert address.startswith("/docs/assets/")
        asset = client.get(address)
        assert asset.status_code == 200
        assert asset.headers["Content-Type"].partition(";")[0] in ("text/css", "text/javascript")
    for address in re.findall(r'<a href="(/[^"#]*)', page.text):
        assert client.get(address, headers=HTML).status_code == 200


def test_a_slash_too_many_leads_to_the_guide(service: Service) -> None:
    answer = service.anonymous().get("/docs/")
    assert (answer.status_code, answer.headers["location"]) == (308, "/docs")


def test_only_the_assets_are_given(service: Service) -> None:
    client = service.anonymous()
    assert '"/openapi.json"' in client.get("/docs/assets/start.js").text
    for address in ("redoc.standalone.js", "..%2f__init__.py", "..%2ftemplates%2fguide.html"):
        assert client.get(f"/docs/assets/{address}").status_code == 404


def test_the_public_keys_hold_nothing_private(service: Service) -> None:
    (key,) = service.anonymous().get("/.well-known/jwks.json").json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


@pytest.mark.parametrize("language", AnswerLanguage)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_problem_has_a_page_with_cause_remedy_mender_key_and_law(service: Service, language: str) -> None:
    client, asked = service.anonymous(), HTML | {"Accept-Language": language}
    told = words(AnswerLanguage(language))
    overview = client.get("/problems", headers=asked).text
    for code, text in catalogue(AnswerLanguage(language)).items():
        assert f'<a href="/problems/{code}">' in overview
        shown = client.get(f"/problems/{code}", headers=asked).text
        data = client.get(f"/problems/{code}", headers={"Accept-Language": language}).json()
        assert f'<html lang="{language}">' in shown
        assert text.title in shown.replace("&#39;", "'")
        for part in (text.detail, text.remedy, text_of(told, f"mender.{data['mended_by']}")):
            assert escaped(part) in shown
        assert escaped(text_of(told, f"key.{data['idempotency_key']}")) in shown
        assert (data["law"] or text_of(told, "code")) in shown
    for remark in Remark:
        assert escaped(remark_text(remark, AnswerLanguage(language))) in overview


def escaped(text: str) -> str:
    """The HTML of a catalogue text."""
    quoted = html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    return re.sub("`([^`]+)`", r"<code>\1</code>", quoted)


def test_the_law_is_named_where_the_law_is_the_reason(service: Service) -> None:
    laws = {one["code"]: one["law"] for one in service.anonymous().get("/problems").json()["problems"]}
    assert laws[Code.TENANT_RESERVED] == "husleieloven § 9-11"
    assert laws[Code.RENT_DEPOSITED] == "husleieloven § 3-8"
    assert laws[Code.WARNING_NOT_SENT] == "tvangsfullbyrdelsesloven §§ 4-18, 13-2"
    assert laws[Code.MALFORMED_JSON] is None


def examples() -> list[tuple[str, Any]]:
    document = json.loads(FILE.read_text("utf-8"))
    return [
        (path, operation["requestBody"]["content"]["application/json"]["examples"]["usual"]["value"])
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if "requestBody" in operation
    ]


class TestExamples:
    """The service accepts every example of the document as it stands, in the order of a notice's life."""

    def test_each_operation_with_a_body_has_one(self) -> None:
        assert [path for path, example in examples() if example is None] == []

    def test_each_works(self, service: Service) -> None:
        scenario, tried = Scenario.with_grant(service), set()
        scenario.pass_time(timedelta(days=7))  # to a day after those of the examples
        sent = dict(examples())

        def post(path: str, client: httpx.Client = scenario.landlord, **ids: str) -> dict[str, Any]:
            body = sent[path]
            if path.endswith("/contact"):
                body = body | {"tenant": scenario.read(ids["notice_id"])["tenants"][0]["id"]}
            answer = client.post(path.format(**ids), json=body)
            assert answer.status_code in (200, 201), (path, answer.text)
            tried.add(path)
            return dict(answer.json())

        post("/v1/offices/lookup")
        post("/v1/notices/check")
        first = post("/v1/notices")["id"]
        assert post("/v1/notices/batch")["accepted"] == 1
        scenario.work()
        post("/v1/feed/notices/{notice_id}/acknowledgement", scenario.nav, notice_id=first)
        post("/v1/feed/notices/{notice_id}/forwarding", scenario.nav, notice_id=first)
        for change in ("update", "contact", "settlement"):
            post(f"/v1/notices/{{notice_id}}/{change}", notice_id=first)
        again = scenario.send(reference="E-2")["id"]
        post("/v1/notices/{notice_id}/withdrawal", notice_id=again)
        made = post("/v1/reservations")
        post("/v1/reservations/{reservation_id}/revocation", reservation_id=made["id"])
        post("/v1/leases/end")
        assert tried == sent.keys()


def test_no_example_goes_stale() -> None:
    """A fixed future date in an example would pass some day."""
    assert [path for path, example in examples() if json.dumps(example).count('"planned_petition_date": "')] == []


def test_the_threat_model_names_tests_that_are_there(service: Service) -> None:
    """It promises that each mechanism has one."""
    named = set(re.findall(r"<code>(tests/[^<]+)</code>", service.anonymous().get("/docs/security").text))
    assert len(named) > 15
    root = Path(__file__).parents[2]
    assert [one for one in named if not (root / one).is_file()] == []


def test_the_page_on_channels_shows_the_manifest_as_it_is(service: Service, tmp_path: Path) -> None:
    for folder in ("letters", "receipts"):
        (tmp_path / folder).mkdir()
    order = PrintOrder(PrintReceipt.POSTED, PrintSides.DUPLEX, Envelope.C5)
    PrintChannel(FolderPlace(tmp_path), order).send(sent := parcel(pdf=render(sample_copy()).pdf))
    real = json.loads((tmp_path / "letters" / f"{sent.delivery_id}.json").read_text())
    page = html.unescape(service.anonymous().get("/docs/channels").text)
    (shown,) = (json.loads(one) for one in re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL))
    names = ("id", "file", "sha256", "bytes")
    assert shown | {name: real[name] for name in names} == real


def test_the_page_on_channels_names_settings_and_commands_that_are_there(service: Service) -> None:
    page = service.anonymous().get("/docs/channels").text
    settings = set(re.findall(r"VARSLING_([A-Z_]+)", page))
    assert {name.lower() for name in settings} <= Settings.model_fields.keys()
    for name in {*NAMES["copies"], *NAMES["channels"]}:
        assert re.search(rf"<code>[^<]*\b{name}\b", page), name
