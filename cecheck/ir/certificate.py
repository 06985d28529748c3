"""A certificate: what an engine claims of every thread at every cut, as plain data.

Written by engines, judged by `certify`, kept as JSON.  It proves nothing by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice

from cecheck.ir.expr import Expr, Var
from cecheck.ir.loops import Measure, ill_formed, measured
from cecheck.ir.program import Program, View
from cecheck.ir.serial import Data, Malformed, fingerprint, from_data, to_data
from cecheck.record import record

FORMAT = 2


class OtherProgram(Malformed):
    """The certificate is for another program than the one that is asked about."""


@record
class Certificate:
    """One formula per thread kind and cut, all over state variables.

    *cuts* and *formulas* run in parallel with ``Program.threads``: ``formulas[t][i]`` holds of a
    thread of kind *t* whenever it stands at ``cuts[t][i]``.  *program* is the `fingerprint` of
    the program it is about: with *measures*, which prove that loops end, as `measured` has it.
    """

    level: int
    view: View
    cuts: tuple[tuple[int, ...], ...]
    formulas: tuple[tuple[Expr, ...], ...]
    program: str
    measures: tuple[Measure, ...] = ()

    def at(self, thread: int) -> Mapping[int, Expr]:
        """Return the formula at each cut of the *thread*-th kind."""
        return dict(zip(self.cuts[thread], self.formulas[thread], strict=True))


def to_json(certificate: Certificate) -> str:
    """Return *certificate* as text."""
    data: dict[str, Data] = {
        "format": FORMAT,
        "level": certificate.level,
        "view": certificate.view.value,
        "cuts": [list(cuts) for cuts in certificate.cuts],
        "formulas": to_data([part for parts in certificate.formulas for part in parts]),
        "program": certificate.program,
        "measures": _measures_data(certificate.measures),
    }
    return json.dumps(data, separators=(",", ":"))


def from_json(text: str, program: Program) -> Certificate:
    """Return the certificate that *text* holds, if it is one for *program*."""
    data = _loaded(text)
    measures = _measures(data["measures"], program)
    program = measured(program, measures)
    name = fingerprint(program)
    if data["format"] != FORMAT:
        raise Malformed(f"the format of the certificate is not {FORMAT}")
    if data["program"] != name:
        raise OtherProgram("the certificate is for another program")
    cuts = _cuts(data["cuts"], program)
    if type(data["level"]) is not int:
        raise Malformed("`level` is not a number")
    try:
        view = View(data["view"])
    except ValueError as problem:
        raise Malformed(str(problem)) from problem
    flat = from_data(data["formulas"], _state(program))
    if len(flat) != sum(len(part) for part in cuts):
        raise Malformed("there is not one formula for each cut")
    rest = iter(flat)
    formulas = tuple(tuple(islice(rest, len(part))) for part in cuts)
    certificate = Certificate(data["level"], view, cuts, formulas, name, measures)
    if to_json(certificate) != text:
        raise Malformed("not in the form cecheck writes")
    return certificate


_FIELDS = {"format", "level", "view", "cuts", "formulas", "program", "measures"}


def _loaded(text: str) -> dict[str, Data]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Malformed(f"not JSON: {problem}") from problem
    if not isinstance(data, dict) or data.keys() != _FIELDS:
        raise Malformed(f"expected an object with {', '.join(sorted(_FIELDS))}")
    return data


def _cuts(data: object, program: Program) -> tuple[tuple[int, ...], ...]:
    if not isinstance(data, list) or len(data) != len(program.threads):
        raise Malformed("`cuts` does not name every kind of thread")
    for cuts in data:
        if not isinstance(cuts, list) or not all(type(cut) is int for cut in cuts):
            raise Malformed("`cuts` holds something else than locations")
    return tuple(tuple(cuts) for cuts in data)


def _measures_data(measures: tuple[Measure, ...]) -> Data:
    about: list[Data] = [[one.thread, one.check, len(one.words)] for one in measures]
    return {"about": about, "words": to_data([word for one in measures for word in one.words])}


def _measures(data: object, program: Program) -> tuple[Measure, ...]:
    """Return the measures that *data* holds, as far as they make sense for *program*."""
    if not isinstance(data, dict) or data.keys() != {"about", "words"}:
        raise Malformed("`measures` does not say what it is about")
    rest = iter(from_data(data["words"], _state(program)))
    found: list[Measure] = []
    for row in data["about"] if isinstance(data["about"], list) else ():
        if not isinstance(row, list) or [type(part) for part in row] != [int, int, int]:
            raise Malformed("a measure is about no check")
        thread, check, count = row
        found.append(Measure(thread, check, tuple(islice(rest, max(count, 0)))))
    for flaw in ill_formed(program, found):
        raise Malformed(flaw)
    return tuple(found)


def _state(program: Program) -> tuple[Var, ...]:
    locals_ = [v for t in program.threads for v in (*t.locals, t.identity)]
    return (*program.rigid, *program.globals, *locals_)
