"""The command line as a process: exit status, streams, and never a traceback."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-P", "-m", "cecheck"]
ROOT = Path(__file__).parent.parent.parent


def run(*arguments, cwd=None, env=None, text="") -> subprocess.CompletedProcess[str]:
    """Run cecheck to its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    done = subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True, check=False, cwd=cwd, encoding="utf-8", env=environment, input=text,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_the_version_is_told_without_loading_a_solver_or_the_parser():
    """Whoever asks for the version does not wait."""
    code = (
        "import sys\nfrom cecheck.cli import main\n"
        "try: main()\nexcept SystemExit as end: assert not end.code\n"
        "assert not {'z3', 'cvc5', 'lark'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--version"], capture_output=True, check=False, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("cecheck 0.")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["verify", "--help"]])
def test_help_is_an_answer(arguments):
    """On standard output, with status 0."""
    done = run(*arguments)
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: cecheck")


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "nowhere.ce"],
        ["verify", "--only", "nonsense"],
        ["verify", "--timeout", "0"],
        ["verify", "--timeout", "soon"],
        ["verify", "--jobs", "0"],
        ["verify", "--engine", "magic"],
        ["verify", "--second-solver", "z3"],
        ["verify", "--format", "yaml"],
        ["verify", "--allow", "everything"],
        ["verify", "--nonsense"],
        ["prove"],
        [],
    ],
)
def test_a_command_that_cannot_be_carried_out_ends_with_2(arguments):
    """With a message on standard error and nothing on standard output."""
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert done.stdout == ""


def test_another_solver_may_confirm_proofs(tmp_path):
    """It is named with the proof; where it is not installed, that is said before all else."""
    spec = str(ROOT / "specs" / "seed" / "s05_guarded.ce")
    done = run("verify", spec, "--second-solver", "bitwuzla")
    assert "certified by bitwuzla and z3" in done.stdout
    assert "cvc5" not in done.stdout
    told = (
        "from cecheck.commands import effort\n"
        "effort.find_spec = lambda name: None\n"
        "from cecheck.cli import main; main()"
    )
    line = [sys.executable, "-c", told, "verify", spec, "--second-solver", "bitwuzla"]
    done = subprocess.run(
        line, capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 2
    assert "bitwuzla is not installed: pip install 'cecheck[bitwuzla]'" in done.stderr


def test_a_missing_file_is_named():
    """In one line."""
    done = run("verify", "nowhere.ce")
    assert done.stderr == "cecheck: no such file or folder: `nowhere.ce`\n"


def test_an_empty_folder_is_nothing_to_check(tmp_path):
    """And never success."""
    done = run("verify", str(tmp_path))
    assert done.returncode == 5
    assert done.stdout == "cecheck: nothing to check in 0.00 s\n"


def test_the_current_folder_is_meant_where_no_path_is_given(tmp_path):
    """As other tools do."""
    (tmp_path / "a.ce").write_text("driver {")
    done = run("verify", cwd=tmp_path)
    assert done.returncode == 3
    assert done.stdout.startswith("a.ce:1:8: error[CE101]")


def test_standard_input_is_read_where_a_dash_is_given():
    """And reported under a name that is no file's."""
    done = run("verify", "-", text="driver {")
    assert done.returncode == 3
    assert done.stdout.startswith("<stdin>:1:8: error[CE101]")


def test_a_folder_of_garbage_gives_messages(tmp_path):
    """200 kB of random bytes, of random text, of one line: status 3, a screenful each."""
    noise = random.Random(0)
    (tmp_path / "bytes.ce").write_bytes(noise.randbytes(200_000))
    text = "".join(noise.choices("{}()[];:.,+-*/ \nabcifletread0123456789", k=200_000))
    (tmp_path / "text.ce").write_text(text)
    (tmp_path / "line.ce").write_text("x" * 200_000)
    (tmp_path / "nested.ce").write_text("(" * 200_000)
    start = time.monotonic()
    done = run("verify", str(tmp_path))
    assert done.returncode == 3
    assert time.monotonic() - start < 10
    assert len(done.stdout) < 40_000
    assert max(map(len, done.stdout.splitlines())) < 400


def test_what_a_folder_holds_besides_files_is_no_crash(tmp_path):
    """A folder called like a specification, a pipe that nobody writes to."""
    (tmp_path / "folder.ce").mkdir()
    os.mkfifo(tmp_path / "pipe.ce")
    done = run("verify", str(tmp_path))
    assert done.returncode == 3
    assert "pipe.ce:1:1: error[CE104]" in done.stdout


def test_a_link_to_nowhere_is_told_before_anything_runs(tmp_path):
    """No answer is lost to it halfway."""
    (tmp_path / "link.ce").symlink_to("nowhere")
    done = run("verify", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("cecheck: cannot read")


def test_json_is_all_there_is_on_standard_output(tmp_path):
    """Also where a specification is wrong."""
    (tmp_path / "a.ce").write_text("driver {")
    done = run("verify", "--format", "json", str(tmp_path))
    data = json.loads(done.stdout)
    assert data["exit_status"] == done.returncode == 3
    assert data["files"][0]["diagnostics"][0]["code"] == "CE101"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "env", "colored"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_asked_for_or_absent(tmp_path, arguments, env, colored):
    """A pipe gets none by itself."""
    (tmp_path / "a.ce").write_text("driver {")
    done = run("verify", *arguments, str(tmp_path), env=env)
    assert ("\x1b[" in done.stdout) is colored


def test_control_characters_of_a_file_never_reach_the_terminal(tmp_path):
    """Neither those of its text nor those of its name."""
    (tmp_path / "a\x1b]0;b\x07.ce").write_text("driver \x1b[31m {\n\u202e")
    done = run("verify", str(tmp_path))
    assert done.returncode == 3
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_a_terminal_without_unicode_gets_ascii(tmp_path):
    """Instead of an error about an encoding."""
    (tmp_path / "a.ce").write_text("driver { ä }")
    done = run("verify", str(tmp_path), env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert done.returncode == 3
    assert done.stdout.isascii()


def test_a_reader_that_leaves_early_is_no_error(tmp_path):
    """`cecheck ... | head -1`."""
    for number in range(50):
        (tmp_path / f"{number}.ce").write_text("driver {")
    process = subprocess.Popen(
        [*COMMAND, "verify", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 3


def interrupted(after: float) -> tuple[int, str, str]:
    """Return how cecheck ends that is interrupted so many seconds after its start."""
    process = subprocess.Popen(
        [*COMMAND, "verify", "-"], encoding="utf-8", stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    return process.returncode, stdout, stderr


def test_an_interrupt_ends_with_a_partial_report_and_130():
    """Control-C while a file is being read: later on a machine that is slow to come so far."""
    for seconds in (1, 4, 16):
        status, stdout, stderr = interrupted(seconds)
        if stdout:
            break
    assert status == 130
    assert stdout.startswith("cecheck: interrupted")
    assert stderr == ""


def test_a_solver_that_is_not_there_is_a_crash_and_never_a_verdict(tmp_path):
    """A broken installation ends with 7."""
    (tmp_path / "z3.py").write_text("raise ImportError('broken')")
    (tmp_path / "cvc5.py").write_text("raise ImportError('broken')")
    spec = ROOT / "specs" / "seed" / "s02_nested_mapped.ce"
    done = run("verify", str(spec), env={"PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert done.returncode == 7
    assert "this is a bug in cecheck" in done.stdout + done.stderr
