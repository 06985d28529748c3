"""The ledger of assumptions: everything that answers rest on, with its place, and `--deny`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cecheck.audit import found_in
from cecheck.report import ledger
from cecheck.report.baseline import Accepted, Failure, dump
from cecheck.report.ledger import Kind
from cecheck.source import Source

ROOT = Path(__file__).parent.parent.parent

# Nothing but what every specification rests on.
PLAIN = """// expect: proved
use ce5

driver Sample {
    ioctl Write(in: user ptr u8[in_len], in_len: u32) {
        if in == null { return ERROR_INVALID_PARAMETER }
        use_it: read in[0 .. in_len]
        return ERROR_SUCCESS
    }
}

client App[*] : untrusted calls Sample.Write
"""

# What is added to PLAIN for each kind: (instead of, what is written, kind, place, text).
ADDED = [
    ("use_it:", "assume in_len < 10\n        use_it:", Kind.ASSUME, "7:9",
     "`in_len < 10` is assumed"),
    ("use ce5", "use ce5 { without step 9 }", Kind.VARIANT, "2:11", "ce5: without step 9"),
    ("use ce5", "use ce5 { const CERTIFIED = false }", Kind.PLATFORM_FACT, "2:17",
     "CERTIFIED = false"),
    ("untrusted", "trusted", Kind.TRUSTED_CLIENT, "12:1", "client App is trusted"),
    ("untrusted", "trusted hostile", Kind.HOSTILE_CLIENT, "12:1", "client App is trusted hostile"),
    ("App[*]", "App[1]", Kind.CLIENT_COUNT, "12:1", "1 thread of client App"),
    ("use ce5", "use ce5\nparam n: 2 .. 4", Kind.PARAM, "3:7", "n in 2 .. 4"),
    ("expect: proved", "expect: refuted bounds at use_it", Kind.REFUTED, "1:12",
     "refuted bounds at use_it"),
    ("expect: proved", "expect: unknown bounds at use_it", Kind.UNKNOWN, "1:12",
     "unknown bounds at use_it"),
    ("expect: proved", "expect: vacuous bounds at use_it", Kind.VACUOUS, "1:12",
     "vacuous bounds at use_it"),
]  # fmt: skip


def told(text: str) -> set[tuple[Kind, str, str]]:
    """Return what the ledger says of a specification: kind, place, text."""
    found = found_in(Source("a.ce", text))
    assert found.diagnostics == ()
    return {(entry.kind, entry.place, entry.text) for entry in found.entries}


@pytest.mark.parametrize(
    ("old", "new", "kind", "place", "text"), ADDED, ids=[f"{a[2].value}" for a in ADDED]
)
def test_each_kind_is_told_where_it_is_written_and_only_there(old, new, kind, place, text):
    """The twin without it has no such line."""
    line = (kind, f"a.ce:{place}", text)
    assert old in PLAIN
    assert line in told(PLAIN.replace(old, new, 1))
    assert line not in told(PLAIN)


def test_what_every_specification_rests_on_is_told_of_the_platform():
    """Its trusted processes, the drivers in them, and its facts at the constants."""
    found = told(PLAIN)
    assert (Kind.TRUSTED_DRIVER, "a.ce:4:1", "driver Sample in device") in found
    processes = {text for kind, _, text in found if kind is Kind.TRUSTED_PROCESS}
    assert processes == {"process nk", "process filesys", "process device"}
    (certified,) = [at for kind, at, text in found if text == "CERTIFIED = true"]
    path, line, _ = certified.split(":")
    text = (ROOT / path).read_text("utf-8").splitlines()[int(line) - 1]
    assert text.split()[:2] == ["const", "CERTIFIED"]


def test_a_place_where_a_run_may_leave_the_model_is_told():
    """A camera whose buffer is kept has one, a request that is not has none."""
    kept = ROOT / "specs" / "ce5" / "camera_cleared_without_lock.ce"
    bounds = [line for line in told(kept.read_text("utf-8")) if line[0] is Kind.MODEL_BOUND]
    assert bounds == [(Kind.MODEL_BOUND, "a.ce:21:30", "in.data")]
    assert not any(kind is Kind.MODEL_BOUND for kind, _, _ in told(PLAIN))


def test_what_a_library_assumes_counts_for_each_specification_that_uses_it(tmp_path):
    """Once in the ledger, with all of them."""
    (tmp_path / "lib.ce").write_text("fn small(n: u32) {\n    assume n < 10\n}\n")
    text = PLAIN.replace("use ce5", 'use ce5\nuse "lib.ce"')
    text = text.replace("use_it:", "small(in_len)\nuse_it:")
    files = [found_in(Source(f"{tmp_path}/{name}.ce", text)) for name in ("a", "b")]
    (line,) = [x for x in ledger.lines(files) if x.entry.kind is Kind.ASSUME]
    assert line.entry.place == f"{tmp_path}/lib.ce:2:5"
    assert line.paths == (f"{tmp_path}/a.ce", f"{tmp_path}/b.ce")


def test_no_text_of_a_specification_is_markup():
    """Neither a table's nor that of a page."""
    assuming = "assume in_len < 1 || in_len > 2 || in_len == 3\n        use_it:"
    text = PLAIN.replace("use_it:", assuming)
    shown = ledger.to_markdown([found_in(Source("a.ce", text))], ())
    assert r"| a.ce:7:9 | \`in\_len &lt; 1 \|\| in\_len &gt; 2 \|\| in\_len == 3\` is" in shown


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `cecheck audit` to its end."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cecheck", "audit", *arguments],
        capture_output=True, check=False, cwd=cwd, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a specification that assumes something, a wrong one, and none."""
    path = tmp_path_factory.mktemp("audit")
    assuming = PLAIN.replace("use_it:", "assume in_len < 10\n        use_it:")
    for name, text in {"right": assuming, "wrong": PLAIN + "driver"}.items():
        (path / name).mkdir()
        (path / name / "a.ce").write_text(text)
    (path / "empty").mkdir()
    return path


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["right"], 0),
        (["right", "--deny", "param", "--deny", "trusted-client"], 0),
        (["right", "--deny", "param", "--deny", "assume"], 1),
        (["right", "--deny", "everything"], 2),
        (["nowhere"], 2),
        (["right", "wrong", "--deny", "assume"], 3),
        (["empty"], 5),
    ],
)
def test_the_exit_status_of_an_audit(arguments, status, folder):
    """A wrong specification is graver than something denied; nothing is never success."""
    assert run(*arguments, cwd=folder).returncode == status


def test_an_audit_loads_no_solver_and_says_in_json_what_is_denied(folder):
    """With the status inside."""
    done = subprocess.run(
        [sys.executable, "-P", "-c",
         "import sys\nfrom cecheck.cli import main\n"
         "try: main()\nexcept SystemExit as end: status = end.code\n"
         "assert not {'z3', 'cvc5'} & set(sys.modules)\nsys.exit(status)",
         "audit", "right", "--format", "json", "--deny", "assume"],
        capture_output=True, check=False, cwd=folder, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    data = json.loads(done.stdout)
    assert data["exit_status"] == done.returncode == 1
    (line,) = [line for line in data["entries"] if line["denied"]]
    assert line["kind"] == "assume"
    assert line["place"] == {"path": "right/a.ce", "line": 7, "column": 9}
    assert line["specifications"] == ["right/a.ce"]


def test_what_a_project_accepts_everywhere_is_in_its_ledger(tmp_path):
    """The sites of `allow`, and the failures of its baseline."""
    (tmp_path / "a.ce").write_text(PLAIN)
    (tmp_path / "cecheck.toml").write_text('baseline = "b.toml"\nallow = ["vacuous=never"]\n')
    known = Accepted(Failure("a.ce", "use_it", "bounds", "hostile", "refuted"), "a demo")
    (tmp_path / "b.toml").write_text(dump([known]))
    done = run("--deny", "accepted-failure", cwd=tmp_path)
    assert done.returncode == 1
    assert "  cecheck.toml:2:1: allow vacuous=never\n" in done.stdout
    assert "  b.toml:5:1: a.ce: bounds at use_it (hostile view): refuted: a demo\n" in done.stdout
