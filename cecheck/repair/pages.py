"""Repairs of what is taken and given back: page locks, allocated memory; and of the platform."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.repair.change import Change, Edit, replaced
from cecheck.repair.layout import after, before, wrapped
from cecheck.repair.scene import Scene
from cecheck.repair.tools import Pairing
from cecheck.repair.tree import Node, Routine, below, words
from cecheck.syntax import ast

BACK = "give it back on every way out"
TAKEN = "give back only what was taken"
LOCKED = "lock the pages for the transfer"
COUNT = "count the rounds"
STEP = "keep the step"
STANDARD = "keep what the platform does"

ROUNDS = 64


def resource_edits(scene: Scene) -> Iterator[Edit]:
    """Yield repairs of what is taken and not given back, or the other way round."""
    for routine in scene.tree.routines():
        for pairing in scene.names.tools.pairings:
            yield from _paired(scene, routine, pairing)
        yield from _freed(scene, routine)


def _calls(routine: Routine, name: str) -> Iterator[ast.Invocation]:
    for node in below(routine.body):
        if isinstance(node, ast.Invocation) and words(node.callee) == name:
            yield node


def _closing(pairing: Pairing, opened: ast.Invocation) -> str:
    """Return the call that gives back what *opened* took: arguments of the same names."""
    given = dict(zip(pairing.opener_takes, opened.args, strict=False))
    args = [words(given[name]) for name in pairing.closer_takes if name in given]
    return f"{pairing.closer}({', '.join(args)})"


def _paired(scene: Scene, routine: Routine, pairing: Pairing) -> Iterator[Edit]:
    opened = list(_calls(routine, pairing.opener))
    for one in opened:
        for node in below(routine.body):
            if isinstance(node, ast.Return) and node.span.start > one.span.end:
                text = _closing(pairing, one)
                yield Edit(BACK, (before(scene.text, node, text),))
        holder = scene.tree.parent(one)
        if not isinstance(holder, ast.Binding):
            continue
        for close in _calls(routine, pairing.closer):
            call = scene.tree.parent(close)
            head = f"if {holder.name.text} {{"
            yield Edit(TAKEN, wrapped(scene.text, (call,), head, "}"))
    for node in below(routine.body):
        if isinstance(node, ast.Dma) and not opened:
            yield from _around_transfer(scene, pairing, node)


def _around_transfer(scene: Scene, pairing: Pairing, dma: ast.Dma) -> Iterator[Edit]:
    """Yield that the pages of a transfer are taken before it and given back when it is over."""
    statement = scene.tree.statement(dma)
    waits = [
        one
        for one in scene.tree.after(statement)
        if isinstance(one, ast.WaitStmt) and words(one.event) == words(dma.until)
    ]
    refusal = scene.refusal(dma)
    if not waits or refusal is None:
        return
    start, size = words(dma.range.base), words(dma.range.high)
    for flag in (*pairing.flags, "0"):
        taken = ", ".join((start, size, flag)[: len(pairing.opener_takes)])
        test = f"if !{pairing.opener}({taken}) {{ {refusal} }}"
        back = f"{pairing.closer}({start}, {size})"
        first, last = before(scene.text, statement, test), after(scene.text, waits[0], back)
        yield Edit(LOCKED, (first, last))


def _freed(scene: Scene, routine: Routine) -> Iterator[Edit]:
    """Yield that allocated memory is freed however the statements that use it end."""
    for call in _calls(routine, "free"):
        free = scene.tree.statement(call)
        block = scene.tree.block(free)
        if block is None:
            continue
        place = next(i for i, one in enumerate(block.statements) if one is free)
        for start in range(place):
            between = block.statements[start:place]
            if _allocates(between):
                continue
            tail = f"}} finally {{ {words(free)} }}"
            end = between[-1].span.end
            gone = Change(end, free.span.end, "")
            inside = wrapped(scene.text, tuple(between), "try {", tail)
            if len(inside) == 1:  # lines of their own: up to the end of the last one
                gone = Change(inside[0].end, free.span.end, "")
            yield Edit(BACK, (*inside, gone))


def _allocates(statements: tuple[Node, ...]) -> bool:
    return any(
        isinstance(node, ast.Invocation) and words(node.callee) == "alloc"
        for one in statements
        for node in below(one)
    )


# ---- loops --------------------------------------------------------------------------------------


def loop_edits(scene: Scene) -> Iterator[Edit]:
    """Yield that a loop ends after a number of rounds, whatever it fetches."""
    for node in scene.nodes():
        loop = node if isinstance(node, ast.While) else scene.tree.parent(node)
        if not isinstance(loop, ast.While) or not loop.body.statements:
            continue
        name = scene.names.fresh("left", "rounds")
        condition = words(loop.condition)
        if isinstance(loop.condition, ast.Binary) and loop.condition.op == "||":
            condition = f"({condition})"
        statement = scene.tree.statement(loop)
        changes = (
            before(scene.text, statement, f"var {name} : u32 = {ROUNDS}"),
            replaced(loop.condition, f"{condition} && {name} > 0"),
            before(scene.text, loop.body.statements[0], f"{name} -= 1"),
        )
        yield Edit(COUNT, changes)


# ---- the platform -------------------------------------------------------------------------------


def platform_edits(scene: Scene) -> Iterator[Edit]:
    """Yield that the platform does what it does elsewhere: each change of it taken back, or all."""
    for use in scene.tree.file.items:
        if isinstance(use, ast.Use) and use.changes:
            steps = all(not isinstance(c, ast.Const | ast.Function) for c in use.changes)
            name = STEP if steps else STANDARD
            if len(use.changes) > 1:
                for change in use.changes:
                    yield Edit(name, (replaced(change, ""),))
            yield Edit(name, (Change(use.target.span.end, use.span.end, ""),))
