"""What names mean where they stand, and of what type expressions are, as far as repairs need it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from cecheck.record import record
from cecheck.repair.tools import Tools
from cecheck.repair.tree import Node, Tree, below, words
from cecheck.syntax import ast

Declared: TypeAlias = ast.Binding | ast.Var | ast.Parameter | ast.For


@record
class Origin:
    """Where a pointer comes from: *value*, and the binding or assignment that it is stored by."""

    value: Node
    holder: ast.Binding | ast.Var | ast.Assign | None


@record
class Names:
    """The names of the specification *tree* on a platform with *tools*."""

    tree: Tree
    tools: Tools

    def declared(self, name: str, at: Node) -> Declared | None:
        """Return what *name* is declared as where *at* stands, locals before globals."""
        found: Declared | None = None
        for node in self.locals(at):
            if node.name.text == name and node.span.start < at.span.start:
                found = node
        return found or next((g for g in self.globals(at) if g.name.text == name), None)

    def locals(self, at: Node) -> Iterator[Declared]:
        """Yield the parameters and locals of the routine of *at*, in order."""
        routine = self.tree.routine(at)
        for node in below(routine) if routine is not None else ():
            if isinstance(node, ast.Binding | ast.Var | ast.Parameter | ast.For):
                yield node

    def globals(self, at: Node) -> Iterator[ast.Var]:
        """Yield the variables of the driver of *at*."""
        driver = self.tree.driver(at)
        for item in driver.items if driver is not None else ():
            if isinstance(item, ast.Var):
                yield item

    def is_known(self, expr: Node, at: Node) -> bool:
        """Tell whether all locals that *expr* names have their values already at *at*."""
        for node in below(expr):
            if isinstance(node, ast.Name):
                meant = [d for d in self.locals(expr) if d.name.text == node.text]
                if meant and all(d.span.end > at.span.start for d in meant):
                    return False
        return True

    def taken(self) -> set[str]:
        """Return every word of the text: a new name is none of them."""
        return {n.text for n in below(self.tree.file) if isinstance(n, ast.Identifier | ast.Name)}

    def fresh(self, *wanted: str) -> str:
        """Return the first of *wanted* that is no name yet."""
        taken = self.taken() | _RESERVED
        numbered = (f"{wanted[-1]}_{number}" for number in range(2, 1000))
        return next(name for name in (*wanted, *numbered) if name not in taken)

    # ---- types ------------------------------------------------------------------------

    def type_of(self, expr: Node) -> ast.TypeExpr | None:
        """Return the type of *expr*, None if it cannot be told from what is written."""
        match expr:
            case ast.Name():
                return self._type_of_name(expr)
            case ast.Member():
                return self.field(target(self.type_of(expr.base)), expr.name.text)
            case ast.Index():
                return element(self.type_of(expr.base))
            case ast.Unary(op="&"):
                return ast.PointerType(
                    False, False, self.type_of(expr.arg) or _anything(expr), None, expr.span
                )
            case ast.PointerCast():
                to = ast.NamedType(expr.target.text, expr.target.span)
                return ast.PointerType(expr.user, False, to, None, expr.span)
            case ast.Choose():
                return self.type_of(expr.then)
            case ast.Invocation(callee=ast.Name(text=name)):
                tool = self.tools.mapping(name)
                place = tool.place("address") if tool else None
                args = expr.args
                return self.type_of(args[place]) if place is not None and args else None
            case ast.Any(low=ast.Name()):
                kept = self.type_of(expr.low)
                return kept.element if isinstance(kept, ast.SetType) else None
            case _:
                return None

    def _type_of_name(self, name: ast.Name) -> ast.TypeExpr | None:
        match self.declared(name.text, name):
            case ast.Parameter(type=type_):
                return type_
            case ast.Binding(type=type_, value=value) | ast.Var(type=type_, value=value):
                return type_ or (self.type_of(value) if value is not None else None)
            case _:
                return None

    def field(self, struct: ast.TypeExpr | None, name: str) -> ast.TypeExpr | None:
        """Return the type of the field *name* of a structure."""
        for item in self.tree.file.items:
            if isinstance(item, ast.Struct) and isinstance(struct, ast.NamedType):
                for one in item.fields if item.name.text == struct.name else ():
                    if name in (n.text for n in one.names):
                        return one.type
        return None

    # ---- pointers ---------------------------------------------------------------------

    def origins(self, expr: Node, seen: tuple[str, ...] = ()) -> Iterator[Origin]:
        """Yield what may be in the pointer *expr*; a parameter comes from itself."""
        meant = self.declared(expr.text, expr) if isinstance(expr, ast.Name) else None
        if not isinstance(expr, ast.Name) or isinstance(meant, ast.Parameter):
            yield Origin(expr, None)
        if meant is None or isinstance(meant, ast.Parameter | ast.For) or expr.text in seen:
            return
        holders = [meant, *self.assigned(expr.text, meant)]
        for holder in holders:
            value = holder.value
            if isinstance(value, ast.Name) and value.text != "null":
                yield from self.origins(value, (*seen, expr.text))
            elif value is not None and not isinstance(value, ast.Name):
                yield Origin(value, holder)

    def assigned(self, name: str, declared: Declared) -> Iterator[ast.Assign]:
        """Yield the assignments to the variable *name*."""
        within = self.tree.routine(declared) or self.tree.driver(declared)
        for node in below(within):
            is_assign = isinstance(node, ast.Assign) and isinstance(node.target, ast.Name)
            if is_assign and node.target.text == name:
                yield node

    def is_fetch(self, expr: Node) -> bool:
        """Tell whether *expr* reads through a pointer: another moment, another value."""
        return any(
            isinstance(node, ast.Member | ast.Index)
            and isinstance(self.type_of(node.base), ast.PointerType)
            for node in below(expr)
        )

    def mapped(self, expr: Node) -> bool:
        """Tell whether *expr* is a call of a function that maps."""
        return (
            isinstance(expr, ast.Invocation)
            and isinstance(expr.callee, ast.Name)
            and self.tools.mapping(expr.callee.text) is not None
        )


_RESERVED = {"in", "of", "has", "to", "as", "any", "process", "thread", "driver", "lock", "event"}


def _anything(expr: Node) -> ast.NamedType:
    return ast.NamedType("", expr.span)


def target(type_: ast.TypeExpr | None) -> ast.TypeExpr | None:
    """Return what a pointer points to, one element of it; of another type itself."""
    match type_:
        case ast.PointerType(target=ast.ArrayType(element=one)) | ast.ArrayType(element=one):
            return one
        case ast.PointerType(target=one):
            return one
        case _:
            return type_


def element(type_: ast.TypeExpr | None) -> ast.TypeExpr | None:
    """Return the type of one element of what a pointer points to, or of an array."""
    return target(type_) if isinstance(type_, ast.PointerType | ast.ArrayType) else None


def same(left: Node, right: Node) -> bool:
    """Tell whether two nodes are written alike."""
    return words(left) == words(right)
