"""Measures of loops, guessed and tried: what becomes smaller from one round to the next.

    Floyd: Assigning Meanings to Programs.  1967.

What the guards of a loop compare, and what its rounds count.  A guess is good if the lemmas that
`houdini` keeps say that it decreases; then a certificate is made of the good ones alone, which
others judge.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import replace

from cecheck.encode.terms import Terms
from cecheck.engines.houdini import Outcome, settle
from cecheck.engines.lemmas import Lemmas, candidates
from cecheck.engines.modular import Names
from cecheck.engines.solve import Budget, Unsat, bit_vector_solver
from cecheck.engines.verdict import Name
from cecheck.ir.build import and_, sub, unary
from cecheck.ir.certificate import Certificate
from cecheck.ir.expr import Binary, BinaryOp, Expr, Scope, UnaryOp, Var, size, variables
from cecheck.ir.loops import Measure, ghosts, loop_of, measured
from cecheck.ir.program import Check, Edge, Program
from cecheck.lower.blocks import Blocks, blocks
from cecheck.record import record

MOST = 12  # guesses for one loop
LARGEST = 12  # nodes of a guess, and of what a round does to a counter
_COMPARED = (BinaryOp.ULT, BinaryOp.ULE, BinaryOp.SLT, BinaryOp.SLE, BinaryOp.EQ)


@record
class Way:
    """How to try: which checks end a run, whether blocks are large, and whether lemmas about
    anything may help or only those about what is measured."""

    ends: Callable[[Program], Callable[[Check], bool]]
    large: bool
    every_lemma: bool


def measuring(
    program: Program, names: Sequence[Name], way: Way, budget: Budget
) -> Certificate | str:
    """Return a certificate that has a measure for the loops *names*, as many as it can; text says
    why there is none."""
    offered = [(name, words) for name in names for words in guesses(program, name)]
    if not offered:
        return "nothing in the loop counts"
    trial, measures = _trial(program, offered)
    tried = _settled(trial, measures, way, budget)
    if isinstance(tried, str):
        return tried
    large, outcome = tried
    good: dict[Name, Measure] = {}
    for (name, words), measure in zip(offered, measures, strict=True):
        if name not in good and _decreases(large, outcome.lemmas, measure, budget):
            good[name] = Measure(name.thread, name.check, words)
    if not good:
        return "no measure was found that decreases"
    chosen = tuple(good.values())
    found = _settled(program, chosen, way, budget)
    return found if isinstance(found, str) else replace(found[1].certificate, measures=chosen)


def _trial(
    program: Program, offered: Sequence[tuple[Name, tuple[Expr, ...]]]
) -> tuple[Program, list[Measure]]:
    """Return *program* with a check of its own for each measure that is *offered*."""
    checks = [list(thread.checks) for thread in program.threads]
    measures = []
    for name, words in offered:
        own = checks[name.thread]
        measures.append(Measure(name.thread, len(own), words))
        own.append(own[name.check])
    pairs = zip(program.threads, checks, strict=True)
    threads = tuple([replace(thread, checks=tuple(own)) for thread, own in pairs])
    return replace(program, threads=threads), measures


def _settled(
    program: Program, measures: Sequence[Measure], way: Way, budget: Budget
) -> tuple[Blocks, Outcome] | str:
    """Return the lemmas that hold of *program* with *measures*, in blocks."""
    whole = measured(program, measures)
    large = blocks(whole, large=way.large, ends=way.ends(whole))
    lemmas = candidates(large)
    if not way.every_lemma:
        about = {var for one in measures for var in _measured(program, one)}
        lemmas = _only(lemmas, about)
    outcome = settle(large, lemmas, budget)
    return outcome if isinstance(outcome, str) else (large, outcome)


def _measured(program: Program, measure: Measure) -> Iterator[Var]:
    """Yield what a proof that *measure* decreases is about."""
    yield from ghosts(program, measure)
    for word in measure.words:
        yield from variables(word)


def _only(lemmas: Lemmas, about: Container[Var]) -> Lemmas:
    """Return those *lemmas* that are *about* nothing else."""

    def kept(lemma: Expr) -> bool:
        return all(var in about or var.scope is Scope.RIGID for var in variables(lemma))

    return tuple(
        [{cut: tuple(filter(kept, own)) for cut, own in table.items()} for table in lemmas]
    )


def _decreases(whole: Blocks, lemmas: Lemmas, measure: Measure, budget: Budget) -> bool:
    """Tell whether *lemmas* say that *measure* decreases, wherever its loop is come back to."""
    terms = Terms(Names())
    for region in whole.threads[measure.thread].regions:
        known = (whole.program.facts, *lemmas[measure.thread].get(region.start, ()))
        for question in region.questions:
            if question.check == measure.check:
                solver = bit_vector_solver()
                solver.add(terms(and_(*known, question.violated, question.clean)))
                if not isinstance(budget.ask(solver), Unsat):
                    return False
    return True


# ---- guesses -----------------------------------------------------------------------------------


def guesses(program: Program, name: Name) -> list[tuple[Expr, ...]]:
    """Return what may decrease in the loop *name*: what is said to, or what looks like it."""
    thread = program.threads[name.thread]
    check = thread.checks[name.check]
    if check.measure:
        return [check.measure]
    inside = loop_of(thread, check)
    edges = [edge for edge in thread.edges if edge.start in inside]
    within = [edge for edge in edges if edge.end in inside]
    changed = {var for edge in within for var, value in edge.updates if value is not var}
    counters = dict.fromkeys(_counters(within))
    found: dict[Expr, None] = {}
    for distance in _distances(edges):
        used = variables(distance)
        if used & counters.keys() and used & changed <= counters.keys() and _is_own(distance):
            found[distance] = None
    for counter in counters:
        found[unary(UnaryOp.COMPLEMENT, counter)] = None
        found[counter] = None
    return [(word,) for word in list(found)[:MOST]]


def _distances(edges: Iterable[Edge]) -> Iterator[Expr]:
    """Yield how far apart those numbers are that guards compare."""
    for edge in edges:
        for part in _parts(edge.guard):
            if isinstance(part, Binary) and part.op in _COMPARED and part.left.sort.width:
                yield sub(part.right, part.left)
                if part.op is BinaryOp.EQ:
                    yield sub(part.left, part.right)


def _parts(expr: Expr) -> Iterator[Expr]:
    """Yield *expr* and what it is made of, as far as it is made of conditions."""
    pending = [expr]
    while pending:
        part = pending.pop()
        yield part
        pending += [child for child in part.children if not child.sort.width]


def _counters(within: Iterable[Edge]) -> Iterator[Var]:
    """Yield what the rounds of a loop compute from what it was."""
    for edge in within:
        for var, value in edge.updates:
            is_word = var.scope is Scope.LOCAL and var.sort.width > 0
            if is_word and value is not var and _counts(var, value):
                yield var


def _counts(var: Var, value: Expr) -> bool:
    """Tell whether *value* is computed from *var*, by arithmetic alone."""
    return var in variables(value) and size(value, LARGEST) < LARGEST


def _is_own(word: Expr) -> bool:
    own = all(var.scope in (Scope.LOCAL, Scope.RIGID) for var in variables(word))
    return own and size(word, LARGEST) < LARGEST
