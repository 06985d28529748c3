"""What a program says of variables, tried of the elements of blocks that they go to or come from:
candidates, believed by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cecheck.ir.assume import conjuncts
from cecheck.ir.build import not_, substitute
from cecheck.ir.expr import Expr, Scope, Var, size, variables
from cecheck.ir.program import Fact, Gate, Thread
from cecheck.lower.held import Copies

LARGEST = 24  # nodes of something said that is tried


def gated_by_copies(thread: Thread, known: Copies) -> Thread:
    """Return *thread* with its gates said of every copy of the variables that they mention, too."""
    if not thread.gates:
        return thread
    groups: dict[Expr, list[Var]] = {}
    for var in thread.locals:
        groups.setdefault(known.root.get(var, var), []).append(var)
    found: dict[Gate, None] = {}
    for gate in thread.gates:
        found[gate] = None
        for var in sorted(variables(gate.holds), key=lambda var: var.name):
            for copy in groups.get(known.root.get(var, var), ()):
                found[replace(gate, holds=substitute(gate.holds, {var: copy}))] = None
    return replace(thread, gates=tuple(found))


def told_of_copies(thread: Thread, known: Copies) -> Iterator[Fact]:
    """Yield what *thread* tests or asks of copies of a followed element, or of a value that may
    rest on an unseen one, of that itself."""
    gated = frozenset[Var]().union(*(gate.variables for gate in thread.gates))
    if not gated:
        return
    said = [part for edge in thread.edges for part in conjuncts(edge.guard)]
    said += [not_(part) for check in thread.checks for part in conjuncts(check.violated)]
    for var in sorted(gated, key=lambda var: var.name):
        root = known.root.get(var, var)
        for holds in dict.fromkeys(said):
            copies = [v for v in variables(holds) if known.root.get(v, v) is root]
            if copies and size(holds, LARGEST) < LARGEST:
                fact = substitute(holds, dict.fromkeys(copies, var))
                if all(v.scope is not Scope.INPUT for v in variables(fact)):
                    yield Fact("", fact, thread.name)
