"""Constants, enums, aliases and structures: declared in any order, worked out when asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from cecheck.sema import errors, type_errors
from cecheck.sema.context import Env
from cecheck.sema.conversions import fit, of_type
from cecheck.sema.scope import ConstantName, Entity, Lazy, Scope, TypeName, known
from cecheck.sema.structures import declare_structure
from cecheck.sema.type_expr import promise_of, resolve
from cecheck.sema.types import BoolType, IntType, StructType, Type
from cecheck.sema.values import POISON, Constant, Poison, Value
from cecheck.syntax import ast

T = TypeVar("T")


class Names:
    """A frame of names under construction; its scope sees what is added later."""

    def __init__(self, env: Env):
        self._names: dict[str, Entity] = {}
        self.env = env.within(Scope(self._names, env.scope))

    def add(self, name: ast.Identifier, entity: Entity) -> None:
        """Declare *name*, once."""
        first = self._names.get(name.text)
        if first is not None and first.span is not None:
            self.env.report(errors.duplicate(name.span, name.text, first.span))
            return
        self._names[name.text] = entity

    @property
    def items(self) -> tuple[tuple[str, Entity], ...]:
        """The names with what they stand for."""
        return tuple(self._names.items())


def only(items: Sequence[object], kind: type[T]) -> tuple[T, ...]:
    """Return the *items* that are of *kind*."""
    return tuple(item for item in items if isinstance(item, kind))


def declare_types_and_constants(names: Names, items: Sequence[object], owner: str) -> None:
    """Declare what of *items* is a type or a constant; *owner* tells equal names apart."""
    for item in items:
        match item:
            case ast.Const(bindings):
                for binding in bindings:
                    _declare_constant(names, binding)
            case ast.Enum():
                _declare_enum(names, item)
            case ast.Alias():
                _declare_alias(names, item)
            case ast.Struct():
                _declare_struct(names, item, owner)
            case _:
                pass


def check_types_and_constants(env: Env, names: Names) -> None:
    """Work out every declaration of *names*, so that mistakes in unused ones are found."""
    for _, entity in names.items:
        if isinstance(entity, ConstantName):
            entity.value.get()
        if isinstance(entity, TypeName):
            type_ = entity.type.get()
            if isinstance(type_, StructType):
                env.context.structures[type_.name].layout.get()


def _endless(env: Env, name: ast.Identifier) -> Callable[[], Poison]:
    return lambda: env.report(type_errors.rests_on_too_much(name.span, name.text))


# ---- constants -----------------------------------------------------------------------------------


def _declare_constant(names: Names, binding: ast.Binding) -> None:
    env, name = names.env, binding.name

    def cyclic() -> Value:
        return env.report(type_errors.depends_on_itself(name.span, name.text))

    value: Lazy[Value] = Lazy(lambda: _constant(env, binding), cyclic, _endless(env, name))
    names.add(name, ConstantName(value, name.span))


def _constant(env: Env, binding: ast.Binding) -> Value:
    want = resolve(env, binding.type) if binding.type is not None else None
    value = env.evaluate(binding.value)
    if isinstance(value, Poison) or isinstance(want, Poison):
        return POISON
    if not isinstance(value, Constant):
        return env.report(type_errors.not_constant(binding.value.span))
    if want is None:
        return value
    if isinstance(fit(env, value, want, binding.value.span), Poison):
        return POISON
    if isinstance(want, IntType):
        return of_type(value, want) or POISON
    return replace(value, type=want) if isinstance(want, BoolType) else POISON


# ---- enums ---------------------------------------------------------------------------------------


def _declare_enum(names: Names, node: ast.Enum) -> None:
    env = names.env
    base: Lazy[Type | Poison] = Lazy(
        lambda: _enum_type(env, node), lambda: POISON, _endless(env, node.name)
    )
    names.add(node.name, TypeName(base, node.name.span))
    before: Lazy[Value] | None = None
    for member in node.members:
        before = _declare_enumerator(names, node, member, before)


def _enum_type(env: Env, node: ast.Enum) -> Type | Poison:
    base = resolve(env, node.base) if node.base is not None else env.context.number
    if isinstance(base, Poison):
        return base
    if not isinstance(base, IntType):
        assert node.base is not None
        return env.report(errors.not_a(node.base.span, "an integer type"))
    return replace(base, name=node.name.text)


def _declare_enumerator(
    names: Names, node: ast.Enum, member: ast.Enumerator, before: Lazy[Value] | None
) -> Lazy[Value]:
    env, name = names.env, member.name

    def compute() -> Value:
        entity = env.scope.names.get(node.name.text)
        type_ = entity.type.get() if isinstance(entity, TypeName) else POISON
        value = _enumerated(env, member, before)
        if isinstance(value, Poison) or not isinstance(type_, IntType):
            return POISON
        good = fit(env, value, type_, name.span)
        return POISON if isinstance(good, Poison) else of_type(value, type_) or POISON

    def cyclic() -> Value:
        return env.report(type_errors.depends_on_itself(name.span, name.text))

    value: Lazy[Value] = Lazy(compute, cyclic, _endless(env, name))
    names.add(name, ConstantName(value, name.span))
    return value


def _enumerated(env: Env, member: ast.Enumerator, before: Lazy[Value] | None) -> Constant | Poison:
    """An enumerator without a value is one more than the one before it."""
    if member.value is not None:
        value = env.evaluate(member.value)
        if isinstance(value, Constant | Poison):
            return value
        return env.report(type_errors.not_constant(member.value.span))
    last = before.get() if before is not None else Constant(-1, None, member.span)
    if not isinstance(last, Constant):
        return POISON
    return Constant(last.value + 1, None, member.span)


# ---- aliases and structures ----------------------------------------------------------------------


def _declare_alias(names: Names, node: ast.Alias) -> None:
    env = names.env

    def compute() -> Type | Poison:
        type_ = resolve(env, node.type)
        if not isinstance(type_, Poison):
            promise_of(env, node.type, type_)
        return type_

    def cyclic() -> Poison:
        return env.report(type_errors.contains_itself(node.name.span, node.name.text))

    type_ = Lazy(compute, cyclic, _endless(env, node.name))
    names.add(node.name, TypeName(type_, node.name.span))


def _declare_struct(names: Names, node: ast.Struct, owner: str) -> None:
    name = node.name.text
    key = name if name not in names.env.context.structures else f"{owner}.{name}"
    names.add(node.name, TypeName(known(StructType(key)), node.name.span))
    declare_structure(names.env, key, node)
