"""Repairs of what is fetched more than once: copy it once, use the copy."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.repair.change import Edit, replaced
from cecheck.repair.layout import before
from cecheck.repair.names import same
from cecheck.repair.scene import Scene
from cecheck.repair.tree import Node, Routine, below, words
from cecheck.syntax import ast

ONCE = "copy once"
MAPPED = "use the pointer that was mapped"


def copy_edits(scene: Scene) -> Iterator[Edit]:
    """Yield that a value is fetched once and the copy used."""
    for routine in scene.routine_of_wrong():
        yield from _known(scene, routine)
        yield from _captured(scene, routine)
        yield from _named(scene, routine)
        yield from _as_mapped(scene, routine)


def _fetches(scene: Scene, routine: Routine) -> Iterator[Node]:
    """Yield the values that are fetched: numbers and pointers, and measures of strings."""
    for node in below(routine.body):
        parent = scene.tree.parent(node)
        if isinstance(node, ast.Member) and scene.names.is_fetch(node):
            is_part = isinstance(parent, ast.Member | ast.Index) and parent.base is node
            is_target = isinstance(parent, ast.Assign) and parent.target is node
            kind = scene.names.type_of(node)
            if not is_target and not (is_part and not isinstance(kind, ast.PointerType)):
                yield node
        elif isinstance(node, ast.Invocation) and words(node.callee) == "string_length":
            yield node


def _known(scene: Scene, routine: Routine) -> Iterator[Edit]:
    """Yield that a local which holds a value already is used instead of fetching it again."""
    for node in _fetches(scene, routine):
        for local in scene.names.locals(node):
            is_before = local.span.end < node.span.start
            if is_before and isinstance(local, ast.Binding) and same(local.value, node):
                yield Edit(ONCE, (replaced(node, local.name.text),))


def _captured(scene: Scene, routine: Routine) -> Iterator[Edit]:
    """Yield that a field is taken from the copy of its structure."""
    copies = [n for n in below(routine.body) if isinstance(n, ast.Var) and n.type is not None]
    for node in _fetches(scene, routine):
        if not isinstance(node, ast.Member):
            continue
        for copy in copies:
            has = scene.names.field(copy.type, node.name.text) is not None
            if has and copy.span.end < node.span.start:
                yield Edit(ONCE, (replaced(node, f"{copy.name.text}.{node.name.text}"),))


def _named(scene: Scene, routine: Routine) -> Iterator[Edit]:
    """Yield that a value which is fetched several times gets a name before the first time."""
    groups: dict[str, list[Node]] = {}
    for node in _fetches(scene, routine):
        groups.setdefault(words(node), []).append(node)
    for text, nodes in groups.items():
        statement = scene.tree.statement(nodes[0])
        if len(nodes) > 1 and scene.tree.block(statement) is not None:
            wanted = nodes[0].name.text if isinstance(nodes[0], ast.Member) else "measured"
            name = scene.names.fresh(wanted, f"{wanted}_once")
            first = before(scene.text, statement, f"let {name} = {text}")
            yield Edit(ONCE, (first, *(replaced(node, name) for node in nodes)))
            short = f"let {wanted} = {text}"  # a field and a local may share a name
            if name != wanted and scene.names.declared(wanted, nodes[0]) is None:
                again = tuple(replaced(node, wanted) for node in nodes)
                yield Edit(ONCE, (before(scene.text, statement, short), *again))


def _as_mapped(scene: Scene, routine: Routine) -> Iterator[Edit]:
    """Yield that a pointer which was mapped is used, not the one that is fetched again."""
    for node in _fetches(scene, routine):
        if not isinstance(node, ast.Member):
            continue
        parent = scene.tree.parent(node)
        if isinstance(parent, ast.Invocation) and scene.names.mapped(parent):
            continue
        for local in scene.names.locals(node):
            if not isinstance(local, ast.Binding) or local.span.end >= node.span.start:
                continue
            if scene.names.mapped(local.value) and isinstance(local.value, ast.Invocation):
                given = [a for a in local.value.args if isinstance(a, ast.Member)]
                if any(a.name.text == node.name.text for a in given):
                    yield Edit(MAPPED, (replaced(node, local.name.text),))
