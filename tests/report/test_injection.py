"""What a specification says is text in every report, whoever wrote it and whatever it says."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import jsonschema
import pytest
import samples
from markdown_it import MarkdownIt

from cecheck.diagnostics import Code, Diagnostic, Note
from cecheck.ir.program import Site
from cecheck.report import (
    to_github,
    to_itf,
    to_json,
    to_junit,
    to_markdown,
    to_sarif,
    to_text,
)
from cecheck.report.expect import judge
from cecheck.report.model import (
    Cause,
    Change,
    FileReport,
    Finding,
    Held,
    Met,
    Moment,
    Outcome,
    Phase,
    Picture,
    Refuted,
    Region,
    Repair,
    Report,
    Story,
    Unknown,
)
from cecheck.report.problems import problems
from cecheck.report.schema import render as schema
from cecheck.source import Source, Span

EVIL = (
    "<script>alert(1)</script>",
    "]]><x/>&lt;&#x1b;",
    "\x1b[31mred\x1b]0;title\x07",
    "\x00\x01\x08\x7f\x9b\u2028\u202e\ufeff\ufffe\ud800",
    "\n::error file=x,line=1::forged\n##[error]forged\r\n::stop-commands::x",
    "%0A::error::forged%3A%2C,title=x:y",
    "[link](https://evil.example) ![i](http://evil.example/i.png) <https://evil.example>",
    "`code` ``` \n```\n~~~\n</details></summary> | cell | \\| *b* _i_ ~~s~~ # h",
    "x\n# h\n- l\n1. l\n> q",
    "www.evil.example @team #123 $x$ :smile: {{x}} ${{ secrets.X }} http://evil.example",
    '" onload="alert(1)" \' -->  <!-- <![CDATA[ <?xml ?>',
    "- item", "1) item", "+ item", "    code", "=====", "---", "\t", "", "a" * 5000,
)  # fmt: skip


def evil_report(text: str) -> Report:
    """Return a report that says *text* wherever a report has room for one."""
    source = Source(f"specs/{text}.ce", f"x {text}\ny {text} z\n")
    spans = (Span(source, 0, len(source.text)), Span(source, 1, 3))
    moment = Moment(text, text, text, Phase(1, 2), spans[0], (Change(text, text, text),), 1)
    shared = Moment("App", "assign", text, None, None, (Change(text, "0", "1", shared=True),), 2)
    story = Story(
        text, Phase(1, 2), (moment, shared), 2, ((text, text),), (moment, shared),
        (Held("", text, text), Held(text, text, text)),
        (Picture(1, text, (Region(text, 0, 9, text),), ((text, text),)),),
        Cause("null", text, spans), 1, alone=False,
    )  # fmt: skip
    place = Site(text, spans[0], labelled=True)
    verdicts = (Refuted(text, story), Unknown(text, text), samples.VACUOUS, samples.UNREACHED)
    kind, view = samples.CheckKind.MAPPED, samples.View.HOSTILE
    findings = tuple(
        Finding(kind, place, view, text, verdict, text, text, ((text, 1),)) for verdict in verdicts
    )
    line = replace(samples.line("refuted", "mapped", text), span=spans[0])
    asked = FileReport(
        source.path, source, (text,), findings=findings,
        outcomes=(Outcome(line, Met.NO, text), *judge((), findings)),
        assumptions=(text,), scope=(text,), accepted=(text,),
        repair=Repair(text, (text, text, "@@ -1,2 +1,2 @@", f"-x {text}", f"+{text}"), 1, 1),
    )  # fmt: skip
    problem = Diagnostic(Code.UNKNOWN_NAME, text, spans[1], (Note(text, spans[0]),), text)
    wrong = FileReport(source.path, source, diagnostics=(problem,))
    crashed = FileReport(text or "x", crash=text)
    return Report("0.1.0", (asked, wrong, crashed), problems=(text,))


@pytest.fixture(params=EVIL, ids=range(len(EVIL)))
def report(request):
    """Return a report full of one of the texts."""
    return evil_report(request.param)


HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ud800-\udfff\ufeff\ufffe\uffff]"
)


def every_text(data):
    """Yield each text in JSON data, names of fields too."""
    match data:
        case str():
            yield data
        case list():
            for item in data:
                yield from every_text(item)
        case dict():
            for key, value in data.items():
                yield key
                yield from every_text(value)


@pytest.mark.parametrize(
    "printer", [to_text, to_github, to_markdown, to_junit, to_sarif, to_itf, to_json]
)
def test_no_character_moves_a_cursor_or_hides_text(printer, report):
    """And every text can be written as UTF-8."""
    text = printer.render(report)
    assert HARMFUL.findall(text) == []
    text.encode("utf-8")


def test_xml_has_the_elements_that_are_ours(report):
    """Whatever is said is inside one of them."""
    root = ET.fromstring(to_junit.render(report).encode("utf-8"))
    assert {element.tag for element in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip
    known = {
        "name", "classname", "file", "line", "time", "type", "message", "tests", "failures",
        "errors", "skipped",
    }  # fmt: skip
    assert {name for element in root.iter() for name in element.attrib} <= known
    cases = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(cases)) == len(cases)


def test_sarif_says_nothing_that_a_viewer_obeys(report):
    """No link in a message, no element in the file, no control character in a text."""
    text = to_sarif.render(report)
    assert not set("<>&") & set(text)
    log = json.loads(text)
    for said in every_text(log):
        assert HARMFUL.findall(said) == []
    for result in log["runs"][0]["results"]:
        assert "](" not in result["message"]["text"]
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[A-Za-z0-9_.~%/-]+", uri)


def test_annotations_are_one_line_each_and_no_other_is_a_command(report):
    """The runner obeys lines that begin with two colons, wherever they come from."""
    lines = to_github.render(report).split("\n")
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert lines == [*commands, ""]
    for line in commands:
        match = re.fullmatch(r"::(error|warning) ([^:]*)::(.*)", line)
        assert match
        names = [part.partition("=")[0] for part in match[2].split(",")]
        assert set(names) <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert len(set(names)) == len(names)
        assert set(re.findall("%(..)?", match[3])) <= {"25", "0A"}


def test_text_has_no_line_that_a_runner_obeys(report):
    """The text goes to the same log."""
    for line in to_text.render(report).split("\n"):
        assert not line.lstrip().startswith(("::", "##["))


@pytest.mark.parametrize("rules", ["commonmark", "gfm-like"])
def test_markdown_has_the_blocks_that_are_ours(rules, report):
    """No link, no image, no heading, no list and no element but those that the printer writes."""
    reader = MarkdownIt(rules, {"linkify": False})
    tokens = reader.parse(to_markdown.render(report))
    assert {token.type for token in tokens} <= {
        "heading_open", "heading_close", "inline", "paragraph_open", "paragraph_close", "fence",
        "table_open", "table_close", "thead_open", "thead_close", "tr_open",
        "tr_close", "th_open", "th_close", "tbody_open", "tbody_close", "td_open", "td_close",
    }  # fmt: skip
    inside = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inside} <= {
        "text", "strong_open", "strong_close", "html_inline", "softbreak", "text_special",
    }  # fmt: skip
    fences = [token for token in tokens if token.type == "fence" and token.info == "diff"]
    assert len(fences) == 1
    html = [t.content.strip() for t in [*tokens, *inside] if t.type.startswith("html_")]
    assert set(html) <= {"<br>", "<details><summary>the run</summary>", "</details>"}
    rows = [token for token in tokens if token.type == "tr_open"]
    assert rules == "commonmark" or len(rows) == 2 + len(problems(report)) + len(report.files)


def test_markdown_makes_no_link_of_an_address():
    """Extended autolinks need no brackets: they are found in the text itself."""
    report = evil_report("http://evil.example www.evil.example")
    # A repair is a fenced block, in which nothing is looked for.
    files = tuple(replace(file, repair=None) for file in report.files)
    text = to_markdown.render(replace(report, files=files))
    assert re.search(r"://|www.\.", text)
    assert not re.search(r"(?<!\\)://|www\.", text)


def test_json_is_valid_whatever_is_said(report):
    """Texts are as they are in it: it is data."""
    jsonschema.Draft202012Validator(json.loads(schema())).validate(json.loads(to_json.render(report)))
