"""What goes into other people's CI: the action, the hooks, the template, the matcher, `init`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cecheck.cli import _cli

ROOT = Path(__file__).parent.parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
WORKFLOW = ROOT / "templates" / "workflow.yml"
SHELLS = [ROOT / "action.yml", ROOT / "ci" / "gitlab.yml", WORKFLOW]


def scripts(tree: object) -> list[str]:
    """Return every script in a tree of YAML: what stands under `run` or `script`."""
    match tree:
        case dict():
            own = [tree[key] for key in ("run", "script", "before_script") if key in tree]
            texts = [line for text in own for line in ([text] if isinstance(text, str) else text)]
            return texts + [text for value in tree.values() for text in scripts(value)]
        case list():
            return [text for value in tree for text in scripts(value) if not isinstance(value, str)]
        case _:
            return []


@pytest.mark.parametrize("file", SHELLS, ids=lambda file: file.name)
def test_no_expression_is_pasted_into_a_script(file):
    """Whoever names a branch or an input would write the script."""
    found = scripts(yaml.safe_load(file.read_text("utf-8")))
    assert found
    assert [text for text in found if "${{" in text or "$[[" in text] == []


def test_the_action_is_a_composite_one_with_all_that_it_needs():
    """Each input has a description and is used, each output comes from a step."""
    assert ACTION.keys() >= {"name", "description", "branding", "inputs", "outputs", "runs"}
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert step["shell"] == "bash"
    assert all(one["description"] for one in (ACTION["inputs"] | ACTION["outputs"]).values())
    used = [value for step in ACTION["runs"]["steps"] for value in step["env"].values()]
    assert sorted(used) == sorted(f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"])


def test_each_input_reaches_the_script_by_a_name_that_it_reads():
    (step,) = [step for step in ACTION["runs"]["steps"] if step.get("id") == "verify"]
    script = (ROOT / "ci" / "verify.sh").read_text("utf-8")
    assert set(re.findall(r"CECHECK_\w+", script)) == set(step["env"])
    written = set(re.findall(r'echo "([a-z-]+)=', script))
    assert {f"${{{{ steps.verify.outputs.{name} }}}}" for name in written} == {
        output["value"] for output in ACTION["outputs"].values()
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return what `cecheck init` writes."""
    folder = tmp_path_factory.mktemp("init") / "new"
    assert _cli.main(["init", str(folder)], standalone_mode=False) == 0
    return folder


def job(folder: Path, tmp_path: Path, **given: str) -> tuple[int, str, str, str]:
    """Run the script of the action; return its status, log, outputs and summary."""
    command = tmp_path / "cecheck"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m cecheck "$@"\n')
    command.chmod(0o755)
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "CECHECK": str(command),
        "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), **given,
    }  # fmt: skip
    done = subprocess.run(
        ["bash", str(ROOT / "ci" / "verify.sh")],
        capture_output=True, check=False, cwd=folder, encoding="utf-8", env=environment,
    )  # fmt: skip
    output, summary = ((tmp_path / name).read_text("utf-8") for name in ("output", "summary"))
    return done.returncode, done.stdout, output, summary


def log_of(text: str) -> str:
    """Return what stands in a job's log between the commands to the runner."""
    first, *lines, last = text.splitlines(keepends=True)[1:]
    assert (first.startswith("::stop-commands::"), last.startswith("::")) == (True, True)
    return "".join(lines)


def test_what_init_writes_passes_in_the_job_of_the_action(project, tmp_path):
    """The sample is proved, its twin refuted as expected; outputs and summary say so."""
    status, log, output, summary = job(project, tmp_path)
    assert status == 0
    assert "specs/sample.ce: PROVED, as expected\n" in log
    assert "specs/sample_wrong.ce: REFUTED, as expected\n" in log
    written = dict(line.split("=", 1) for line in output.splitlines())
    assert written["exit-status"] == "0"
    files = {name: Path(path).read_text("utf-8") for name, path in written.items() if "/" in path}
    assert files["report"] == log_of(log)
    assert files["html"].startswith("<!doctype html>")
    assert json.loads(files["sarif"])["runs"][0]["invocations"][0]["exitCode"] == 0
    assert files["junit"].startswith("<?xml")
    assert summary.startswith("# cecheck\n\nExit status 0: ")
    assert "## expected-refuted\n" in summary


def test_inputs_and_specifications_are_text_to_the_job(tmp_path):
    """Neither a shell nor the runner nor the page of the summary obeys them."""
    folder = tmp_path / "odd $(touch hit)"
    folder.mkdir()
    (folder / "a b.ce").write_text("// A file.\n::error::no <script>\ndriver {")
    status, log, output, summary = job(folder, tmp_path, CECHECK_PATHS="a b.ce\n\n")
    assert status == 3
    assert "exit-status=3\n" in output
    assert "a b.ce" in summary.replace("\\", "")
    assert "<script>" not in summary
    assert not any((place / "hit").exists() for place in (folder, tmp_path))
    lines = log.splitlines()
    (begin,) = [n for n, line in enumerate(lines) if line.startswith("::stop-commands::")]
    token = lines[begin].removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert lines[-1] == f"::{token}::"
    wrong, *_ = job(folder, tmp_path, CECHECK_PATHS="--exit-zero", CECHECK_SHARD="$(touch hit)")
    assert wrong == 2
    assert not (folder / "hit").exists()


def test_what_is_denied_fails_the_job(project, tmp_path):
    """After everything was verified."""
    given = {"CECHECK_PATHS": "specs/sample.ce", "CECHECK_DENY": "param\nplatform-fact"}
    status, log, output, _ = job(project, tmp_path, **given)
    assert status == 1
    assert "exit-status=0\n" in output
    assert log.splitlines()[-1].startswith("::error::cecheck audit found")


def test_the_matcher_reads_what_is_printed(tmp_path):
    """Severity, place, code and message of a diagnostic, and nothing else."""
    (tmp_path / "a.ce").write_text("driver {")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "cecheck", "verify", "a.ce"], capture_output=True,
        check=False, cwd=tmp_path, encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    (matcher,) = json.loads((ROOT / "ci" / "problem-matcher.json").read_text())["problemMatcher"]
    (pattern,) = matcher["pattern"]
    found = [m for line in done.stdout.splitlines() if (m := re.match(pattern["regexp"], line))]
    names = ("file", "line", "column", "severity", "code")
    assert [tuple(m[pattern[name]] for name in names) for m in found] == [
        ("a.ce", "1", "8", "error", "CE101")
    ]
    assert found[0][pattern["message"]].startswith("expected")


def test_the_hooks_have_what_pre_commit_requires():
    """And commands with options that are there."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    for hook in hooks:
        assert hook.keys() >= {"id", "name", "entry", "language", "files"}
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        assert re.search(hook["files"], "specs/a.ce")
        assert not re.search(hook["files"], "specs/a.cec")
        program, name, *options = hook["entry"].split()
        assert (program, name in _cli.list_commands(None)) == ("cecheck", True)
        with _cli.get_command(None, name).make_context(name, [*options, "--no-config"]) as context:
            assert context.command.name == "verify"
    assert [hook["id"] for hook in hooks] == ["cecheck", "cecheck-all"]


def test_the_template_for_gitlab_is_a_hidden_job_with_artifacts():
    """Its options are options of cecheck."""
    (name, job_), = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text("utf-8")).items()
    assert name.startswith(".")
    assert job_["artifacts"]["when"] == "always"
    written = {part.strip('"') for line in job_["script"] for part in line.split()}
    commands = [_cli.get_command(None, name) for name in ("verify", "audit")]
    known = {option for one in commands for p in one.params for option in p.opts}
    assert {word for word in written if word.startswith("--")} <= known


def test_the_workflow_pins_what_it_uses_and_asks_for_no_rights():
    """A tag can be moved; a commit cannot."""
    tree = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert tree["permissions"] == {"contents": "read"}
    used = [step["uses"] for step in tree["jobs"]["verify"]["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one) for one in used)


def test_init_never_overwrites(tmp_path, capsys):
    """Files, and links to nowhere; it says which were kept."""
    (tmp_path / "specs").mkdir()
    (tmp_path / "cecheck.toml").write_text("jobs = 1\n")
    (tmp_path / "specs" / "sample.ce").symlink_to("nowhere")
    assert _cli.main(["init", str(tmp_path)], standalone_mode=False) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == ["kept", "kept", "wrote", "wrote", "cecheck:"]
    assert (tmp_path / "cecheck.toml").read_text() == "jobs = 1\n"
    assert not (tmp_path / "specs" / "nowhere").exists()
