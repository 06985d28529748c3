"""Statements of drivers whose globals several threads share, one operation at a time.

Everything that others may notice goes through `Turn.shared`, every choice through `Turn.noted`, so
that a statement can be left in the middle and be run again from its beginning.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from cecheck.ir.program import View
from cecheck.sema import typed as t
from cecheck.sema.types import ArrayType, PointerType, StructType
from oracle.access import Access, Shape
from oracle.arrays import known
from oracle.choice import Unsupported
from oracle.code import STAY, Code, Coder, Work, guarded_by_locks, mentions_shared
from oracle.copying import copy_of
from oracle.live import nodes, useful_args
from oracle.places import Places
from oracle.relation import related
from oracle.stage import SiteKey, Value
from oracle.statements import NORMAL, Live, Statements, Step
from oracle.strings import length_of
from oracle.values import Pointer, settled, zero

if TYPE_CHECKING:
    from oracle.turn import Turn


class Functions(Statements):
    """Functions, each of which runs as one step, with at most one action that others notice."""

    def __init__(self, spec: t.Spec) -> None:
        super().__init__(spec, None)

    def step(self, statement: t.Stmt, after: Live | None) -> Step:
        """Return *statement*; see `Statements.step`."""
        match statement:
            case t.TableWrite():
                return self._table_write(statement)
            case t.HandOn(site):
                return lambda run: _hand_on(run, site.name)
            case t.Pair(resource, opens, args):
                values = [self.value(arg) for arg in args]
                return lambda run: run.pair(resource, opens, [value(run) for value in values])
            case _:
                return super().step(statement, after)

    def _table_write(self, statement: t.TableWrite) -> Step:
        low, table, change = self.number(statement.low), statement.table, statement.change
        high = None if statement.high is None else self.number(statement.high)
        value = None if statement.value is None else self.number(statement.value)

        def write(run: Turn) -> int:
            first = low(run)
            last = first + 1 if high is None else high(run)
            run.write_table(table, range(first, last), change, value and value(run))
            return NORMAL

        return write


class Threaded(Places):
    """Makes the codes of entries, calls and threads."""

    def __init__(self, spec: t.Spec, locks_count: bool) -> None:
        super().__init__(spec, None)
        self.label: str | None = None
        self.codes: list[Code] = []
        self.calls: dict[tuple[str, str], Code] = {}
        self.entries: dict[tuple[str, str], Code] = {}
        self._after: Live = frozenset()
        self.homes = {driver.name: driver.process for driver in spec.drivers}
        guarded = (guarded_by_locks(driver) for driver in spec.drivers)
        self.guarded = frozenset[int]().union(*(guarded if locks_count else ()))
        self.known = known(spec)
        self.effects = {key for key in spec.functions if self._has_effects(key)}
        self.rules = {key for key in spec.functions if self._has_rules(key)}

    def _has_effects(self, key: str) -> bool:
        """Tell whether others may notice the function *key*."""
        for node in nodes(self.spec.functions[key].body):
            if isinstance(node, t.TableWrite | t.Pair):
                return True
            if isinstance(node, t.CallExpr) and self._has_effects(node.function.key):
                return True
        return False

    def _has_rules(self, key: str) -> bool:
        """Tell whether the function *key* claims something, or keeps what a rule remembers."""
        for node in nodes(self.spec.functions[key].body):
            if isinstance(node, t.Demand | t.Cover):
                return True
            if isinstance(node, t.VarPlace) and node.variable.storage is t.Storage.MONITOR:
                return True
            if isinstance(node, t.CallExpr) and self._has_rules(node.function.key):
                return True
        return False

    # ---- codes -------------------------------------------------------------------------------

    def call_of(self, driver: t.Driver, entry: t.Entry) -> Code:
        """Return the code of the platform's call of *entry*."""
        key = (driver.name, entry.name)
        if key not in self.calls:
            call = self.spec.platform.call(entry.call)
            self.entries[key] = self._code(entry.body, None, driver.name)
            self.calls[key] = self._code(call.body, entry, driver.name)
            self.calls[key].critical = call.critical
            self.calls[key].call = SiteKey(call.name, 0)
        return self.calls[key]

    def thread_of(self, driver: t.Driver, thread: t.DriverThread) -> Code:
        """Return the code of a thread, which has to be as it was only in one outermost loop."""
        if _outermost_loops(thread.body) > 1:
            raise Unsupported("a thread with several outermost loops")
        return self._code(thread.body, None, driver.name)

    def _code(
        self, block: t.Block, entry: t.Entry | None, driver: str | None, end: SiteKey | None = None
    ) -> Code:
        code = Code(len(self.codes), entry, driver, test=end)
        self.codes.append(code)
        outer, self.label = self.label, None
        Coder(self, code).body(block)
        self.label = outer
        return code

    # ---- what `Coder` needs ------------------------------------------------------------------

    def simple(self, statement: t.Stmt, after: Live) -> Step:
        """Return a statement without statements inside."""
        self._after = after
        match statement:
            case t.Declare(t.Variable(type=StructType() | ArrayType()) as variable, None):
                return lambda run: run.forget(variable)
            case t.Signal(event, on):
                number = _variable(event).number
                return lambda run: run.signal(number, on)
            case t.Release(lock):
                site = SiteKey(self.label or lock.span.text, lock.span.start)
                number = _variable(lock).number

                def release(run: Turn) -> int:
                    run.release(number, site, False)
                    return NORMAL

                return release
            case t.Transfer():
                return self._transfer(statement)
            case t.Copy():
                return copy_of(self, statement)
            case t.Free(pointer, site):
                freed, key = self.value(pointer), SiteKey.of(site)

                def free(run: Turn) -> int:
                    value = freed(run)
                    (run.shared if run.is_seen(value.target) else run.noted)(
                        lambda: run.free(key, value)
                    )
                    return NORMAL

                return free
            case t.Demand() | t.Assume() if self.is_shared(statement):
                raise Unsupported("claims about what is shared")
            case _:
                return self.step(statement, None)

    def is_shared(self, tree: object) -> bool:
        """Tell whether *tree* begins with something that others may notice."""
        calls = (n.function.key for n in nodes(tree) if isinstance(n, t.CallExpr))
        return mentions_shared(tree, self.guarded) or any(key in self.effects for key in calls)

    def lock(self, place: t.Place) -> t.Variable:
        """Return the lock at *place*."""
        return _variable(place)

    def entering(self, expr: t.EnterExpr | t.CrossExpr, entry: t.Entry | None) -> Work:
        """Return the operation that goes into an entry, or into the call of another driver."""
        if isinstance(expr, t.CrossExpr):
            return self._crossing(expr)
        args = [(position, self.value(arg)) for position, arg in useful_args(expr, entry)]
        bound = [(p.position, p.variable.number) for p in entry.parameters]
        key = (entry.driver, entry.name)

        def enter(run: Turn) -> int:
            values = {position: arg(run) for position, arg in args}
            run.push(self.entries[key], {number: values[p] for p, number in bound}, run.callee)
            return STAY

        return enter

    def _crossing(self, expr: t.CrossExpr) -> Work:
        driver, entry = self.spec.entry(expr.driver, expr.entry)
        code, callee = self.call_of(driver, entry), driver.process
        parameters = self.spec.platform.call(entry.call).parameters
        args = [self.value(arg) for arg in expr.args]
        numbers = [parameters[position].number for position in expr.positions]
        rest = {p.number: zero(p.type) for p in parameters}

        def cross(run: Turn) -> int:
            values = [arg(run) for arg in args]
            run.push(code, {**rest, **dict(zip(numbers, values, strict=True))}, callee)
            return STAY

        return cross

    def script_of(self, test: t.Client) -> Code:
        """Return the code of a script."""
        end = SiteKey(test.name.split()[-1], test.span.start)
        return self._code(test.script, None, None, end)

    def _outermost(self, expr: t.CrossExpr) -> Value:
        """Return the call of a script: its result is there when the statement is run again."""
        driver, entry = self.spec.entry(expr.driver, expr.entry)
        call = self.spec.platform.call(entry.call)
        given = list(zip(expr.positions, expr.args, strict=True))
        args = [(position, self.value(arg)) for position, arg in given]
        free = {position for position, arg in given if _is_any_pointer(arg)}
        rest = {position: zero(p.type) for position, p in enumerate(call.parameters)}
        promises = [
            (p.position, p.variable.name, p.promise and self.promised(p.promise))
            for p in entry.parameters
        ]

        def outermost(run: Turn) -> object:
            values = rest | {position: arg(run) for position, arg in args}
            if run.stage.view is View.WELL_BEHAVED:
                run.lend(values, promises, free)
            variables = {p.number: values[at] for at, p in enumerate(call.parameters)}
            return run.outermost(self.call_of(driver, entry), variables, driver.process)

        return outermost

    def taking(self, statement: t.Stmt) -> Step:
        """Return what *statement* does with the result of what it has entered."""
        match statement:
            case t.Declare(variable):
                return self._bind(variable.number, lambda run: run.thread.result)
            case t.Assign(place):
                return self._assign(self.assign(place), lambda run: run.thread.result)
            case _:
                return lambda _: NORMAL

    # ---- values ------------------------------------------------------------------------------

    def direct(self, expr: t.Expr, after: Live | None) -> Value:
        """Return *expr*, of which nothing is left to do once its last call returns."""
        return self.last(expr, self._after)

    def last(self, expr: t.Expr, after: Live) -> Value:
        """Return *expr*; *after* are the variables mentioned behind it."""
        if not isinstance(expr, t.CallExpr) or expr.function.key in self.effects | self.rules:
            return self.value(expr)
        args, key, live = self.arguments(expr.args), expr.function.key, tuple(sorted(after))

        def call(run: Turn) -> object:
            values = [arg(run) for arg in args]
            run.frame.live = live
            return run.noted(lambda: related(run, key, values))

        return call

    def _call(self, key: str, args: tuple[t.Expr | t.Place, ...]) -> Value:
        values = self.arguments(args)
        return lambda run: _noted_call(run, key, [value(run) for value in values])

    def _computed(self, expr: t.Expr) -> Value:
        match expr:
            case t.WaitFor(event, timeout):
                variable = _variable(event)
                site = SiteKey(self.label or event.span.text, event.span.start)
                return lambda run: run.wait(variable, timeout, site)
            case t.CrossExpr():
                return self._outermost(expr)
            case t.AddressOf(place):
                return self.address(place)
            case t.Allocate(size, site):
                amount, key = self.number(size), SiteKey.of(site)

                def allocate(run: Turn) -> Pointer:
                    count = amount(run)
                    act = run.shared if run.depth == 0 else run.noted
                    return act(lambda: run.allocate(key, count))

                return allocate
            case t.StringLength():
                return length_of(self, expr)
            case t.Lasting():
                raise Unsupported(f"a pointer that outlives its call, at {expr.span}")
            case t.Chosen() | t.Present() | t.Picked():
                chosen = super()._computed(expr)
                return lambda run: run.noted(lambda: chosen(run))
            case _:
                return super()._computed(expr)

    def _fetch(self, target: t.Target, type_: t.Type) -> Value:
        reach = self.reach(target, writing=False)
        load, siblings = self.load(type_, target.field), self._siblings(target)

        def fetch(run: Turn) -> object:
            base, far = reach(run)
            if run.at_hit is not None:
                there = (base.target, run.at_hit)
                return run.noted(lambda: run.cell(there, type_))
            if base.target.__class__ is not int:
                return run.fresh(type_, base.origin)
            return run.noted(lambda: load(run, base.target, base.offset + far, siblings))

        return fetch

    # ---- devices -----------------------------------------------------------------------------

    def _transfer(self, statement: t.Transfer) -> Step:
        target, event = statement.target, _variable(statement.until).number
        pointer, low, high = self.value(target.pointer), self.number(target.low), target.high
        high, site = self.number(high), SiteKey.of(target.site)
        span, bits = 1 << target.low.type.width, self.spec.widths.word
        stride, into = target.stride, statement.into

        def transfer(run: Turn) -> int:
            base, first = pointer(run), low(run)
            size = (high(run) - first) % span * stride
            start = (settled(base.word) + first * stride) % (1 << bits)
            access = Access(start, size, into, Shape.RANGE, bits)
            run.transfer(site, event, base, first * stride, access)
            return NORMAL

        return transfer


def _outermost_loops(tree: object) -> int:
    """Return how many loops there are in *tree* that stand in no other."""
    if isinstance(tree, t.While):
        return 1
    if isinstance(tree, tuple):
        return sum(map(_outermost_loops, tree))
    inner = (t.Block, t.If, t.Try, t.Acquire, t.Labelled, t.ProtocolStep)
    if not isinstance(tree, inner):
        return 0
    return sum(_outermost_loops(getattr(tree, field.name)) for field in fields(tree))


def _is_any_pointer(arg: t.Expr) -> bool:
    while isinstance(arg, t.Retype):
        arg = arg.value
    return isinstance(arg, t.Chosen) and isinstance(arg.type, PointerType)


def _variable(place: t.Place) -> t.Variable:
    if not isinstance(place, t.VarPlace):
        raise Unsupported(f"`{place.span.text}` as a lock or an event")
    return place.variable


def _hand_on(run: Turn, name: str) -> int:
    """Note excess where rights leave; a statement with a label names the sites in functions."""
    label = run.op.label if run.op is not None else None
    run.note_excess(SiteKey(label or name, 0), None)
    return NORMAL


def _noted_call(run: Turn, key: str, values: list[object]) -> object:
    return run.noted(lambda: run.call(key, values))
