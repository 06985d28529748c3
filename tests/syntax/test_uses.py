"""Files that use files: what becomes part of a specification, and what is never opened."""

from __future__ import annotations

import os

import pytest

from cecheck.diagnostics import Diagnostic
from cecheck.syntax import ast, limits, uses
from cecheck.syntax.limits import read_source
from cecheck.syntax.parse import parse
from cecheck.syntax.uses import MARKER, MAX_CHAIN, MAX_FILES, is_library, joined

CLIENT = "client App[*] : untrusted calls Sample.Write\n"


@pytest.fixture
def project(tmp_path):
    """Return what writes files of a project, given by their paths, and joins the first."""

    def write(**files: str):
        texts = {f"{name.replace('__', '/')}.ce": text for name, text in files.items()}
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return read(next(iter(texts)))

    def read(name: str):
        source = read_source(tmp_path / name)
        assert not isinstance(source, Diagnostic)
        file, wrong = parse(source)
        assert file is not None, wrong
        return joined(file)

    write.read = read
    return write


def constants(file: ast.File | None) -> list[str]:
    """Return the names of the constants of *file*, in order."""
    assert file is not None
    return [i.bindings[0].name.text for i in file.items if isinstance(i, ast.Const)]


def messages(wrong: tuple[Diagnostic, ...]) -> list[str]:
    """Return what is said, each with its code."""
    return [f"{d.code.number} {d.message}" for d in wrong]


def test_what_a_used_file_declares_stands_behind_what_the_file_declares(project):
    file, _ = project(
        a='use "lib/b.ce"\nconst A = 1', lib__b='const B = 1\nuse "c.ce"', lib__c="const C = 1"
    )
    assert constants(file) == ["A", "B", "C"]
    assert not any(isinstance(item, ast.Use) for item in file.items)


def test_a_file_that_two_use_is_read_once(project):
    """Also where they call it by different paths, or through a link."""
    file, _ = project(
        a='use "b.ce" use "lib/c.ce" use "./lib/../d.ce" use "e.ce"',
        b='use "d.ce"', lib__c='use "../d.ce"', d="const D = 1", e="const E = 1",
    )  # fmt: skip
    assert constants(file) == ["D", "E"]
    _, wrong = project(a='use "b.ce" use "c.ce"', b='use "d.ce"', c='use "d.ce"', d="const D = +")
    assert len(wrong) == 1


def test_a_link_inside_the_project_is_the_file_it_means(project, tmp_path):
    (tmp_path / "e.ce").symlink_to("d.ce")
    file, _ = project(a='use "d.ce" use "e.ce"', d="const D = 1")
    assert constants(file) == ["D"]


def test_expectations_and_first_lines_are_those_of_the_file_itself(project):
    file, _ = project(
        a='// expect: proved\n// Why.\nuse "b.ce"',
        b="// expect: refuted\n// Not this.\nconst B = 1",
    )
    assert [line.answer for line in file.expectations] == ["proved"]
    assert file.head == ("Why.",)


def test_the_project_is_the_folder_of_the_file_or_where_its_mark_is(project, tmp_path):
    files = {"specs__a": 'use "../lib/b.ce"', "lib__b": "const B = 1"}
    _, wrong = project(**files)
    assert messages(wrong) == ["CE506 `../lib/b.ce` lies outside the project"]
    (tmp_path / MARKER).write_text("")
    file, _ = project(**files)
    assert constants(file) == ["B"]
    (tmp_path / "specs" / MARKER).write_text("")
    _, wrong = project(**files)
    assert messages(wrong) == ["CE506 `../lib/b.ce` lies outside the project"]


@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_said_of_what_lies_outside(there, project, tmp_path):
    """By its path, through a link to a file, through a link to a folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    if there:
        (outside / "b.ce").write_text("const B = 1")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file.ce").symlink_to(outside / "b.ce")
    (tmp_path / "in" / "folder").symlink_to(outside)
    paths = ("../outside/b.ce", "file.ce", "folder/b.ce")
    _, wrong = project(in__a="\n".join(f'use "{path}"' for path in paths))
    assert messages(wrong) == [f"CE506 `{path}` lies outside the project" for path in paths]


def test_a_link_to_a_specification_does_not_lead_into_the_folder_it_means(project, tmp_path):
    project(there__a='use "b.ce"', there__b="const B = 1")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.ce").symlink_to("../there/a.ce")
    _, wrong = project.read("here/a.ce")
    assert messages(wrong) == ["CE506 there is no file `b.ce`"]


PATHS = (
    "", "/a.ce", "b", "b.ce.txt", "~/b.ce", "$HOME/b.ce", "C:b.ce", r"lib\b.ce", ".ce", "http://b.ce",
    "b.ce ", "ä.ce", "x" * 200 + ".ce",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_one_of_few_forms(path, project):
    _, (wrong,) = project(a=f'use "{path}"')
    assert wrong.code.number == "CE506"
    assert "is not the path of a file" in wrong.message


def test_what_is_no_file_is_not_opened_as_one(project, tmp_path):
    """A folder, a pipe nobody writes to."""
    (tmp_path / "folder.ce").mkdir()
    os.mkfifo(tmp_path / "pipe.ce")
    _, wrong = project(a='use "folder.ce"\nuse "pipe.ce"')
    assert [d.code.number for d in wrong] == ["CE104", "CE104"]


def test_mistakes_are_told_with_the_file_they_are_in(project):
    _, wrong = project(a='use "b.ce"', b="const B = 1\n\nconst C = +")
    assert [(os.path.basename(d.span.source.path), d.span.line) for d in wrong] == [("b.ce", 3)]


def test_a_circle_is_told_with_its_stations(project):
    _, (wrong,) = project(a='use "b.ce"', b='use "c.ce"', c='use "b.ce"')
    names = [os.path.basename(name) for name in wrong.message.partition(": ")[2].split(" → ")]
    assert names == ["b.ce", "c.ce", "b.ce"]
    assert [os.path.basename(n.span.source.path) for n in wrong.notes] == ["b.ce"]


def test_files_in_a_row_are_limited(project):
    row = {f"f{n}": f'use "f{n + 1}.ce"' for n in range(MAX_CHAIN + 1)}
    end = {f"f{MAX_CHAIN + 1}": "const END = 1"}
    _, wrong = project(**row, **end)
    assert messages(wrong) == [f"CE103 more than {MAX_CHAIN} files use each other in a row"]
    file, _ = project.read("f2.ce")
    assert constants(file) == ["END"]


def test_files_are_limited_in_number(project):
    files = {f"f{n}": f"const C{n} = 1" for n in range(MAX_FILES + 1)}
    text = "\n".join(f'use "{name}.ce"' for name in files)
    _, wrong = project(a=text, **files)
    assert messages(wrong) == [f"CE103 a specification uses at most {MAX_FILES} files"]


def test_files_are_limited_in_size_together(project):
    text = f"// {'x' * 600_000}\n"
    _, wrong = project(a='use "b.ce"\nuse "c.ce"', b=text, c=text)
    assert [d.code.number for d in wrong] == ["CE103"]
    file, _ = project(a='use "b.ce"', b=text)
    assert file is not None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("struct Request { length : u32 }", True),
        ("driver D { ioctl Write() { return 0 } }", True),
        ("driver D { thread worker { } }", False),
        (CLIENT, False),
        ("test t { }", False),
        ("// expect: proved\nconst A = 1", False),
    ],
)
def test_a_library_is_where_nothing_runs_and_nothing_is_expected(text, answer):
    file, _ = parse(limits.decoded("a.ce", text.encode()))
    assert is_library(file) is answer


def test_the_limits_are_those_of_the_page():
    """`docs/language.md` names them."""
    assert (uses.MAX_FILES, uses.MAX_CHAIN, limits.MAX_BYTES) == (100, 16, 1_000_000)
