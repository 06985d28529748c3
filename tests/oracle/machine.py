"""One run: the thread, its stack, the world around it, and what the run has found.

The closures that `expressions` and `statements` make of the typed tree are called with the run.
"""

from __future__ import annotations

from collections.abc import Callable

from cecheck.ir.program import CheckKind, View
from cecheck.sema.typed import Behaviour, FieldInit, Variable
from cecheck.sema.types import BoolType, SetType, Type
from oracle.access import Access, Judgement, hostile, reached, well_behaved
from oracle.choice import Abandon, Choices
from oracle.objects import Objects
from oracle.past import Frozen, Past
from oracle.rounds import Head
from oracle.stage import UNKNOWN, Ended, Frame, Function, Mark, Raised, SiteKey, Stage, Value
from oracle.values import (
    CLIENT,
    Caller,
    Pointer,
    arbitrary,
    canonicals,
    party_of,
    plains,
    settled,
    zero,
)
from oracle.world import Fact, World


class Run:
    """The state of one run.  Only `visit` compares states, at statements of call and entry."""

    def __init__(self, stage: Stage, choices: Choices, facts: frozenset[Fact]) -> None:
        self.stage = stage
        self.choices = choices
        self.world = World(stage.geography, choices, facts)
        self.origin: str | Caller = CLIENT  # of what the well-behaved caller passes
        self.home = CLIENT  # whose thread it is
        self.callee = stage.callee  # where the driver lives that is entered
        self.critical = stage.critical  # the pager waits for this call
        self.fields: dict[int, object] = {}  # of the thread
        self.own_fields: dict[int, object] = {}  # of a thread that no call has touched
        self.written: dict[object, object] = {}  # process fields and table entries
        self.objects = Objects(self)
        self.frame = Frame({})
        self.frames: list[Frame] = []
        self.path: list[int] = []
        self.pending: list[object] = []
        self.guards = 0
        self.effects = 0
        self.inside: int | None = None  # the last state inside a loop, by its number
        self.result: object = None
        self.sibling: Callable[[str], object] | None = None
        self.past: Past | None = None  # what need not happen again
        self._stamp: object = None
        self._number = 0

    # ---- stack -------------------------------------------------------------------------------

    def visit(self) -> None:
        """Give up when an earlier run has been here, in the same state, knowing no more."""
        key = self._picture()
        if self.inside is not None:
            self.inside = self.stage.rounds.come(self.inside, key)
        facts = self.world.facts
        known = self.stage.visited.setdefault(key, [])
        if any(earlier <= facts for earlier in known):
            raise Abandon
        known.append(facts)

    def arrive(self, site: SiteKey) -> int:
        """Note that the run is at the head of a loop; return the number of the state."""
        rounds = self.stage.rounds
        here = self.inside = rounds.come(self.inside, self._picture())
        rounds.heads.setdefault(site, Head(len(self.path))).states.add(here)
        return here

    def visit_before(self, number: int, operands: list[object]) -> None:
        """Compare states where a statement has evaluated its *operands* and nothing else."""
        if self.choices.fresh:
            self.path.append(number)
            self.pending += operands
            self.visit()
            del self.pending[len(self.pending) - len(operands) :]
            self.path.pop()

    def unsettled(self) -> set[int]:
        """Return the identities of the numbers that something ahead mentions."""
        values = [f.variables.get(number) for f in self.frames for number in f.live]
        values += [*self.pending, *self.fields.values()]
        values += [value for target in self.objects.targets for value in target.cells.values()]
        return {id(value.word if value.__class__ is Pointer else value) for value in values}

    def aside(self, choices: Choices) -> Run:
        """Return a run in the same surroundings, to try out a function."""
        other = Run(self.stage, choices, self.world.facts)
        other.fields, other.own_fields, other.written = self.fields, self.own_fields, self.written
        other.guards, other.home, other.callee = self.guards, self.home, self.callee
        return other

    def _picture(self) -> object:
        names: dict[int, int] = {}
        stack = []
        for frame in self.frames:
            variables = frame.variables
            stack.append(canonicals([variables.get(number) for number in frame.live], names))
        others = (*self.fields.values(), *self.own_fields.values(), *self.pending)
        rest = canonicals(others, names)
        objects = None
        if self.objects.targets:
            values = [f.variables.get(number) for f in self.frames for number in f.live]
            objects = self.objects.picture(values + self.pending, names)
        return (tuple(self.path), tuple(stack), rest, frozenset(self.written.items()), objects)

    def mark(self) -> Mark:
        """Remember where the stack stands."""
        return Mark(len(self.path), len(self.frames), len(self.pending), self.guards, self.frame)

    def restart(self) -> Mark:
        """Have an empty stack; return where it stands."""
        self.frame = Frame({})
        self.path, self.frames, self.pending, self.guards = [], [self.frame], [], 0
        return self.mark()

    def reset(self, mark: Mark) -> None:
        """Unwind to *mark*."""
        del self.path[mark.path :]
        del self.frames[mark.frames :]
        del self.pending[mark.pending :]
        self.guards = mark.guards
        self.frame = mark.frame

    def freeze(self) -> Frozen:
        """Return the state behind the stack, to go back to."""
        return Frozen(
            self.fields, self.own_fields, self.written, self.effects, self.world.freeze(),
            self.objects.freeze(),
        )  # fmt: skip

    def thaw(self, state: Frozen) -> None:
        """Go back to *state*."""
        self.fields, self.own_fields, self.written, self.effects, world, objects = state
        self.world.thaw(world)
        self.objects.thaw(objects)
        self._stamp = None

    # ---- platform state ----------------------------------------------------------------------

    def set_field(self, number: int, value: object) -> None:
        """Write a field of the thread."""
        self.effects += 1
        self.fields = {**self.fields, number: value}

    def write(self, key: object, value: object) -> None:
        """Write a process field or a table entry."""
        self.effects += 1
        self.written = {**self.written, key: value}

    def process_field(self, party: str | None, variable: Variable) -> object:
        """Return a field of a process; zero of nobody."""
        platform = self.stage.spec.platform
        key = (party, variable.number)
        if party is None:
            return zero(variable.type)
        if key in self.written:
            return self.written[key]
        if variable.number == platform.unique.number:
            return self.world.place(party)
        if key in self.stage.process_values:
            return self.stage.process_values[key](self)
        if platform.trusted is not None and variable.number == platform.trusted.number:
            return self._trusted(party, variable)
        value = self.stage.initial.get(variable.number)
        return zero(variable.type) if value is None else value(self)

    def _trusted(self, party: str, variable: Variable) -> bool:
        if party in self.stage.clients:
            return self.stage.behaviour is not Behaviour.UNTRUSTED
        return bool(self.world.recall(("trusted", party), 2))

    def entry_of(self, table: Variable, index: int) -> object:
        """Return an entry of a platform table; unknown ones stay what they turn out to be."""
        key = ("table", table.number, index)
        if key in self.written:
            return self.written[key]
        value = self.stage.initial.get(table.number)
        if value is None:
            return zero(table.type)
        if value is not UNKNOWN:
            return value(self)
        if isinstance(table.type, BoolType):
            return bool(self.world.recall(key, 2))
        return self.world.recall(key, 1 << table.type.width)

    # ---- functions and hooks -----------------------------------------------------------------

    def call(self, key: str, args: list[object]) -> object:
        """Return the value of a function, from an equal earlier call if that had no effects."""
        settled_args = plains(args)
        if settled_args is None:
            return self._perform(self.stage.functions[key], args)
        memo = (key, settled_args, self.surroundings())
        known = self.stage.memo.get(memo)
        if known is None:
            before = (self.choices.position, self.effects)
            known = self._outcome(key, list(settled_args))
            if (self.choices.position, self.effects) == before:
                self.stage.memo[memo] = known
        if known[0]:
            raise Raised
        return known[1]

    def surroundings(self) -> int:
        """Return a number for all that a function's result can depend on but its arguments."""
        stamp = (self.effects, len(self.world.facts), self.fields is self.own_fields)
        if stamp != self._stamp:
            everything = (
                tuple(self.fields.values()), self.world.facts, frozenset(self.written.items()),
                self.home, self.callee,
            )  # fmt: skip
            self._number = self.stage.numbers.setdefault(everything, len(self.stage.numbers))
            self._stamp = stamp
        return self._number

    def _outcome(self, key: str, args: list[object]) -> tuple[bool, object]:
        mark = self.mark()
        try:
            return False, self._perform(self.stage.functions[key], args)
        except Raised:
            self.reset(mark)
            return True, None

    def _perform(self, function: Function, args: list[object]) -> object:
        outer = self.frame
        self.frame = Frame(dict(zip(function.numbers, args, strict=True)))
        self.result = None
        function.body(self)
        self.frame = outer
        result, first = self.result, function.first_address
        if first is not None and result.origin != args[first].origin:
            return result._replace(origin=args[first].origin)
        return result

    def ask(self, hook: str, *args: object) -> object:
        """Return what a platform hook says, None if it raises."""
        key = self.stage.spec.platform.hooks[hook]
        pointers = self.stage.functions[key].pointers
        fitting = [
            Pointer(arg) if is_pointer else arg
            for is_pointer, arg in zip(pointers, args, strict=True)
        ]
        mark = self.mark()
        try:
            answer = self.call(key, fitting)
        except Raised:
            self.reset(mark)
            return None
        return answer.word if isinstance(answer, Pointer) else answer

    # ---- accesses ----------------------------------------------------------------------------

    def access(self, site: SiteKey, pointer: Pointer, distance: int, access: Access) -> None:
        """Check an access, end the run if it violates something, raise if it faults."""
        verdict = self._judged(pointer, distance, access)
        if access.size:
            self.note_excess(site, pointer.origin)
        self.effects += 1
        violated = verdict.violated | self._further(pointer, access)
        for kind in violated:
            self.stage.found.setdefault((kind, site), self._story(access, pointer))
        if violated:
            raise Ended
        if verdict.reached:
            self.stage.reached.add(site)
        if verdict.faults:
            raise Raised
        if access.size and self.stage.view is View.HOSTILE and self.choices.choose(2):
            raise Raised

    def has_promised(self, pointer: Pointer, size: int) -> bool:
        """Tell whether *size* bytes at *pointer*, as the thread reaches them, are in an object of
        the caller, whose call runs."""
        over = pointer.origin.__class__ is Caller and pointer.origin.is_over
        if over or pointer.target.__class__ is not int:
            return False
        home, first = self.objects.targets[pointer.target].meant.bytes, settled(pointer.word)
        return 0 <= pointer.offset <= len(home) - size and all(
            self.ask("translate", (first + i) % (1 << self.stage.bits)) == home[pointer.offset + i]
            for i in range(size)
        )

    def overwrite(self, pointer: Pointer, distance: int, size: int) -> None:
        """Forget what was in *size* bytes of an object."""
        self.objects.overwrite(pointer.target, pointer.offset + distance, size)

    def store(self, pointer: Pointer, distance: int, size: int, value: object) -> None:
        """Put *value* into *size* bytes of an object."""
        self.overwrite(pointer, distance, size)
        self.objects.targets[pointer.target].cells[pointer.offset + distance] = value

    def _further(self, pointer: Pointer, access: Access) -> set[CheckKind]:
        """Tell whether an access on the paging path may need the pager (semantics 7.5)."""
        if not self.critical:
            return set()
        got = reached(access, RunHooks(self))
        paged = any([bool(self.ask("pageable", a, access.writing)) for a in got])
        return {CheckKind.PAGING} if paged else set()

    def note_excess(self, site: SiteKey, served: str | None) -> None:
        """Note the rights that work for *served* does not need: the run goes on (semantics 7.2)."""
        if not self.stage.spec.least_privilege:
            return
        for party in self.stage.geography.parties:
            if party != party_of(served) and self.ask("excess", party):
                self.stage.found.setdefault((CheckKind.PRIVILEGE, site), f"of {party}")

    def _judged(self, pointer: Pointer, distance: int, access: Access) -> Judgement:
        if self.stage.view is View.WELL_BEHAVED:
            meant = None if pointer.target is None else self.objects.targets[pointer.target].meant
            where = pointer.offset + distance
            return well_behaved(access, meant, where, pointer.origin, RunHooks(self))
        guarded = self.guards > 0
        memo = (access, pointer.origin, guarded, self.surroundings())
        known = self.stage.memo.get(memo)
        if known is None:
            before = self.choices.position
            known = hostile(access, pointer.origin, guarded, RunHooks(self))
            if self.choices.position == before:
                self.stage.memo[memo] = known
        return known

    def _story(self, access: Access, pointer: Pointer) -> str:
        places = sorted(f"{key}={value}" for key, value in self.world.facts)
        return f"{access} origin {pointer.origin}; {', '.join(places)}"

    def fresh(self, type_: Type, origin: str | None) -> object:
        """Return an arbitrary value of *type_*."""
        if isinstance(type_, SetType):
            parties = self.stage.geography.parties
            return frozenset(party for party in parties if self.choices.choose(2))
        return arbitrary(type_, self.choices, self.stage.bits, origin)


class RunHooks:
    """The platform's hooks, asked as the thread of *run*."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def translate(self, a: int) -> int | None:
        """See `access.Hooks`."""
        return self._run.ask("translate", a)

    def permit(self, a: int, writing: bool) -> bool:
        """See `access.Hooks`."""
        return bool(self._run.ask("permit", a, writing))

    def owns(self, party: str | None, a: int, writing: bool) -> bool:
        """See `access.Hooks`; nobody owns nothing."""
        return party is not None and bool(self._run.ask("owns", party_of(party), a, writing))

    def there(self, a: int) -> bool:
        """See `access.Hooks`."""
        return bool(self._run.ask("there", a))

    def vacant(self, a: int) -> bool:
        """See `access.Hooks`."""
        return bool(self._run.ask("vacant", a))


def initial_values(inits: tuple[FieldInit, ...], values: dict[int, Value], run: Run) -> None:
    """Give the thread of *run* its fields, in order."""
    for item in inits:
        value = values.get(item.variable.number)
        run.fields[item.variable.number] = zero(item.variable.type) if value is None else value(run)
    run.own_fields = dict(run.fields)
