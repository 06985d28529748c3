"""Every exit status, from the real command over real specifications, in every format."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SEED = ROOT / "specs" / "seed"

RIGHT = (SEED / "s01_direct_pointer.ce").read_text("utf-8")
WRONG = (SEED / "s01_past_the_length.ce").read_text("utf-8")
USE = "        use_it: read in[0 .. in_len]\n"
PLAIN = RIGHT.replace(USE, USE + "        if in_len > in_len { never: read in[0 .. 1] }\n")
NEVER = RIGHT.replace(
    USE, USE + "        let n = in_len & 1\n        if n > 2 { never: read in[0 .. 1] }\n"
)


def expecting(text: str, *lines: str) -> str:
    """Return the specification *text* with other expectations."""
    rest = [line for line in text.splitlines() if not line.startswith("// expect: ")]
    return "\n".join([*(f"// expect: {line}" for line in lines), *rest, ""])


CASES = {
    "proved": (RIGHT, [], 0),
    "refuted as expected": (WRONG, [], 0),
    "unknown as expected": (expecting(RIGHT, "unknown bounds"), ["--rlimit", "1"], 0),
    "refuted where proved was expected": (expecting(WRONG, "proved"), [], 1),
    "proved where refuted was expected": (expecting(RIGHT, "refuted bounds at use_it"), [], 1),
    "refuted, nothing expected": (expecting(WRONG), [], 1),
    "a report only": (expecting(WRONG), ["--exit-zero"], 0),
    "another check than the refuted one": (expecting(WRONG), ["--only", "restored"], 0),
    "an option that is wrong": (RIGHT, ["--only", "nothing"], 2),
    "a syntax error": (RIGHT + "driver", [], 3),
    "a type error": (RIGHT.replace("in == null", "in == in_len"), [], 3),
    "a recursive function": (RIGHT + "fn again() { again() }\n", [], 3),
    "a resource limit": (RIGHT, ["--rlimit", "1"], 4),
    "a time limit": (RIGHT, ["--timeout", "0.001"], 4),
    "no such check in the file": (RIGHT, ["--only", "arithmetic"], 5),
    "never reached": (NEVER, [], 6),
    "plainly never reached": (PLAIN, [], 6),
    "never reached, accepted": (NEVER, ["--allow", "vacuous=never"], 0),
    "never reached, as expected": (expecting(NEVER, "vacuous mapped at never"), [], 0),
}


FORMATS = {"json": "json", "sarif": "sarif", "xml": "junit", "md": "markdown", "html": "html"}
ENDS = [*FORMATS.values(), "text", "github", "itf"]  # a format on standard output for each


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)))
def test_the_exit_status_says_what_happened(number, case, tmp_path):
    """Whatever is printed; and each report says the same inside."""
    text, arguments, status = CASES[case]
    spec = tmp_path / "spec.ce"
    spec.write_text(text)
    outs = [argument for end in FORMATS for argument in ("--out", f"report.{end}")]
    shown = ["--format", ENDS[number % len(ENDS)]]
    done = subprocess.run(
        [sys.executable, "-m", "cecheck", "verify", str(spec), *shown, *outs, *arguments],
        capture_output=True, check=False, encoding="utf-8", cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    written = {end: tmp_path / f"report.{end}" for end in FORMATS}
    if status == 2:
        assert not any(path.exists() for path in written.values())
        return
    texts = {end: path.read_text("utf-8") for end, path in written.items()}
    inside = 1 if "--exit-zero" in arguments else status
    assert json.loads(texts["json"])["exit_status"] == inside
    assert json.loads(texts["sarif"])["runs"][0]["invocations"][0]["exitCode"] == inside
    assert texts["md"].startswith(f"# cecheck\n\nExit status {inside}: ")
    assert f"Exit status {inside}: " in texts["html"]
    bad = "<failure" in texts["xml"] or "<error" in texts["xml"]
    assert bad is (inside != 0), texts["xml"]
