"""A device that reaches memory by itself, from ``dma`` until it signals (semantics 3.7).

Of all transfers one is followed, at one byte: any that the followed thread begins, any byte.  The
others are counted, for they signal, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cecheck.ir.build import and_, eq, ne, not_, or_, word
from cecheck.ir.expr import BOOL, FALSE, TRUE, Expr, Scope, Var, bits
from cecheck.ir.program import Action, Event, Thread
from cecheck.lower.counts import COUNT_BITS, down, number
from cecheck.lower.graph import Graph
from cecheck.lower.world import IDENTITY_BITS, World

EVENT_BITS = 8  # of the number of the event that a transfer ends with


@dataclass
class Device:
    """The transfers that run: a builder, shared by all threads.

    The followed one *runs*, reaches *byte* (where that lies, whoever is asked) and ends with the
    event number *which*; of each event *others* tells how many transfers besides end with it.
    """

    runs: Var
    byte: Var
    which: Var
    others: dict[Var, Var] = field(default_factory=dict)

    def number_of(self, event: Var) -> Expr:
        """Return the number of *event*, which transfers end with."""
        if event not in self.others:
            name = f"transfers until {event.name}"
            self.others[event] = Var(name, bits(COUNT_BITS), Scope.GLOBAL)
        return word(list(self.others).index(event), EVENT_BITS)

    def variables(self) -> tuple[tuple[Var, Expr], ...]:
        """Return the shared variables, and that nothing runs at first."""
        counts = [(count, eq(count, number(0, count))) for count in self.others.values()]
        plain = [(var, eq(var, word(0, var.sort.width))) for var in (self.byte, self.which)]
        return ((self.runs, not_(self.runs)), *plain, *counts)

    def facts(self, world: World, locks: tuple[Var, ...]) -> list[Expr]:
        """Return what may carry a proof: hints, believed by nobody."""
        found: list[Expr] = [not_(self.runs)]
        for event, count in self.others.items():
            none = eq(count, number(0, count))
            found += [not_(and_(self.runs, event)), or_(not_(self.runs), none)]
            found += [or_(not_(event), none), or_(none, eq(count, number(1, count)))]
        found += [or_(not_(self.runs), eq(lock, world.followed_thread)) for lock in locks]
        return found


def device_of(world: World) -> Device:
    """Return a device that does nothing yet."""
    return Device(
        Var("a transfer runs", BOOL, Scope.GLOBAL),
        Var("byte of the transfer", bits(world.width), Scope.GLOBAL),
        Var("event of the transfer", bits(EVENT_BITS), Scope.GLOBAL),
    )


def device_thread(world: World, device: Device, identity: int) -> Thread:
    """Return the thread that ends transfers: it signals what each was to end with."""
    graph = Graph(world, "device")
    own, start = graph.local("id", bits(IDENTITY_BITS)), graph.location()
    chosen, followed = graph.input(bits(EVENT_BITS), start), graph.input(BOOL, start)
    for event, count in device.others.items():
        which = device.number_of(event)
        ends = and_(eq(chosen, which), followed, device.runs, eq(device.which, which))
        says = Event("signal", f"has finished: signals {event.name}")
        graph.edge(
            start, start, ends, ((device.runs, FALSE), (event, TRUE)),
            action=Action.BLOCKING, event=says,
        )  # fmt: skip
        other = and_(eq(chosen, which), not_(followed), ne(count, number(0, count)))
        graph.edge(
            start, start, other, ((count, down(graph, count, start)), (event, TRUE)),
            action=Action.BLOCKING, event=says,
        )  # fmt: skip
    initial = eq(own, word(identity, IDENTITY_BITS))
    return Thread(graph.thread, 1, own, (own,), initial, start, tuple(graph.edges), ())
