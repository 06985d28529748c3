"""Shards, and what has changed: which specifications a run is about."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cecheck import selection
from cecheck.cli import _cli
from cecheck.options import UsageError
from cecheck.selection import changed, shard_of

ROOT = Path(__file__).parent.parent.parent
SPEC = (
    'use "lib/middle.ce"\ndriver D { ioctl Write() { return deep() } }\n'
    "client A[*] : untrusted calls D.Write\n"
)


def status(*arguments: str) -> int:
    """Return how cecheck ends."""
    return int(_cli.main(list(arguments), prog_name="cecheck", standalone_mode=False))


# ---- shards --------------------------------------------------------------------------------------


def test_shards_are_a_partition_that_names_alone_decide():
    """Each specification is in one; whether others are there does not matter."""
    named = [f"specs/{number}.ce" for number in range(200)]
    shards = [[path for path in named if shard_of(path, 3) == index] for index in (1, 2, 3)]
    assert sorted(path for shard in shards for path in shard) == sorted(named)
    assert min(len(shard) for shard in shards) > 40
    assert [shard_of(path, 3) for path in named[:8]] == [2, 3, 1, 3, 3, 1, 1, 3]


def test_a_shard_is_the_same_wherever_a_checkout_lies(tmp_path, monkeypatch):
    """Also where paths are given in full."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        for number in range(8):
            path = f"specs/{number}.ce"
            assert shard_of(os.path.abspath(path), 5) == shard_of(path, 5)


@pytest.mark.parametrize("wrong", ["0/2", "3/2", "1/0", "1", "a/b", "1/2/3", "-1/2", "1/1000000"])
def test_a_shard_that_is_none_is_a_usage_error(wrong, capsys):
    with pytest.raises(Exception, match="shard") as error:
        status("verify", "--shard", wrong)
    assert getattr(error.value, "exit_code", 2) == 2


def test_an_empty_shard_of_something_is_success_and_says_so(tmp_path, monkeypatch, capsys):
    """An empty folder is not: nothing was meant there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.ce").write_text("driver {")
    index = shard_of("a.ce", 2)
    assert status("verify", "--shard", f"{index}/2") == 3
    capsys.readouterr()
    assert status("verify", "--shard", f"{3 - index}/2") == 0
    assert capsys.readouterr().out.startswith("cecheck: nothing to check, 1 not selected in ")
    (tmp_path / "a.ce").unlink()
    assert status("verify", "--shard", f"{index}/2") == 5


# ---- what has changed ----------------------------------------------------------------------------


def git(*arguments: str) -> None:
    """Run git with an identity."""
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a repository: `a.ce` uses a file that uses another, `b.ce` uses a platform alone."""
    top = tmp_path / "top"
    (top / "lib").mkdir(parents=True)
    (top / "models").mkdir()
    for name, text in {
        "a.ce": SPEC,
        "b.ce": "use ce5\ndriver D { ioctl Write() { return 0 } }\n",
        "lib/middle.ce": 'use "deep.ce"\n',
        "lib/deep.ce": "use other\nfn deep() -> u32 { return 0 }\n",
        "models/ce5.ce": "platform ce5 : u32 { }\n",
        "models/other.ce": "platform other : u32 { }\n",
        ".gitignore": "ignored.ce\n",
        "cecheck.toml": "",
    }.items():
        (top / name).write_text(text)
    monkeypatch.chdir(top)
    monkeypatch.setattr(selection.paths, "MODELS", top / "models")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    return top


def test_nothing_has_changed_at_first(project):
    assert changed(("a.ce", "b.ce", str(project / "a.ce")), "HEAD") == ()


@pytest.mark.parametrize(
    ("touched", "expected"),
    [
        ("a.ce", ("a.ce",)),
        ("b.ce", ("b.ce",)),
        ("lib/deep.ce", ("a.ce",)),
        ("lib/middle.ce", ("a.ce",)),
        ("models/ce5.ce", ("b.ce",)),
        ("models/other.ce", ("a.ce",)),
        ("cecheck.toml", ("a.ce", "b.ce")),
        ("pyproject.toml", ("a.ce", "b.ce")),
        ("known.toml", ("a.ce", "b.ce")),
        ("README", ()),
    ],
)
def test_what_changed_selects_all_that_use_it(touched, expected, project):
    """Whether it is committed or not."""
    with (project / touched).open("a") as file:
        file.write("\n// Another line.\n" if touched.endswith(".ce") else "\n# Another line.\n")
    assert changed(("a.ce", "b.ce"), "HEAD", "known.toml") == expected
    git("add", ".")
    assert changed(("a.ce", "b.ce"), "HEAD", "known.toml") == expected
    git("commit", "-qm", "second")
    assert changed(("a.ce", "b.ce"), "HEAD~1", "known.toml") == expected
    assert changed(("a.ce", "b.ce"), "HEAD", "known.toml") == ()


def test_what_git_cannot_tell_about_is_selected(project):
    """New, ignored, outside, unreadable, with a use that leads nowhere, on standard input."""
    text = (project / "b.ce").read_text()
    (project.parent / "outside.ce").write_text(text)
    for name in ("new.ce", "ignored.ce"):
        (project / name).write_text(text)
    (project / "lost.ce").write_text('use "gone.ce"\n' + text)
    (project / "broken.ce").write_text("driver {")
    git("add", "lost.ce", "broken.ce")
    git("commit", "-qm", "second")
    named = ("new.ce", "ignored.ce", "../outside.ce", "lost.ce", "broken.ce", "-")
    assert changed((*named, "a.ce"), "HEAD") == named


def test_a_removed_file_selects_what_used_it(project):
    (project / "lib" / "deep.ce").unlink()
    assert changed(("a.ce", "b.ce"), "HEAD") == ("a.ce",)


def test_a_link_that_changed_selects_everything(project):
    """Nobody knows what was reached through it."""
    (project / "elsewhere").symlink_to("lib")
    assert changed(("a.ce", "b.ce"), "HEAD") == ("a.ce", "b.ce")


@pytest.mark.parametrize("revision", ["nowhere", "", "-h", "--all", "HEAD\0"])
def test_a_commit_that_git_does_not_know_is_a_usage_error(revision, project):
    """Also one that looks like an option."""
    with pytest.raises(UsageError, match="git knows no commit"):
        changed(("a.ce",), revision)


def test_a_folder_without_git_is_a_usage_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="not in a git repository"):
        changed(("a.ce",), "HEAD")


def test_a_machine_without_git_is_a_usage_error(project, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="needs git"):
        changed(("a.ce",), "HEAD")


def test_nothing_changed_is_success_and_says_so(project, capsys):
    """The command, from its options to its status."""
    assert status("verify", "a.ce", "b.ce", "--changed-since", "HEAD") == 0
    assert capsys.readouterr().out.startswith("cecheck: nothing to check, 2 not selected in ")
