"""Statements as closures over a `Run`; each returns how it ended.

The body of the platform's call and that of the driver's entry *visit*: before each of their
statements a run looks whether an earlier one has been in the same state.  Functions do not: they
run as one step of the statement that calls them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from cecheck.ir.program import CheckKind, View
from cecheck.sema import typed as t
from oracle.access import Access, Shape
from oracle.choice import Abandon, Unsupported
from oracle.expressions import Expressions
from oracle.live import mentions, useful_args
from oracle.machine import Run
from oracle.past import recorded
from oracle.relation import related
from oracle.stage import Ended, Frame, Function, Raised, SiteKey, Value
from oracle.values import settled

NORMAL, RETURN, BREAK, CONTINUE, RAISED = range(5)
Step = Callable[[Run], int]
Live = frozenset[int]
ROUNDS = 4096  # of a loop in a function, where no state is compared


class Statements(Expressions):
    """Makes closures of statements.  *entry* is what ``enter`` runs."""

    def __init__(self, spec: t.Spec, entry: t.Entry) -> None:
        super().__init__(spec)
        self.entry = entry
        self._numbers = count(1)
        self._entry_body: Step | None = None

    # ---- functions, calls, entries -----------------------------------------------------------

    def function(self, function: t.Function) -> Function:
        """Return *function*, ready to run as one step."""
        gives = isinstance(function.result, t.PointerType) and function.result.target is None
        gives = gives and function.of_platform
        body = self.block(function.body, None)
        return Function(function.ref.key, function.parameters, body, gives)

    def call(self, call: t.PlatformCall) -> Step:
        """Return the body of a platform call, which compares states as it runs."""
        self._entry_body = self.block(self.entry.body, frozenset())
        return self.block(call.body, frozenset())

    # ---- blocks ------------------------------------------------------------------------------

    def block(self, block: t.Block, after: Live | None) -> Step:
        """Return the statements of *block* in a row; *after* None: without comparing states."""
        if after is None:
            return _in_a_row([self.step(s, None) for s in block.statements])
        items = []
        live = after
        for statement in reversed(block.statements):
            step = self.step(statement, live)
            live = live | mentions(statement, self.entry)
            items.append((next(self._numbers), tuple(sorted(live)), step))
        return _visiting(items[::-1])

    def step(self, statement: t.Stmt, after: Live | None) -> Step:
        """Return *statement*; *after* are the variables that something behind it mentions."""
        match statement:
            case t.Declare() | t.Assign() | t.Store() | t.Touch() | t.Evaluate() | t.Return():
                return self._simple(statement, after)
            case t.If(condition, then, otherwise):
                test, yes = self._test(condition, after), self.block(then, after)
                no = self.block(otherwise, after)
                return lambda run: yes(run) if test(run) else no(run)
            case t.While():
                return self._while(statement, after)
            case t.Try():
                return self._try(statement, after)
            case t.ProtocolStep() | t.Labelled() | t.Atomic():
                return self.block(statement.body, after)
            case t.Break():
                return lambda _: BREAK
            case t.Continue():
                return lambda _: CONTINUE
            case t.Raise():
                return _raise
            case t.Demand() | t.Assume():
                return self._claim(statement)
            case t.HandOn(site):
                return _effect(lambda run: run.note_excess(SiteKey(site.name, 0), None))
            case t.Cover(site):
                return _passing(SiteKey.of(site))
            case t.TableWrite() | t.Pair() | t.Copy() | t.Free() | t.Hide():
                return _unsupported(statement)  # of a platform function that may never be called
            case _:
                raise Unsupported(f"{type(statement).__name__} at {statement.span}")

    def _test(self, condition: t.Expr, after: Live | None) -> Value:
        test = self.truth(condition)
        return test if after is None else recorded(test)

    def _simple(self, statement: t.Stmt, after: Live | None) -> Step:
        match statement:
            case t.Declare(variable, None):
                number, type_ = variable.number, variable.type
                return _effect(lambda run: run.frame.put(number, run.fresh(type_, None)))
            case t.Declare(variable, value):
                return self._bind(variable.number, self.direct(value, after))
            case t.Assign(place, value):
                beyond = after
                if after is not None and not isinstance(place, t.VarPlace):
                    beyond = after | mentions(place)  # its index is still to be evaluated
                return self._assign(self.assign(place), self.direct(value, beyond))
            case t.Evaluate(value):
                return _effect(self.direct(value, after))
            case t.Return(value):
                return _return(None if value is None else self.direct(value, after))
            case t.Touch():
                return self._touch(statement, after)
            case _:
                return self._store(statement)

    def _bind(self, number: int, value: Value) -> Step:
        def bind(run: Run) -> int:
            new = value(run)
            run.frame.put(number, new)
            return NORMAL

        return bind

    def _assign(self, write: Callable[[Run, object], None], value: Value) -> Step:
        def assign(run: Run) -> int:
            write(run, value(run))
            return NORMAL

        return assign

    # ---- entering a driver -------------------------------------------------------------------

    def direct(self, expr: t.Expr, after: Live | None) -> Value:
        """Return *expr*, of which nothing is left to do once its last call returns."""
        if isinstance(expr, t.EnterExpr):
            return self._enter(expr, after)
        if isinstance(expr, t.CallExpr) and after is not None:
            return self._last_call(expr, after)
        return self.value(expr)

    def _last_call(self, expr: t.CallExpr, after: Live) -> Value:
        """Compare states between the arguments, which may be fetches, and the call."""
        args = self.arguments(expr.args)
        key, live, number = expr.function.key, tuple(sorted(after)), next(self._numbers)
        evaluated = recorded(lambda run: [arg(run) for arg in args])

        def call(run: Run) -> object:
            values = evaluated(run)
            run.frame.live = live
            run.visit_before(number, values)
            return related(run, key, values)

        return call

    def _enter(self, enter: t.EnterExpr, after: Live | None) -> Value:
        if after is None:
            raise Unsupported("a driver entered from a function")
        args = [(position, self.value(arg)) for position, arg in useful_args(enter, self.entry)]
        bound = [(p.position, p.variable.number) for p in self.entry.parameters]
        live, entry_body = tuple(sorted(after)), self._entry_body
        evaluated = recorded(lambda run: {position: arg(run) for position, arg in args})

        def enter_driver(run: Run) -> object:
            values = evaluated(run)
            outer = run.frame
            outer.live = live
            run.frame = Frame({number: values[position] for position, number in bound})
            run.frames.append(run.frame)
            run.result = None
            entry_body(run)
            run.frames.pop()
            run.frame = outer
            return run.result

        return enter_driver

    # ---- accesses ----------------------------------------------------------------------------

    def _touch(self, statement: t.Touch, after: Live | None) -> Step:
        target = statement.target
        pointer, low, high = self.value(target.pointer), self.number(target.low), target.high
        high, site = self.number(high), SiteKey.of(target.site)
        span = 1 << target.low.type.width
        writing, stride, bits = statement.writing, target.stride, self.spec.widths.word
        live, number = tuple(sorted(after or ())), after is not None and next(self._numbers)

        def touch(run: Run) -> int:
            base, first = pointer(run), low(run)
            size = (high(run) - first) % span * stride
            if number:
                run.frame.live = live
                run.visit_before(number, [base, first, size])
            start = (settled(base.word) + first * stride) % (1 << bits)
            run.access(site, base, first * stride, Access(start, size, writing, Shape.RANGE, bits))
            if writing and base.target is not None:
                run.overwrite(base, first * stride, size)
            return NORMAL

        return touch

    def _store(self, statement: t.Store) -> Step:
        reach, value = self.reach(statement.target, writing=True), self.value(statement.value)
        size = statement.target.size

        def store(run: Run) -> int:
            new = value(run)
            base, far = reach(run)
            if base.target is not None:
                run.store(base, far, size, new)
            return NORMAL

        return store

    # ---- control -----------------------------------------------------------------------------

    def _while(self, statement: t.While, after: Live | None) -> Step:
        inner = None if after is None else after | mentions(statement, self.entry)
        test = self._test(statement.condition, after)
        body, step = self.block(statement.body, inner), self.block(statement.after, inner)
        live, site = tuple(sorted(inner or ())), SiteKey.of(statement.site)
        arrive = recorded(lambda run: run.arrive(site))

        def loop(run: Run) -> int:
            outer = run.inside
            try:
                return rounds_of(run)
            finally:
                run.inside = outer

        def rounds_of(run: Run) -> int:
            arrivals: list[int] = []
            for rounds in count():
                if inner is not None:
                    run.frame.live = live
                    if run.stage.view is View.HOSTILE:
                        _come_round(run, site, arrive(run), arrivals)
                    if rounds and run.choices.fresh:
                        run.visit()
                elif rounds > ROUNDS:
                    raise Unsupported("a long loop in a function")
                if not test(run):
                    return NORMAL
                signal = body(run)
                if signal in (NORMAL, CONTINUE):
                    signal = step(run)
                if signal in (BREAK, RETURN):
                    return NORMAL if signal == BREAK else RETURN
            return NORMAL

        return loop

    def _try(self, statement: t.Try, after: Live | None) -> Step:
        final = statement.final
        beyond = after
        if after is not None and final is not None:
            beyond = after | mentions(final, self.entry)
        within = beyond
        if beyond is not None and statement.handler is not None:
            within = beyond | mentions(statement.handler, self.entry)
        body = self.block(statement.body, within)
        if statement.handler is not None:
            body = _handled(body, self.block(statement.handler, beyond))
        return body if final is None else _finally(body, self.block(final, after))

    def _claim(self, statement: t.Demand | t.Assume) -> Step:
        condition = self.truth(statement.condition)
        if isinstance(statement, t.Assume):
            return lambda run: NORMAL if condition(run) else _abandon()
        kind = CheckKind.INVARIANT if statement.is_invariant else CheckKind.ASSERT
        site = SiteKey.of(statement.site)

        def demand(run: Run) -> int:
            run.stage.reached.add(site)
            if not condition(run):
                run.stage.found.setdefault((kind, site), str(run.frame.variables))
                raise Ended
            return NORMAL

        return demand


def _come_round(run: Run, site: SiteKey, here: int, before: list[int]) -> None:
    if here in before:
        run.stage.found.setdefault((CheckKind.BOUNDED, site), f"round {len(before)}")
    before.append(here)


def _in_a_row(steps: list[Step]) -> Step:
    def block(run: Run) -> int:
        for step in steps:
            signal = step(run)
            if signal:
                return signal
        return NORMAL

    return block


def _visiting(items: list[tuple[int, tuple[int, ...], Step]]) -> Step:
    def block(run: Run) -> int:
        path, frame, past = run.path, run.frame, run.past
        depth = len(path)
        path.append(0)
        last = past and past.next_of(block, run)
        part, signal = (last.part + 1, last.value) if last else (0, NORMAL)
        while part < len(items) and not signal:
            path[depth], frame.live, step = items[part]
            if run.choices.fresh:
                run.visit()
            signal = past.do(step, run, block, part) if past else step(run)
            part += 1
        del path[depth:]
        return signal

    return block


def _handled(body: Step, handler: Step) -> Step:
    def attempt(run: Run) -> int:
        mark = run.mark()
        run.guards += 1
        try:
            signal = body(run)
        except Raised:
            run.reset(mark)
            return handler(run)
        run.guards = mark.guards
        return signal

    return attempt


def _finally(body: Step, final: Step) -> Step:
    def attempt(run: Run) -> int:
        mark = run.mark()
        try:
            signal = body(run)
        except Raised:
            run.reset(mark)
            signal = RAISED
        result = run.result if signal == RETURN else None
        run.pending += [signal, result]
        override = final(run)
        del run.pending[mark.pending :]
        if override:
            return override
        if signal == RAISED:
            raise Raised
        run.result = result
        return signal

    return attempt


def _return(value: Value | None) -> Step:
    def leave(run: Run) -> int:
        run.result = None if value is None else value(run)
        return RETURN

    return leave


def _effect(value: Value) -> Step:
    def effect(run: Run) -> int:
        value(run)
        return NORMAL

    return effect


def _passing(site: SiteKey) -> Step:
    def passing(run: Run) -> int:
        run.stage.reached.add(site)
        return NORMAL

    return passing


def _unsupported(statement: t.Stmt) -> Step:
    def refuse(run: Run) -> int:
        raise Unsupported(f"{type(statement).__name__} at {statement.span}")

    return refuse


def _raise(run: Run) -> int:
    raise Raised


def _abandon() -> int:
    raise Abandon
