"""Repairs of sizes: bounds of ranges and indices, comparisons that let too much through."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.ir.program import CheckKind
from cecheck.repair.change import Change, Edit, replaced
from cecheck.repair.layout import before
from cecheck.repair.names import same
from cecheck.repair.scene import Scene, Use
from cecheck.repair.tree import Node, below, words
from cecheck.syntax import ast

USED = "use no more than was promised"
BOUND = "bound the length"
SIZE = "test the size"
EDGE = "refuse the first that is too many"
EXACT = "ask for the exact size"
WRAP = "compare with what is left"

LIMITS = ("0x10000", "0x1000")  # round numbers of bytes: what holds between two ends is theirs


def size_edits(scene: Scene) -> Iterator[Edit]:
    """Yield repairs of how much is used, and of what is tested before."""
    for use in scene.uses():
        yield from _shorter(scene, use)
        yield from _bounded(scene, use)
        yield from _size_tested(scene, use)
    yield from _comparisons(scene)


def _shorter(scene: Scene, use: Use) -> Iterator[Edit]:
    """Yield that an access ends where it was promised to, or where the length alone says."""
    for count in use.counts:
        if isinstance(count, ast.Binary) and count.op == "+":
            for part in (count.left, count.right):
                if not isinstance(part, ast.Number):
                    yield Edit(USED, (replaced(count, words(part)),))
        if isinstance(use.node, ast.Range) and isinstance(count, ast.Number | ast.Binary):
            match scene.names.type_of(use.base):
                case ast.PointerType(target=ast.ArrayType(extent=ast.Count(count=promised))):
                    yield Edit(USED, (replaced(count, words(promised)),))
                case ast.PointerType(target=ast.NamedType()) if count.span.text != "1":
                    yield Edit(USED, (replaced(count, "1"),))
                case _:
                    pass


def _bounded(scene: Scene, use: Use) -> Iterator[Edit]:
    """Yield that a length is refused where it is more than a round number.

    It is tested before what is mapped, or right before the access.
    """
    refusal = scene.refusal(use.node)
    if refusal is None:
        return
    for name, place in _lengths(scene, use):
        for limit in LIMITS:
            test = f"if {name} > {limit} {{ {refusal} }}"
            yield Edit(BOUND, (before(scene.text, place, test),))


def _lengths(scene: Scene, use: Use) -> Iterator[tuple[str, Node]]:
    """Yield what says how much is mapped or used, and the statement before which to test it."""
    names = [node for count in use.counts for node in below(count)]
    for origin in scene.names.origins(use.base):
        names += below(origin.value) if scene.names.mapped(origin.value) else []
    names += [p.name for p in _sized(scene, use)]
    kind = scene.names.type_of(use.base)
    if isinstance(kind, ast.PointerType) and isinstance(kind.target, ast.ArrayType):
        names += below(kind.target.extent)
    seen: set[str] = set()
    for node in names:
        if isinstance(node, ast.Name | ast.Identifier) and node.text not in seen:
            seen.add(node.text)
            declared = scene.names.declared(node.text, use.node)
            is_number = isinstance(scene.names.type_of(ast.Name(node.text, use.node.span)),
                                   ast.NamedType | None)  # fmt: skip
            statement = scene.tree.statement(use.node)
            if declared is not None and is_number and scene.tree.block(statement) is not None:
                yield node.text, statement


def _sized(scene: Scene, use: Use) -> Iterator[ast.Parameter]:
    """Yield the parameters that say how long the parameter is which *use* goes through."""
    for node in below(use.base):
        kind = scene.names.type_of(node) if isinstance(node, ast.Name) else None
        if isinstance(kind, ast.PointerType) and isinstance(kind.sized, ast.Name):
            said = scene.names.declared(kind.sized.text, use.node)
            if isinstance(said, ast.Parameter):
                yield said


def _size_tested(scene: Scene, use: Use) -> Iterator[Edit]:
    """Yield that a call is refused whose buffer is smaller than its structure."""
    refusal = scene.refusal(use.node)
    kind = scene.names.type_of(use.base)
    statement = scene.tree.statement(use.node)
    if refusal is None or not isinstance(kind, ast.PointerType):
        return
    if scene.tree.block(statement) is None:
        return
    for said in _sized(scene, use):
        whole = f"sizeof({words(kind.target)})"
        test = f"if {said.name.text} < {whole} {{ {refusal} }}"
        yield Edit(SIZE, (before(scene.text, statement, test),))


_STRICTER = {">": ">=", "<": "<="}


def _comparisons(scene: Scene) -> Iterator[Edit]:
    """Yield the tests before a refused call, each with a stricter or a safer comparison."""
    for routine in scene.routine_of_wrong():
        for node in below(routine.body):
            if isinstance(node, ast.If):
                for test in below(node.condition):
                    if isinstance(test, ast.Binary):
                        yield from _comparison(scene, test)


def _comparison(scene: Scene, test: ast.Binary) -> Iterator[Edit]:
    gap = _operator(scene.text, test)
    is_size = isinstance(test.right, ast.SizeOf)  # what is just as long as it must be is right
    if test.op in _STRICTER and scene.refuted(CheckKind.BOUNDS) and not is_size:
        yield Edit(EDGE, (Change(*gap, f" {_STRICTER[test.op]} "),))
    if test.op == "<" and isinstance(test.right, ast.SizeOf):
        yield Edit(EXACT, (Change(*gap, " != "),))
    sum_ = test.left
    if test.op == ">" and isinstance(sum_, ast.Binary) and sum_.op == "+":
        for one, other in ((sum_.left, sum_.right), (sum_.right, sum_.left)):
            if not same(one, other):
                text = f"{words(one)} > {words(test.right)} - {words(other)}"
                yield Edit(WRAP, (replaced(test, text),))


def _operator(text: str, test: ast.Binary) -> tuple[int, int]:
    """Return where the operator stands, with the blanks around it."""
    start, end = test.left.span.end, test.right.span.start
    return start, end
