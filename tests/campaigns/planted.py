"""How strong the random specifications are: bugs planted by hand, some with a seed that shows it.

Usage: python tests/campaigns/planted.py [--first 0] [--count 40] [--only NAME]

Searches seeds that show each bug.  A bug that no seed shows means that the generator is too weak
(or the bug does no harm, which is then to be told here).  All are in what both engines and judges
trust: the way from the typed tree to the program, its reductions, and the questions of the judge.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from campaigns.campaign import Case  # noqa: E402
from campaigns.compare import Answer  # noqa: E402
from campaigns.programs.heap import Topic  # noqa: E402
from campaigns.programs.topics import known  # noqa: E402
from campaigns.random_specs import case  # noqa: E402
from cecheck.certify import questions  # noqa: E402
from cecheck.engines import houdini  # noqa: E402
from cecheck.ir import movers  # noqa: E402
from cecheck.ir.build import add, low_bits, sign_extend, ule, word, zero_extend  # noqa: E402
from cecheck.ir.expr import FALSE, TRUE, BinaryOp, Scope, variables  # noqa: E402
from cecheck.lower import (  # noqa: E402
    access,
    arithmetic,
    caller,
    client,
    copies,
    dma,
    expression,
    extent,
    jumps,
    memory,
    outline,
    pure,
    sets,
    standing,
    statement,
)
from cecheck.lower.body import FinalScope  # noqa: E402
from cecheck.lower.ledger import Ledger  # noqa: E402
from cecheck.lower.reach import Reach  # noqa: E402
from cecheck.options import Options  # noqa: E402
from cecheck.sema import variant  # noqa: E402
from cecheck.sema.typed import Operator  # noqa: E402
from cecheck.tasks import load_solvers  # noqa: E402

PATIENCE: Final = 10.0  # seconds for each task of an engine, which a bug may send astray
Change = tuple[object, str, Any]  # a module or class, one of its names, and what that becomes


class Kind(Enum):
    """What generators write."""

    ALONE = "one call after the other"
    THREADS = "threads"
    PROGRAM = "a program that knows its answer"
    HEAP = "such a program that allocates"
    ROWS = "such a program with pointers into arrays"
    BLOCKS = "such a program that allocates bytes"
    CALLERS = "a driver that uses pointers of callers"
    EVENTS = "such a program with events"
    SYSTEM = "such a program and what stands around it"

    def case(self, seed: int) -> Case:
        """Return the specification *seed*."""
        match self:
            case Kind.ALONE | Kind.THREADS:
                return case(seed, threads=self is Kind.THREADS)
            case Kind.PROGRAM:
                return known(seed, Topic.NONE)
            case _:
                return known(seed, Topic[self.name])


@dataclass(frozen=True)
class Bug:
    """A bug, and the *seed* of a random specification of some *kind* that shows it; None where none
    was found yet.

    One that *opens* only makes UNKNOWN what is proved without it: judge and replay see to the rest.
    """

    name: str
    changes: tuple[Change, ...]
    seed: int | None
    kind: Kind = Kind.ALONE
    opens: bool = False

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Run the block with the bug."""
        with ExitStack() as stack:
            for where, name, new in self.changes:
                stack.enter_context(mock.patch.object(where, name, new))
            yield

    def shown_by(self, seed: int) -> Answer:
        """Return what comes of the specification *seed* with the bug."""
        with self.planted():
            return self.kind.case(seed).answer(timeout=PATIENCE)

    def harm(self, answer: Answer) -> list[str]:
        """Return what it does to an *answer*."""
        return answer.wrong or ["UNKNOWN"] * (answer.unknown if self.opens else 0)


def _never(*_: object) -> Any:
    return FALSE


def _nothing(*_: object, **__: object) -> Any:
    return ()


# ---- accesses -----------------------------------------------------------------------------------


def _beyond_by_one(self: access.Questions) -> Any:
    promised = self.reach.pointer.promised
    assert promised is not None
    width = 2 * self.width
    end = add(zero_extend(add(promised.offset, self.reach.moved), width), self.reach.count)
    more = add(zero_extend(promised.size, width), word(1, width))
    return access.not_(ule(end, more))


def _goes_on(real: Callable[..., Any], self: access.Questions) -> Any:
    self.ended = FALSE
    return real(self)


def _one_value(body: Any, _: object, wanted: memory.Wanted, __: object) -> Any:
    """Return what foreign memory holds: always the same."""
    return word(1, getattr(wanted.type, "width", body.world.width))


def _forgets_record(real: Callable[..., Any], *given: Any) -> Any:
    body, reach, wanted, here = given
    return real(body, reach, replace(wanted, field=None), here)


def _keeps_offset(pointer: Any, operator: Operator, amount: Any) -> Any:
    moved = arithmetic.arithmetic(operator, pointer.word, amount, False)
    return replace(pointer, word=moved, literal=False)


def _sign_extended(real: Callable[..., Any], value: Any, signed: bool, to: Any) -> Any:
    if value.sort.width and to.width > value.sort.width:
        return sign_extend(value, to.width)
    return real(value, signed, to)


# ---- statements ---------------------------------------------------------------------------------


def _without_final(real: Callable[..., Any], body: Any, stop: Any, here: int) -> Any:
    kept = list(body.scopes)
    body.scopes[:] = [scope for scope in kept if not isinstance(scope, FinalScope)]
    found = real(body, stop, here)
    body.scopes[:] = kept
    return found


def _edited(change: Callable[[Any], Any], real: Callable[..., Any], body: Any, *rest: Any) -> Any:
    """Run *real*, and *change* each edge that it has added."""
    before = len(body.graph.edges)
    found = real(body, *rest)
    body.graph.edges[before:] = [change(edge) for edge in body.graph.edges[before:]]
    return found


def _says(edge: Any, text: str) -> bool:
    return edge.event is not None and text in edge.event.text


def _always(text: str, guard: Any) -> Callable[[Any], Any]:
    """Give the edge that tells *text* another guard."""
    return lambda edge: replace(edge, guard=guard) if _says(edge, text) else edge


def _gives_away(edge: Any) -> Any:
    """Give a lock back although it was taken twice."""
    if not _says(edge, "releases"):
        return edge
    freed = [
        (var, word(0, var.sort.width) if var.name.endswith(".owner") else value)
        for var, value in edge.updates
    ]
    return replace(edge, updates=tuple(freed))


def _keeps_signal(edge: Any) -> Any:
    if not _says(edge, "signalled"):
        return edge
    own = [(var, value) for var, value in edge.updates if var.scope is not Scope.GLOBAL]
    return replace(edge, updates=tuple(own))


def _keeps_live(edge: Any) -> Any:
    kept = [(var, value) for var, value in edge.updates if not var.name.endswith(" live")]
    return replace(edge, updates=tuple(kept))


def _once(edge: Any, head: int, after: int) -> Any:
    return replace(edge, end=after) if edge.end == head and edge.start > head else edge


def _one_round(real: Callable[..., Any], body: Any, loop: Any, here: int) -> Any:
    """Leave a loop where it would go round."""
    before = len(body.graph.edges)
    after = real(body, loop, here)
    head = body.graph.edges[before].end
    rest = body.graph.edges[before + 1 :]
    body.graph.edges[before + 1 :] = [_once(edge, head, after) for edge in rest]
    return after


def _one_call(real: Callable[..., Any], body: Any, end: int, _: int, what: Any) -> Any:
    """Let a client's thread stop after its call."""
    return real(body, end, body.graph.location(), what)


# ---- what stands around a driver ----------------------------------------------------------------


def _anything(real: Callable[..., Any], *given: Any) -> Any:
    """Let the variables of rules begin with anything."""
    real(*given)
    return ()


def _not_behind_locks(real: Callable[..., Any], *given: Any) -> Any:
    """Ask an invariant only where what it mentions is changed."""
    edge, _, item, *_ = given
    changed = {var for var, _ in edge.updates}
    return real(*given) if changed & variables(item.holds) else None


def _takes_nothing_out(
    real: Callable[..., Any], self: sets.Sets, operator: Operator, *pair: Any
) -> Any:
    return pair[0] if operator is Operator.SUBTRACT else real(self, operator, *pair)


def _unswapped(*_: object) -> None:
    """Leave the steps in their order."""


def _nowhere(body: Any, _: object, here: int) -> int:
    """Leave a table as it is."""
    return here


# ---- what threads see of each other -------------------------------------------------------------


def _all_protected(graphs: Any, _: object) -> Any:
    return frozenset(var for graph in graphs for own in graph.touched.values() for var in own)


def _none_seen(real: Callable[..., Any], *given: Any) -> Any:
    found = real(*given)
    return movers.Mover.LOCAL if found is movers.Mover.SEEN else found


def _on(function: Callable[..., Any], where: object, name: str) -> Change:
    """Return the change of *name* that *function* makes, which is given what it was."""
    real = getattr(where, name)

    def new(*given: Any, **more: Any) -> Any:
        return function(real, *given, **more)

    return where, name, new


def _edges(change: Callable[[Any], Any], where: object, name: str) -> Change:
    return _on(partial(_edited, change), where, name)


_A = access.Questions
_UNSIGNED: Final = {**arithmetic._BINARY, Operator.LESS: (BinaryOp.ULT, BinaryOp.ULT)}
_PAST: Final = property(
    lambda reach: add(reach.address, low_bits(reach.count, reach.address.sort.width))
)

BUGS: Final = (
    Bug("a right that a thread lacks is not asked for", ((_A, "_ask_permitted", _nothing),), 11),
    Bug("where a hostile range ends is not asked", ((_A, "_attempt", _never),), 11),
    Bug("whose a byte is is not asked", ((_A, "_stray_byte", _never),), 6),
    Bug("a promise is a byte longer", ((_A, "_beyond_promise", _beyond_by_one),), 11),
    Bug("memory that goes is not asked about",
        ((_A, "_hostile_live", _never),), 1, Kind.CALLERS),
    Bug("the last byte of a range is the next one", ((Reach, "last", _PAST),), 6),
    Bug("signed numbers compare as unsigned ones", ((arithmetic, "_BINARY", _UNSIGNED),), 5001,
        Kind.PROGRAM),
    Bug("small numbers are extended by their sign",
        (_on(_sign_extended, pure, "converted"),), 6086, Kind.PROGRAM),
    Bug("a write needs the right to read", ((_A, "_writing", _never),), 0, Kind.CALLERS),
    Bug("what is fetched twice is the same", ((memory, "_recorded", _one_value),), 11),
    Bug("what a caller promised is forgotten", (_on(_forgets_record, memory, "_recorded"),), 20),
    Bug("no access faults",
        ((statement, "fault", _nothing), (expression, "fault", _nothing)), 6,
        Kind.CALLERS),
    Bug("a run goes on past a violation", (_on(_goes_on, _A, "outcome"),), 0, Kind.CALLERS,
        opens=True),
    Bug("a loop goes round once", (_on(_one_round, statement, "_while"),), 5034, Kind.PROGRAM),
    Bug("a jump leaves final parts out", (_on(_without_final, jumps, "_leave"),), 5032,
        Kind.PROGRAM),
    Bug("where a copy arrives is not asked",
        ((copies._Destination, "ask_all", _nothing),), 37, Kind.CALLERS),
    Bug("what a driver writes to a record is forgotten",
        ((statement.records, "overwritten", _nothing),), None,
        Kind.CALLERS),
    Bug("a pointer that moves stays in its place",
        ((pure, "shifted", _keeps_offset),), 57, Kind.CALLERS),
    Bug("bytes behind one that faults are asked",
        ((_A, "_earlier", lambda *_: TRUE),), 0, Kind.CALLERS, opens=True),
    Bug("words are as far apart as bytes", ((extent, "times", lambda value, _: value),), 51,
        Kind.HEAP),
    Bug("what a call has to restore is not asked",
        ((outline, "ask_restored", _nothing),), 23, Kind.CALLERS),
    Bug("a lock that another thread has is taken",
        (_edges(_always("takes", TRUE), statement, "acquire"),), 5031, Kind.PROGRAM),
    Bug("a lock taken twice is given back once",
        (_edges(_gives_away, statement, "release"),), 5098, Kind.PROGRAM),
    Bug("a signal wakes everybody",
        (_edges(_keeps_signal, expression, "wait"),), 120, Kind.EVENTS),
    Bug("the time is never over",
        (_edges(_always("the time is over", FALSE), expression, "wait"),), 44, Kind.THREADS),
    Bug("a pointer outlives its call", ((_A, "_dead", _never),), 42, Kind.THREADS),
    Bug("all that is shared is under a lock",
        ((movers, "_protected", _all_protected),), 119, Kind.THREADS),
    Bug("nobody sees what a thread does", (_on(_none_seen, movers, "_mover"),), 119, Kind.THREADS),
    Bug("memory never runs out",
        (_edges(_always("alloc fails", FALSE), expression, "allocate"),), 13, Kind.HEAP),
    Bug("what is freed stays", (_edges(_keeps_live, statement, "give_back"),), 4, Kind.BLOCKS),
    Bug("an access may leave its object", ((memory, "overrun", _never),), 3, Kind.BLOCKS),
    Bug("a block that was freed is not asked about",
        ((memory, "ask_live", _nothing),), 4, Kind.BLOCKS),
    Bug("each client calls once", (_on(_one_call, client, "returns"),), 5032, Kind.PROGRAM),
    Bug("nothing that others do is asked",
        ((questions._Asker, "_others_of", _nothing),
         (houdini._Houdini, "_interference", lambda _: {})), 3, Kind.THREADS),
    Bug("what was taken may be kept", ((Ledger, "ask", _nothing),), 99, Kind.THREADS),
    Bug("the variables of rules do not begin anew",
        (_on(_anything, caller, "begin_monitors"),), 312, Kind.SYSTEM),
    Bug("an invariant is not asked when a lock is given back",
        (_on(_not_behind_locks, standing, "_at"),), 398, Kind.SYSTEM),
    Bug("nothing leaves a set",
        (_on(_takes_nothing_out, sets.Sets, "_on_processes"),), 491, Kind.SYSTEM),
    Bug("steps are not swapped", ((variant, "_swap", _unswapped),), 348, Kind.SYSTEM),
    Bug("a table forgets", ((statement, "write_table", _nowhere),), 334, Kind.SYSTEM),
    Bug("devices need no locked memory",
        ((dma._DeviceQuestions, "_unpinned", _never),), 1195, Kind.SYSTEM),
    Bug("tokens need not be given back", ((Ledger, "ask", _nothing),), 1222, Kind.SYSTEM),
)  # fmt: skip


def main() -> None:
    """Print a seed for each bug, or that none shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    load_solvers(Options())
    for bug in BUGS:
        if given.only not in bug.name:
            continue
        for seed in range(given.first, given.first + given.count):
            wrong = bug.harm(bug.shown_by(seed))
            if wrong:
                print(f"{bug.name}: {seed}, {wrong[0]}", flush=True)
                break
        else:
            print(f"{bug.name}: no seed", flush=True)


if __name__ == "__main__":
    main()
