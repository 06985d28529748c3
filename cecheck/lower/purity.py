"""Which expressions only compute, and the parts that expressions are made of."""

from __future__ import annotations

from dataclasses import replace

from cecheck.lower.graph import is_shared
from cecheck.lower.values import Value
from cecheck.lower.world import World
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.sema.walk import has_element, nodes

PLACES = (
    typed.VarPlace,
    typed.FieldPlace,
    typed.ElementPlace,
    typed.ProcessFieldPlace,
    typed.TableEntry,
)


# What a function that only computes does not look at: it lasts.
_KEPT = (typed.Storage.GLOBAL, typed.Storage.MONITOR)


def root(place: typed.Place) -> typed.Variable | None:
    """Return the variable that holds *place*, if one does."""
    match place:
        case typed.VarPlace():
            return place.variable
        case typed.FieldPlace() | typed.ElementPlace():
            return root(place.base)
        case _:
            return None


def parts(expr: typed.Expr) -> tuple[typed.Expr, ...]:
    """Return the operands of *expr* in the order of their evaluation."""
    match expr:
        case typed.ProcessLookup():
            return (expr.index,)
        case typed.SetOf():
            return expr.items
        case typed.Operation():
            return expr.operands
        case typed.Shift():
            return (expr.pointer, expr.amount)
        case typed.Present():
            return (expr.pointer, expr.count)
        case typed.Lasting():
            return (expr.pointer,)
        case typed.StringLength():
            return (expr.pointer,) if expr.most is None else (expr.pointer, expr.most)
        case typed.Choice():
            return (expr.condition, expr.then, expr.otherwise)
        case typed.Convert() | typed.Retype():
            return (expr.value,)
        case typed.Allocate():
            return (expr.size,)
        case typed.Show():
            return (expr.pointer, expr.size)
        case typed.Picked():
            return (expr.members,)
        case typed.MakePointer():
            return (expr.value, expr.party)
        case typed.CallExpr():
            return tuple(a for a in expr.args if not isinstance(a, PLACES))
        case typed.EnterExpr() | typed.CrossExpr():
            return expr.args
        case typed.Read():
            return _indices(expr.place)
        case _:
            return ()


def _indices(place: typed.Place) -> tuple[typed.Expr, ...]:
    match place:
        case typed.ProcessFieldPlace():
            return (place.process,)
        case typed.TableEntry():
            return (place.index,)
        case _:
            return ()


def with_parts(expr: typed.Expr, new: tuple[typed.Expr, ...]) -> typed.Expr:
    """Return *expr* with other operands (see `parts`)."""
    match expr:
        case typed.ProcessLookup():
            return replace(expr, index=new[0])
        case typed.SetOf():
            return replace(expr, items=new)
        case typed.Operation():
            return replace(expr, operands=new)
        case typed.Shift():
            return replace(expr, pointer=new[0], amount=new[1])
        case typed.Present():
            return replace(expr, pointer=new[0], count=new[1])
        case typed.Lasting():
            return replace(expr, pointer=new[0])
        case typed.StringLength():
            return replace(expr, pointer=new[0], most=new[1] if len(new) > 1 else None)
        case typed.Choice():
            return replace(expr, condition=new[0], then=new[1], otherwise=new[2])
        case typed.Convert() | typed.Retype():
            return replace(expr, value=new[0])
        case typed.Allocate():
            return replace(expr, size=new[0])
        case typed.Show():
            return replace(expr, pointer=new[0], size=new[1])
        case typed.MakePointer():
            return replace(expr, value=new[0], party=new[1])
        case typed.Picked():
            return replace(expr, members=new[0])
        case typed.CallExpr():
            rest = iter(new)
            args = tuple(a if isinstance(a, PLACES) else next(rest) for a in expr.args)
            return replace(expr, args=args)
        case typed.EnterExpr() | typed.CrossExpr():
            return replace(expr, args=new)
        case typed.Read(place=typed.ProcessFieldPlace() as place):
            return replace(expr, place=replace(place, process=new[0]))
        case typed.Read(place=typed.TableEntry() as place):
            return replace(expr, place=replace(place, index=new[0]))
        case _:
            return expr


def joins(expr: typed.Operation) -> bool:
    """Return whether *expr* puts a pointer into a set, which of its members to follow is open."""
    is_join = expr.operator is typed.Operator.BIT_OR
    return is_join and isinstance(expr.type, ty.PointersType)


def is_pure(world: World, expr: typed.Expr, env: dict[int, Value]) -> bool:
    """Return whether *expr* has a value at once: no access, choice, shared word, or effect."""
    match expr:
        case typed.Fetch() | typed.AddressOf() | typed.Chosen() | typed.EnterExpr():
            return False
        case typed.CrossExpr() | typed.WaitFor() | typed.Allocate() | typed.Show():
            return False
        case typed.Present() | typed.Picked() | typed.StringLength():
            return False
        case typed.Operation() if joins(expr):
            return False
        case typed.Read() if not _is_local(world, expr.place, env):
            return False
        case typed.CallExpr() if not computes(world, expr.function.key):
            return False
        case typed.Retype(checked=True):
            return False
        case _:
            return all(is_pure(world, part, env) for part in parts(expr))


def _is_local(world: World, place: typed.Place, env: dict[int, Value]) -> bool:
    if has_element(place) or _changes(world, place):
        return False
    variable = root(place)
    return variable is None or variable.number not in env or not is_shared(env[variable.number])


def _changes(world: World, place: typed.Place) -> bool:
    return isinstance(place, typed.TableEntry) and place.table.number in world.written


def computes(world: World, key: str) -> bool:
    """Return whether a function only computes a result from its arguments and the platform."""
    known = world.computing
    if key not in known:
        function = world.spec.functions[key]
        known[key] = not any(function.by_reference) and _block_computes(world, function.body)
    return known[key]


def _block_computes(world: World, block: typed.Block) -> bool:
    return all(_computes(world, statement) for statement in block.statements)


def _computes(world: World, statement: typed.Stmt) -> bool:
    match statement:
        case typed.Declare():
            return statement.value is not None and _pure_body(world, statement.value)
        case typed.Assign(place=typed.VarPlace(variable=variable)):
            is_local = variable.storage is typed.Storage.LOCAL
            return is_local and _pure_body(world, statement.value)
        case typed.Evaluate():
            return _pure_body(world, statement.value)
        case typed.If():
            return (
                _pure_body(world, statement.condition)
                and _block_computes(world, statement.then)
                and _block_computes(world, statement.otherwise)
            )
        case typed.Return():
            return statement.value is not None and _pure_body(world, statement.value)
        case typed.Raise():
            return True
        case _:
            return False


def _pure_body(world: World, expr: typed.Expr) -> bool:
    if isinstance(expr, typed.Read):
        variable = root(expr.place)
        if has_element(expr.place) or _changes(world, expr.place):
            return False
        if variable is not None and variable.storage in _KEPT:
            return False
    match expr:
        case typed.Fetch() | typed.AddressOf() | typed.Chosen() | typed.EnterExpr():
            return False
        case typed.CrossExpr() | typed.WaitFor() | typed.Allocate() | typed.Show():
            return False
        case typed.Present() | typed.Picked() | typed.StringLength():
            return False
        case typed.Operation() if joins(expr):
            return False
        case typed.CallExpr() if not computes(world, expr.function.key):
            return False
        case typed.Retype(checked=True):
            return False
        case _:
            return all(_pure_body(world, part) for part in parts(expr))


_PARTIAL = (
    typed.Operator.DIVIDE,
    typed.Operator.REMAINDER,
    typed.Operator.SHIFT_LEFT,
    typed.Operator.SHIFT_RIGHT,
)


def may_stop(tree: typed.Expr) -> bool:
    """Return whether *tree* calls a function, which may raise an exception, or may have no value:
    a division by zero, a shift by the width or more."""
    return any(_may_stop(node) for node in nodes(tree))


def _may_stop(node: object) -> bool:
    match node:
        case typed.CallExpr():
            return True
        case typed.Operation(operator=operator, operands=(_, right)):
            return operator in _PARTIAL and not isinstance(right, typed.Literal)
        case _:
            return False


def has_effect(world: World, tree: typed.Expr | typed.Target | typed.RangeTarget) -> bool:
    """Return whether evaluating *tree* may change a variable that another operand reads."""
    return any(_has_effect(world, node) for node in nodes(tree))


def _has_effect(world: World, node: object) -> bool:
    match node:
        case typed.CallExpr():
            return not computes(world, node.function.key)
        case typed.EnterExpr() | typed.CrossExpr() | typed.WaitFor():
            return True
        case typed.Allocate() | typed.Show():
            return True
        case _:
            return False
