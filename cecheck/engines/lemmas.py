"""Candidate lemmas: facts that the program already states, guessed for every cut.

The guards that dominate a cut, rewritten over the variables that are live there; what was
assigned; constants; copies; who holds a lock; the platform's vocabulary.  None of it is trusted
or even believed: `houdini` keeps what is inductive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from cecheck.engines.carry import Carrier, carriers
from cecheck.ir.assume import conjuncts
from cecheck.ir.build import eq, ne, not_, or_, rebuilt, ule, word
from cecheck.ir.expr import Binary, BinaryOp, Const, Expr, Ite, Scope, Var, size, variables
from cecheck.ir.node import fold
from cecheck.ir.program import CheckKind, Thread, outgoing
from cecheck.lower.blocks import Blocks, Exit, Region, ThreadBlocks
from cecheck.replay.ranges import anything, interval

Lemmas: TypeAlias = tuple[Mapping[int, tuple[Expr, ...]], ...]  # by kind of thread, then by cut

PER_CUT = 60  # candidates at one cut before the shared ones
SHORT = 10  # nodes of a fact that is tried under any circumstances
SHARED = 60  # facts over shared state that are tried everywhere
LARGEST = 150  # nodes of one candidate
_SHARED = (Scope.RIGID, Scope.GLOBAL)


def candidates(blocks: Blocks) -> Lemmas:
    """Return what may hold at each cut, for each kind of thread."""
    return _Collector(blocks).all()


class _Collector:
    """Collects candidates; dictionaries are ordered sets here."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._program = blocks.program
        self._found = [
            {cut: dict[Expr, None]() for cut in thread.cuts} for thread in blocks.threads
        ]

    def all(self) -> Lemmas:
        """Return all candidates."""
        for number, thread in enumerate(self._blocks.threads):
            self._flow(number, thread)
        shared = self._shared_facts()
        for number, thread in enumerate(self._blocks.threads):
            held = _held(thread.thread, self._program.locks)
            for cut in thread.cuts:
                self._add(number, cut, self._stated(thread, cut))
                self._add(number, cut, self._shared(shared, held.get(cut, frozenset())))
                self._add(number, cut, self._gated(thread, tuple(self._found[number][cut])))
        return tuple(
            [{cut: tuple(own) for cut, own in table.items()} for table in self._found]
        )

    def _add(self, thread: int, cut: int, facts: Iterable[Expr]) -> list[Expr]:
        """Add those of *facts* that make sense at *cut*; return the new ones."""
        table = self._found[thread][cut]
        alive = self._blocks.threads[thread].live[cut]
        new: list[Expr] = []
        for fact in facts:
            if fact in table or isinstance(fact, Const) or size(fact, LARGEST) >= LARGEST:
                continue
            if all(v in alive or v.scope in _SHARED for v in self._names(fact)):
                table[fact] = None
                new.append(fact)
        return new

    def _gated(self, thread: ThreadBlocks, facts: Iterable[Expr]) -> Iterator[Expr]:
        """Yield that *facts* hold at least where something else does that they may need."""
        gates = thread.thread.gates
        for fact in facts if gates else ():
            names = self._names(fact)
            for gate in gates:
                if names & gate.variables and not self._names(gate.holds) <= names:
                    yield or_(not_(gate.holds), fact)

    def _names(self, expr: Expr) -> frozenset[Var]:
        return variables(expr)

    # ---- what paths establish ----------------------------------------------------------------

    def _flow(self, number: int, thread: ThreadBlocks) -> None:
        """Follow guards, assignments and initial values along the regions of *thread*."""
        start = [*conjuncts(thread.thread.initial), *conjuncts(self._program.initial)]
        pending = [(thread.thread.start, self._add(number, thread.thread.start, start))]
        ways = {region.start: self._ways(thread, region) for region in thread.regions}
        for region in thread.regions:
            for way, carry in ways[region.start]:
                pending.append((way.target, self._add(number, way.target, _made(way, carry))))
        while pending:
            cut, new = pending.pop(0)
            for way, carry in ways[cut]:
                if len(self._found[number][way.target]) < PER_CUT:
                    said = (one.weaker(fact) for fact in new for one in carry)
                    more = self._add(number, way.target, (s for s in said if s is not None))
                    pending += [(way.target, more)] if more else []

    def _ways(self, thread: ThreadBlocks, region: Region) -> list[tuple[Exit, list[Carrier]]]:
        return [
            (way, carriers(way, [*self._program.globals, *thread.live[way.target]]))
            for way in region.exits
        ]

    # ---- what is tried at every cut ----------------------------------------------------------

    def _stated(self, thread: ThreadBlocks, cut: int) -> Iterator[Expr]:
        """Yield the vocabulary, simple values and who holds which lock."""
        for fact in self._program.vocabulary:
            if fact.thread == thread.thread.name:
                yield fact.holds
        plain = [v for v in self._program.globals if v not in self._program.unguessed]
        for var in (*plain, *thread.live[cut]):
            zero = word(0, var.sort.width) if var.sort.width else None
            yield var if zero is None else eq(var, zero)
            yield not_(var) if zero is None else ne(var, zero)
        for lock in self._program.locks:
            yield eq(lock, thread.thread.identity)
            yield ne(lock, thread.thread.identity)
        for check in thread.thread.checks:
            of_cut = check.kind is CheckKind.PAIRED and check.location == cut
            if of_cut or check.kind in (CheckKind.INVARIANT, CheckKind.BOUNDED):
                yield not_(check.violated)

    def _shared(self, facts: Iterable[Expr], held: frozenset[Var]) -> Iterator[Expr]:
        """Yield *facts* over shared state alone, as the locks *held* allow.

        What a lock protects holds for its owner and while it is free; short facts are tried as
        they are everywhere.
        """
        locks = self._program.locks
        taken = [ne(lock, word(0, lock.sort.width)) for lock in locks if lock not in held]
        for fact in facts:
            if held or not locks or size(fact, SHORT) < SHORT:
                yield fact
            for lock in taken if not held else ():
                if not self._names(fact) & self._names(lock):
                    yield or_(lock, fact)

    def _shared_facts(self) -> list[Expr]:
        stated = [fact.holds for fact in self._program.vocabulary]
        stated += [fact for table in self._found for own in table.values() for fact in own]
        if any(var.name.endswith("]") for var in self._program.globals):  # of arrays
            stated += [said for fact in stated for said in _of_each_element(fact)]
        found = dict.fromkeys(fact for fact in stated if self._is_shared(fact))
        return list(found)[:SHARED]

    def _is_shared(self, fact: Expr) -> bool:
        scopes = {var.scope for var in self._names(fact)}
        return Scope.GLOBAL in scopes and scopes <= {Scope.GLOBAL, Scope.RIGID}


def _of_each_element(fact: Expr) -> Iterator[Expr]:
    """Yield what *fact* says of the element of an array at some index, of each element."""
    chains = [node for node in _nodes(fact) if isinstance(node, Ite) and len(_elements(node)) > 1]
    inner = {child for chain in chains for child in chain.children}
    for chain in [chain for chain in chains if chain not in inner][:1]:
        for var in _elements(chain):
            yield fold(fact, partial(_with, chain, var))


def _with(chain: Expr, var: Expr, node: Expr, children: tuple[Expr, ...]) -> Expr:
    if node is chain:
        return var
    return node if children == node.children else rebuilt(node, children)


def _elements(chain: Expr) -> list[Expr]:
    """Return the shared variables among which *chain* chooses; none if it may be something else."""
    found: list[Expr] = []
    while isinstance(chain, Ite):
        found.append(chain.then)
        chain = chain.otherwise
    found.append(chain)
    is_shared = all(isinstance(e, Var) and e.scope is Scope.GLOBAL for e in found)
    return found if is_shared else []


def _nodes(fact: Expr) -> list[Expr]:
    table: dict[Expr, None] = {}
    fold(fact, lambda _, __: None, table)
    return list(table)


def _held(thread: Thread, locks: Sequence[Var]) -> Mapping[int, frozenset[Var]]:
    """Return the locks that *thread* surely holds at each location, as its edges tell."""
    held: dict[int, frozenset[Var]] = {thread.start: frozenset()}
    leaving, pending = outgoing(thread), [thread.start]
    while pending:
        location = pending.pop()
        for edge in leaving.get(location, ()):
            after = held[location]
            for var, value in edge.updates:
                if var in locks:
                    after = after | {var} if value is thread.identity else after - {var}
            known = held.get(edge.end)
            both = after if known is None else known & after
            if both != known:
                held[edge.end] = both
                pending.append(edge.end)
    return held


def _made(way: Exit, carry: Iterable[Carrier]) -> Iterator[Expr]:
    """Yield what taking *way* establishes: its guards and what it assigned."""
    for one in carry:
        for guard in (*way.conjuncts, way.reached):
            said = one.weaker(guard)
            yield from conjuncts(said) if said is not None else ()
        for var, value in way.updates.items():
            yield from _assigned(var, value, one)
    yield from map(_reachable_bound, way.conjuncts)


def _reachable_bound(guard: Expr) -> Expr:
    """Return what counting up to a bound keeps true: from a < b, that a <= b after a step."""
    match guard:
        case Binary(op=BinaryOp.ULT):
            return Binary(BinaryOp.ULE, guard.left, guard.right)
        case Binary(op=BinaryOp.SLT):
            return Binary(BinaryOp.SLE, guard.left, guard.right)
        case _:
            return guard


def _assigned(var: Var, value: Expr, carry: Carrier) -> Iterator[Expr]:
    """Yield what is known of *var* after it got *value*."""
    parts = [_said(leaf, var, carry) for leaf in _leaves(value)]
    known = [part for part in parts if part is not None]
    if len(known) == len(parts):
        yield or_(*[eq(var, part) for part in known])
    else:
        yield from (eq(var, part) for part in known)  # the rest may be ruled out
    yield from _within(var, value)


def _within(var: Var, value: Expr) -> Iterator[Expr]:
    """Yield between which numbers *var* is that got *value*, whatever that is made of: a part of a
    word, a rest, a choice among a few."""
    width = var.sort.width
    if width and value.children:
        low, high = interval(value, lambda part: anything(part.sort.width))
        if low > 0:
            yield ule(word(low, width), var)
        if high < anything(width)[1]:
            yield ule(var, word(high, width))


def _said(value: Expr, var: Var, carry: Carrier) -> Expr | None:
    """Return *value* after the step without calling it *var*."""
    if isinstance(value, Const) or (isinstance(value, Var) and value.scope is Scope.RIGID):
        return value
    said = carry.exact(value)
    if said is not var or not value.children:
        return None if said is var else said
    children = [carry.exact(child) for child in value.children]
    known = tuple([child for child in children if child is not None])
    return rebuilt(value, known) if len(known) == len(children) else None


def _leaves(value: Expr, limit: int = 4) -> list[Expr]:
    """Return the values among which *value* chooses, or itself if there are many."""
    found: dict[Expr, None] = {}
    pending = [value]
    while pending:
        match pending.pop():
            case Ite(sort=sort) as choice if sort.width:
                pending += [choice.otherwise, choice.then]
            case leaf:
                found[leaf] = None
        if len(found) + len(pending) > limit:
            return [value]
    return list(found)
