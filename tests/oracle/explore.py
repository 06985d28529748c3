"""Every run of one client thread, in every world, in both views.

A call starts in the state that an earlier one has left, until no new state comes up.  What the
driver's entry does not name (`Unnamed`) is null and zero, or arbitrary as well.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum

from cecheck.ir.program import CheckKind, View
from cecheck.sema import typed as t
from oracle.choice import Abandon, Choices, Unsupported
from oracle.live import nodes
from oracle.machine import Run, initial_values
from oracle.past import Past, Work, recorded
from oracle.stage import UNKNOWN, Ended, Raised, SiteKey, Stage, Value
from oracle.statements import Statements
from oracle.values import CLIENT, NULL, Pointer, canonical, zero
from oracle.world import Fact, Geography


class Unnamed(Enum):
    """What a client passes for arguments that the entry does not name."""

    NOTHING = "null and zero"
    ANYTHING = "anything"


@dataclass(frozen=True)
class Start:
    """What a call finds: the thread's fields (None: a new thread), the world, what was written."""

    fields: tuple[object, ...] | None
    facts: frozenset[Fact]
    written: tuple[tuple[object, object], ...]


@dataclass
class Findings:
    """What the runs of one client, behaviour and view have shown."""

    view: View
    behaviour: t.Behaviour
    found: dict[tuple[CheckKind, SiteKey], str] = field(default_factory=dict)
    reached: set[SiteKey] = field(default_factory=set)
    runs: int = 0
    unsure: set[SiteKey] = field(default_factory=set)  # loops that may come round
    states: int = 0
    calls: int = 0
    seconds: float = 0.0


def views(behaviour: t.Behaviour) -> tuple[View, ...]:
    """Return the views in which a client of that behaviour is checked (semantics 4.1)."""
    if behaviour is t.Behaviour.TRUSTED:
        return (View.WELL_BEHAVED,)
    return (View.HOSTILE, View.WELL_BEHAVED)


def enumerate_spec(spec: t.Spec) -> list[Findings]:
    """Return the findings for each client's entry, behaviour and view."""
    _refuse_the_rest(spec)
    return [
        Exploration(spec, driver, entry, behaviour, view).run()
        for client in spec.clients
        for target in client.targets
        for driver, entry in [target_of(spec, target)]
        for behaviour in client.behaviours
        for view in views(behaviour)
    ]


def refuse_what_goes_unchecked(spec: t.Spec) -> None:
    """Say so if *spec* has something that no run here would show."""
    for event in spec.platform.events:
        for statement in event.body.statements:
            match statement:
                case t.If(condition=t.Literal(value=0), otherwise=t.Block(statements=())):
                    pass
                case _:
                    raise Unsupported("processes that exit")


def refuse_scripts(spec: t.Spec) -> None:
    """Say so if a client of *spec*, or a test, says what it calls."""
    if spec.tests or any(client.script is not None for client in spec.clients):
        raise Unsupported("scripts")


def _refuse_the_rest(spec: t.Spec) -> None:
    refuse_what_goes_unchecked(spec)
    refuse_scripts(spec)
    if spec.monitors:
        raise Unsupported("rules")
    for driver in spec.drivers:
        if driver.globals or driver.threads:
            raise Unsupported("drivers with globals or threads")


def target_of(spec: t.Spec, target: tuple[str, str]) -> tuple[t.Driver, t.Entry]:
    driver = next(d for d in spec.drivers if d.name == target[0])
    return driver, next(e for e in driver.entries if e.name == target[1])


class Exploration:
    """All runs of one client's calls of one entry, in one view."""

    def __init__(
        self, spec: t.Spec, driver: t.Driver, entry: t.Entry, behaviour: t.Behaviour, view: View
    ) -> None:
        self.entry = entry
        self.call = next(c for c in spec.platform.calls if c.name == entry.call)
        self.unnamed = Unnamed.NOTHING
        statements = Statements(spec, entry)
        self.statements = statements
        self.stage = Stage(
            spec, view, behaviour, driver.process, geography(spec, statements),
            {key: statements.function(f) for key, f in spec.functions.items()},
            _process_values(spec.platform, statements), _initial(spec.platform, statements),
        )  # fmt: skip
        self.stage.critical = self.call.critical
        self.body = statements.call(self.call)
        self.findings = Findings(view, behaviour)

    def run(self) -> Findings:
        """Make every run."""
        began = time.process_time()
        waiting = [Start(None, frozenset(), ())]
        known: dict[object, list[frozenset[Fact]]] = {}
        while waiting:
            start = waiting.pop(0)
            self.findings.calls += 1
            for left in self._calls(start):
                earlier = known.setdefault((left.fields, left.written), [])
                if not any(facts <= left.facts for facts in earlier):
                    earlier.append(left.facts)
                    waiting.append(left)
        self.findings.seconds = time.process_time() - began
        self.findings.found, self.findings.reached = self.stage.found, self.stage.reached
        sure = {site for kind, site in self.stage.found if kind is CheckKind.BOUNDED}
        self.findings.unsure = set(self.stage.rounds.circles()) - sure
        return self.findings

    def _calls(self, start: Start) -> list[Start]:
        """Make every run of one call; return the states that it leaves, if they are others."""
        choices = Choices()
        begin, run = recorded(lambda run: self._begin(run, start)), None
        past = Past(choices) if self.stage.past else None
        self.stage.visited.clear()
        left: dict[Start, None] = {}
        more = True
        while more:
            self.findings.runs += 1
            if run is None:
                run = Run(self.stage, choices, start.facts)
                run.past = past
            after = self._one(run, begin)
            if after is not None:
                left[after] = None
            more = choices.advance()
            if more and not (past and past.rewind()):
                run = None
        self.findings.states += sum(map(len, self.stage.visited.values()))
        return list(left)

    def one(self, start: Start, choices: Choices) -> Start | None:
        """Make one run of a call; return the state that it leaves, if it is another."""
        return self._one(Run(self.stage, choices, start.facts), lambda run: self._begin(run, start))

    def _one(self, run: Run, begin: Work) -> Start | None:
        bottom = run.restart()
        try:
            before = begin(run)
            try:
                self.body(run)
            except Raised:
                run.reset(bottom)
            return self._left(run, before)
        except (Ended, Abandon):
            return None

    def _begin(self, run: Run, start: Start) -> dict[int, object]:
        """Let the call begin; return the fields of the thread."""
        inits = self.stage.spec.platform.thread_fields
        initial_values(inits, self.stage.initial, run)
        if start.fields is not None:
            run.fields = dict(zip(run.fields, start.fields, strict=True))
        run.written = dict(start.written)
        run.effects += 1
        run.frame.variables = self._arguments(run)
        return run.fields

    def _left(self, run: Run, before: dict[int, object]) -> Start | None:
        """Ask ``restored``; return what the call leaves if that is not what it found."""
        site = SiteKey(self.call.name, 0)
        self.stage.reached.add(site)
        for item in self.stage.spec.platform.thread_fields:
            number = item.variable.number
            if item.variable.restored and run.fields[number] != before[number]:
                story = f"{item.variable.name}: {before[number]} -> {run.fields[number]}"
                self.stage.found.setdefault((CheckKind.RESTORED, site), story)
        if run.fields == before and not run.written:
            return None
        fields = tuple(canonical(value, {}) for value in run.fields.values())
        return Start(fields, run.world.facts, tuple(run.written.items()))

    # ---- what the client passes --------------------------------------------------------------

    def _arguments(self, run: Run) -> dict[int, object]:
        named = {parameter.position: parameter for parameter in self.entry.parameters}
        args = {
            position: self._argument(run, variable, position in named)
            for position, variable in enumerate(self.call.parameters)
        }
        if self.stage.view is View.WELL_BEHAVED:
            run.sibling = lambda name: next(
                args[p.position] for p in self.entry.parameters if p.variable.name == name
            )
            for position, parameter in named.items():
                if parameter.promise is not None:
                    args[position] = self.statements.promised(parameter.promise)(run)
        numbers = [variable.number for variable in self.call.parameters]
        return dict(zip(numbers, args.values(), strict=True))

    def _argument(self, run: Run, variable: t.Variable, named: bool) -> object:
        if named or self.unnamed is Unnamed.ANYTHING:
            return run.fresh(variable.type, CLIENT)
        value = zero(variable.type)
        return NULL._replace(origin=CLIENT) if isinstance(value, Pointer) else value


# ---- the platform's declarations -----------------------------------------------------------------


def geography(spec: t.Spec, statements: Statements) -> Geography:
    """Return the process table: the range of places, who has a fixed one, who must have one.

    A named process of which nothing speaks is like any other tenant and needs no place.
    """
    platform = spec.platform
    (unique,) = (
        i.value for i in platform.process_fields if i.variable.number == platform.unique.number
    )
    if not isinstance(unique, t.Chosen) or unique.low is None or unique.high is None:
        raise Unsupported("a unique field without a range")
    low, high = (statements.number(bound)(None) for bound in (unique.low, unique.high))
    fixed, named = [], [CLIENT]
    spoken_of = _spoken_of(spec)
    for process in platform.processes:
        places = [
            value for variable, value in process.fields if variable.number == platform.unique.number
        ]
        if places:
            fixed.append((process.name, statements.number(places[0])(None)))
        elif process.name in spoken_of:
            named.append(process.name)
    return Geography(range(low, high), tuple(fixed), tuple(named))


def _spoken_of(spec: t.Spec) -> set[str]:
    """Return the named processes that some code mentions or some driver lives in."""
    code = [function.body for function in spec.functions.values()]
    code += [call.body for call in spec.platform.calls]
    code += [init.value for init in spec.platform.thread_fields]
    names = {n.name for body in code for n in nodes(body) if isinstance(n, t.NamedProcess)}
    return names | {driver.process for driver in spec.drivers}


def _process_values(platform: t.Platform, statements: Statements) -> dict[tuple[str, int], Value]:
    return {
        (process.name, variable.number): statements.value(value)
        for process in platform.processes
        for variable, value in process.fields
    }


def _initial(platform: t.Platform, statements: Statements) -> dict[int, Value | str]:
    """Return the initial values of thread fields, process fields and tables, where given."""
    values = {}
    for item in (*platform.thread_fields, *platform.process_fields, *platform.tables):
        match item.value:
            case None:
                continue
            case t.Chosen(None, None) if isinstance(item, t.TableDecl):
                values[item.variable.number] = UNKNOWN
            case t.Chosen() if item.variable.number == platform.unique.number:
                continue
            case _:
                values[item.variable.number] = statements.value(item.value)
    return values
