"""The whole tool as one page: specifications in, a report out."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from cecheck import __version__, paths
from cecheck.diagnostics import Diagnostic
from cecheck.engines.child import Child, Children, Crashed, Done, Json, Limit, Limits, Outcome
from cecheck.engines.crew import run
from cecheck.engines.verdict import Name
from cecheck.evidence import Evidence, gather
from cecheck.findings import asked, findings
from cecheck.inputs import STDIN, specifications
from cecheck.ir.program import CheckKind, Program
from cecheck.lower.link import lower, views
from cecheck.options import Options, UsageError
from cecheck.report import model, transport
from cecheck.report.expect import is_free, judge, unmet
from cecheck.report.model import FileReport, Finding, Report
from cecheck.sema.elaborate import elaborate
from cecheck.sema.typed import Spec
from cecheck.source import Source
from cecheck.syntax import ast, limits
from cecheck.syntax.parse import parse

Progress: TypeAlias = Callable[[int, int, str], None]


def verify(options: Options, progress: Progress) -> Report:
    """Return what is true of every specification that *options* name.

    *progress* is told (number, count, path) before each.  An interrupt ends the run early.  A
    crash is kept with its specification, so that the answers about the others are not lost.
    """
    named = specifications(options.paths or (".",))
    if min(len(named), options.jobs) > 1:
        return _side_by_side(named, options, progress)
    return _one_by_one(named, options, progress)


def _one_by_one(named: Sequence[str], options: Options, progress: Progress) -> Report:
    files: list[FileReport] = []
    try:
        for number, path in enumerate(named, start=1):
            progress(number, len(named), path)
            files.append(_file(path, options))
    except KeyboardInterrupt:
        return Report(__version__, tuple(files), interrupted=True)
    return Report(__version__, tuple(files))


def _side_by_side(named: Sequence[str], options: Options, progress: Progress) -> Report:
    """Verify several specifications at once, each in a child of its own."""
    files: dict[int, FileReport] = {}
    waiting = list(enumerate(named))
    running: dict[Child, int] = {}
    alone = replace(options, jobs=1)
    try:
        with Children() as children:
            while waiting or running:
                while waiting and len(running) < options.jobs:
                    number, path = waiting.pop(0)
                    progress(number + 1, len(named), path)
                    limit = Limits(_ROUNDS * options.timeout)
                    child = children.start(path, partial(_carried, path, alone), limit)
                    running[child] = number
                child, outcome = children.wait(list(running))
                number = running.pop(child)
                files[number] = _brought(named[number], outcome)
    except KeyboardInterrupt:
        done = tuple(files[number] for number in sorted(files))
        return Report(__version__, done, interrupted=True)
    return Report(__version__, tuple(files[number] for number in sorted(files)))


_ROUNDS = 12  # tasks, one after the other, that a specification may need at most


def _carried(path: str, options: Options) -> Json:
    return transport.to_data(_file(path, options))


def _brought(path: str, outcome: Outcome) -> FileReport:
    match outcome:
        case Done(data):
            return transport.from_data(data)
        case Limit(reason):
            late = model.Outcome(None, model.Met.UNDECIDED, f"stopped at a limit: {reason}")
            return FileReport(path, outcomes=(late,))
        case Crashed(detail):
            return FileReport(path, crash=detail)


def _file(path: str, options: Options) -> FileReport:
    source = _read(path)
    if isinstance(source, Diagnostic):
        return FileReport(path, diagnostics=(source,))
    try:
        return verified(source, options)
    except Exception as error:
        return FileReport(source.path, source, crash=_crash(error))


def _read(path: str) -> Source | Diagnostic:
    from cecheck.syntax import limits  # noqa: PLC0415  (until the stages below are joined)

    try:
        if path == STDIN:
            return limits.decoded("<stdin>", sys.stdin.buffer.read(limits.MAX_BYTES + 1))
        return limits.read_source(Path(path))
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from error


def _crash(error: Exception) -> str:
    """Return what broke, and where in cecheck."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"


@dataclass
class _Clock:
    """How long each phase took."""

    phases: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=time.perf_counter)

    def lap(self, phase: str) -> None:
        """Book the time since the last lap as *phase*."""
        now = time.perf_counter()
        self.phases[phase] = self.phases.get(phase, 0.0) + now - self.last
        self.last = now


def verified(source: Source, options: Options) -> FileReport:
    """Parse, elaborate, lower, solve, certify, replay."""
    clock = _Clock()
    file, diagnostics = parse(source)
    if file is None:
        return FileReport(source.path, source, diagnostics=diagnostics)
    clock.lap("parse")
    spec, found = elaborate(file, _platform)
    clock.lap("elaborate")
    report = FileReport(source.path, source, file.head, (*diagnostics, *found))
    if spec is None or report.has_errors:
        return report
    programs = [lower(spec, view) for view in views(spec)]
    clock.lap("lower")
    names = [asked(program, options.only) for program in programs]
    evidence, told = _answers(programs, names, file.expectations, options)
    clock.lap("solve, certify, replay")
    outcomes = judge(
        file.expectations, told, only=options.only, accepted=options.accepted_vacuous
    )
    clock.lap("report")
    return replace(
        report,
        findings=tuple(told),
        outcomes=outcomes,
        assumptions=_assumptions(evidence),
        scope=_scope(spec),
        seconds=tuple(clock.phases.items()),
    )


def _answers(
    programs: Sequence[Program],
    names: Sequence[Sequence[Name]],
    lines: Sequence[ast.Expectation],
    options: Options,
) -> tuple[list[Evidence], list[Finding]]:
    """Return what is known of each view, and that as findings.

    Views of a single kind of thread are small and asked side by side.  Of larger ones the later
    need not look for what an earlier one has refuted already.
    """
    views = list(zip(programs, names, strict=True))
    is_small = all(len(program.threads) == 1 for program in programs)
    evidence: list[Evidence] = []
    told: list[Finding] = []
    for group in [views] if is_small else [[view] for view in views]:
        still_open = unmet(lines, told)
        strands = [
            gather(p, asked, options, _free(p, asked, lines, still_open)) for p, asked in group
        ]
        known = run(strands, options.jobs)
        evidence += known
        told += [f for e, (_, asked) in zip(known, group, strict=True) for f in findings(e, asked)]
    return evidence, told


def _free(
    program: Program,
    names: Sequence[Name],
    lines: Sequence[ast.Expectation],
    still_open: Sequence[ast.Expectation],
) -> frozenset[Name]:
    """Return those of *names* whose answers no expectation needs."""
    checks = {name: program.threads[name.thread].checks[name.check] for name in names}
    return frozenset(
        name
        for name, check in checks.items()
        if check.kind is not CheckKind.BOUND
        and is_free(lines, still_open, (check.kind.value, check.site.name, program.view.value))
    )


def _platform(name: str) -> ast.File | None:
    """Return the tree of a shipped platform."""
    path = paths.MODELS / f"{name}.ce"
    if not name.isidentifier() or not path.is_file():
        return None
    source = limits.read_source(path, f"models/{name}.ce")
    if isinstance(source, Diagnostic):
        return None
    return parse(source)[0]


def _assumptions(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    named = [text for found in evidence for text in found.program.assumptions]
    return tuple(dict.fromkeys(named))


def _scope(spec: Spec) -> tuple[str, ...]:
    """Return for what the answers hold."""
    said = ["every address, size and interleaving"]
    for client in spec.clients:
        count = "any number of" if client.count is None else str(client.count)
        traits = ", ".join(behaviour.value for behaviour in client.behaviours)
        said.append(f"{count} {client.name} threads ({traits})")
    return tuple(said)
