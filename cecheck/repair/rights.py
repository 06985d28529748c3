"""Repairs of rights: raise them around the access, from where they were saved, put them back."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.repair.change import Change, Edit, replaced
from cecheck.repair.layout import after, before, removed, wrapped
from cecheck.repair.scene import Scene
from cecheck.repair.tree import Node, Routine, below, words
from cecheck.syntax import ast

BACK = "put the rights back on every way out"
LEAVE = "raise no rights"
RAISE = "raise the rights around the access"
SAVE = "save the rights of the call"
EARLIER = "put the rights back first"


def rights_edits(scene: Scene) -> Iterator[Edit]:
    """Yield repairs of what a thread may touch, and for how long."""
    for routine in scene.tree.routines():
        for node in below(routine.body):
            if isinstance(node, ast.Let) and (swap := _swap(scene, node)) is not None:
                yield from _put_back(scene, routine, node, swap)
            elif _is_raise(scene, node):
                yield Edit(LEAVE, (removed(scene.text, node),))
                yield from _around(scene, Edit(RAISE, (removed(scene.text, node),)))
    yield from _around(scene, Edit(RAISE, ()))
    yield from _saved(scene)


def _is_swap(scene: Scene, value: Node) -> bool:
    return isinstance(value, ast.Invocation) and words(value.callee) in scene.names.tools.swaps


def _swap(scene: Scene, let: ast.Let) -> ast.Binding | None:
    """Return the binding of *let* that keeps the rights which it replaces."""
    one = let.bindings[0] if len(let.bindings) == 1 else None
    return one if one is not None and _is_swap(scene, one.value) else None


def _is_raise(scene: Scene, node: Node) -> bool:
    """Tell whether *node* replaces the rights for good."""
    is_call = isinstance(node, ast.CallStmt) and _is_swap(scene, node.call)
    return is_call and not _is_restore(scene, node)


def _is_restore(scene: Scene, call: ast.CallStmt) -> bool:
    """Tell whether *call* puts back rights that a local kept."""
    for argument in call.call.args:
        if isinstance(argument, ast.Name):
            kept = scene.names.declared(argument.text, argument)
            if isinstance(kept, ast.Binding) and _is_swap(scene, kept.value):
                return True
    return False


def _put_back(
    scene: Scene, routine: Routine, let: ast.Let, kept: ast.Binding
) -> Iterator[Edit]:
    """Yield that the rights which *kept* has are put back whatever happens, or never raised."""
    assert isinstance(kept.value, ast.Invocation)
    call = f"{words(kept.value.callee)}({kept.name.text})"
    backs = [n for n in below(routine.body) if isinstance(n, ast.CallStmt) and words(n) == call]
    for back in backs:
        yield from _in_handlers(scene, let, back)
        yield from _finally(scene, let, back)
        yield from _moved(scene, let, back)
        taken = (removed(scene.text, let), removed(scene.text, back))
        yield Edit(LEAVE, taken)


def _in_handlers(scene: Scene, let: ast.Let, back: ast.CallStmt) -> Iterator[Edit]:
    """Yield that a handler around *back* puts the rights back, too."""
    for up in scene.tree.above(back):
        if isinstance(up, ast.Try) and up.handler is not None and up.span.start > let.span.start:
            first = up.handler.span.start + 1
            text = f"{{ {words(back)}{scene.text[first : up.handler.span.end]}"
            yield Edit(BACK, (replaced(up.handler, text),))


def _finally(scene: Scene, let: ast.Let, back: ast.CallStmt) -> Iterator[Edit]:
    """Yield that what stands between *let* and *back* gets a `finally` that puts them back."""
    between = [s for s in scene.tree.after(let) if s.span.end <= back.span.start]
    if between and scene.tree.block(back) is scene.tree.block(let):
        inside = wrapped(
            scene.text, tuple(between), "try {", f"}} finally {{ {words(back)} }}"
        )
        yield Edit(BACK, (*inside, removed(scene.text, back)))


def _moved(scene: Scene, let: ast.Let, back: ast.CallStmt) -> Iterator[Edit]:
    """Yield that *back* stands right behind *let*."""
    if scene.tree.block(back) is scene.tree.block(let):
        changes = (after(scene.text, let, words(back)), removed(scene.text, back))
        yield Edit(EARLIER, changes)


# ---- the rights of a call, for another thread ---------------------------------------------------


def _around(scene: Scene, so_far: Edit) -> Iterator[Edit]:
    """Yield that rights are raised around each refuted access in a thread of the driver."""
    for swap in scene.names.tools.swaps:
        for statement in scene.statements():
            whole = _guarded(scene, statement)
            if not isinstance(scene.tree.routine(statement), ast.DriverThread):
                continue
            kept = scene.names.fresh("old", "own_rights")
            for rights, changes in _sources(scene, statement):
                raised = before(scene.text, whole, f"let {kept} = {swap}({rights})")
                back = after(scene.text, whole, f"{swap}({kept})")
                yield Edit(so_far.name, (*so_far.changes, *changes, raised, back))


def _holds_rights(variable: ast.Var) -> bool:
    kind = variable.type
    return isinstance(kind, ast.SetType) and words(kind.element) == "process"


def _guarded(scene: Scene, statement: Node) -> Node:
    """Return *statement*, or the `try` around it: a fault there must not keep the rights."""
    for up in scene.tree.above(statement):
        if isinstance(up, ast.Try) and up.handler is not None:
            return scene.tree.statement(up)
    return statement


def _sources(scene: Scene, at: Node) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """Yield where rights can come from, and what must be written for it."""
    yield "everyone", ()
    kept = [g.name.text for g in scene.names.globals(at) if _holds_rights(g)]
    yield from ((name, ()) for name in kept)
    if kept:
        return
    name = scene.names.fresh("rights", "saved_rights")
    for use_global, holders in _pointers(scene, at):
        for save in scene.names.tools.saves:
            stored = tuple(after(scene.text, one, f"{name} = {save}()") for one in holders)
            declared = after(scene.text, use_global, f"var {name} : set process")
            yield name, (declared, *stored)


def _pointers(scene: Scene, at: Node) -> Iterator[tuple[ast.Var, list[Node]]]:
    """Yield the pointers of the driver that are used at *at*, and where calls store them."""
    named = {n.text for n in below(at) if isinstance(n, ast.Name)}
    for one in scene.names.globals(at):
        if isinstance(one.type, ast.PointerType) and one.name.text in named:
            stored = [
                scene.tree.statement(assign)
                for assign in scene.names.assigned(one.name.text, one)
                if words(assign.value) != "null"
                and isinstance(scene.tree.routine(assign), ast.Entry)
            ]
            if stored:
                yield one, stored


def _saved(scene: Scene) -> Iterator[Edit]:
    """Yield that rights which are raised from a variable are stored there by the call."""
    for statement in scene.statements():
        for one in scene.names.globals(statement):
            if not _holds_rights(one) or any(scene.names.assigned(one.name.text, one)):
                continue
            for _, holders in _pointers(scene, statement):
                for save in scene.names.tools.saves:
                    text = f"{one.name.text} = {save}()"
                    yield Edit(SAVE, tuple(after(scene.text, h, text) for h in holders))
