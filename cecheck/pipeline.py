"""The whole tool as one page: a specification in, a report out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from cecheck.carried import brought, task
from cecheck.certify.document import Document
from cecheck.diagnostics import Diagnostic
from cecheck.engines.child import Crashed, Outcome, where
from cecheck.engines.crew import together
from cecheck.ir.program import View
from cecheck.lower.link import views
from cecheck.options import Options
from cecheck.reading import beside, shipped_platform, stamps
from cecheck.report import model
from cecheck.report.expect import excused, judge, unmet
from cecheck.report.family import together as in_all
from cecheck.report.model import FileReport
from cecheck.sema.elaborate import elaborate
from cecheck.sema.params import Given, Member, every_value
from cecheck.sema.typed import Spec
from cecheck.sema.types import EventType, LockType
from cecheck.source import Source
from cecheck.syntax import ast
from cecheck.syntax.parse import parse
from cecheck.syntax.uses import gathered, is_library, names_platform, whole
from cecheck.viewed import Lines, examined, tried


def checked(source: Source | Diagnostic, path: str, options: Options) -> FileReport:
    """Return what is true of the specification that was read from *path*, crashes included."""
    if isinstance(source, Diagnostic):
        return FileReport(path, diagnostics=(source,))
    return _kept(source, lambda: verified(source, options))


def apart(sources: Sequence[Source], options: Options) -> Outcome:
    """Verify a specification in a child, *sources* being its text and those of all that it uses.

    Each of them was understood before, somewhere, by `texts`.
    """
    files = [file for file, _ in map(parse, sources) if file is not None]
    if len(files) != len(sources):
        return Crashed("what was understood elsewhere is not understood here")
    work = partial(_understood, files, options, _Clock())
    ((_, outcome),) = together(
        [task(sources[0].path, partial(_kept, sources[0], work), options)], 1
    )
    return outcome


def texts(source: Source) -> tuple[tuple[Source, ...], tuple[Diagnostic, ...]]:
    """Return the text of a specification and those of all that it uses, or what is wrong."""
    files, diagnostics = _parsed(source)
    return tuple(file.source for file in files), diagnostics


def _kept(source: Source, work: Callable[[], FileReport]) -> FileReport:
    """Return the report that *work* makes; a crash is kept with its specification."""
    try:
        return work()
    except Exception as error:
        return FileReport(source.path, source, crash=where(error))


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
    files, diagnostics = _parsed(source)
    if not files:
        return FileReport(source.path, source, diagnostics=diagnostics)
    return _understood(files, options, clock)


def _parsed(source: Source) -> tuple[Sequence[ast.File], tuple[Diagnostic, ...]]:
    """Return the trees of a specification and of all that it uses, or what is wrong."""
    file, diagnostics = parse(source)
    return gathered(file) if file is not None else ((), diagnostics)


def _understood(files: Sequence[ast.File], options: Options, clock: _Clock) -> FileReport:
    """Return what is true of the specification that *files* are together."""
    options = replace(options, deadline=time.monotonic() + options.timeout)
    file = whole(files)
    source = file.source
    clock.lap("parse")
    library = is_library(file)
    if library and not names_platform(file):
        return FileReport(source.path, source, file.head, library=True)
    members, found = every_value(lambda given: elaborate(file, shipped_platform, given=given))
    clock.lap("elaborate")
    report = FileReport(source.path, source, file.head, found, library=library)
    if not members or report.has_errors or library:
        return report
    parts = _members(members, source.path, file.expectations, options)
    clock.lap("lower, solve, certify, replay")
    broken = [part for _, part in parts if part.crash or part.outcomes]
    if broken:
        return replace(report, crash=broken[0].crash, outcomes=broken[0].outcomes)
    told = in_all([(given, part.findings) for given, part in parts])
    outcomes = judge(
        file.expectations, told, only=options.only, accepted=options.accepted_vacuous
    )
    clock.lap("report")
    return replace(
        report,
        findings=told,
        outcomes=outcomes,
        excused=excused(told, options.accepted_vacuous),
        assumptions=tuple(dict.fromkeys(text for _, part in parts for text in part.assumptions)),
        scope=_scope(members, file),
        certificates=_certificates(parts, file, members[0].spec),
        entries=tuple(entry for _, part in parts for entry in part.entries),
        seconds=tuple(clock.phases.items()),
    )


def _certificates(
    parts: Sequence[tuple[Given, FileReport]], file: ast.File, spec: Spec
) -> tuple[Document, ...]:
    """Return the certificates of all *parts*, with what they are about."""
    texts = stamps(file, spec.platform.span.source)
    path = beside(file.source.path)
    return tuple(
        replace(one, spec=path, texts=texts, given=given)
        for given, part in parts
        for one in part.certificates
    )


def _members(
    members: Sequence[Member], path: str, lines: Sequence[ast.Expectation], options: Options
) -> list[tuple[Given, FileReport]]:
    """Return the parts of the report on *path*, one for each view of each of *members*."""
    parts: list[tuple[Given, FileReport]] = []
    for member in members:
        known = [finding for _, part in parts for finding in part.findings]
        if options.all_or_nothing and not _all_proved(known):
            break
        told = _views(member.spec, path, (lines, known), options)
        everything = Lines(lines, lines, lines)
        told += [tried(member.spec, t, path, everything, options) for t in member.spec.tests]
        parts += [(member.given, part) for part in told]
    return parts


def _views(
    spec: Spec,
    path: str,
    asked: tuple[Sequence[ast.Expectation], Sequence[model.Finding]],
    options: Options,
) -> list[FileReport]:
    """Return what is known of each view, as parts of the report on *path*.

    *asked* are the expectations, and findings about other values of the parameters that may meet
    some.  Where the answers about one view may spare work on the next, that is asked as if they
    were what is expected, and once more where they are not.
    """
    lines, known = asked
    seen = views(spec)
    independent = _are_independent(spec, lines)
    foreseen = [_foreseen(unmet(lines, known), seen[:number]) for number in range(len(seen))]

    def of(number: int, left: Sequence[ast.Expectation], options: Options) -> FileReport:
        about = Lines(lines, left, left)
        if independent:
            about = Lines(lines, lines, _suspicions(lines, seen, seen[number]))
        return examined(spec, path, seen[number], about, options)

    works = [partial(of, number, left) for number, left in enumerate(foreseen)]
    told = _at_once(path, works, options) if min(len(works), options.jobs) > 1 else []
    if independent:
        return told or _in_turn(works, options)
    parts: list[FileReport] = []
    for number, guess in enumerate(foreseen):
        left = unmet(lines, [*known, *(finding for part in parts for finding in part.findings)])
        parts.append(told[number] if told and left == guess else of(number, left, options))
    return parts


_Work: TypeAlias = Callable[[Options], FileReport]


def _at_once(path: str, works: Sequence[_Work], options: Options) -> list[FileReport]:
    """Return the parts of the report on *path* that *works* find, in children side by side."""
    share = replace(options, jobs=max(1, options.jobs // len(works)))
    tasks = [task("view", partial(work, share), options) for work in works]
    outcomes = dict(together(tasks, options.jobs))
    return [brought(path, outcomes[number]) for number in range(len(works))]


def _foreseen(
    lines: Sequence[ast.Expectation], before: Sequence[View]
) -> Sequence[ast.Expectation]:
    """Return those of *lines* that are left for a view if each one *before* it is refuted where
    that is expected of it."""
    met = {None, *(view.value for view in before)} if before else set()
    return [line for line in lines if line.answer != "refuted" or line.view not in met]


def _suspicions(
    lines: Sequence[ast.Expectation], seen: Sequence[View], view: View
) -> Sequence[ast.Expectation]:
    """Return those of *lines* whose refutations are first searched for in *view*, one of *seen*.

    What is refuted in the first view mostly holds in the next, where a search in vain costs more
    than a proof: there it is what names that view.
    """
    return lines if view is seen[0] else [line for line in lines if line.view == view.value]


def _in_turn(works: Sequence[_Work], options: Options) -> list[FileReport]:
    """Return what *works* find, one after the other, until nothing else is to be asked."""
    parts: list[FileReport] = []
    for work in works:
        parts.append(work(options))
        if options.all_or_nothing and not _all_proved(parts[-1].findings):
            break
    return parts


def _all_proved(findings: Sequence[model.Finding]) -> bool:
    return all(isinstance(finding.verdict, model.Proved) for finding in findings)


def _are_independent(spec: Spec, lines: Sequence[ast.Expectation]) -> bool:
    """Tell whether every view is asked all: it is a small one, or nothing is to be refuted."""
    kinds = len(spec.clients) + sum(len(driver.threads) for driver in spec.drivers)
    types = [one.variable.type for driver in spec.drivers for one in driver.globals]
    waits = any(isinstance(type_, LockType | EventType) for type_ in types)
    is_small = kinds == 1 and not waits  # where threads wait for each other, runs are long
    return is_small or all(line.answer != "refuted" for line in lines)


def _scope(members: Sequence[Member], file: ast.File) -> tuple[str, ...]:
    """Return for what the answers hold."""
    said = ["every address, size and interleaving"]
    params = members[0].spec.params
    said += [f"every {p.name} of {p.values.start} .. {p.values.stop}" for p in params]
    sources = dict.fromkeys(item.span.source.path for item in file.items)
    said += [f"with what {path} declares" for path in sources if path != file.source.path]
    for client in (client for member in members for client in member.spec.clients):
        count = "any number of" if client.count is None else str(client.count)
        traits = ", ".join(behaviour.value for behaviour in client.behaviours)
        said.append(f"{count} {client.name} threads ({traits})")
    for test in (test for member in members for test in member.spec.tests):
        said.append(f"{test.name}, of one {test.behaviours[0].value} thread and no other client")
    return tuple(dict.fromkeys(said))
