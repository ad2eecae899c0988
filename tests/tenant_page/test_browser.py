"""The page in a real Chromium: by keyboard alone, without scripts, on a small phone, and by axe's rules."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import make_url

from tests.browser import COLOURS, WCAG, violations
from tests.notices.scenario import Scenario, both
from tests.tenant_page.conftest import code_of
from varsling.letters.content import Language
from varsling.letters.texts import texts

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

LANGUAGES = {"runOnly": {"type": "rule", "values": ["html-has-lang", "html-lang-valid", "valid-lang"]}}
NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser, scenario: Scenario) -> Iterator[NewContext]:
    opened: list[BrowserContext] = []

    def new(**options: Any) -> BrowserContext:
        opened.append(browser.new_context(base_url=scenario.service.url, locale="nb-NO", **options))
        return opened[-1]

    yield new
    for context in opened:
        context.close()


@pytest.fixture
def notice(scenario: Scenario) -> dict[str, Any]:
    notice = scenario.send(*both())
    with ThreadPoolExecutor(1) as beside:  # Playwright's event loop occupies this thread; the worker needs one too
        beside.submit(scenario.work).result()
    return notice


def enter(page: Page, code: str, born: str = "01.01.1990") -> None:
    page.goto(f"/t/{code}")
    page.fill("#born", born)
    page.press("#born", "Enter")


def every_page(page: Page, scenario: Scenario) -> Iterator[str]:
    """Visit each page, and each as a fault or an action changes it; yield its name."""
    code = code_of(scenario)
    page.goto("/t")
    yield "code"
    page.fill("#code", "ABC")
    page.press("#code", "Enter")
    yield "code, a fault"
    page.goto(f"/t/{code}")
    yield "door"
    enter(page, code, "02.01.1990")
    yield "door, a fault"
    page.goto("/t/reserved")
    yield "reserved"
    enter(page, code)
    yield "page"
    for section in ("call", "disagree", "reserve", "report"):
        page.click(f"#{section} button")
        yield f"page, a fault of {section}"
    page.fill("#phone", "90000000")
    page.click("#call button")
    page.check("#disagree [name=paid]")
    page.click("#disagree button")
    page.check("#wishes [name=children]")
    page.click("#wishes button")
    page.check("#report [name=harassment]")
    page.click("#report button")
    yield "reported"
    page.click("main a[href='/t/notice']")
    yield "page, all said"
    page.check("#reserve [name=sure]")
    page.click("#reserve button")
    yield "page, reserved"
    for _ in range(5):
        enter(page, code, "02.01.1990")
    yield "closed"
    database = Path(str(make_url(scenario.context.settings.database_url).database))
    scenario.context.engine.dispose()
    database.unlink()
    database.mkdir()  # the database is away now
    answer = page.goto("/t/notice")
    assert answer is not None
    assert answer.status == 503
    yield "out of order"


def test_axe_finds_nothing(scenario: Scenario, notice: dict[str, Any], new_context: NewContext) -> None:
    """Runs WCAG 2.1 A and AA once on every page: all rules in the light theme, the colour rules in the dark one."""
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    page.goto("/t?language=nb")
    for name in every_page(page, scenario):
        page.emulate_media(color_scheme="light")
        assert violations(page, WCAG) == [], name
        page.emulate_media(color_scheme="dark")
        assert violations(page, COLOURS) == [], name


@pytest.mark.parametrize("language", Language)
def test_nothing_is_too_wide(
    scenario: Scenario, notice: dict[str, Any], new_context: NewContext, language: Language
) -> None:
    """WCAG 1.4.10 at 320 pixels; 1.4.4 with text twice as large at 640 pixels; axe's rules about language."""
    page = new_context(viewport={"width": 320, "height": 640}).new_page()
    page.goto(f"/t?language={language}")
    seen = []
    for name in every_page(page, scenario):
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        if name == "page":
            assert violations(page, LANGUAGES) == []
        page.set_viewport_size({"width": 640, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, name
        page.set_viewport_size({"width": 320, "height": 640})
        seen.append(name)
    assert len(seen) == 15


class Keyboard:
    """A browser with scripts off and without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, selector: str) -> None:
        """Press Tab until the element has the focus, which must be visible."""
        wanted = self.page.locator(selector)
        for _ in range(80):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                outline = wanted.evaluate("element => getComputedStyle(element).outlineStyle")
                assert outline != "none", selector
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def reads(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)


def test_all_she_can_do_by_keyboard_without_scripts(
    scenario: Scenario, notice: dict[str, Any], new_context: NewContext
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    hers, say = Keyboard(page), texts(Language.NB).line
    page.goto("/t")
    hers.to("#code")
    hers.type("-".join(code_of(scenario)[start : start + 4] for start in range(0, 16, 4)))
    hers.press("Enter")
    hers.to("#born")
    hers.type("1.1.1990")
    hers.press("Enter")
    hers.reads("Dette er ikke en utkastelse")
    hers.to("#phone")
    hers.type("90 00 00 00")
    hers.to("#call button")
    hers.press("Enter")
    expect(page.locator("#call [role=status]")).to_contain_text("Sendt til Nav")
    hers.to("#disagree [name=amount]")
    hers.press("Space")
    hers.to("#disagree button")
    hers.press("Enter")
    expect(page.locator("#disagree [role=status]")).to_contain_text("Sendt til Nav")
    hers.to("#report [name=untrue]")
    hers.press("Space")
    hers.to("#report button")
    hers.press("Enter")
    hers.reads("Vi har fått meldingen")
    hers.to("main a[href='/t/notice']")
    hers.press("Enter")
    hers.to("#reserve [name=sure]")
    hers.press("Space")
    hers.to("#reserve button")
    hers.press("Enter")
    hers.reads(say("page.reserve.done"))
    assert {"tenant.wants_call", "tenant.disputes"} <= set(scenario.types())
    assert [one["form"] for one in scenario.landlord.get("/v1/reservations").json()["items"]] == ["page"]


def test_a_double_click_does_it_once(scenario: Scenario, notice: dict[str, Any], new_context: NewContext) -> None:
    page = new_context().new_page()
    enter(page, code_of(scenario))
    page.fill("#phone", "90000000")
    page.dblclick("#call button")
    expect(page).to_have_url(re.compile("/t/notice#call$"))  # its first navigation is aborted by the second
    page.check("#reserve [name=sure]")
    page.dblclick("#reserve button")
    expect(page).to_have_url(re.compile("/t/notice#reserve$"))
    assert len(scenario.events(type="tenant.wants_call")) == 1
    assert len(scenario.landlord.get("/v1/reservations").json()["items"]) == 1


def test_it_loads_its_own_stylesheet_and_nothing_else(
    scenario: Scenario, notice: dict[str, Any], new_context: NewContext
) -> None:
    page = new_context().new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    enter(page, code_of(scenario))
    assert page.locator("h1").count() == 1
    paths = {url.removeprefix(scenario.service.url) for url in asked}
    assert {path for path in paths if not path.startswith("/t/")} == {"/docs/assets/pages.css"}
    assert complaints == []
