"""A refuted specification as repairs look at it: its tree, its names, and what was refuted."""

from __future__ import annotations

from collections.abc import Iterator

from cecheck.ir.program import CheckKind
from cecheck.record import record
from cecheck.repair.names import Names, target
from cecheck.repair.tree import Node, Routine, Tree, below, words
from cecheck.source import Span
from cecheck.syntax import ast


@record
class Wrong:
    """What was refuted: a kind of check, at *span*."""

    kind: CheckKind
    span: Span


@record
class Use:
    """An access through the pointer *base*: *node* as it is written, *size* how many bytes.

    *counts* are the expressions that say how far it goes: a bound, an index.
    """

    node: Node
    base: Node
    size: str
    counts: tuple[Node, ...] = ()


@record
class Scene:
    """The specification, and what was refuted of it."""

    names: Names
    wrong: tuple[Wrong, ...]

    @property
    def tree(self) -> Tree:
        """The tree of the specification."""
        return self.names.tree

    @property
    def text(self) -> str:
        """Its characters."""
        return self.tree.text

    def refuted(self, *kinds: CheckKind) -> bool:
        """Tell whether a check of one of *kinds* is refuted."""
        return any(one.kind in kinds for one in self.wrong)

    def nodes(self) -> Iterator[Node]:
        """Yield the nodes that lie where something was refuted, each once.

        Of an access through a pointer that is fetched there, too: it may be the pointer's span.
        """
        seen: set[int] = set()
        spans = [w.span for w in self.wrong if w.span.source.path == self.tree.file.source.path]
        for node in below(self.tree.file) if spans else ():
            if any(_inside(node, span) for span in spans):
                for one in (node, self._access(node)):
                    if one is not None and id(one) not in seen:
                        seen.add(id(one))
                        yield one

    def _access(self, node: Node) -> Node | None:
        """Return the access that goes through the pointer *node*, if one does."""
        match self.tree.parent(node):
            case (ast.Range() | ast.Index()) as access if access.base is node:
                return access
            case ast.Invocation(callee=ast.Name("copy" | "string_length")) as call:
                return call if node is not call.callee else None
            case _:
                return None

    def statements(self) -> Iterator[Node]:
        """Yield the statements, with their labels, where something was refuted, each once."""
        seen: set[int] = set()
        for node in self.nodes():
            found = self.tree.statement(node)
            if self.tree.block(found) is not None and id(found) not in seen:
                seen.add(id(found))
                yield found

    def uses(self) -> Iterator[Use]:
        """Yield the accesses through pointers that lie where something was refuted."""
        for node in self.nodes():
            match node:
                case ast.Range(base=base, high=high):
                    yield Use(node, base, self._bytes(base, high), (high,))
                case ast.Index(base=base, index=index) if self._is_pointer(base):
                    yield Use(node, base, self._size(base), (index,))
                case ast.Member(base=base) if self._is_pointer(base):
                    yield Use(node, base, self._size(base))
                case ast.Invocation(callee=ast.Name(text=name), args=args) if len(args) > 1:
                    yield from self._argument_uses(node, name, args)
                case _:
                    pass

    def _argument_uses(self, node: Node, name: str, args: tuple[Node, ...]) -> Iterator[Use]:
        count = args[-1]
        for base in args[:-1]:
            if isinstance(self.names.type_of(base), ast.PointerType):
                size = words(count) if name == "copy" else self._bytes(base, count)
                yield Use(node, base, size, (count,))

    def _is_pointer(self, base: Node) -> bool:
        return isinstance(self.names.type_of(base), ast.PointerType)

    def _size(self, base: Node) -> str:
        one = target(self.names.type_of(base))
        return f"sizeof({words(one)})" if one is not None else ""

    def _bytes(self, base: Node, count: Node) -> str:
        """Return how many bytes *count* elements behind *base* are."""
        one = target(self.names.type_of(base))
        if isinstance(one, ast.NamedType) and one.name in ("u8", ""):
            return words(count)
        many = words(count) if _is_simple(count) else f"({words(count)})"
        return f"{many} * {self._size(base)}" if one is not None else many

    def refusal(self, at: Node) -> str | None:
        """Return the statement by which the routine of *at* refuses a call, as it does elsewhere.

        None in a thread, which has nobody to refuse.
        """
        routine = self.tree.routine(at)
        if not isinstance(routine, ast.Entry):
            return None
        others = (one for one in self.tree.routines() if isinstance(one, ast.Entry))
        for one in (routine, *others):
            for node in below(one.body):
                if isinstance(node, ast.If):
                    for inner in node.then.statements:
                        if isinstance(inner, ast.Return) and inner.value is not None:
                            return words(inner)
        return "return 0"

    def routine_of_wrong(self) -> tuple[Routine, ...]:
        """Return the routines in which something was refuted; all where that is outside."""
        found = {id(r): r for n in self.nodes() if (r := self.tree.routine(n)) is not None}
        return tuple(found.values()) or tuple(self.tree.routines())


def _is_simple(expr: Node) -> bool:
    return isinstance(expr, ast.Name | ast.Number | ast.Member | ast.SizeOf)


def _inside(node: Node, span: Span) -> bool:
    own = getattr(node, "span", None)
    return own is not None and span.start <= own.start and own.end <= span.end
