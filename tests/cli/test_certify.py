"""`verify --certificates` and `certify`, as they are run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parent.parent.parent
SEED = ROOT / "specs" / "seed"
RIGHT = (SEED / "s01_direct_pointer.ce").read_text("utf-8")
WRONG = (SEED / "s01_past_the_length.ce").read_text("utf-8")


def cecheck(folder, *arguments, **environment):
    """Run the command in *folder*."""
    return subprocess.run(
        [sys.executable, "-m", "cecheck", *arguments], capture_output=True, check=False,
        encoding="utf-8", cwd=folder, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    """Return what the files in *folder* hold, by their names."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with two specifications, and certificates of both in `proofs/of/all`."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "right.ce").write_text(RIGHT)
    (folder / "wrong.ce").write_text(WRONG)
    done = cecheck(folder, "verify", "--certificates", "proofs/of/all", "--jobs", "2")
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_each_proof_has_a_file_and_each_holds(project):
    """Both views of both: a refuted specification has proofs, too."""
    names = list(contents(project / "proofs" / "of" / "all"))
    assert [name.split(".")[0::2] for name in names] == [
        ["right", "hostile", "cert"], ["right", "well-behaved", "cert"],
        ["wrong", "hostile", "cert"], ["wrong", "well-behaved", "cert"],
    ]  # fmt: skip
    done = cecheck(project, "certify", "proofs/of/all")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("cecheck: 4 of 4 certificates hold\n")
    assert done.stdout.count("confirmed by z3 and cvc5") == 4
    assert "any number of App threads (untrusted)" in done.stdout
    assert "no certificate here covers, of wrong.ce, hostile view:\n  use_it (App): bounds" in (
        done.stdout.replace("mapped, ", "")
    )
    assert "of right.ce" not in done.stdout  # nothing of it is left


def test_a_program_can_read_what_is_covered(project):
    """For whom, in which view, by which solvers; the status is inside."""
    done = cecheck(project, "certify", "proofs/of/all", "--format", "json")
    found = json.loads(done.stdout)
    assert (found["schema"], found["exit_status"]) == ("cecheck-certified/1", 0)
    first = found["certificates"][0]
    assert first["standing"] == "holds"
    assert first["program"] == {
        "spec": "right.ce", "view": "hostile", "params": {}, "test": None,
    }  # fmt: skip
    assert first["solvers"] == ["z3", "cvc5"]
    assert {"thread": "App", "check": "mapped", "site": "use_it"} in first["proves"]
    left = {one["program"]["spec"] for one in found["uncovered"] if one["checks"]}
    assert left == {"wrong.ce"}


@pytest.mark.parametrize(("seed", "jobs"), [("1", "1"), ("2", "4")])
def test_certificates_are_the_same_in_every_run(seed, jobs, project, tmp_path):
    """Byte by byte, whatever Python's hashes and the number of processes are."""
    done = cecheck(
        project, "verify", "--certificates", str(tmp_path / "again"), "--jobs", jobs,
        PYTHONHASHSEED=seed,
    )  # fmt: skip
    assert done.returncode == 0
    assert contents(tmp_path / "again") == contents(project / "proofs" / "of" / "all")


def test_a_run_leaves_no_certificate_of_an_earlier_one(project, tmp_path):
    """Of the same specification; files of others, and of nobody, stay."""
    proofs = tmp_path / "proofs"
    proofs.mkdir()
    name = next(iter(contents(project / "proofs" / "of" / "all")))
    (proofs / name.replace(".1.", ".7.")).write_text("old")
    (proofs / name.replace("right", "other")).write_text("of another")
    (proofs / "notes.txt").write_text("mine")
    (tmp_path / "right.ce").write_text(RIGHT)
    done = cecheck(tmp_path, "verify", "right.ce", "--certificates", "proofs")
    assert done.returncode == 0
    assert sorted(contents(proofs)) == sorted(
        [name, name.replace("hostile", "well-behaved"), name.replace("right", "other"), "notes.txt"]
    )


def test_the_exit_status_says_what_is_wrong(project, tmp_path):
    """Refuted-like where it does not hold, that of a specification where it cannot be read."""
    folder = project / "proofs" / "of" / "all"
    first, text = next((folder / name, data.decode()) for name, data in contents(folder).items())
    (tmp_path / "right.ce").write_text(RIGHT)
    (tmp_path / "changed").mkdir()
    (tmp_path / "changed" / "right.ce").write_text(RIGHT + "// more\n")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "right.ce").write_text("driver {")
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.cert.json").write_text(text[:-40])
    (tmp_path / "level.cert.json").write_text(text.replace('"level": 1', '"level": 2'))
    for arguments, status, says in (
        ([str(first)], 0, "HOLDS"),
        ([str(first), "--root", "changed"], 1, "changed since it was proved: right.ce"),
        ([str(first), "--root", "empty"], 1, "give --root FOLDER or --spec FILE"),
        ([str(first), "--root", "empty", "--spec", "right.ce"], 0, "HOLDS"),
        ([str(first), "--root", "broken"], 3, "the specification: "),
        (["cut.cert.json"], 3, "no certificate: it is not JSON, or was cut short"),
        (["level.cert.json"], 1, "another level"),
        ([str(first), "cut.cert.json"], 3, "1 of 2 certificates hold"),
        ([str(first), "--timeout", "0.01"], 4, "wall clock"),
        (["empty"], 5, "0 of 0"),
        (["nowhere"], 2, ""),
        ([], 2, ""),
    ):
        done = cecheck(tmp_path, "certify", *arguments)
        assert (arguments, done.returncode) == (arguments, status)
        assert says in done.stdout
        assert "Traceback" not in done.stderr
        assert bool(done.stderr) == (status == 2)


def test_a_folder_that_cannot_be_written_to_is_refused_before_anything_runs(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "right.ce").write_text(RIGHT)
    for place in ("file", "file/below", "/proc/proofs"):
        done = cecheck(tmp_path, "verify", "right.ce", "--certificates", place)
        assert (done.returncode, done.stdout) == (2, "")


def test_the_schema_describes_every_certificate(project):
    """`cecheck schema certificate`; each file that is written fits it."""
    schema = json.loads(cecheck(project, "schema", "certificate").stdout)
    Draft202012Validator.check_schema(schema)
    for data in contents(project / "proofs" / "of" / "all").values():
        Draft202012Validator(schema).validate(json.loads(data))
        changed = json.loads(data) | {"level": "one"}
        assert not Draft202012Validator(schema).is_valid(changed)
    assert "cecheck-report" in cecheck(project, "schema").stdout
