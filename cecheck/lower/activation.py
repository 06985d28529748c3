"""One activation of a function that only computes: every path at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from cecheck.ir.build import and_, not_, or_
from cecheck.ir.expr import FALSE, TRUE, Expr
from cecheck.lower.values import Pointer, Value, choose, simplified
from cecheck.lower.world import World
from cecheck.sema import typed
from cecheck.sema import types as ty


class Evaluator(Protocol):
    """What an activation needs of its evaluator."""

    world: World
    path: Expr
    raised: Expr

    def value(self, expr: typed.Expr, env: dict[int, Value]) -> Value: ...

    def truth(self, expr: typed.Expr, env: dict[int, Value]) -> Expr: ...


class Raised(Exception):
    """An expression or statement that does more than compute stands where only that may: a bug."""


class Activation:
    """One activation of a pure function: every path at once."""

    def __init__(self, pure: Evaluator, env: dict[int, Value], ghosts: Pointer | None) -> None:
        self.pure = pure
        self.entry = pure.path
        self.env = env
        self.ghosts = ghosts
        self.alive: Expr = TRUE
        self.results: list[tuple[Expr, Value]] = []

    def block(self, block: typed.Block) -> None:
        for statement in block.statements:
            if self.alive is FALSE:
                return
            self.pure.path = and_(self.entry, self.alive)
            self.statement(statement)

    def statement(self, statement: typed.Stmt) -> None:
        match statement:
            case typed.Declare():
                value = statement.value
                assert value is not None
                self.env[statement.variable.number] = self.pure.value(value, self.env)
            case typed.Assign(place=typed.VarPlace(variable=variable)):
                self.env[variable.number] = self.pure.value(statement.value, self.env)
            case typed.Evaluate():
                self.pure.value(statement.value, self.env)
            case typed.If():
                self._branch(statement)
            case typed.Return():
                self._return(statement)
            case typed.Raise():
                self.pure.raised = or_(self.pure.raised, self.pure.path)
                self.alive = FALSE
            case _:
                raise Raised(f"{type(statement).__name__} in a function that only computes")

    def _branch(self, statement: typed.If) -> None:
        condition = self.pure.truth(statement.condition, self.env)
        alive, env = self.alive, self.env
        then_alive, then_env = self._arm(statement.then, and_(alive, condition), env)
        else_alive, else_env = self._arm(statement.otherwise, and_(alive, not_(condition)), env)
        self.alive = or_(then_alive, else_alive)
        if then_alive is FALSE or else_alive is FALSE:
            self.env = else_env if then_alive is FALSE else then_env
        else:
            same = then_env.keys() & else_env.keys()
            self.env = {n: choose(condition, then_env[n], else_env[n]) for n in same}

    def _arm(
        self, block: typed.Block, alive: Expr, env: dict[int, Value]
    ) -> tuple[Expr, dict[int, Value]]:
        self.alive, self.env = alive, dict(env)
        self.block(block)
        return self.alive, self.env

    def _return(self, statement: typed.Return) -> None:
        assert statement.value is not None
        value = self.pure.value(statement.value, self.env)
        if self.ghosts is not None and isinstance(value, Pointer):
            value = with_ghosts(value, self.ghosts)
        self.results.append((self.alive, value))
        self.alive = FALSE

    def result(self, type_: ty.Type) -> Value:
        """Return what the function gives; where it raised or fell off, anything will do."""
        if not self.results:
            return self.pure.world.zero(type_)
        known = self.pure.world.known
        ways: list[tuple[Expr, Value]] = []
        for alive, value in self.results:
            condition = known.applied(alive, {})  # where no earlier way was taken
            ways.append((condition, simplified(value, known.also(condition))))
            known = known.also(not_(condition))
        result = ways[-1][1]
        for condition, value in reversed(ways[:-1]):
            result = choose(condition, value, result)
        return result


def first_address(function: typed.Function, args: list[Value]) -> Pointer | None:
    """Return the argument whose ghosts the result keeps: that of the first `address`, where an
    `address` comes back from the platform (semantics 1.3); any other pointer has its own."""
    if not function.of_platform or function.result != ty.ADDRESS:
        return None
    pairs = zip(function.parameters, args, strict=True)
    found = (a for p, a in pairs if p.type == ty.ADDRESS and isinstance(a, Pointer))
    return next(found, None)


def with_ghosts(value: Pointer, ghosts: Pointer) -> Pointer:
    """Return *value* as what a function made of *ghosts*: origin and promise are kept."""
    if value.literal:
        return replace(ghosts, word=value.word, literal=False)
    if value.promised is None or ghosts.promised is None:
        return replace(ghosts, word=value.word, literal=False, lasting=value.lasting)
    return replace(value, origin=ghosts.origin, object=ghosts.object)
