"""Settings of a project: which file counts, who wins, and what is said of a wrong one."""

from __future__ import annotations

import pytest

from cecheck.cli import _cli
from cecheck.config import nearest
from cecheck.options import UsageError


@pytest.fixture
def options(tmp_path, monkeypatch):
    """Return what gives the options that `cecheck verify` runs with, in the folder `p/in`."""
    place = tmp_path / "p" / "in"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)

    def asked(*arguments: str, **files: str):
        for name, text in files.items():
            (tmp_path / name.replace("__", "/").replace("_toml", ".toml")).write_text(text)
        command = _cli.get_command(None, "verify")
        with _cli.make_context("cecheck", ["verify"]) as root:
            return command.make_context("verify", list(arguments), parent=root).params

    return asked


def test_settings_of_the_nearest_folder_are_taken_and_paths_are_meant_from_it(options):
    """A file further up does not count."""
    given = options(
        p__cecheck_toml='paths = ["specs", "../more"]\njobs = 3\ntimeout = 9\n'
        'allow = ["vacuous=a"]\n'
        "exit-zero = true\nno-reduce = true\nbaseline = 'known.toml'\n",
        cecheck_toml="rlimit = 7\n",
    )
    assert given["paths"] == ("../specs", "../../more")
    assert (given["jobs"], given["timeout"], given["accepted_vacuous"]) == (3, 9.0, ("a",))
    assert given["exit_zero"]
    assert not given["reduce"]
    assert given["baseline"] == "../known.toml"
    assert given["rlimit"] != 7


def test_the_command_line_wins(options):
    """Also over a flag and a list; `--no-config` leaves all of the file out."""
    text = 'paths = ["specs"]\njobs = 3\nallow = ["vacuous=a"]\n'
    text += "exit-zero = true\nno-reduce = true\n"
    given = options(
        "x", "--jobs", "2", "--no-exit-zero", "--allow", "vacuous=b", p__cecheck_toml=text
    )
    assert (given["paths"], given["jobs"], given["exit_zero"]) == (("x",), 2, False)
    assert given["accepted_vacuous"] == ("b",)
    without = options("--no-config")
    assert (without["paths"], without["accepted_vacuous"], without["reduce"]) == ((), (), True)


def test_pyproject_counts_where_it_has_a_table_for_cecheck(options):
    """One that has none is passed over, an empty `cecheck.toml` marks a project."""
    given = options(
        p__in__pyproject_toml="[tool.other]\njobs = 5\n",
        p__pyproject_toml="[tool.cecheck]\njobs = 4\n",
        p__cecheck_toml="",
    )
    assert given["jobs"] == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\njbos = 1", ":2: `jbos` is no setting: did you mean `jobs`?"),
        ("quite-other = 1", ":1: `quite-other` is no setting: there are `allow`, `baseline`"),
        ('jobs = "many"', ":1: `jobs` must be a whole number: jobs = 1"),
        ("jobs = true", ":1: `jobs` must be a whole number: jobs = 1"),
        ("jobs = 0", ":1: `jobs`: 0 is not in the range x>=1."),
        ("[jobs]\na = 1", ":1: `jobs` must be a whole number"),
        ('timeout = "9"', ":1: `timeout` must be a number: timeout = 1.5"),
        ("exit-zero = 1", ":1: `exit-zero` must be true or false: exit-zero = true"),
        ('paths = "specs"', ':1: `paths` must be a list of texts: paths = ["..."]'),
        ("format = 1", ':1: `format` must be a text: format = "..."'),
        ('format = "no"', ":1: `format`: 'no' is not one of"),
        ('allow = ["everything"]', ":1: `allow`: `everything` is not of the form vacuous=SITE"),
        ('deny = ["everything"]', ":1: `deny`: 'everything' is not one of 'assume'"),
        ("jobs = ", ": not TOML: "),
    ],
)
def test_a_wrong_setting_is_named_with_its_place_and_a_remedy(text, told, options):
    """Whichever command it is for."""
    with pytest.raises(UsageError) as wrong:
        options(p__cecheck_toml=text)
    assert str(wrong.value).startswith("../cecheck.toml" + told)


def test_a_wrong_setting_in_pyproject_is_looked_for_in_its_table(options):
    with pytest.raises(UsageError, match=r"^../pyproject.toml:4: `jobs` must be"):
        options(p__pyproject_toml='[tool.other]\njobs = 1\n[tool.cecheck]\njobs = "x"\n')


def test_two_files_with_settings_in_one_folder_are_refused(tmp_path):
    """Or one of them would be ignored without a word."""
    (tmp_path / "cecheck.toml").write_text("jobs = 1\n")
    (tmp_path / "pyproject.toml").write_text("[tool.cecheck]\njobs = 1\n")
    with pytest.raises(UsageError, match="both have settings"):
        nearest(tmp_path)
