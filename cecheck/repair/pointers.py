"""Repairs of pointers: map and check them before use, for whom and for how much, test for null."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.repair.change import Edit, replaced
from cecheck.repair.layout import after, before, indent
from cecheck.repair.names import Origin
from cecheck.repair.scene import Scene, Use
from cecheck.repair.tools import Mapping
from cecheck.repair.tree import Node, below, words
from cecheck.syntax import ast

MAP = "map and check before use"
CHECK = "check the size that is used"
PARTY = "map for the right process"
NULL = "test the pointer for null"


def pointer_edits(scene: Scene) -> Iterator[Edit]:
    """Yield repairs of where the pointers of refuted accesses come from."""
    for use in scene.uses():
        yield from _null_tests(scene, use)
        origins = list(scene.names.origins(use.base))
        for origin in origins:
            if scene.names.mapped(origin.value):
                yield from _checked_otherwise(scene, use, origin)
            elif isinstance(origin.value, ast.Member | ast.Index):
                yield from _mapped(scene, use, origin)
            elif isinstance(origin.value, ast.Choose):
                yield from _always(scene, origin.value)


# ---- calls of mapping functions -----------------------------------------------------------------


def calls(scene: Scene, address: str, sizes: list[str]) -> Iterator[tuple[Mapping, str, str]]:
    """Yield each way to map *address*: the function, the process it is for, the call.

    Where a size is known, functions that cannot check it are none.
    """
    known = scene.names.tools.mappings
    checking = [one for one in known if "number" in one.takes]
    for tool in checking if sizes and checking else known:
        parties = scene.names.tools.parties if "process" in tool.takes else ("",)
        for party in parties:
            for size in sizes if "number" in tool.takes else [""]:
                words_ = {"address": address, "number": size, "process": f"{party}()"}
                yield tool, party, f"{tool.name}({', '.join(words_[w] for w in tool.takes)})"


def sizes(scene: Scene, use: Use, at: Node) -> list[str]:
    """Return how many bytes to check for *use*, as far as that is known where *at* stands."""
    found = [use.size] if all(scene.names.is_known(c, at) for c in use.counts) else []
    found += [d.name.text for d in _lengths(scene, at)] if use.counts else []
    return [size for size in dict.fromkeys(found) if size]


def _lengths(scene: Scene, at: Node) -> Iterator[ast.Binding]:
    """Yield the locals before *at* that were fetched: one of them may be the length."""
    for local in scene.names.locals(at):
        is_before = local.span.end <= at.span.start
        if is_before and isinstance(local, ast.Binding) and isinstance(local.value, ast.Member):
            kind = scene.names.type_of(local.value)
            if isinstance(kind, ast.NamedType) and scene.names.is_fetch(local.value):
                yield local


def _checked_otherwise(scene: Scene, use: Use, origin: Origin) -> Iterator[Edit]:
    """Yield the call of a mapping function with other arguments, or of another one."""
    call = origin.value
    tool = scene.names.tools.mapping(call.callee.text)
    assert tool is not None
    if len(call.args) != len(tool.takes):
        return
    place = tool.place("number")
    party = tool.place("process")
    if place is not None:
        yield from _sizes(scene, use, call.args[place])
    if party is not None:
        for other in scene.names.tools.parties:
            yield Edit(PARTY, (replaced(call.args[party], f"{other}()"),))
    address = words(call.args[tool.place("address") or 0])
    for other_tool, _, text in calls(scene, address, sizes(scene, use, call)):
        if other_tool != tool:
            yield from _perhaps_tested(scene, origin, Edit(MAP, (replaced(call, text),)))


def _sizes(scene: Scene, use: Use, given: Node) -> Iterator[Edit]:
    """Yield that another size than *given* is checked, where it is written or where it is bound."""
    one = f"sizeof({words(kind)})" if (kind := _struct(scene, use)) is not None else ""
    for size in sizes(scene, use, given):
        yield Edit(CHECK, (replaced(given, size),))
    if one and not isinstance(given, ast.SizeOf):
        yield Edit(CHECK, (replaced(given, f"{one} + {words(given)}"),))
    bound = scene.names.declared(given.text, given) if isinstance(given, ast.Name) else None
    if isinstance(bound, ast.Binding) and not scene.names.is_fetch(bound.value):
        for size in sizes(scene, use, bound):
            yield Edit(CHECK, (replaced(bound.value, size),))


def _struct(scene: Scene, use: Use) -> ast.NamedType | None:
    """Return the structure that the pointer of *use*, or the one its array lies in, points to."""
    for node in below(use.base):
        kind = scene.names.type_of(node)
        if isinstance(kind, ast.PointerType) and isinstance(kind.target, ast.NamedType):
            return kind.target
    return None


def _mapped(scene: Scene, use: Use, origin: Origin) -> Iterator[Edit]:
    """Yield that a pointer is mapped where it is fetched."""
    value, holder = origin.value, origin.holder
    for _, _, text in calls(scene, words(value), sizes(scene, use, value)):
        if holder is not None:
            edit = Edit(MAP, (replaced(value, text),))
            yield from _perhaps_tested(scene, origin, edit)
        else:
            yield Edit(MAP, (replaced(value, text),))
            yield from _hoisted(scene, value, text)


def _hoisted(scene: Scene, value: Node, call: str) -> Iterator[Edit]:
    """Yield that a pointer gets a name: mapped before the statement that uses it."""
    statement = scene.tree.statement(value)
    if scene.tree.block(statement) is None or not isinstance(value, ast.Member):
        return
    name = scene.names.fresh(value.name.text, "mapped")
    lines = [f"let {name} = {call}"]
    refusal = scene.refusal(value)
    if refusal:
        lines.append(f"if {name} == null {{ {refusal} }}")
    text = f"\n{indent(scene.text, statement)}".join(lines)
    yield Edit(MAP, (before(scene.text, statement, text), replaced(value, name)))


def _perhaps_tested(scene: Scene, origin: Origin, edit: Edit) -> Iterator[Edit]:
    """Yield *edit*, and the same with a test for null where there is none yet."""
    yield edit
    refusal = scene.refusal(origin.value)
    if refusal is None or not isinstance(origin.holder, ast.Binding):
        return
    name = origin.holder.name.text
    if _is_tested(scene, name, origin.value):
        return
    statement = scene.tree.statement(origin.value)
    test = after(scene.text, statement, f"if {name} == null {{ {refusal} }}")
    yield Edit(edit.name, (*edit.changes, test))


def _is_tested(scene: Scene, name: str, at: Node) -> bool:
    routine = scene.tree.routine(at)
    return any(
        isinstance(node, ast.Binary)
        and node.op in ("==", "!=")
        and (words(node.left), words(node.right)) == (name, "null")
        for node in below(routine)
    )


# ---- null ---------------------------------------------------------------------------------------


def _null_tests(scene: Scene, use: Use) -> Iterator[Edit]:
    """Yield that the pointer of an access, or one that it is made from, is tested for null."""
    refusal = scene.refusal(use.node)
    statement = scene.tree.statement(use.node)
    if refusal is None or scene.tree.block(statement) is None:
        return
    for node in below(use.base):
        if not isinstance(node, ast.Name) or _is_tested(scene, node.text, node):
            continue
        if isinstance(scene.names.type_of(node), ast.PointerType):
            test = f"if {node.text} == null {{ {refusal} }}"
            yield Edit(NULL, (before(scene.text, statement, test),))


# ---- choices -------------------------------------------------------------------------------


def _always(scene: Scene, choice: ast.Choose) -> Iterator[Edit]:
    """Yield that what is mapped and checked in one case only is so in every case."""
    for branch in (choice.then, choice.otherwise):
        if scene.names.mapped(branch):
            yield Edit("map and check in every case", (replaced(choice, words(branch)),))
