"""Parts of a report that are found out in another process, and come from there as data."""

from __future__ import annotations

from collections.abc import Callable

from cecheck.engines.child import Crashed, Done, Json, Limit, Limits, Outcome
from cecheck.engines.crew import Task
from cecheck.options import Options
from cecheck.report import model, transport
from cecheck.report.model import FileReport
from cecheck.tasks import load_solvers

GRACE = 30.0  # seconds beyond the limit of a specification, for what is not solving


def task(name: str, work: Callable[[], FileReport], options: Options) -> Task:
    """Return the task to find out a part of a report, with solvers at hand."""

    def carried() -> Json:
        load_solvers(options)
        return transport.to_data(work())

    return Task(name, carried, Limits(options.timeout + GRACE))


def brought(path: str, outcome: Outcome) -> FileReport:
    """Return the part of the report on *path* that such a task ended with, however it ended."""
    match outcome:
        case Done(data):
            try:
                return transport.from_data(data)
            except transport.Garbled as error:
                return FileReport(path, crash=f"another process answered no report: {error}")
        case Limit(reason):
            late = model.Outcome(None, model.Met.UNDECIDED, f"stopped at a limit: {reason}")
            return FileReport(path, outcomes=(late,))
        case Crashed(detail):
            return FileReport(path, crash=detail)
