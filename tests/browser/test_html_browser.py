"""The page in a real browser: keys, views, schemes, speed; hostile texts do nothing in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pages
import pytest
import samples

from cecheck.report.model import Report
from cecheck.report.to_html import render

playwright = pytest.importorskip(
    "playwright.sync_api", reason="no browser test without playwright: pip install '.[dev]'"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no browser test without a browser: apt-get install chromium"
)

STEPS = 1000
SECONDS_TO_OPEN = 1.0
SECONDS_PER_STEP = 0.05  # so many at most, or it does not feel immediate


@dataclass
class Opened:
    """A page, and what the browser said about it."""

    page: playwright.Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def text(self, element: str) -> str:
        """Return what is to be read in the element with that id."""
        return str(self.page.inner_text(f"#{element}")).strip()

    def press(self, *keys: str) -> Opened:
        """Press one key after the other."""
        for key in keys:
            self.page.keyboard.press(key)
        return self

    @property
    def is_quiet(self) -> bool:
        """Whether nothing was complained of, refused or fetched."""
        refused = self.page.evaluate("window.refused")
        return not self.complaints and not refused and len(self.requests) == 1


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    """Return one browser for all tests."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser):
    """Return one profile for all tests; what a page is refused is kept in the page."""
    context = browser.new_context()
    context.add_init_script(
        "window.refused = [];"
        "document.addEventListener('securitypolicyviolation',"
        "  (event) => window.refused.push(event.violatedDirective));"
    )
    return context


@pytest.fixture
def opened(context, tmp_path):
    """Return a way to open reports, each in a page of its own, dark or light, wide or narrow."""

    def show(report: Report, scheme: str = "light", width: int = 1280) -> Opened:
        file: Path = tmp_path / "report.html"
        file.write_text(render(report), encoding="utf-8")
        page = context.new_page()
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 720})
        result = Opened(page)
        page.on("console", lambda message: result.complaints.append(message.text))
        page.on("pageerror", lambda error: result.complaints.append(str(error)))
        page.on("request", lambda request: result.requests.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_function("performance.getEntriesByName('cecheck-ready').length")
        return result

    yield show
    for page in context.pages:
        page.close()


def long() -> Report:
    """Return the report of one long trace."""
    return pages.page(pages.told(STEPS))


# ---- speed --------------------------------------------------------------------------------------


def test_a_thousand_steps_open_within_a_second(opened):
    """Until the first step is there to be read, at the best of three times."""
    times = []
    for _ in range(3):
        shown = opened(long())
        assert shown.text("now-text") == "count = 1"
        ready = "performance.getEntriesByName('cecheck-ready')[0].startTime"
        times.append(shown.page.evaluate(ready) / 1000)
    assert min(times) < SECONDS_TO_OPEN


def test_stepping_through_them_does_not_lag(opened):
    """Layout included; however many there are, few are in the page."""
    shown = opened(long()).press("v")
    spent = shown.page.evaluate("""() => {
        const begin = performance.now();
        for (let n = 0; n < 300; n++) {
            const key = new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true});
            document.body.dispatchEvent(key);
            document.getElementById("steps").getBoundingClientRect();
        }
        return (performance.now() - begin) / 300 / 1000;
    }""")
    assert spent < SECONDS_PER_STEP
    assert shown.text("now-text") == "count = 301"
    numbers = shown.page.locator("#steps .number").all_inner_texts()
    assert len(numbers) < 60
    assert [int(number) for number in numbers] == sorted(map(int, numbers))


# ---- what it does -------------------------------------------------------------------------------


def test_the_keys_step(opened):
    """Arrows by one, Home and End to the ends, and no further."""
    shown = opened(long())
    assert shown.press("ArrowRight", "ArrowRight").text("now-text") == "count = 21"
    assert shown.press("ArrowLeft").text("count") == "step 11 of 1000"
    assert shown.press("Home", "ArrowLeft").text("now-text") == "count = 1"
    assert shown.press("End", "ArrowRight").text("count") == "failure, after step 1000"
    assert "length" in shown.text("values")
    assert shown.is_quiet


def test_a_switch_of_view_stays_at_the_step(opened):
    """From the story to all steps and back to the next that is told."""
    shown = opened(long()).press("ArrowRight")
    shown.page.click("#view-run")
    assert shown.press("ArrowRight").text("now-text") == "count = 12"
    assert shown.page.get_attribute("#view-run", "aria-pressed") == "true"
    shown.page.click("#view-story")
    assert shown.text("now-text") == "count = 21"
    assert shown.press("End", "v").text("count") == "failure, after step 1000"


def test_it_says_what_each_step_changes_and_where(opened):
    """Old and new value, thread, protocol step; the line, highlighted, in its source."""
    shown = opened(long()).press("v", "ArrowRight")
    assert " ".join(shown.text("changes").split()) == "what changes count shared 1 → 2"
    assert shown.text("now-thread") == "App 1"
    assert shown.text("now-phase") == "protocol step 1 of 9"
    assert shown.text("path") == "specs/sample.ce:4"
    assert shown.page.inner_text("#source mark") == "let buffer"
    shown.press("ArrowRight")
    assert shown.text("path") == "models/ce5.ce:2"
    assert shown.page.inner_text("#source [aria-current] mark") == "current = callee"
    selected = shown.page.locator("#steps [aria-selected=true]")
    assert selected.get_attribute("id") == shown.page.get_attribute(
        "#steps", "aria-activedescendant"
    )


def test_variables_go_forward_and_back_with_the_steps(opened):
    """Also over many steps at once; what a step changed is marked."""
    shown = opened(long()).press("v", "End")
    assert " ".join(shown.text("groups").split()) == "shared count 1000 App 1 current caller"
    shown.page.fill("#slider", "499")
    assert shown.page.inner_text("#groups .changed").split() == ["count", "500"]
    assert shown.press("Home").page.inner_text("#groups .changed").split() == ["count", "1"]


def test_cause_and_point_of_no_return_lead_to_their_places(opened):
    """Where there are any; so does a click on a step."""
    shown = opened(long())
    assert "fetched twice: length is read again" in shown.text("cause")
    shown.page.click("#cause-places button")
    assert shown.text("path") == "models/ce5.ce:2"
    shown.page.click("#turn")
    assert shown.text("count") == "step 491 of 1000"
    assert shown.page.inner_text("#steps .turning .flag") == "point of no return"
    shown.page.click("#steps .turning + .row")
    assert shown.text("count") == "step 501 of 1000"
    without = opened(samples.report(samples.refuted_file())).page
    assert not without.is_visible("#turning")
    assert not without.is_visible("#cause")


def test_letters_lead_from_one_refutation_to_the_next(opened):
    """And can be switched off; the table has a button for each."""
    report = pages.page(pages.told(9), pages.told(25))
    shown = opened(report)
    assert shown.text("count") == "step 1 of 9"
    assert shown.press("j").text("count") == "step 1 of 25"
    assert shown.press("j", "k").text("count") == "step 1 of 9"
    shown.page.click("[data-play='1']")
    assert shown.press("ArrowRight").text("count") == "step 11 of 25"
    shown.press("?")
    assert shown.page.is_visible("#keys")
    shown.page.uncheck("#letters")
    shown.press("Escape", "k")
    assert not shown.page.is_visible("#keys")
    assert shown.text("count") == "step 11 of 25"
    assert shown.is_quiet


def test_memory_is_drawn_from_its_first_picture_on(opened):
    """It moves with the steps and goes where there is none."""
    shown = opened(long()).press("v")
    assert not shown.page.is_visible("#memory")
    shown.press("ArrowRight")
    assert shown.page.locator("#picture .region").count() == 2
    counts = [
        shown.press("ArrowRight").page.locator("#picture .region").count() for _ in range(4)
    ]
    assert counts == [1, 2, 1, 3]  # two threads in turn, each of which sees it its own way
    assert "byte 16: 0xa020000" in shown.page.text_content("#picture")
    assert "Byte 16 lands at 0xa020000." in shown.page.get_attribute("#picture", "aria-label")
    assert " ".join(shown.text("rights").split()) == "key {caller, device} mode user"
    shown.press("Home")
    assert not shown.page.is_visible("#memory")
    assert not opened(samples.report(samples.refuted_file())).page.is_visible("#memory")


def test_the_table_shows_one_verdict_only_where_asked(opened):
    """Rows of other verdicts are hidden, and come back."""
    shown = opened(long())
    rows = shown.page.locator("table.verdicts tr[data-word]:visible")
    assert rows.count() == 2
    shown.page.click("#filter >> text=REFUTED")
    assert rows.count() == 1
    shown.page.click("#filter >> text=all")
    assert rows.count() == 2


# ---- how it looks, and for whom -----------------------------------------------------------------


def lightness(shown: Opened, element: str) -> float:
    """Return how bright the background of *element* is, from 0 to 255."""
    color = shown.page.evaluate(
        "(name) => getComputedStyle(document.querySelector(name)).backgroundColor", element
    )
    return sum(int(part) for part in color.strip("rgb()").split(",")) / 3


def test_it_is_dark_or_light_as_the_system_is_and_as_the_button_says(opened):
    """Both as the browser is told to prefer."""
    for scheme, is_light in (("light", True), ("dark", False)):
        shown = opened(long(), scheme)
        assert (lightness(shown, "body") > 128) is is_light
        assert (lightness(shown, ".card") > 128) is is_light
        shown.page.click("#theme")
        assert lightness(shown, "body") > 128
        shown.page.click("#theme")
        assert lightness(shown, "body") < 128
        shown.page.click("#theme")
        assert (lightness(shown, "body") > 128) is is_light
        assert shown.is_quiet


def test_a_narrow_screen_shows_it_without_scrolling_sideways(opened):
    """As wide as a telephone."""
    shown = opened(long(), width=360)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert shown.page.is_visible("#now-text")
    assert not shown.page.is_visible("#lanes")
    assert shown.page.inner_text("#stop-0 .by").strip() == "App 2"
    assert not opened(long()).page.is_visible("#stop-0 .by")


def test_what_changes_is_announced_and_all_buttons_have_names(opened):
    """For readers who see nothing of the page."""
    shown = opened(pages.page(pages.told(9), pages.told(25)))
    assert shown.page.get_attribute("#now", "aria-live") == "polite"
    for button in shown.page.get_by_role("button").all():
        name = button.get_attribute("aria-label") or button.inner_text()
        assert name.strip()
    assert shown.page.get_by_role("listbox").get_attribute("aria-label")
    assert shown.page.evaluate("document.getElementById('slider').ariaValueText") == "step 1 of 9"


def test_without_scripts_the_story_is_there_to_read(opened, browser, tmp_path):
    """As in an archive of build results that forbids them."""
    file = tmp_path / "still.html"
    file.write_text(render(long()), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert "how it comes about (100 of 1000 steps" in page.inner_text("noscript")
    assert not page.is_visible("#player")
    context.close()


# ---- text stays text ----------------------------------------------------------------------------


def test_hostile_texts_do_nothing(opened):
    """No script of theirs runs, nothing of them is fetched; they are there to read."""
    shown = opened(samples.report(pages.evil())).press("v", "End", "Home", "v", "?", "Escape")
    shown.page.click("#cause-places button")
    assert shown.page.evaluate("window.broken") is None
    assert shown.page.locator("img, iframe, object, [onerror], [onfocus]").count() == 0
    assert "{{7*7}}" in shown.text("title")
    assert pages.SCRIPT in shown.text("title")
    assert pages.IMAGE in shown.page.text_content("#picture")
    assert pages.IMAGE in shown.page.inner_text("#source")
    assert shown.is_quiet


def test_the_policy_refuses_a_script_that_got_in(opened):
    """Were there a hole after all: nothing inline, nothing from elsewhere, no markup from text."""
    shown = opened(long())
    shown.page.evaluate("""() => {
        const script = document.createElement("script");
        try { script.textContent = "window.broken = 1"; } catch { window.refused.push("text"); }
        document.body.append(script);
        try { document.body.innerHTML = "<b>x</b>"; } catch { window.refused.push("markup"); }
        const image = document.createElement("img");
        image.src = "https://example.invalid/x.png";
        document.body.append(image);
    }""")
    shown.page.wait_for_function("window.refused.includes('img-src')")
    assert shown.page.evaluate("window.broken") is None
    assert "markup" in shown.page.evaluate("window.refused")
    assert shown.page.is_visible("#player")


# ---- repairs ------------------------------------------------------------------------------------


def test_the_player_leads_to_the_repair(opened):
    """A link that can be followed by keyboard, to a diff in the card of the file."""
    shown = opened(samples.report(samples.repaired_file(), samples.refuted_file()))
    assert shown.text("repair") == "Repair that is proved: map and check before use"
    shown.page.focus("#repair-name")
    shown.press("Enter")
    assert shown.page.evaluate("location.hash") == "#repair-1"
    title = shown.page.locator("#repair-1")
    assert title.is_visible()
    assert title.inner_text() == "A repair: map and check before use"
    shown.page.select_option("#which", "1")
    assert not shown.page.is_visible("#repair")
    assert shown.is_quiet
