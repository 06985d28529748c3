"""Certificates in files, judged from the texts of their specifications on.

Nothing that found the proof is used: the specification is parsed, elaborated and lowered again, and
what must be unsatisfiable is worked out from that program (`certify`).  The file is somebody
else's: its formulas are first touched in children that can be killed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from cecheck.certify import document as files
from cecheck.certify.document import Covered, Document, covered
from cecheck.diagnostics import Diagnostic
from cecheck.engines.child import Crashed, Done, Json, Limit, Limits, Outcome, where
from cecheck.engines.crew import Task, together
from cecheck.ir.program import CheckKind, Program
from cecheck.ir.reaching import asking_to_reach
from cecheck.ir.serial import Malformed
from cecheck.lower.link import lower, views
from cecheck.options import UsageError
from cecheck.reading import read, shipped_platform, stamps
from cecheck.record import record
from cecheck.report.certified import Certified, Standing
from cecheck.sema.elaborate import elaborate
from cecheck.sema.typed import Client, Spec, alone
from cecheck.source import Source
from cecheck.syntax import ast
from cecheck.syntax.parse import parse
from cecheck.syntax.uses import joined
from cecheck.tasks import certifying

SOLVERS = ("z3", "cvc5")


@record
class Demand:
    """How certificates are judged.

    Their specifications are found below the folder *root*, or are the file *spec*; *timeout* is
    the wall time in seconds for one certificate, *jobs* how many solvers run at once.
    """

    root: str = "."
    spec: str | None = None
    timeout: float = 240.0
    jobs: int = 1


class _Refused(Exception):
    """The certificate is not judged; the text says why."""

    def __init__(self, standing: Standing, why: str) -> None:
        super().__init__(why)
        self.standing = standing


def certified(path: str, demand: Demand) -> Certified:
    """Return what is true of the certificate in the file *path*.

    A certificate or a specification that cannot be opened is a usage error.
    """
    try:
        document = files.read(path)
    except Malformed as problem:
        return Certified(path, Standing.UNREADABLE, (f"no certificate: {problem}",))
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}") from error
    except ValueError as error:  # a zero byte
        raise UsageError(f"cannot read `{path}`: {error}") from error
    try:
        return _judged(path, document, demand)
    except _Refused as refused:
        return Certified(path, refused.standing, (str(refused),), document)
    except UsageError:
        raise
    except Exception as error:
        return Certified(path, Standing.BROKEN, (where(error),), document)


def _judged(path: str, document: Document, demand: Demand) -> Certified:
    spec, program = _program(document, _source(document, demand))
    asked = asking_to_reach(program, document.reaching)
    _compare(document, program, asked)
    claims = [(one.thread, one.check) for one in document.proves]
    tasks = [
        Task(by, partial(certifying, asked, document.certificate, claims, by),
             Limits(demand.timeout))
        for by in SOLVERS
    ]  # fmt: skip
    outcomes = dict(together(tasks, demand.jobs))
    standing, why = _standing([outcomes[number] for number in range(len(SOLVERS))])
    if standing is not Standing.HOLDS:
        return Certified(path, standing, why, document)
    return Certified(
        path, standing, (), document, _open(program, document), _clients(spec),
        program.assumptions, SOLVERS,
    )  # fmt: skip


def _source(document: Document, demand: Demand) -> Source:
    """Return the specification; a path in a certificate leads to nothing outside the root."""
    if demand.spec is not None:
        place = demand.spec
    else:
        root = os.path.realpath(demand.root)
        try:
            real = os.path.realpath(os.path.join(root, document.spec))
            inside = Path(real).is_relative_to(root) and Path(real).is_file()
        except (OSError, ValueError):
            inside = False
        if not inside or not document.spec.endswith(".ce"):
            said = "its specification is not below the folder it is looked for in"
            raise _Refused(Standing.FAILS, f"{said}: give --root FOLDER or --spec FILE")
        place = os.path.join(demand.root, document.spec)
    found = read(place)
    if isinstance(found, Diagnostic):
        raise _Refused(Standing.UNREADABLE, f"the specification: {found.message}")
    return found


def _program(document: Document, source: Source) -> tuple[Spec, Program]:
    """Return what *document* is about, worked out from the text."""
    file, wrong = parse(source)
    if file is not None:
        file, wrong = joined(file)
    if file is None:
        raise _not_understood(wrong)
    spec, wrong = elaborate(file, shipped_platform)
    if spec is not None:
        _compare_texts(document, file, spec)
        _compare_params(document, spec)
    if spec is not None and document.given:
        spec, wrong = elaborate(file, shipped_platform, given=dict(document.given))
    if spec is None:
        raise _not_understood(wrong)
    if document.test is not None:
        spec = alone(spec, _test(document.test, spec))
    if document.view not in views(spec):
        raise _Refused(Standing.FAILS, "the specification is not asked in this view")
    return spec, lower(spec, document.view)


def _not_understood(wrong: Sequence[Diagnostic]) -> _Refused:
    first = f"{wrong[0].span}: {wrong[0].message}" if wrong else "it means nothing"
    return _Refused(Standing.UNREADABLE, f"the specification: {first}")


def _compare_texts(document: Document, file: ast.File, spec: Spec) -> None:
    was, now = dict(document.texts), dict(stamps(file, spec.platform.span.source))
    first = next(iter(now))  # the specification, which may have been moved
    old = next(iter(was), None)
    if old is not None:
        was = {first if name == old else name: digest for name, digest in was.items()}
    changed = [name for name in now if was.get(name) != now[name]]
    changed += [name for name in was if name not in now]
    if changed or len(was) != len(document.texts):
        names = ", ".join(changed) or "the list of texts"
        raise _Refused(Standing.FAILS, f"changed since it was proved: {names}")


def _compare_params(document: Document, spec: Spec) -> None:
    ranges = [(param.name, param.values) for param in spec.params]
    fits = [name for name, _ in ranges] == [name for name, _ in document.given] and all(
        value in values for (_, values), (_, value) in zip(ranges, document.given, strict=True)
    )
    if not fits:
        raise _Refused(Standing.FAILS, "it is not about values that the parameters have")


def _test(name: str, spec: Spec) -> Client:
    found = next((test for test in spec.tests if test.name == name), None)
    if found is None:
        raise _Refused(Standing.FAILS, "it is about a test that the specification does not have")
    return found


def _compare(document: Document, program: Program, asked: Program) -> None:
    """Refuse a *document* that calls checks something else than they are in what is *asked*."""
    known = {
        (kind, number): covered(asked, kind, number)
        for kind, thread in enumerate(program.threads)
        for number in range(len(thread.checks))
    }
    named = [(one.thread, one.check) for one in document.proves]
    if not set(named) | set(document.reaching) <= known.keys():
        raise _Refused(Standing.FAILS, "it is about checks that the specification does not have")
    if document.reaching and not set(named) <= set(document.reaching):
        raise _Refused(Standing.FAILS, "it is about unreachable sites, and others")
    if any(known[name] != one for name, one in zip(named, document.proves, strict=True)):
        raise _Refused(Standing.FAILS, "what it says to prove is not what is asked there")
    inner = json.loads(document.certificate)
    if isinstance(inner, dict) and inner.get("level") != document.level:
        raise _Refused(Standing.FAILS, "the certificate is of another level than the file says")
    checks = [program.threads[kind].checks[number] for kind, number in document.reaching]
    if any(check.kind is CheckKind.BOUND for check in checks):
        # It would no longer be asked as a bound, on which all rests.
        raise _Refused(Standing.FAILS, "it is about reaching a bound of the model")


def _standing(outcomes: Sequence[Outcome]) -> tuple[Standing, tuple[str, ...]]:
    """Return what the solvers say together: nothing holds unless each says so."""
    found = [_said(by, outcome) for by, outcome in zip(SOLVERS, outcomes, strict=True)]
    why = tuple(dict.fromkeys(reason for _, reason in found if reason))
    order = (
        Standing.BROKEN, Standing.UNREADABLE, Standing.FAILS, Standing.UNKNOWN, Standing.HOLDS,
    )  # fmt: skip
    return min((standing for standing, _ in found), key=order.index), why


def _said(by: str, outcome: Outcome) -> tuple[Standing, str]:
    match outcome:
        case Limit(reason):
            return Standing.UNKNOWN, f"{by}: {reason}"
        case Crashed(detail):
            return Standing.BROKEN, detail
        case Done(data):
            return _told(by, data)


def _told(by: str, data: Json) -> tuple[Standing, str]:
    """Return what the answer of `tasks.certifying` means."""
    match data:
        case {"malformed": str(reason), "other": other}:
            kind = Standing.FAILS if other else Standing.UNREADABLE
            return kind, f"no certificate: {reason}"
        case {"wrong": [], "surely": False}:
            return Standing.HOLDS, ""
        case {"wrong": [str(first), *rest], "surely": surely}:
            more = f", and {len(rest)} more" if rest else ""
            return Standing.FAILS if surely else Standing.UNKNOWN, f"{by}: {first}{more}"
        case _:
            return Standing.BROKEN, f"{by}: an answer of another form"


def _open(program: Program, document: Document) -> tuple[tuple[Covered, bool], ...]:
    """Return the checks of *program* that *document* does not prove, and which of them end runs."""
    proved = {(one.thread, one.check) for one in document.proves} if not document.reaching else ()
    return tuple(
        (covered(program, kind, number), check.kind.ends_run)
        for kind, thread in enumerate(program.threads)
        for number, check in enumerate(thread.checks)
        if (kind, number) not in proved and check.kind is not CheckKind.BOUND
    )


def _clients(spec: Spec) -> tuple[str, ...]:
    """Return for whom a proof about *spec* holds."""
    said = ["every address, size and interleaving"]
    for client in spec.clients:
        count = "any number of" if client.count is None else str(client.count)
        traits = ", ".join(behaviour.value for behaviour in client.behaviours)
        said.append(f"{count} {client.name} threads ({traits})")
    return tuple(said)
