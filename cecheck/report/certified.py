"""What `cecheck certify` says: which checks certificates cover, and what is wrong with others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum

from cecheck import __version__
from cecheck.certify.document import Covered, Document
from cecheck.record import record
from cecheck.report.exit_status import ExitStatus
from cecheck.report.paint import Paint, Style, plain, shown_path

SCHEMA = "cecheck-certified/1"


class Standing(Enum):
    """What became of one certificate."""

    HOLDS = "holds"
    FAILS = "does not hold"
    UNREADABLE = "unreadable"
    UNKNOWN = "undecided"
    BROKEN = "internal error"


@record
class Certified:
    """What was found out about the certificate in the file *path*.

    *open* are the checks of the same program that it says nothing about; the run of those marked
    there ends where they are violated, so that it says nothing about what comes behind either.
    *clients* and *assumptions* are for what, and under which, it holds; *solvers* confirmed it.
    """

    path: str
    standing: Standing
    why: tuple[str, ...] = ()
    document: Document | None = None
    open: tuple[tuple[Covered, bool], ...] = ()
    clients: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    solvers: tuple[str, ...] = ()


_STATUSES = {
    Standing.HOLDS: ExitStatus.PROVED,
    Standing.FAILS: ExitStatus.REFUTED,
    Standing.UNREADABLE: ExitStatus.SPECIFICATION,
    Standing.UNKNOWN: ExitStatus.UNDECIDED,
    Standing.BROKEN: ExitStatus.INTERNAL,
}
_GRAVEST = (Standing.BROKEN, Standing.UNREADABLE, Standing.FAILS, Standing.UNKNOWN, Standing.HOLDS)


def status(found: Sequence[Certified]) -> ExitStatus:
    """Return the exit status for all of *found*; nothing to check is no success."""
    if not found:
        return ExitStatus.NOTHING
    return _STATUSES[min((one.standing for one in found), key=_GRAVEST.index)]


@record
class Program:
    """Which program a certificate is about, of a specification that may mean several."""

    spec: str
    given: tuple[tuple[str, int], ...]
    test: str | None
    view: str

    def __str__(self) -> str:
        params = "".join(f", {name} = {value}" for name, value in self.given)
        test = f", {self.test}" if self.test is not None else ""
        return f"{self.spec}, {self.view} view{params}{test}"


def _program(document: Document) -> Program:
    return Program(document.spec, document.given, document.test, document.view.value)


def uncovered(found: Sequence[Certified]) -> dict[Program, list[tuple[Covered, bool]]]:
    """Return, for each program that a certificate of *found* holds of, the checks that none of
    those covers, and whether runs end where they are violated."""
    covered: dict[Program, set[tuple[int, int]]] = {}
    every: dict[Program, dict[tuple[int, int], tuple[Covered, bool]]] = {}
    for one in found:
        if one.standing is Standing.HOLDS and one.document is not None:
            program = _program(one.document)
            every.setdefault(program, {}).update({(c.thread, c.check): (c, e) for c, e in one.open})
            if not one.document.reaching:
                named = {(c.thread, c.check) for c in one.document.proves}
                covered.setdefault(program, set()).update(named)
    return {
        program: [told for name, told in checks.items() if name not in covered.get(program, ())]
        for program, checks in every.items()
    }


def to_text(found: Sequence[Certified], paint: Paint) -> str:
    """Return *found* as text that ends in a newline."""
    lines: list[str] = []
    for one in found:
        style = Style.GOOD if one.standing is Standing.HOLDS else Style.BAD
        lines.append(f"{shown_path(one.path)}: {paint(style, one.standing.value.upper())}")
        if one.document is not None:
            lines += _about(one, one.document)
        lines += [f"  {plain(reason)}" for reason in one.why]
    for program, checks in uncovered(found).items():
        if checks:
            lines.append(f"no certificate here covers, of {plain(str(program))}:")
            lines += [f"  {site}" for site in _sites([check for check, _ in checks])]
        if any(ends for _, ends in checks):
            lines.append("  what is covered holds until one of these is violated")
    count = sum(one.standing is Standing.HOLDS for one in found)
    return "\n".join([*lines, f"cecheck: {count} of {len(found)} certificates hold"]) + "\n"


def _about(one: Certified, document: Document) -> list[str]:
    lines = [f"  {plain(str(_program(document)))}, level {document.level}"]
    if one.standing is not Standing.HOLDS:
        return lines
    word = "can never be reached" if document.reaching else "proved"
    lines += [f"  {word}", *(f"    {site}" for site in _sites(document.proves))]
    for title, items in (("for", one.clients), ("assuming", one.assumptions)):
        lines += [f"  {title}", *(f"    {plain(item)}" for item in items)] if items else []
    return [*lines, f"  confirmed by {' and '.join(one.solvers)}"]


def _sites(checks: Sequence[Covered]) -> list[str]:
    """Return a line for each site of *checks*, with what is asked there."""
    kinds: dict[str, dict[str, None]] = {}
    for check in checks:
        kinds.setdefault(f"{plain(check.site)} ({plain(check.name)})", {})[check.kind] = None
    return [f"{site}: {', '.join(asked)}" for site, asked in kinds.items()]


def to_json(found: Sequence[Certified]) -> str:
    """Return *found* as JSON text that ends in a newline."""
    data = {
        "schema": SCHEMA,
        "tool": {"name": "cecheck", "version": __version__},
        "exit_status": int(status(found)),
        "certificates": [_data(one) for one in found],
        "uncovered": [
            {
                "program": _program_data(program),
                "checks": [{**_check(check), "ends_runs": ends} for check, ends in checks],
            }
            for program, checks in uncovered(found).items()
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=True) + "\n"


def _data(one: Certified) -> dict[str, object]:
    document, holds = one.document, one.standing is Standing.HOLDS
    proves = [] if document is None or not holds else [_check(c) for c in document.proves]
    return {
        "path": one.path,
        "standing": one.standing.value,
        "why": list(one.why),
        "program": None if document is None else _program_data(_program(document)),
        "level": None if document is None else document.level,
        "proves": proves,
        "unreachable": bool(document is not None and document.reaching),
        "clients": list(one.clients),
        "assumptions": list(one.assumptions),
        "solvers": list(one.solvers),
    }


def _program_data(program: Program) -> dict[str, object]:
    params = dict(program.given)
    return {"spec": program.spec, "view": program.view, "params": params, "test": program.test}


def _check(check: Covered) -> dict[str, object]:
    return {"thread": check.name, "check": check.kind, "site": check.site}
