"""The examples of `docs/language.md` and `docs/platforms.md` mean what the pages say.

A fenced block is an example if its info string begins with `ce` or its text with `// expect:`.
What begins with `// expect:` is a whole specification: it is verified, and must answer as it
expects.  Everything else is a piece, which must parse, have a meaning and become a program.
The words after `ce` say what it is a piece of:

    ce              declarations beside those of the page's frame
    ce use          a `use` clause, in place of the frame's
    ce driver       items of the frame's driver, at its line `// items`
    ce entry        statements of the frame's entry, at its line `// statements`
    ce platform     a whole platform
    ce in-platform  items of the page's platform, at its end
    ce frame        what the pieces of a page stand in: a whole specification, verified as well
    ce file NAME    another file, which the specifications of the page may use

A platform which a page shows belongs to every specification of the page that uses it.  A last
word such as `CE301` says that the piece must be refused, with this code and no other; with
`CE505` each of its lines, so that a list of what is not there yet does not outlive that.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from elaborated import platform as shipped

from cecheck.diagnostics import Code
from cecheck.lower.link import lower, views
from cecheck.options import Options
from cecheck.pipeline import verified
from cecheck.report.exit_status import ExitStatus, file_status
from cecheck.report.model import Report
from cecheck.report.snippet import diagnostic_text
from cecheck.report.to_text import render
from cecheck.sema.elaborate import elaborate
from cecheck.sema.typed import alone
from cecheck.source import Source, Span
from cecheck.syntax import ast
from cecheck.syntax.operators import STRENGTH
from cecheck.syntax.parse import parse
from cecheck.syntax.uses import joined

DOCS = Path(__file__).parent.parent.parent / "docs"
EXPECTS = "// expect:"
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"CE\d{3}")


class Example:
    """A fenced block of a page, with what the page gives it."""

    def __init__(self, page: Page, info: str, text: str, line: int) -> None:
        self.page, self.text, self.line = page, text, line
        words = info.split()[1:]
        self.codes = {word for word in words if CODE.fullmatch(word)}
        self.file = words[1] if words[:1] == ["file"] else None
        self.kind = " ".join(word for word in words if not CODE.fullmatch(word))

    @property
    def name(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def is_whole(self) -> bool:
        return self.text.startswith(EXPECTS)

    @property
    def lines(self) -> set[str]:
        return {line.strip() for line in self.text.splitlines()}

    @property
    def source(self) -> Source:
        """Return the example as a file."""
        return Source(self.name, self._completed())

    def _completed(self) -> str:
        page, text = self.page, self.text
        match self.kind:
            case _ if self.is_whole:
                return page.with_platform(text)
            case "":
                return f"{page.frame}\n{text}"
            case "use":
                return page.frame.replace("use ce5\n", text)
            case "driver":
                return page.frame.replace("// items\n", text)
            case "entry":
                return page.frame.replace("// statements\n", text)
            case "platform":
                return text
            case _ if self.file is not None:
                return text
            case "in-platform":
                return page.with_platform(page.first, more=text)
        raise ValueError(f"{self.name}: nobody knows what a `{self.kind}` is")


class Page:
    """A page of the documentation."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self.name = path.name
        self.examples = [
            Example(self, match["info"], match["text"], text.count("\n", 0, match.start()) + 2)
            for match in FENCE.finditer(text)
            if match["info"].split()[:1] == ["ce"] or match["text"].startswith(EXPECTS)
        ]
        self.frame = "".join(e.text for e in self.examples if e.kind == "frame")
        self.platform = "".join(e.text for e in self.examples if e.kind == "platform")
        self.first = next(e.text for e in self.examples if e.is_whole)

    def with_platform(self, text: str, more: str = "") -> str:
        """Return *text* and the page's platform, with *more* in it, if the text uses that."""
        name = re.search(r"^platform (\w+)", self.platform, re.MULTILINE)
        if name is None or not re.search(rf"^use {name[1]}\b", text, re.MULTILINE):
            return text
        return f"{text}\n{self.platform.rstrip().removesuffix('}')}{more}}}\n"


PAGES = [Page(DOCS / "language.md"), Page(DOCS / "platforms.md")]
EXAMPLES = [example for page in PAGES for example in page.examples]
WHOLE = [example for example in EXAMPLES if example.is_whole]
PIECES = [example for example in EXAMPLES if not example.is_whole]


def names(example: Example) -> str:
    """Return how pytest calls *example*."""
    return example.name


@pytest.fixture(autouse=True)
def beside_the_files(tmp_path, monkeypatch):
    """The files that a page shows lie where its examples look for them."""
    for example in EXAMPLES:
        if example.file is not None:
            (tmp_path / example.file).write_text(example.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("example", WHOLE, ids=names)
def test_a_whole_specification_answers_as_it_expects(example):
    """Solved, certified, replayed: what `cecheck verify` does."""
    report = verified(example.source, Options(jobs=1))
    assert file_status(report) is ExitStatus.PROVED, render(Report("", (report,)))


@pytest.mark.parametrize("example", PIECES, ids=names)
def test_a_piece_has_a_meaning_or_is_refused_as_the_page_says(example):
    """Nothing is wrong with it but what is announced, and it becomes a program in each view."""
    file, wrong = parse(example.source)
    spec = None
    if file is not None:
        file, wrong = joined(file)
    if file is not None and example.file is None:
        spec, wrong = elaborate(file, shipped)
    codes = {d.code.number for d in wrong if d.code is not Code.NOBODY_CALLS}  # a piece is no whole
    assert codes == example.codes, "\n".join(map(diagnostic_text, wrong))
    if "CE505" in example.codes:
        assert example.lines <= {line_of(d.span) for d in wrong}
    if spec is not None and spec.clients:
        for one in (spec, *(alone(spec, test) for test in spec.tests)):
            for view in views(one):
                assert lower(one, view).threads


def line_of(span: Span) -> str:
    """Return the line in which *span* begins."""
    text = span.source.text
    return text[text.rfind("\n", 0, span.start) + 1 :].partition("\n")[0].strip()


# ---- that the pages show enough ------------------------------------------------------------------

# What no example needs to have: a text is nowhere a value.
UNSHOWN = {"Text"}


def found_in(node: object) -> set[str]:
    """Return the kinds of nodes and the operators in a tree."""
    if isinstance(node, tuple):
        return set().union(*map(found_in, node))
    if not is_dataclass(node) or type(node).__module__ != ast.__name__:
        return set()
    parts = set().union(*(found_in(getattr(node, f.name)) for f in fields(node)))
    operator = getattr(node, "op", None)
    return parts | {type(node).__name__} | ({operator} if operator else set())


def test_there_is_an_example_of_every_construct():
    """Of each kind of node that a tree can have, and of each operator."""
    trees = (parse(example.source)[0] for example in EXAMPLES)
    shown = set().union(*map(found_in, trees))
    known = {n for n, c in vars(ast).items() if is_dataclass(c) and c.__module__ == ast.__name__}
    assert len(known) > 80
    assert known | STRENGTH.keys() <= shown | UNSHOWN


def test_the_pages_are_read():
    """A fence that is written in another way would take its example out of the test."""
    assert len(WHOLE) >= 12
    assert len(PIECES) >= 40
    assert all(len(page.examples) >= 8 for page in PAGES)
    text = "".join((DOCS / page.name).read_text(encoding="utf-8") for page in PAGES)
    assert text.count("```ce") == len(EXAMPLES)
    assert len(re.findall(rf"^```.*\n{EXPECTS}", text, re.MULTILINE)) == len(WHOLE)


def test_a_page_has_one_frame_and_its_platform_is_short():
    """What pieces stand in is shown once; a platform of a hundred lines would not be read."""
    language, platforms = PAGES
    assert [e.kind for e in language.examples].count("frame") == 1
    assert [e.kind for e in platforms.examples].count("platform") == 1
    assert 40 < platforms.platform.count("\n") < 100
