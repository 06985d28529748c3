"""Many specifications, one report: one by one, side by side, or on the workers of a cluster.

Who does the work changes no answer, and neither does who is done first.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from cecheck import __version__, cache
from cecheck.carried import GRACE, brought, task
from cecheck.engines.child import Outcome
from cecheck.engines.crew import together
from cecheck.inputs import STDIN, specifications
from cecheck.options import Options, Terminated
from cecheck.pipeline import checked, texts, verified
from cecheck.reading import beside, read
from cecheck.report.model import FileReport, Report
from cecheck.selection import selected
from cecheck.source import Source
from cecheck.tasks import load_solvers

Progress: TypeAlias = Callable[[int, int, str], None]
Answers: TypeAlias = Generator[tuple[int, FileReport], None, None]


def verify(options: Options, progress: Progress) -> Report:
    """Return what is true of every specification that *options* name.

    *progress* is told (number, count, path) as each begins, or, on a cluster, as each is answered.
    An interrupt ends the run early.  A crash is kept with its specification, so that the answers
    about the others are not lost.
    """
    begun = time.monotonic()
    every = specifications(options.paths or (".",))
    named = selected(every, options)
    files: dict[int, FileReport] = {}
    stop: KeyboardInterrupt | None = None
    try:
        with closing(_executor(named, options)(named, options, progress)) as answers:
            files.update((number, _stored(report, options)) for number, report in answers)
    except KeyboardInterrupt as interrupt:
        stop = interrupt
    return Report(
        __version__,
        tuple(files[number] for number in sorted(files)),
        interrupted=stop is not None,
        terminated=isinstance(stop, Terminated),
        left_out=len(every) - len(named),
        seconds=time.monotonic() - begun,
    )


def _stored(report: FileReport, options: Options) -> FileReport:
    """Put what is new to the cache into it; children write no files, and workers have none."""
    for key, text in report.entries if options.cache is not None else ():
        cache.store(options.cache or "", key, text)
    return replace(report, entries=())


# Yields the reports about all that are named, each with its number from 0, in whatever order.
_Executor: TypeAlias = Callable[[Sequence[str], Options, Progress], Answers]


def _executor(named: Sequence[str], options: Options) -> _Executor:
    if options.executor != Options.executor:
        return _on_a_cluster
    return _side_by_side if min(len(named), options.jobs) > 1 else _one_by_one


def _one_by_one(named: Sequence[str], options: Options, progress: Progress) -> Answers:
    for number, path in enumerate(named):
        progress(number + 1, len(named), path)
        yield number, checked(read(path), path, options)


def _side_by_side(named: Sequence[str], options: Options, progress: Progress) -> Answers:
    """Verify several specifications at once, each in a child of its own."""
    load_solvers(options)  # here, or each child would
    alone = replace(options, jobs=1)
    given = {path: read(path) for path in named if path == STDIN}  # a child has no input

    def work(path: str) -> FileReport:
        return checked(given[path] if path in given else read(path), path, alone)

    def begins(number: int) -> None:
        progress(number + 1, len(named), named[number])

    tasks = [task(path, partial(work, path), options) for path in named]
    for number, outcome in together(tasks, options.jobs, begins):
        yield number, brought(named[number], outcome)


def _on_a_cluster(named: Sequence[str], options: Options, progress: Progress) -> Answers:
    """Read the specifications here; the rest is done by workers, as many as there are."""
    from cecheck.farm.client import Farm  # noqa: PLC0415  (few runs have one)
    from cecheck.farm.parcel import packed  # noqa: PLC0415

    done = itertools.count(1)
    limit = options.timeout + 2 * GRACE
    sent: dict[int, Source] = {}
    with Farm(options.executor) as farm:

        def answered(*, wait: bool) -> Answers:
            for number, outcome in farm.answers(wait=wait):
                progress(next(done), len(named), named[number])
                yield number, _claimed(sent.pop(number), outcome)

        for number, path in enumerate(named):
            source = read(path)
            if isinstance(source, Source) and (sources := texts(source)[0]):
                sent[number] = source
                farm.send(number, packed(farm.here, sources, options), limit)
            else:  # it cannot be understood: that needs no worker
                progress(next(done), len(named), path)
                yield number, checked(source, path, options)
            yield from answered(wait=False)
        yield from answered(wait=True)


def verifier(options: Options) -> Callable[[Source, Options], FileReport]:
    """Return what verifies one more text with other options, where *options* have it done.

    A process that was in touch with a cluster has threads, and may not start children.
    """
    return verified if options.executor == Options.executor else _on_one_worker


def _on_one_worker(source: Source, options: Options) -> FileReport:
    from cecheck.farm.client import Farm  # noqa: PLC0415  (few runs have one)
    from cecheck.farm.parcel import packed  # noqa: PLC0415

    sources, wrong = texts(source)
    if not sources:
        return FileReport(source.path, source, diagnostics=wrong)
    with Farm(options.executor) as farm:
        farm.send(0, packed(farm.here, sources, options), options.timeout + 2 * GRACE)
        ((_, outcome),) = farm.answers(wait=True)
    return _claimed(source, outcome)


def _claimed(source: Source, outcome: Outcome) -> FileReport:
    """Return the report on *source* that a worker claims, if it is one."""
    report = brought(source.path, outcome)
    if (report.path, report.source or source) != (source.path, source):
        return FileReport(source.path, source, crash="a worker answered something else")
    here = beside(source.path)  # the worker has another current folder
    named = tuple(replace(one, spec=here) for one in report.certificates)
    return replace(report, certificates=named)
