"""Scripts: threads of clients and tests that make the calls their text says, once (semantics 5.8).

What a script computes is local to its thread.  Each of its calls is an outermost call, with all
that is asked of one; whether a handler of the script stands around it means nothing to the
driver: an exception that ends the call is raised in the script once it has returned.
"""

from __future__ import annotations

from cecheck.ir.build import not_
from cecheck.ir.expr import BOOL, FALSE, TRUE
from cecheck.ir.program import CheckKind, Event, Site
from cecheck.lower.body import Body, FunctionScope
from cecheck.lower.caller import Beginning, Caller, ClientKind, begin, new_caller, returns
from cecheck.lower.graph import Location
from cecheck.lower.outline import Lowered, Shared, call_around
from cecheck.lower.synthetic import stored, synthetic
from cecheck.lower.values import Value
from cecheck.lower.world import World
from cecheck.sema import typed


def script_thread(world: World, kind: ClientKind, shared: Shared) -> Lowered:
    """Return a thread that runs the script of *kind* to its end, and makes no calls then.

    That a test comes to its end is asked; an exception that the script does not handle ends it.
    """
    client, caller = kind.client, new_caller(world, kind, shared)
    assert client.script is not None
    graph = caller.graph
    start, end, lost = graph.location(), graph.location(), graph.location()
    script = caller.body(shared.env, False, lost)
    bodies = [script]

    def calling(
        body: Body, expr: typed.CrossExpr, here: Location
    ) -> tuple[typed.Expr, Location]:
        made = caller.body(shared.env, False, here)
        bodies.append(made)
        return _call(caller, (body, made), expr, here)

    script.calling = calling
    script.scopes = [FunctionScope(end, None)]
    graph.edge(script.run(script, client.script, start), end)
    if client.is_test:
        name = client.name.removeprefix("test ")
        graph.check(Site(name, client.span, True), CheckKind.COVER, end, FALSE)
    return caller.finished(start, bodies)


def _call(
    caller: Caller, bodies: tuple[Body, Body], expr: typed.CrossExpr, here: Location
) -> tuple[typed.Expr, Location]:
    """Make the call that *expr* says: its arguments are reduced already, in the script's body."""
    (script, body), graph = bodies, caller.graph
    driver, entry = body.world.spec.entry(expr.driver, expr.entry)
    call, life = body.world.spec.platform.call(entry.call), body.lives[driver.name]
    read = synthetic(script, entry.name, body.world.zero(call.result), expr.type, expr.span)
    result, raised = stored(script, read), graph.local("raised", BOOL)
    script.raised.append(raised)
    pure = script.pure(here)
    for arg in expr.args:
        pure.value(arg, script.env)
    here, fine = script.raises(here, pure, expr.span)

    def passed(at: Location) -> dict[int, Value]:
        """Return the arguments, as they are at *at* (nothing has changed them meanwhile), and
        zero for what the entry does not name."""
        values = (script.pure(at).value(arg, script.env) for arg in expr.args)
        zeros = {n: body.world.zero(p.type) for n, p in enumerate(call.parameters)}
        return zeros | dict(zip(expr.positions, values, strict=True))

    says = f"calls {' '.join(expr.span.text.split())}"
    what = Beginning(driver, entry, says, expr.span, fine, passed, blocks=True)
    before, inside = begin(caller, body, what, here, result, ((raised, FALSE),))
    end = call_around(body, (driver, entry), before, result, inside, ((raised, TRUE),))
    over, after = graph.location(), graph.location()
    returns(body, end, over, (call.name, life.ends(entry.kind, False, result)))
    event = Event("fault", "the exception is raised in the script")
    graph.edge(over, script.raise_to, raised, span=expr.span, event=event)
    graph.edge(over, after, not_(raised))
    return read, after
