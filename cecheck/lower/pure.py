"""The value of expressions and functions that only compute.

Such an expression reads locals, thread fields and the platform; it has no site, no free choice
and no effect, so it is evaluated at once wherever it stands.  Platform hooks are evaluated here
too, with an exception counting as false.

What is known only of places that are not followed comes from `Unknown`: free variables where
the program runs, conditions under which a check is not asked where a check is put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeAlias, assert_never

from cecheck.ir.build import (
    and_,
    eq,
    ite,
    ne,
    not_,
    or_,
    truth,
    unary,
    word,
)
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Ite
from cecheck.ir.program import Use
from cecheck.lower import pointers
from cecheck.lower.activation import Activation, Raised, first_address
from cecheck.lower.arithmetic import UNARY, arithmetic, converted, has_no_value, is_signed, shifted
from cecheck.lower.sets import Sets
from cecheck.lower.unknown import Unknown
from cecheck.lower.uses import used
from cecheck.lower.values import (
    Origin,
    Pointer,
    Record,
    Value,
    choose,
    origin,
    scalar,
)
from cecheck.lower.world import World
from cecheck.sema import typed
from cecheck.sema import types as ty
from cecheck.sema.typed import Operator
from cecheck.source import Span


@dataclass(frozen=True)
class Scene:
    """Who evaluates: the running thread as the platform sees it.

    *fields* are its thread fields by variable number, *home* its process, *callee* that of the
    entered driver, *home_trusted* whether the platform trusts *home*, *origin* that of the call
    that runs on the thread; *aside*: the call works on a handle that is not followed.
    """

    fields: dict[int, Value]
    home: Expr
    home_trusted: Expr
    callee: Expr | None = None
    origin: Expr = field(default_factory=lambda: origin(Origin.NOBODY))
    aside: bool = False


# What hooks answered in one scene to whom the unfollowed is unknown: (value, raised, skipped).
Memo: TypeAlias = dict[tuple[Any, ...], tuple[Value, Expr, tuple[Expr, ...]]]


_NONE: Mapping[int, Expr] = MappingProxyType({})


class Pure:
    """An evaluator for one scene; *env* gives the locals.

    With a *memo*, which must be used for this scene alone, hooks are asked once.
    """

    def __init__(
        self,
        world: World,
        scene: Scene,
        unknown: Unknown,
        path: Expr = TRUE,
        memo: Memo | None = None,
        entries: Mapping[int, Expr] = _NONE,
        uses: list[Use] | None = None,
    ) -> None:
        self._uses = uses  # what pointers the platform is given is noted here
        self._outermost: Span | None = None  # of the calls that are evaluated
        self._within_api = False
        self._entries = entries  # of maps, at their followed index, in place of what they are
        self._memo = memo
        self.world = world
        self.scene = scene
        self.unknown = unknown
        self.path = path  # under what the current expression is evaluated
        self.raised: Expr = FALSE  # where an exception ended the evaluation
        self.meaningless: Expr = FALSE  # where an operator was given what it has no value for

    # ---- expressions ---------------------------------------------------------------------------

    def value(self, expr: typed.Expr, env: dict[int, Value]) -> Value:
        """Return the value of *expr*."""
        match expr:
            case typed.Literal():
                width = self.world.sort(expr.type).width
                return word(expr.value, width) if width else (TRUE if expr.value else FALSE)
            case typed.Null():
                return self.world.null(expr.type)
            case typed.PartyExpr():
                return self._party(expr.party)
            case typed.NamedProcess():
                return self.world.named[expr.name]
            case typed.ProcessLookup():
                return self._lookup(scalar(self.value(expr.index, env)))
            case typed.Everyone() | typed.SetOf() | typed.OwnHandle():
                return self._members(expr, env)
            case typed.Read():
                return self.place(expr.place, env)
            case typed.Operation():
                return self._operation(expr, env)
            case typed.Shift():
                return self._shift(expr, env)
            case typed.Choice():
                return self._choice(expr, env)
            case typed.Convert():
                return self._convert(expr, env)
            case typed.MakePointer():
                return self._make_pointer(expr, env)
            case typed.Retype() | typed.Lasting():
                return self._same_word(expr, env)
            case typed.CallExpr():
                return self._call(expr, env)
            case typed.Fetch() | typed.AddressOf() | typed.Chosen() | typed.EnterExpr():
                raise Raised("not a pure expression")
            case typed.CrossExpr() | typed.WaitFor() | typed.Allocate() | typed.Show():
                raise Raised("not a pure expression")
            case typed.Present() | typed.Picked() | typed.StringLength():
                raise Raised("not a pure expression")
            case _:
                assert_never(expr)

    def _members(
        self, expr: typed.Everyone | typed.SetOf | typed.OwnHandle, env: dict[int, Value]
    ) -> Value:
        """Return a set, or of handles whether the followed one is meant."""
        match expr:
            case typed.Everyone():
                return replace(self.world.empty(), everyone=TRUE)
            case typed.SetOf(items=items) if isinstance(expr.type, ty.SetType):
                members = [(TRUE, scalar(self.value(item, env))) for item in items]
                return replace(self.world.empty(), singles=tuple(members))
            case typed.SetOf(type=ty.PointersType()):
                empty = self.world.zero(expr.type)
                assert isinstance(empty, Record)
                return empty.put("item", self.value(expr.items[0], env)) if expr.items else empty
            case typed.SetOf(items=()):
                return FALSE
            case typed.SetOf() | typed.OwnHandle():
                return truth(not self.scene.aside)
            case _:
                assert_never(expr)

    def truth(self, expr: typed.Expr, env: dict[int, Value]) -> Expr:
        """Return the value of a condition."""
        return scalar(self.value(expr, env))

    def _party(self, party: typed.Party) -> Expr:
        match party:
            case typed.Party.HOME:
                return self.scene.home
            case typed.Party.CALLEE:
                assert self.scene.callee is not None
                return self.scene.callee
            case typed.Party.NOBODY:
                return word(0, self.world.process_sort.width)
            case _:
                assert_never(party)

    def _lookup(self, index: Expr) -> Expr:
        """Return the process whose place is *index*, or nobody."""
        world = self.world
        sure = [eq(index, place) for place in world.named.values()]
        sure += [eq(index, world.observed_place), eq(index, self.scene.home)]
        sure.append(and_(eq(index, world.further_place), world.further_tenant))
        strange = not_(or_(*sure, eq(index, world.further_place)))
        strange = and_(strange, ne(index, word(0, world.process_sort.width)))
        known = or_(*sure)
        if strange is not FALSE:
            asked = self.unknown.ask(and_(self.path, strange), BOOL)
            known = or_(known, and_(strange, asked))
        return ite(known, index, word(0, world.process_sort.width))

    def place(self, place: typed.Place, env: dict[int, Value]) -> Value:
        """Return the value of a place in memory that is exact."""
        match place:
            case typed.VarPlace():
                number = place.variable.number
                return env[number] if number in env else self.scene.fields[number]
            case typed.FieldPlace():
                base = self.place(place.base, env)
                assert isinstance(base, Record)
                return base.get(place.field.name)
            case typed.ProcessFieldPlace():
                return self._process_field(place, env)
            case typed.TableEntry():
                return self._table_entry(place, env)
            case typed.ElementPlace():
                raise Raised("an element of an array is read by an edge of its own")
            case _:
                assert_never(place)

    def _process_field(self, place: typed.ProcessFieldPlace, env: dict[int, Value]) -> Expr:
        process = scalar(self.value(place.process, env))
        platform = self.world.spec.platform
        if place.variable.number == platform.unique.number:
            return process  # a process is represented by its unique field
        home, home_trusted = self.scene.home, self.scene.home_trusted
        if self._is_own(process):
            return self.world.trusted_for_good(process, home, home_trusted, FALSE)
        strange = not_(or_(self.world.is_followed(process), eq(process, home)))
        strange = and_(strange, ne(process, word(0, self.world.process_sort.width)))
        asked: Expr = FALSE
        if strange is not FALSE:
            asked = self.unknown.ask(and_(self.path, strange), BOOL)
        return self.world.trusted_of(process, home, home_trusted, asked)

    def _is_own(self, process: Expr) -> bool:
        """Tell whether *process* is one that does not exit meanwhile."""
        if isinstance(process, Ite):
            return self._is_own(process.then) and self._is_own(process.otherwise)
        return any(self.scene.fields[number] is process for number in self.world.own_fields)

    def _table_entry(self, place: typed.TableEntry, env: dict[int, Value]) -> Expr:
        table = self.world.tables[place.table.number]
        index = scalar(self.value(place.index, env))
        if table.is_zero and table.cell is None:
            return table.begins  # nobody changes it
        strange = ne(index, table.index)
        asked = self.unknown.ask(and_(self.path, strange), table.entry.sort)
        return ite(strange, asked, self._entries.get(place.table.number, table.entry))

    # ---- operators -----------------------------------------------------------------------------

    def _operation(self, expr: typed.Operation, env: dict[int, Value]) -> Value:
        match expr.operator:
            case Operator.AND | Operator.OR:
                return self._short_circuit(expr, env)
            case _:
                values = [self.value(operand, env) for operand in expr.operands]
                return self.apply(expr, values)

    def _short_circuit(self, expr: typed.Operation, env: dict[int, Value]) -> Expr:
        left = self.truth(expr.operands[0], env)
        goes_on = left if expr.operator is Operator.AND else not_(left)
        before = self.path
        self.path = and_(before, goes_on)
        right = self.truth(expr.operands[1], env)
        self.path = before
        return and_(left, right) if expr.operator is Operator.AND else or_(left, right)

    def apply(self, expr: typed.Operation, values: list[Value]) -> Value:
        """Return *expr*'s operator applied to *values* (short-circuit ones included)."""
        first = values[0]
        operand = expr.operands[0].type
        if isinstance(operand, ty.PointersType):
            assert isinstance(first, Record)
            return pointers.apply(expr.operator, first, values[1], self.unknown, self.path)
        if isinstance(operand, ty.SetType | ty.HandlesType):
            return Sets(self.world, self.unknown, self.path).apply(
                expr.operator, first, values[1], self.scene.aside
            )
        if len(values) == 1:
            return unary(UNARY[expr.operator], scalar(first))
        here = and_(self.path, not_(self.raised))
        self.meaningless = or_(
            self.meaningless, and_(here, has_no_value(expr.operator, scalar(values[1])))
        )
        return arithmetic(expr.operator, scalar(first), scalar(values[1]), is_signed(operand))

    def _shift(self, expr: typed.Shift, env: dict[int, Value]) -> Pointer:
        pointer = self.value(expr.pointer, env)
        assert isinstance(pointer, Pointer)
        return shifted(pointer, expr.operator, scalar(self.value(expr.amount, env)))

    def _choice(self, expr: typed.Choice, env: dict[int, Value]) -> Value:
        condition = self.truth(expr.condition, env)
        before = self.path
        self.path = and_(before, condition)
        then = self.value(expr.then, env)
        self.path = and_(before, not_(condition))
        otherwise = self.value(expr.otherwise, env)
        self.path = before
        return choose(condition, then, otherwise)

    def _convert(self, expr: typed.Convert, env: dict[int, Value]) -> Expr:
        value = scalar(self.value(expr.value, env))
        signed = is_signed(expr.value.type)
        return converted(value, signed, self.world.sort(expr.type))

    def _same_word(self, expr: typed.Retype | typed.Lasting, env: dict[int, Value]) -> Value:
        if isinstance(expr, typed.Retype):
            return self.value(expr.value, env)
        pointer = self.value(expr.pointer, env)
        assert isinstance(pointer, Pointer)
        return replace(pointer, lasting=TRUE)

    def _make_pointer(self, expr: typed.MakePointer, env: dict[int, Value]) -> Pointer:
        """Return a pointer with the origin of a party (semantics 1.3).

        A process of the platform, or nobody, sent no call: that is no origin.
        """
        party = scalar(self.value(expr.party, env))
        world = self.world
        servers = [eq(party, place) for place in world.named.values()]
        servers.append(eq(party, word(0, world.process_sort.width)))
        observed = eq(party, world.observed_place)
        if world.tenancy is not None:  # it is whoever has the place now
            observed = and_(observed, world.tenancy.is_there)
        theirs = ite(observed, origin(Origin.OBSERVED), origin(Origin.OTHER))
        caller = ite(eq(party, self.scene.home), self.scene.origin, theirs)
        given = ite(or_(*servers), origin(Origin.NOBODY), caller)
        value = scalar(self.value(expr.value, env))
        return replace(world.null(expr.type), word=value, origin=given, literal=False)

    # ---- functions -----------------------------------------------------------------------------

    def _call(self, expr: typed.CallExpr, env: dict[int, Value]) -> Value:
        args = [
            self.place(a, env) if isinstance(a, _PLACES) else self.value(a, env)
            for a in expr.args
        ]
        function = self.world.spec.functions[expr.function.key]
        if self._uses is None or self._within_api:
            return self.call(function, args)
        outer, self._outermost = self._outermost, self._outermost or expr.span
        self._within_api = expr.function.is_api
        result = self.call(function, args)
        self._within_api = False
        if expr.function.is_api:
            self._uses += used(function, args, result, self._outermost)
        self._outermost = outer
        return result

    def call(self, function: typed.Function, args: list[Value]) -> Value:
        """Return the result of a function that only computes; raising shows in *raised*."""
        env = {p.number: a for p, a in zip(function.parameters, args, strict=True)}
        run = Activation(self, env, first_address(function, args))
        before = self.path
        run.block(function.body)
        self.path = before
        return run.result(function.result)

    def hook(self, name: str, args: list[Value]) -> Expr:
        """Return a truth-valued hook's answer; an exception counts as false."""
        value, raised = self.hook_value(name, args)
        return and_(not_(raised), scalar(value))

    def hook_value(self, name: str, args: list[Value]) -> tuple[Value, Expr]:
        """Return a hook's result and where it raises instead."""
        key = (name, *args)
        if self._memo is not None and key in self._memo:
            value, raised, skipped = self._memo[key]
            self.unknown.skipped += skipped
            return value, raised
        outer, self.raised = self.raised, FALSE
        before = len(self.unknown.skipped)
        function = self.world.spec.functions[self.world.spec.platform.hooks[name]]
        value = self.call(function, args)
        raised, self.raised = self.raised, outer
        if self._memo is not None:
            self._memo[key] = value, raised, tuple(self.unknown.skipped[before:])
        return value, raised


_PLACES = (
    typed.VarPlace,
    typed.FieldPlace,
    typed.ElementPlace,
    typed.ProcessFieldPlace,
    typed.TableEntry,
)
