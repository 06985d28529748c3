"""Repairs of what threads do to each other: faults handled, locks taken, waits that wait."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.repair.change import Edit, replaced
from cecheck.repair.layout import after, indent, removed, wrapped
from cecheck.repair.scene import Scene
from cecheck.repair.tree import Node, below, words
from cecheck.syntax import ast

HANDLE = "handle the fault"
LOCK = "take the lock"
WAIT = "wait for the end"
TAKEN_BACK = "take it back in every case"
OPEN = "see whether the handle is still open"
LATER = "free after the last use"
ENDED = "wait until the thread has ended"


def thread_edits(scene: Scene) -> Iterator[Edit]:
    """Yield repairs of what another thread may do meanwhile."""
    for statement in scene.statements():
        yield Edit(HANDLE, wrapped(scene.text, (statement,), "try {", "} except { }"))
        yield from _asked(scene, statement)
    for routine in scene.tree.routines():
        for node in below(routine.body):
            yield from _locked(scene, node)
            yield from _waited(scene, node)
            if isinstance(node, ast.CallStmt) and words(node.call.callee) == "free":
                yield from _freed_later(scene, node)
    yield from _ended(scene)


# ---- locks --------------------------------------------------------------------------------------


def _locks(scene: Scene, at: Node) -> list[str]:
    driver = scene.tree.driver(at)
    items = driver.items if driver is not None else ()
    return [name.text for item in items if isinstance(item, ast.Locks) for name in item.names]


def _locked(scene: Scene, node: Node) -> Iterator[Edit]:
    """Yield that a global is written, or a transfer made, under a lock that is not held yet."""
    is_write = isinstance(node, ast.Assign) and any(
        one.name.text == words(node.target) for one in scene.names.globals(node)
    )
    if not is_write and not isinstance(node, ast.Dma):
        return
    statement = scene.tree.statement(node)
    if any(isinstance(up, ast.Acquire) for up in scene.tree.above(node)):
        return
    together = [statement]
    if isinstance(node, ast.Dma):
        for one in scene.tree.after(statement):
            together.append(one)
            if isinstance(one, ast.WaitStmt) and words(one.event) == words(node.until):
                break
        else:
            return
    for lock in _locks(scene, node):
        yield Edit(LOCK, wrapped(scene.text, tuple(together), f"acquire {lock} {{", "}"))


# ---- waits --------------------------------------------------------------------------------------


def _waited(scene: Scene, node: Node) -> Iterator[Edit]:
    """Yield that a wait has no time-out, or that what follows it does not depend on it."""
    if isinstance(node, ast.WaitStmt) and node.timeout:
        yield Edit(WAIT, (replaced(node, f"wait {words(node.event)}"),))
    is_if = isinstance(node, ast.If) and node.otherwise is None
    if is_if and isinstance(node.condition, ast.WaitExpr):
        body = scene.text[node.then.span.start + 1 : node.then.span.end - 1].strip()
        text = f"{words(node.condition)}\n{indent(scene.text, node)}{body}"
        yield Edit(TAKEN_BACK, (replaced(node, text),))


# ---- handles and memory -------------------------------------------------------------------------


def _asked(scene: Scene, statement: Node) -> Iterator[Edit]:
    """Yield that a call looks whether its handle is among those that the driver keeps."""
    for one in scene.names.globals(statement):
        if isinstance(one.type, ast.SetType) and words(one.type.element) == "context":
            head = f"if {one.name.text} has context {{"
            yield Edit(OPEN, wrapped(scene.text, (statement,), head, "}"))


def _freed_later(scene: Scene, free: ast.CallStmt) -> Iterator[Edit]:
    """Yield that memory is freed behind the statements that use it."""
    freed = {n.text for n in below(free.call) if isinstance(n, ast.Name)} - {"free"}
    users = [
        one
        for one in scene.tree.after(free)
        if freed & {n.text for n in below(one) if isinstance(n, ast.Name)}
    ]
    if users:
        changes = (removed(scene.text, free), after(scene.text, users[-1], words(free)))
        yield Edit(LATER, changes)


# ---- unloading ----------------------------------------------------------------------------------


def _ended(scene: Scene) -> Iterator[Edit]:
    """Yield that the last entry of a driver waits for a signal that its thread gives at its end."""
    for driver in scene.tree.drivers:
        threads = [item for item in driver.items if isinstance(item, ast.DriverThread)]
        events = [item for item in driver.items if isinstance(item, ast.Events)]
        entries = [item for item in driver.items if isinstance(item, ast.Entry)]
        if len(threads) != 1 or not events or not threads[0].body.statements:
            continue
        name = scene.names.fresh("ended", "thread_ended")
        said = after(scene.text, threads[0].body.statements[-1], f"signal {name}")
        declared = after(scene.text, events[-1], f"manual event {name}")
        for entry in entries:
            signals = [n for n in entry.body.statements if isinstance(n, ast.Signal)]
            for signal in signals:
                waits = after(scene.text, signal, f"wait {name}")
                yield Edit(ENDED, (declared, waits, said))


