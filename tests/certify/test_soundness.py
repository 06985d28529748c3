"""What the judge accepts is true, and the least invariant of a true claim is accepted.

Small random programs are enumerated twice, on plain integers.  Once in large blocks, thread by
thread: the states so found are written down as a certificate.  Once edge by edge with all threads
together: if the judge accepts, no claimed check may be violated there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import pytest
from certificates import certificate
from tiny import check, edge

from cecheck.certify.ask_z3 import z3_says
from cecheck.certify.check import flaws
from cecheck.certify.questions import Claim
from cecheck.certify.structure import structural_flaws
from cecheck.ir.build import all_of, and_, any_of, eq, ite, not_, or_, truth, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var, bits
from cecheck.ir.movers import Mover, movers
from cecheck.ir.program import Action, Check, CheckKind, Edge, Program, Thread, View
from cecheck.replay.interp import evaluate

WIDTH = 2
ME = Var("me", bits(WIDTH), Scope.LOCAL)
SAVED = Var("saved", bits(WIDTH), Scope.LOCAL)
LOCK = Var("lock", bits(WIDTH), Scope.GLOBAL)
FLAG = Var("flag", BOOL, Scope.GLOBAL)
TOSS = Var("toss", BOOL, Scope.INPUT)
GLOBALS, LOCALS = (LOCK, FLAG), (ME, SAVED)
ZERO = word(0, WIDTH)
ENDS = range(6)

Values = tuple[int, ...]  # of GLOBALS or of LOCALS


# ---- random programs -----------------------------------------------------------------------------


def atom(rng: random.Random) -> Expr:
    choice = [eq(LOCK, ZERO), eq(LOCK, ME), FLAG, eq(SAVED, ME), eq(SAVED, ZERO), TOSS]
    one = rng.choice(choice)
    return rng.choice([one, not_(one)])


def updates(rng: random.Random) -> dict[Var, Expr]:
    choice: list[dict[Var, Expr]] = [
        {},
        {LOCK: ME},
        {LOCK: ZERO},
        {FLAG: TRUE},
        {FLAG: FALSE},
        {FLAG: eq(SAVED, ME)},
        {SAVED: LOCK},
        {SAVED: ite(FLAG, ME, ZERO)},
        {SAVED: ZERO},
    ]
    return rng.choice(choice)


def marked(one: Edge, *, may_wait: bool) -> Edge:
    """Return *one* with the mark it deserves."""
    parts = [one.guard, *(part for update in one.updates for part in update)]
    is_shared = any(touches(part) for part in parts)
    if may_wait:
        return replace(one, action=Action.BLOCKING)
    return replace(one, action=Action.SHARED if is_shared else Action.LOCAL)


def touches(expr: Expr) -> bool:
    """Tell whether *expr* mentions shared state: its value says so on some state or other."""
    stack = [expr]
    while stack:
        node = stack.pop()
        if node in GLOBALS:
            return True
        stack += node.children
    return False


def locked_edges(rng: random.Random) -> Iterator[Edge]:
    """Yield the edges of a thread that does something under a lock, or almost."""
    free, mine = eq(LOCK, ZERO), eq(LOCK, ME)
    gives = {LOCK: ite(mine, ZERO, LOCK)}
    allowed = rng.choice([free, or_(free, mine), or_(free, mine), TRUE])
    taken = rng.choice([0, 0, 0, 1])
    given = rng.choice([2, 3, 3, 4])
    for here in ENDS[:-1]:
        there = 0 if here == 4 else here + 1
        if here == taken:
            yield marked(edge(here, there, allowed, {LOCK: ME}), may_wait=allowed is not TRUE)
        elif here == given:
            yield marked(edge(here, there, TRUE, rng.choice([gives, gives, {LOCK: ZERO}])),
                         may_wait=False)  # fmt: skip
        else:
            work = updates(rng)
            yield marked(edge(here, there, TRUE, {} if LOCK in work else work), may_wait=False)


def random_edges(rng: random.Random) -> Iterator[Edge]:
    for here in ENDS[:-1]:
        there = here + 1 if rng.random() < 0.8 else rng.choice(ENDS)
        kind, guard = rng.random(), atom(rng)
        if kind < 0.6:
            yield marked(edge(here, there, TRUE, updates(rng)), may_wait=False)
        elif kind < 0.8:
            # A thread that may stop for good without being marked is no harm.
            waits = rng.random() < 0.7
            yield marked(edge(here, there, guard, updates(rng)), may_wait=waits)
        else:
            yield marked(edge(here, there, guard, updates(rng)), may_wait=False)
            yield marked(edge(here, here + 1, not_(guard), updates(rng)), may_wait=False)


def random_thread(rng: random.Random, count: int | None, *, locks: bool) -> Thread:
    kinds = [CheckKind.ASSERT, CheckKind.MAPPED, CheckKind.RESTORED]
    checks = [
        check(rng.choice(ENDS), and_(atom(rng), atom(rng)), f"site {n}", rng.choice(kinds))
        for n in range(rng.randint(1, 2))
    ]
    start = and_(not_(eq(ME, ZERO)), eq(SAVED, ZERO))
    name = "client" if count is None else "driver"
    edges = tuple(locked_edges(rng) if locks else random_edges(rng))
    return Thread(name, count, ME, LOCALS, start, 0, edges, tuple(checks))


def random_program(rng: random.Random) -> Program:
    locks = rng.random() < 0.6
    threads = [random_thread(rng, None, locks=locks)]
    if rng.random() < 0.6:
        threads.append(random_thread(rng, 1, locks=locks))
    start = and_(eq(LOCK, ZERO), not_(FLAG))
    return Program(View.HOSTILE, (), TRUE, GLOBALS, start, tuple(threads), locks=(LOCK,))


# ---- steps on plain integers ---------------------------------------------------------------------


class World:
    """A program and the checks that are claimed of it."""

    def __init__(self, program: Program, claims: frozenset[Check]) -> None:
        self.program = program
        self.claims = claims
        self._known: dict[tuple[int, int, tuple[Values, Values]], tuple[Move, ...]] = {}

    def moves(self, kind: int, here: int, state: tuple[Values, Values]) -> tuple[Move, ...]:
        """Return what a thread standing at *here* may do."""
        key = kind, here, state
        if key not in self._known:
            self._known[key] = tuple(self._move(kind, here, state, toss) for toss in (0, 1))
        return self._known[key]

    def _move(self, kind: int, here: int, state: tuple[Values, Values], toss: int) -> Move:
        thread, value = self.program.threads[kind], reader(state, toss)
        asked = [c for c in thread.checks if c.location == here and evaluate(c.violated, value)]
        ends = any(c.kind.ends_run for c in asked)
        taken = [] if ends else [e for e in thread.edges if e.start == here]
        after = [updated(e, state, value) for e in taken if evaluate(e.guard, value)]
        return Move(any(c in self.claims for c in asked), tuple(after))


@dataclass(frozen=True)
class Move:
    """Whether a claimed check is violated, and where the thread stands afterwards, if anywhere."""

    is_violation: bool
    after: tuple[tuple[int, Values, Values], ...]


def reader(state: tuple[Values, Values], toss: int) -> Callable[[Var], int]:
    values = dict(zip((*GLOBALS, *LOCALS, TOSS), (*state[0], *state[1], toss), strict=True))
    return values.__getitem__


def updated(
    one: Edge, state: tuple[Values, Values], value: Callable[[Var], int]
) -> tuple[int, Values, Values]:
    new = {var: evaluate(expr, value) for var, expr in one.updates}
    shared = tuple(new.get(v, old) for v, old in zip(GLOBALS, state[0], strict=True))
    local = tuple(new.get(v, old) for v, old in zip(LOCALS, state[1], strict=True))
    return one.end, shared, local


def starts() -> list[Values]:
    return [(me, 0) for me in (1, 2, 3)]


# ---- edge by edge, all threads together ----------------------------------------------------------


def is_violated(world: World) -> bool:
    """Tell whether two clients and the driver thread, or three clients, violate a claim."""
    kinds = len(world.program.threads)
    teams = [[0, 0, 0]] if kinds == 1 else [[0, 0, 1], [0, 1, 0]]
    return any(_violates(world, team) for team in teams)


def _violates(world: World, team: list[int]) -> bool:
    first = ((0, 0), tuple((0, local) for local in starts()))
    seen, waiting = {first}, [first]
    while waiting:
        shared, threads = waiting.pop()
        for number, (here, local) in enumerate(threads):
            for move in world.moves(team[number], here, (shared, local)):
                if move.is_violation:
                    return True
                for end, globals_after, local_after in move.after:
                    moved = (*threads[:number], (end, local_after), *threads[number + 1 :])
                    if (globals_after, moved) not in seen:
                        seen.add((globals_after, moved))
                        waiting.append((globals_after, moved))
    return False


# ---- block by block, thread by thread ------------------------------------------------------------

Place = tuple[int, int]  # kind of thread and cut
States = dict[Place, set[tuple[Values, Values]]]


@dataclass(frozen=True)
class Effect:
    """What one block did: did it violate a claim, what do others see, where did it arrive."""

    is_violation: bool
    written: frozenset[Values]
    arrived: frozenset[tuple[int, tuple[Values, Values]]]


def effect(world: World, place: Place, state: tuple[Values, Values], cuts: set[int]) -> Effect:
    """Run all blocks of one thread from *state*."""
    kind, cut = place
    violated, written, arrived = False, set(), set()
    waiting = [(cut, state)]
    while waiting:
        here, (shared, local) = waiting.pop()
        for move in world.moves(kind, here, (shared, local)):
            violated = violated or move.is_violation
            for end, globals_after, local_after in move.after:
                if end in cuts:
                    written.add(globals_after)
                    arrived.add((end, (globals_after, local_after)))
                else:
                    waiting.append((end, (globals_after, local_after)))
    return Effect(violated, frozenset(written), frozenset(arrived))


def least(world: World, cuts: list[set[int]]) -> tuple[States, bool]:
    """Return the least states closed under blocks and interference, and if a claim is violated."""
    found: States = {(kind, cut): set() for kind, own in enumerate(cuts) for cut in own}
    for kind in range(len(cuts)):
        found[kind, 0] |= {((0, 0), local) for local in starts()}
    is_violation, grows = False, True
    while grows:
        before = sum(map(len, found.values()))
        for place in list(found):
            for state in list(found[place]):
                done = effect(world, place, state, cuts[place[0]])
                is_violation |= done.is_violation
                for cut, after in done.arrived:
                    found[place[0], cut].add(after)
                _disturb(world, found, (place, state), done.written)
        grows = sum(map(len, found.values())) != before
    return found, is_violation


def _disturb(
    world: World,
    found: States,
    actor: tuple[Place, tuple[Values, Values]],
    written: Iterable[Values],
) -> None:
    (kind, _), (shared, local) = actor
    for (other, _), states in found.items():
        if other == kind and world.program.threads[kind].count == 1:
            continue
        hit = [m for g, m in states if g == shared and m[0] != local[0]]
        states |= set(product(written, hit))


def formula(states: set[tuple[Values, Values]]) -> Expr:
    return any_of(
        all_of(
            eq(var, word(value, WIDTH) if var.sort.width else truth(bool(value)))
            for var, value in zip((*GLOBALS, *LOCALS), (*shared, *local), strict=True)
        )
        for shared, local in sorted(states)
    )


# ---- the facts -----------------------------------------------------------------------------------


def random_cuts(rng: random.Random, thread: Thread) -> set[int]:
    waits = {e.start for e in thread.edges if e.action is Action.BLOCKING}
    return {0, *waits, *(here for here in ENDS if rng.random() < 0.4)}


def judged(world: World, cuts: list[set[int]], states: States) -> tuple[str, ...]:
    formulas = [
        {cut: formula(states[kind, cut]) for cut in sorted(own)} for kind, own in enumerate(cuts)
    ]
    claims = [
        Claim(kind, number)
        for kind, thread in enumerate(world.program.threads)
        for number, asked in enumerate(thread.checks)
        if asked in world.claims
    ]
    return flaws(world.program, certificate(world.program, *formulas), claims, [z3_says])


def random_world(rng: random.Random) -> World:
    program = random_program(rng)
    checks = [asked for thread in program.threads for asked in thread.checks]
    claimed = [asked for asked in checks if rng.random() < 0.7] or checks[:1]
    return World(program, frozenset(claimed))


def are_blocks(world: World, cuts: list[set[int]]) -> bool:
    blank = [dict.fromkeys(sorted(own), TRUE) for own in cuts]
    return not list(structural_flaws(world.program, certificate(world.program, *blank)))


@pytest.mark.parametrize("batch", range(8))
def test_accepted_means_true_and_true_of_blocks_means_accepted(batch: int) -> None:
    rng = random.Random(batch)
    told = {True: 0, False: 0}
    while min(told.values()) < 5 or sum(told.values()) < 30:
        world = random_world(rng)
        cuts = [random_cuts(rng, thread) for thread in world.program.threads]
        if not are_blocks(world, cuts):
            continue
        states, fails_in_blocks = least(world, cuts)
        wrong = judged(world, cuts, states)
        assert wrong or not is_violated(world)
        if any(flaw.startswith("Guards") for flaw in wrong):
            continue  # a block may end where others have seen what it wrote
        assert (not wrong) == (not fails_in_blocks)
        told[not wrong] += 1


def test_what_a_lock_protects_is_nobody_elses() -> None:
    """The random programs above do hold proofs that rest on a lock."""
    rng, tried = random.Random(1), 0
    while tried < 20:
        world = random_world(rng)
        moves = movers(world.program)
        own = [(n, e.start) for n, t in enumerate(world.program.threads) for e in t.edges
               if e.action is Action.SHARED and moves[n][e.start] is Mover.LOCAL]  # fmt: skip
        cuts = [
            {here for here in ENDS if (n, here) not in own}
            for n in range(len(world.program.threads))
        ]
        if not own or not are_blocks(world, cuts):
            continue
        states, fails = least(world, cuts)
        assert bool(judged(world, cuts, states)) == fails == is_violated(world)
        tried += 1


@pytest.mark.parametrize("batch", range(4))
def test_the_least_invariant_cannot_lose_a_state(batch: int) -> None:
    rng = random.Random(100 + batch)
    tried = 0
    while tried < 10:
        world = random_world(rng)
        cuts = [random_cuts(rng, thread) for thread in world.program.threads]
        if not are_blocks(world, cuts):
            continue
        states, fails = least(world, cuts)
        if fails or judged(world, cuts, states):
            continue
        place = rng.choice([place for place, found in states.items() if found])
        states[place].remove(rng.choice(sorted(states[place])))
        assert judged(world, cuts, states)
        tried += 1
