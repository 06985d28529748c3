"""Repairs of pointers that are stored: handed to other drivers, to callers, to threads."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.repair.change import Edit, replaced
from cecheck.repair.names import target
from cecheck.repair.pointers import calls
from cecheck.repair.scene import Scene
from cecheck.repair.tree import Node, below, words
from cecheck.syntax import ast

HANDED = "map and check what is handed on"
KEEP = "keep the mapped pointer in a local"
STORED = "hand on the pointer that was mapped"


def handed_edits(scene: Scene) -> Iterator[Edit]:
    """Yield repairs of where pointers are kept between being mapped and being used."""
    yield from _handed_on(scene)
    yield from _kept(scene)
    for use in scene.uses():
        yield from _stored(scene, use.base)


def _handed_on(scene: Scene) -> Iterator[Edit]:
    """Yield that pointers which one driver hands to another in a structure are mapped by it."""
    for routine in scene.tree.routines():
        for node in below(routine.body):
            if not (isinstance(node, ast.Assign) and isinstance(node.target, ast.Member)):
                continue
            kind = scene.names.type_of(node.value)
            if isinstance(kind, ast.PointerType) and scene.names.is_fetch(node.value):
                for size in _promised(scene, node.target, kind):
                    for _, _, call in calls(scene, words(node.value), [size]):
                        yield Edit(HANDED, (replaced(node.value, call),))


def _promised(scene: Scene, place: ast.Member, kind: ast.PointerType) -> Iterator[str]:
    """Yield how much the pointer at *place* promises, in the words of its structure."""
    match kind.target:
        case ast.ArrayType(element=one, extent=ast.Count(count=count)):
            fields = f"{words(place.base)}.{words(count)}"
            known = fields if isinstance(count, ast.Name) else words(count)
            is_byte = isinstance(one, ast.NamedType) and one.name == "u8"
            yield known if is_byte else f"{known} * sizeof({words(one)})"
        case ast.NamedType():
            yield f"sizeof({words(kind.target)})"
        case _:
            pass


def _kept(scene: Scene) -> Iterator[Edit]:
    """Yield that a pointer is not stored where the caller can change it: it is kept in a local."""
    for routine in scene.routine_of_wrong():
        for node in below(routine.body):
            if not (isinstance(node, ast.Assign) and isinstance(node.target, ast.Member)):
                continue
            if node.op == "=" and scene.names.mapped(node.value):
                name = scene.names.fresh(node.target.name.text, "mapped")
                later = [
                    replaced(one, name)
                    for follower in scene.tree.after(scene.tree.statement(node))
                    for one in below(follower)
                    if isinstance(one, ast.Member) and words(one) == words(node.target)
                ]
                yield Edit(KEEP, (replaced(node.target, f"let {name}"), *later))


def _stored(scene: Scene, place: Node) -> Iterator[Edit]:
    """Yield that a global holds the pointer that was mapped, not that of the structure it is in."""
    if not (isinstance(place, ast.Member) and isinstance(place.base, ast.Name)):
        return
    kept = scene.names.declared(place.base.text, place)
    kind = scene.names.type_of(place)
    one = target(kind)
    if not isinstance(kept, ast.Var) or kept.type is None or one is None:
        return
    if not isinstance(kind, ast.PointerType):
        return
    pointer = f"{'user ' if kind.user else ''}ptr {words(one)}"
    uses = [
        replaced(node, place.base.text)
        for node in below(scene.tree.driver(place))
        if isinstance(node, ast.Member) and words(node) == words(place)
    ]
    for assign in scene.names.assigned(kept.name.text, kept):
        for local in scene.names.locals(assign):
            if isinstance(local, ast.Binding) and _maps_field(scene, local.value, place):
                changes = (replaced(assign.value, local.name.text), replaced(kept.type, pointer))
                yield Edit(STORED, (*changes, *uses))


def _maps_field(scene: Scene, value: Node, place: ast.Member) -> bool:
    return scene.names.mapped(value) and any(
        isinstance(argument, ast.Member) and argument.name.text == place.name.text
        for argument in value.args
    )
