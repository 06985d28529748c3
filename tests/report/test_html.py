"""The page: complete without a network, and nothing in a report becomes more than text in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pages
import pytest
import samples

from cecheck import paths
from cecheck.report.html_memory import laid_out
from cecheck.report.model import Picture, Reach, Region
from cecheck.report.to_html import render

ALL = samples.every_ending()


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Keep *tag*, and be in it unless it has no end."""
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        """Leave *tag*, which must be the innermost."""
        assert self._open.pop() == tag

    def handle_data(self, data):
        """Keep text by the element that it is in."""
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every *tag*."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def policy(self) -> dict[str, str]:
        """The content security policy, by directive."""
        (meta,) = [m for m in self.of("meta") if m.get("http-equiv")]
        assert meta["http-equiv"] == "Content-Security-Policy"
        parts = (part.strip().partition(" ") for part in (meta["content"] or "").split(";"))
        return {name: value for name, _, value in parts}

    @property
    def data(self):
        """What the player is given."""
        (_, data) = self.scripts()[0]
        return json.loads(data)

    def scripts(self) -> list[tuple[str | None, str]]:
        """Return (type, text) of every script."""
        kinds = [script.get("type") for script in self.of("script")]
        return list(zip(kinds, self.texts["script"], strict=True))


def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the elements of a page and the names of their attributes, without any text."""
    return [(tag, tuple(attributes)) for tag, attributes in Page(text).elements]


# ---- what a page is -----------------------------------------------------------------------------


def test_the_policy_allows_the_one_script_and_the_one_style_and_nothing_else():
    """Both by their hashes."""
    page = Page(render(ALL))
    ((kind, _), (plain_kind, script)) = page.scripts()
    assert (kind, plain_kind) == ("application/json", None)
    (style,) = page.texts["style"]
    assert page.policy == {
        "default-src": "'none'",
        "script-src": hashed(script),
        "style-src": hashed(style),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def hashed(text: str) -> str:
    """Return the source expression of an inline *text*."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_comes_before_all_that_it_governs():
    """A policy in the page holds from where it stands."""
    tags = [tag for tag, _ in Page(render(ALL)).elements]
    assert tags.index("meta") < tags.index("style") < tags.index("script")


def test_nothing_is_fetched():
    """No address but fragments, no element that would load anything, no style or handler inline."""
    text = render(samples.report(pages.evil(), *pages.page(pages.told(20)).files))
    page = Page(text)
    assert {"link", "img", "iframe", "object", "embed", "base", "image"}.isdisjoint(
        tag for tag, _ in page.elements
    )
    for _, attributes in page.elements:
        assert {"src", "srcset", "style", "action", "ping", "srcdoc"}.isdisjoint(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    (style,) = page.texts["style"]
    assert "url(" not in style
    assert "@import" not in style


def test_the_script_never_makes_markup_of_text():
    """It has no way to, and no way out: text nodes and elements only."""
    script = (paths.HTML / "page.js").read_text(encoding="utf-8")
    for word in (
        "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(",
        "fetch(", "XMLHttpRequest", "import(", 'setAttribute("style', "location",
    ):  # fmt: skip
        assert word not in script
    assert set(re.findall(r"https?://[^\"'\s]+", script)) == {"http://www.w3.org/2000/svg"}


def test_other_commands_do_not_load_the_templates():
    """A tenth of a second at each start, for those who want no page."""
    code = "import sys, cecheck.report.to_html; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- what a page says ---------------------------------------------------------------------------


def test_every_finding_has_a_row():
    """Site, check, view, client, verdict, engine, certified by."""
    text = render(ALL)
    rows = re.findall(r"<tr data-word=.*?</tr>", text, flags=re.S)
    said = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert len(said) == sum(len(file.findings) for file in ALL.files)
    assert said[0] == (
        "use_it specs/sample.ce:5:10 mapped hostile untrusted App REFUTED play trace 1 bmc replay"
    )
    proved = "live hostile untrusted App PROVED until the refuted site houdini z3, cvc5"
    assert said[2].endswith(proved)
    assert "UNKNOWN resource limit try --timeout 120" in said[-2]
    assert "VACUOUS can never be reached z3, cvc5" in said[-1]


def test_a_cover_that_was_not_shown_is_not_called_proved():
    """Nor one that was not asked."""
    words = []
    for reach in Reach:
        verdict = replace(samples.PROVED, reach=reach)
        cover = samples.finding(verdict, samples.CheckKind.COVER)
        file = replace(samples.proved_file(), findings=(cover,))
        words += re.findall(r'<tr data-word="(.*?)"', render(samples.report(file)))
    assert words == ["REACHED", "NOT SHOWN", "NOT ASKED"]


def test_what_carries_the_proofs_is_told():
    """Invariants, scope, assumptions, expectations; crashes and errors where there are any."""
    text = render(ALL)
    for said in (
        "line 4: in is mapped", "any number of App threads, untrusted", "(SLOT_GUARD)",
        "refuted mapped at use_it", "This is a bug in cecheck: Disagreement: houdini and bmc",
        "error[CE201]", "Exit status 7",
    ):  # fmt: skip
        assert said in text


def test_a_repair_stands_with_its_file_and_the_player_leads_to_it():
    """Each line of the diff is marked by what it does."""
    shown = Page(render(samples.report(samples.proved_file(), samples.repaired_file())))
    (told,) = shown.data["refutations"]
    assert told["repair"] == {"name": "map and check before use", "anchor": "repair-2"}
    assert [title for title in shown.of("h3") if title.get("id") == "repair-2"]
    marks = [span["data-mark"] for span in shown.of("span") if "data-mark" in span]
    assert marks == [line[:1] for line in samples.REPAIR.diff]


def test_where_nothing_is_repaired_the_player_says_nothing_of_it():
    """A refutation as it mostly is."""
    (told, *_) = Page(render(samples.report(samples.refuted_file()))).data["refutations"]
    assert told["repair"] is None


def test_sources_are_in_it_once():
    """Though each file brings its own copy of the platform's."""
    stories = [pages.told(20), pages.told(30)]
    data = Page(render(pages.page(*stories))).data
    assert [source["path"] for source in data["sources"]] == ["models/ce5.ce", "specs/sample.ce"]
    copy = replace(stories[0].run[0], span=replace_source(stories[0].run[0].span))
    again = replace(stories[0], run=(copy, *stories[0].run[1:]))
    assert Page(render(pages.page(again, stories[1]))).data["sources"] == data["sources"]


def replace_source(span: samples.Span) -> samples.Span:
    """Return *span* in an equal source that is another object."""
    return samples.Span(samples.Source(span.source.path, span.source.text), span.start, span.end)


def test_places_are_columns_of_the_text_that_is_shown():
    """A tab is as wide as it is shown, an escaped character as long as its escape."""
    source = samples.Source("a.ce", "\t\u202ex = 1\nrest")
    span = samples.Span(source, 2, 7)
    moment = replace(pages.told(1).run[0], span=span)
    story = replace(pages.told(1), run=(moment,), moments=(moment,), cause=None)
    data = Page(render(pages.page(story))).data
    number, line, start, last, end = data["refutations"][0]["run"][0]["place"]
    assert (line, last) == (1, 1)
    assert data["sources"][number]["lines"][0][start:end] == "x = 1"


def test_the_expected_check_is_played_first():
    """Whatever the order of the findings is."""
    file = samples.refuted_file()
    turned = replace(file, findings=(file.findings[1], file.findings[0]))
    data = Page(render(samples.report(turned))).data
    assert [told["about"][:6] for told in data["refutations"]] == ["mapped", "bounds"]


def test_a_page_without_refutations_has_no_player():
    """And none of its parts."""
    text = render(samples.report(samples.proved_file()))
    assert 'id="player"' not in text
    assert Page(text).data == {"sources": [], "refutations": []}


def test_who_runs_no_scripts_reads_the_story():
    """As the text report tells it."""
    told = "".join(Page(render(ALL)).texts["pre"])
    assert "how it comes about (5 of 31 steps, no race needed)" in told


# ---- text stays text ----------------------------------------------------------------------------


def test_nothing_in_a_report_adds_an_element_or_an_attribute():
    """The page of hostile texts has the shape of the page of harmless ones."""
    evil, harmless = (render(samples.report(pages.evil(text))) for text in (pages.EVIL, "x"))
    assert shape(evil) == shape(harmless)


@pytest.mark.parametrize(
    "bad", [pages.SCRIPT, pages.IMAGE, "<!--", "\x00", "\x1b", "\u202e", "\u2028"]
)
def test_what_is_dangerous_is_nowhere_in_the_page(bad):
    """Neither in its markup nor in its data."""
    assert bad not in render(samples.report(pages.evil()))


def test_it_can_be_written_and_its_data_is_ascii():
    """Lone surrogates are no UTF-8; the data could stand in any script."""
    text = render(samples.report(pages.evil()))
    text.encode("utf-8")
    data = re.search(r'id="data">(.*?)</script>', text, flags=re.S)
    assert data
    assert data[1].isascii()
    assert not set("<>&") & set(data[1])
    told = json.loads(data[1])["refutations"][0]
    assert pages.SCRIPT in told["title"]
    assert "{{7*7}}" in told["title"]


def test_templates_in_texts_are_not_evaluated():
    """They are shown as they were written."""
    text = render(samples.report(pages.evil()))
    assert "{{7*7}}${7*7}{% raw %}" in text
    assert "49" not in re.sub(r"<(style|script).*?</\1>", "", text, flags=re.S)


# ---- pictures -----------------------------------------------------------------------------------


def test_there_is_no_picture_of_nothing():
    """Nor of pictures without regions."""
    assert laid_out(()) is None
    assert laid_out((Picture(1, "App", ()),)) is None


def test_regions_stand_in_the_order_of_their_addresses():
    """High enough for their names; one inside another is indented and within it."""
    memory = laid_out(pages.pictures())
    assert memory
    caller, buffer, driver = memory["pictures"][-1]["regions"]
    assert min(r["height"] for r in (caller, buffer, driver)) >= 40
    assert caller["top"] <= buffer["top"]
    assert buffer["top"] + buffer["height"] <= caller["top"] + caller["height"] <= driver["top"]
    assert [r["level"] for r in (caller, buffer, driver)] == [0, 1, 0]
    assert driver["top"] + driver["height"] <= memory["height"]


def test_a_region_that_stays_does_not_move():
    """All pictures of a story have one scale."""
    memory = laid_out(pages.pictures())
    assert memory
    first, _, second = memory["pictures"]
    assert first["regions"][0] == second["regions"][0]
    assert first["regions"][1] == second["regions"][2]


def test_regions_say_which_rights_name_them():
    """A right is one process or a set of some; a name in another's name does not count."""
    regions = tuple(
        Region(name, 16 * n, 16 * n + 15, name) for n, name in enumerate(("nk", "app", "app2"), 1)
    )
    rights = (("current", "app"), ("key", "{nk, app2}"), ("mode", "false"))
    memory = laid_out((Picture(1, "App", regions, rights),))
    assert memory
    held = [region["held"] for region in memory["pictures"][0]["regions"]]
    assert held == [["key"], ["current"], ["key"]]


def test_an_access_past_a_region_is_drawn_past_it():
    """Its first byte inside, the failing one behind the end, each where it can be seen."""
    memory = laid_out(pages.pictures())
    assert memory
    picture = memory["pictures"][-1]
    end = picture["regions"][1]["top"] + picture["regions"][1]["height"]
    access, lands = picture["access"], picture["lands"]
    assert access["top"] + 10 <= end <= lands["top"]
    assert lands["top"] < access["top"] + access["height"]
    assert (lands["address"], access["count"]) == ("byte 16: 0xa020000", "32 bytes")
    assert "Byte 16 lands at 0xa020000." in picture["said"]


@pytest.mark.parametrize("pointer", [0, 0xFFFFFFF0, 2**64 - 1])
def test_an_access_anywhere_is_on_the_page(pointer):
    """Before the first region, behind the last, at the end of what there is."""
    region = Region("all", 0x1000, 0x1FFF, "app")
    memory = laid_out((Picture(1, "App", (region,), (), pointer, 2**32, 1, pointer + 1),))
    assert memory
    picture = memory["pictures"][0]
    bottom = picture["access"]["top"] + picture["access"]["height"]
    assert 0 <= picture["access"]["top"] < bottom <= memory["height"] + 2
    assert 0 <= picture["lands"]["top"] <= memory["height"]


def test_a_refutation_without_pictures_says_so():
    """The page then shows no memory at all."""
    story = replace(pages.told(3), pictures=())
    assert Page(render(pages.page(story))).data["refutations"][0]["memory"] is None
